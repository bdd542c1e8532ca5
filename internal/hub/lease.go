package hub

import (
	"context"
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/job"
)

const leaseFor = 10 * time.Second

// hold returns this process's lease of a name, taking or renewing it as needed.
// It reports false when another process has it.
func (h *Hub) hold(ctx context.Context, name string) (job.Lease, bool, error) {
	h.mu.Lock()
	lease, have := h.leases[name]
	h.mu.Unlock()
	if have && time.Until(lease.ExpiresAt) > leaseFor/2 {
		return lease, true, nil
	}
	var err error
	if have {
		lease, err = h.Leases.Renew(ctx, lease, leaseFor)
	}
	if !have || errors.Is(err, job.ErrFenced) {
		lease, err = h.Leases.Acquire(ctx, name, leaseFor)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		delete(h.leases, name)
		if errors.Is(err, job.ErrHeld) {
			return job.Lease{}, false, nil
		}
		return job.Lease{}, false, err
	}
	h.leases[name] = lease
	return lease, true, nil
}

// releaseAll gives all leases back, so that another node need not wait for them
// to run out.
func (h *Hub) releaseAll() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, lease := range h.leases {
		if err := h.Leases.Release(ctx, lease); err != nil && !errors.Is(err, job.ErrFenced) {
			h.Log.WarnContext(ctx, "a lease was not released", "lease", name, "error", err)
		}
		delete(h.leases, name)
	}
}
