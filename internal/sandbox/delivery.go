package sandbox

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// maxAttempts of one event: the platform tries three times in total (D:90930).
const maxAttempts = 3

// delivery is the part of the server that calls the app back.
type delivery struct {
	flushing sync.Mutex // one batch at a time
	chance   *rand.Rand // what faults do; guarded by flushing

	mu     sync.Mutex
	target *target
	stats  DeliveryStats
}

// DeliveryStats counts what became of the events.
type DeliveryStats struct {
	Delivered  int    `json:"delivered"`  // answered with 200
	Retried    int    `json:"retried"`    // further attempts
	Failed     int    `json:"failed"`     // given up after three attempts
	Dropped    int    `json:"dropped"`    // lost by a fault
	Duplicated int    `json:"duplicated"` // delivered again by a fault
	LastError  string `json:"last_error"`
}

// Flush delivers every event that is due and returns when all were answered or
// given up. It fails only with ctx.
func (s *Server) Flush(ctx context.Context) error {
	s.delivery.flushing.Lock()
	defer s.delivery.flushing.Unlock()
	batch := s.world.events.take(s.world.clock.Now())
	s.delivery.mu.Lock()
	t := s.delivery.target
	s.delivery.mu.Unlock()
	if t == nil {
		return ctx.Err()
	}
	s.deliver(ctx, t, s.applyFaults(batch))
	return ctx.Err()
}

// Run delivers events as they become due until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	// The world's clock may run at any speed, so due events are looked for by
	// polling; a new event wakes at once.
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-s.world.events.wake:
		}
		if err := s.Flush(ctx); err != nil {
			return err
		}
	}
}

// lane is a run of events that are delivered one after the other.
type lane []event

// applyFaults loses, repeats and shuffles events, and splits them into lanes.
func (s *Server) applyFaults(batch []event) []lane {
	f := s.Faults()
	d := &s.delivery
	var kept []event
	for _, e := range batch {
		if f.CallbacksOff || (f.DropShare > 0 && d.chance.Float64() < f.DropShare) {
			d.count(func(st *DeliveryStats) { st.Dropped++ })
			continue
		}
		kept = append(kept, e)
		for range f.Duplicate {
			kept = append(kept, e)
			d.count(func(st *DeliveryStats) { st.Duplicated++ })
		}
	}
	if f.Reorder {
		d.chance.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
		return []lane{kept} // one lane keeps the shuffled order
	}
	index := map[string]int{}
	var lanes []lane
	for _, e := range kept {
		i, ok := index[e.group]
		if !ok {
			i = len(lanes)
			index[e.group] = i
			lanes = append(lanes, nil)
		}
		lanes[i] = append(lanes[i], e)
	}
	return lanes
}

func (s *Server) deliver(ctx context.Context, t *target, lanes []lane) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, s.opts.Concurrency)
	for _, l := range lanes {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			for _, e := range l {
				s.deliverOne(ctx, t, e)
			}
		})
	}
	wg.Wait()
}

// deliverOne tries an event up to three times.
func (s *Server) deliverOne(ctx context.Context, t *target, e event) {
	var err error
	for attempt := range maxAttempts {
		if attempt > 0 {
			if !sleep(ctx, s.opts.RetryPause) {
				break
			}
			s.delivery.count(func(st *DeliveryStats) { st.Retried++ })
		}
		if err = s.post(ctx, t, e.xml); err == nil {
			s.delivery.count(func(st *DeliveryStats) { st.Delivered++ })
			return
		}
	}
	s.delivery.count(func(st *DeliveryStats) {
		st.Failed++
		if err != nil {
			st.LastError = err.Error()
		}
	})
}

func (d *delivery) count(change func(*DeliveryStats)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.stats)
}

// DeliveryStats returns the counts so far.
func (s *Server) DeliveryStats() DeliveryStats {
	s.delivery.mu.Lock()
	defer s.delivery.mu.Unlock()
	return s.delivery.stats
}
