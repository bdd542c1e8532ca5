package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// HashCost are the parameters of argon2id. They are stored with each hash; a
// password whose hash has others is hashed anew at the next sign-in.
type HashCost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// defaultCost is OWASP's first choice for argon2id: 46 MiB, one pass.
var defaultCost = HashCost{MemoryKiB: 47104, Passes: 1, Threads: 1}

const (
	minPassword   = 10  // characters
	maxPassword   = 256 // bytes: more would only be work for the server
	saltSize      = 16
	hashSize      = 32
	parallelHash  = 2 // 2 × 46 MiB is what signing in may cost at any moment
	waitingHashes = 32
)

// passwords hashes with bounded memory: whoever floods the sign-in waits.
type passwords struct {
	cost    HashCost
	slots   chan struct{}
	waiting atomic.Int64
	dummy   string // a hash of nothing, checked when the login is unknown
}

func newPasswords(cost HashCost) *passwords {
	p := &passwords{cost: cost, slots: make(chan struct{}, parallelHash)}
	p.dummy = p.encode(make([]byte, saltSize), make([]byte, hashSize))
	return p
}

// checkPassword says whether a new password is acceptable.
func checkPassword(password string) error {
	if utf8.RuneCountInString(password) < minPassword {
		return fault.InvalidField("password", "fault.password_short", minPassword)
	}
	if len(password) > maxPassword {
		return fault.InvalidField("password", "fault.password_long", maxPassword)
	}
	return nil
}

func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	var salt [saltSize]byte
	_, _ = rand.Read(salt[:])
	key, err := p.key(ctx, password, salt[:], p.cost)
	return p.encode(salt[:], key), err
}

// verify compares in constant time. A hash that can't be read is an error, a
// wrong password is not.
func (p *passwords) verify(ctx context.Context, password, encoded string) (ok bool, err error) {
	cost, salt, want, err := decode(encoded)
	if err != nil {
		return false, err
	}
	got, err := p.key(ctx, password, salt, cost)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

func (p *passwords) key(ctx context.Context, password string, salt []byte, c HashCost) ([]byte, error) {
	if len(password) > maxPassword {
		password = "" // matches no hash, and costs what any other costs
	}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > waitingHashes {
		return nil, fault.New(fault.TooMany, "fault.sign_in_busy")
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, c.Passes, c.MemoryKiB, c.Threads, hashSize), nil
}

// outdated reports whether a hash was made with other parameters.
func (p *passwords) outdated(encoded string) bool {
	cost, _, _, err := decode(encoded)
	return err == nil && cost != p.cost
}

// encode writes the PHC string format, $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func (p *passwords) encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.cost.MemoryKiB, p.cost.Passes, p.cost.Threads, b64(salt), b64(key))
}

var errHash = errors.New("a stored password hash is not argon2id in PHC format")

func decode(encoded string) (c HashCost, salt, key []byte, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil || c.Passes == 0 || c.Threads == 0 || c.MemoryKiB > 1<<20 {
		return c, nil, nil, errHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) != hashSize {
		return c, nil, nil, errHash
	}
	return c, salt, key, nil
}
