package hub

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// maxCallback bounds a callback's body (docs/definitions.md G3).
const maxCallback = 1 << 20

// Receive answers a platform's callback at /hooks/{connector}/{connection}. The
// answer is given as soon as the verified message is durable; everything that
// takes time comes after it.
func (h *Hub) Receive(w http.ResponseWriter, r *http.Request) {
	reply, err := h.receive(r)
	if err != nil {
		f := fault.As(err)
		if f.Code == fault.Internal {
			h.Log.ErrorContext(r.Context(), "a callback was not kept", "connection", r.PathValue("connection"), "error", err)
		} else {
			h.Log.WarnContext(r.Context(), "a callback was refused", "connection", r.PathValue("connection"), "reason", f.Key)
		}
		http.Error(w, string(f.Code), callbackStatus(f.Code))
		return
	}
	if reply.ContentType != "" {
		w.Header().Set("Content-Type", reply.ContentType)
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	_, _ = w.Write(reply.Body)
}

// callbackStatus: what is wrong with a message is 400, who sent it is 401.
func callbackStatus(c fault.Code) int {
	if c == fault.Invalid {
		return http.StatusBadRequest
	}
	return c.Status()
}

func (h *Hub) receive(r *http.Request) (connector.Reply, error) {
	ctx := r.Context()
	c, err := h.Store.Get(ctx, h.DB, r.PathValue("connection"))
	if err != nil {
		return connector.Reply{}, err
	}
	receiver, ok := h.connectors[c.Kind].(connector.Receiver)
	if !ok || c.Kind != r.PathValue("connector") || c.State == connector.Disabled {
		return connector.Reply{}, fault.New(fault.NotFound, "fault.connection_unknown", c.ID)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxCallback))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return connector.Reply{}, fault.New(fault.Invalid, "fault.body_too_large", maxCallback)
	}
	if err != nil {
		return connector.Reply{}, fault.Wrap(err, fault.Invalid, "fault.body_unreadable")
	}
	reply, raws, err := receiver.Receive(c, r, body)
	if err != nil || len(raws) == 0 {
		return reply, err
	}
	err = h.commit.Do(context.WithoutCancel(ctx), func(tx *db.Tx) error { return h.putRaws(ctx, tx, c.ID, raws) })
	if err == nil {
		h.nudge(loopTranslate)
	}
	return reply, err
}
