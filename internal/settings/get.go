package settings

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

// get returns the value of key that holds in community. A key that no form
// describes, or one of another kind, is a bug in the caller and an error.
func (s *Settings) get(ctx context.Context, q db.Q, community, key string, kinds ...Kind) (string, Field, error) {
	d, ok := s.fields[key]
	if !ok || !slices.Contains(kinds, d.Kind) {
		return "", d.Field, fmt.Errorf("setting %q is not described as %v", key, kinds)
	}
	rows, err := s.rows(ctx, q, community, []string{key})
	if err != nil {
		return "", d.Field, fmt.Errorf("setting %s: %w", key, err)
	}
	r, ok := rows[key]
	switch {
	case !ok:
		return d.Default, d.Field, nil
	case !d.Secret:
		return r.value, d.Field, nil
	}
	plain, err := s.sealer.Open(sealRow(r.community, key), r.value)
	if err != nil {
		return "", d.Field, fmt.Errorf("setting %s: %w", key, err)
	}
	return string(plain), d.Field, nil
}

// Text returns a text, a choice, or an opened secret.
func (s *Settings) Text(ctx context.Context, q db.Q, community, key string) (string, error) {
	v, _, err := s.get(ctx, q, community, key, Text, Choice)
	return v, err
}

// Int returns a whole number.
func (s *Settings) Int(ctx context.Context, q db.Q, community, key string) (int64, error) {
	v, f, err := s.get(ctx, q, community, key, Number)
	if err != nil {
		return 0, err
	}
	if f.Decimals > 0 {
		return 0, fmt.Errorf("setting %q has decimals: read it with Float", key)
	}
	return strconv.ParseInt(v, 10, 64)
}

// Float returns a number.
func (s *Settings) Float(ctx context.Context, q db.Q, community, key string) (float64, error) {
	v, _, err := s.get(ctx, q, community, key, Number)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(v, 64)
}

// Bool returns a yes or no.
func (s *Settings) Bool(ctx context.Context, q db.Q, community, key string) (bool, error) {
	v, _, err := s.get(ctx, q, community, key, Bool)
	return v == "true", err
}

// Duration returns a length of time.
func (s *Settings) Duration(ctx context.Context, q db.Q, community, key string) (time.Duration, error) {
	v, _, err := s.get(ctx, q, community, key, Duration)
	if err != nil {
		return 0, err
	}
	return parseDuration(v)
}

// List returns the entries of a list.
func (s *Settings) List(ctx context.Context, q db.Q, community, key string) ([]string, error) {
	v, _, err := s.get(ctx, q, community, key, List)
	if err != nil || v == "" {
		return nil, err
	}
	return strings.Split(v, "\n"), nil
}
