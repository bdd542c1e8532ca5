package population

import (
	"container/heap"
	"time"
)

// event is something a person is about to do.
type event struct {
	at  time.Time
	seq int // order of planning, which breaks ties
	run func(now time.Time)
}

// agenda is a queue of events by time.
type agenda struct {
	queue eventHeap
	seq   int
}

func (a *agenda) add(at time.Time, run func(now time.Time)) {
	a.seq++
	heap.Push(&a.queue, event{at: at, seq: a.seq, run: run})
}

// next is the time of the earliest event; the zero time when there is none.
func (a *agenda) next() time.Time {
	if len(a.queue) == 0 {
		return time.Time{}
	}
	return a.queue[0].at
}

// popDue takes the earliest event off the queue if it is due at t.
func (a *agenda) popDue(t time.Time) (event, bool) {
	if len(a.queue) == 0 || a.queue[0].at.After(t) {
		return event{}, false
	}
	return heap.Pop(&a.queue).(event), true
}

type eventHeap []event

func (h eventHeap) Len() int      { return len(h) }
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h eventHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h *eventHeap) Push(x any) { *h = append(*h, x.(event)) }

func (h *eventHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = event{}
	*h = (*h)[:last]
	return e
}
