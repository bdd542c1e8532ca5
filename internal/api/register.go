package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Op names an operation. ID is unique and "<resource>.<verb>"; see the package
// comment for the translations that describe it.
type Op struct {
	ID  string
	Tag string // the resource it is listed under
}

type output[O any] struct{ Body O }

// Get registers a read at path below Prefix. I describes the parameters in huma's
// tags, the returned value becomes the body; an error that is no fault is
// answered as internal and logged.
func Get[I, O any](a huma.API, path string, op Op, h func(context.Context, *I) (O, error)) {
	register(a, http.MethodGet, path, op, h)
}

// Post registers a write, answered with 200. It may be repeated with an
// Idempotency-Key, which needs nothing of the handler.
func Post[I, O any](a huma.API, path string, op Op, h func(context.Context, *I) (O, error)) {
	register(a, http.MethodPost, path, op, h)
}

func register[I, O any](a huma.API, method, path string, op Op, h func(context.Context, *I) (O, error)) {
	o := huma.Operation{Method: method, Path: path, OperationID: op.ID, Summary: "api.op." + op.ID,
		Description: "api.op." + op.ID + ".more", Tags: []string{op.Tag}}
	huma.Register(a, o, func(ctx context.Context, in *I) (*output[O], error) {
		body, err := h(ctx, in)
		if err != nil {
			return nil, refusal(ctx, err)
		}
		return &output[O]{body}, nil
	})
}

// describe completes an operation's description: what it may answer besides its
// result, and the key of a repeated write. The body was read already when huma
// sees it, so huma must not put a deadline on the connection.
func describe(op *huma.Operation) {
	op.BodyReadTimeout = -1
	schema := &huma.Schema{Ref: "#/components/schemas/Problem"}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{Description: "api.problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
	if op.Method == http.MethodGet {
		return
	}
	for _, p := range op.Parameters {
		if p.Name == idempotencyKey {
			return
		}
	}
	op.Parameters = append(op.Parameters, &huma.Param{Name: idempotencyKey, In: "header", Description: "api.param.idempotency_key",
		Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(maxKey)}})
}
