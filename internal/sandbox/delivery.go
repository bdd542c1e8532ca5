package sandbox

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
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

// target is a verified callback address.
type target struct {
	Callback
	codec *codec
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

// SetCallback sets where events go, after the app has proved to hold the token
// and the key: it must answer a GET with the decrypted echostr (D:90930). Only
// what happens from then on is called back. An empty URL ends the callbacks.
func (s *Server) SetCallback(ctx context.Context, cb Callback) error {
	if cb.URL == "" {
		s.setTarget(nil)
		return nil
	}
	if err := cb.validate(); err != nil {
		return fmt.Errorf("callback: %w", err)
	}
	codec, err := newCodec(cb.Token, cb.AESKey, s.world.cfg.CorpID)
	if err != nil {
		return fmt.Errorf("callback: %w", err)
	}
	t := &target{Callback: cb, codec: codec}
	if err := s.verifyURL(ctx, t); err != nil {
		return fmt.Errorf("callback: verification of %s: %w", cb.URL, err)
	}
	s.setTarget(t)
	return nil
}

func (s *Server) setTarget(t *target) {
	s.delivery.mu.Lock()
	s.delivery.target = t
	s.delivery.mu.Unlock()
	q := &s.world.events
	q.mu.Lock()
	q.open = t != nil
	if t == nil {
		q.events = nil
	}
	q.mu.Unlock()
}

func (s *Server) verifyURL(ctx context.Context, t *target) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.VerifyTimeout)
	defer cancel()
	echo := strconv.FormatUint(rand.Uint64(), 10)
	encrypted := t.codec.seal([]byte(echo))
	query := s.signature(t, encrypted)
	query.Set("echostr", encrypted)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.address(query), nil)
	if err != nil {
		return err
	}
	res, err := s.opts.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("answered with status %d, expected 200", res.StatusCode)
	case string(body) != echo:
		return errors.New("the answer is not the decrypted echostr alone")
	}
	return nil
}

// signature returns the query of a signed request. Its timestamp guards against
// replays on the wire, so it is the wall clock's; what happened when in the
// world is CreateTime.
func (s *Server) signature(t *target, encrypted string) url.Values {
	timestamp := strconv.FormatInt(s.opts.Wall.Now().Unix(), 10)
	nonce := strconv.FormatUint(uint64(rand.Uint32()), 10)
	return url.Values{
		"msg_signature": {t.codec.sign(timestamp, nonce, encrypted)},
		"timestamp":     {timestamp}, "nonce": {nonce},
	}
}

// address adds a query to the callback URL, which may have one already.
func (t *target) address(query url.Values) string {
	u, err := url.Parse(t.URL)
	if err != nil {
		return t.URL // validate has parsed it before
	}
	all := u.Query()
	for name, values := range query {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String()
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

// envelope is the outer XML of a callback (D:90930).
type envelope struct {
	XMLName    xml.Name `xml:"xml"`
	ToUserName cdata    `xml:"ToUserName"`
	AgentID    cdata    `xml:"AgentID"`
	Encrypt    cdata    `xml:"Encrypt"`
}

type cdata struct {
	Text string `xml:",cdata"`
}

func (s *Server) post(ctx context.Context, t *target, message string) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.CallbackTimeout)
	defer cancel()
	encrypted := t.codec.seal([]byte(message))
	body, err := xml.Marshal(envelope{
		ToUserName: cdata{s.world.cfg.CorpID},
		AgentID:    cdata{strconv.Itoa(s.world.cfg.AgentID)},
		Encrypt:    cdata{encrypted},
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.address(s.signature(t, encrypted)), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/xml")
	res, err := s.opts.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxBody)); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the app answered with status %d", res.StatusCode)
	}
	return nil
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
