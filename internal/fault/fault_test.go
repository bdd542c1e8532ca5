package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestAnErrorWithoutACodeIsInternal(t *testing.T) {
	f := As(errors.New("dial tcp: secret.internal"))
	if f.Code != Internal || f.Key != "fault.internal" {
		t.Fatalf("got %v", f)
	}
	if f.Code.Status() != 500 {
		t.Fatalf("status %d", f.Code.Status())
	}
}

func TestTheFaultIsFoundThroughWrapping(t *testing.T) {
	err := fmt.Errorf("outer: %w", New(NotFound, "fault.group_unknown", "g1"))
	if !Is(err, NotFound) || Is(err, Invalid) || Is(nil, Internal) {
		t.Fatal("code not found through the chain")
	}
}

func TestOrNil(t *testing.T) {
	f := &Error{Code: Invalid, Key: "fault.invalid"}
	if f.OrNil() != nil {
		t.Fatal("a validation without fields is not an error")
	}
	if f.With("name", "fault.required").OrNil() == nil {
		t.Fatal("a validation with a field is an error")
	}
}
