package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"sync"
)

// Hash is a keyed 64-bit hash: it recognises equal texts and says nothing about
// them to whoever lacks the key. It is safe for concurrent use.
type Hash struct{ pool *sync.Pool }

// Keyed returns the hash for purpose. It belongs to the oldest master key, so
// that rotating keys does not change the fingerprints already stored; they
// change when that key is removed.
func (s *Sealer) Keyed(purpose string) Hash {
	key := derive(s.masters[len(s.masters)-1], "hash "+purpose)
	return Hash{&sync.Pool{New: func() any { return &digest{mac: hmac.New(sha256.New, key)} }}}
}

// digest keeps its buffers between uses: a hash is made for every message.
type digest struct {
	mac hash.Hash
	in  []byte
	out [sha256.Size]byte
}

// Sum64 hashes the parts; ("ab","c") and ("a","bc") differ.
func (h Hash) Sum64(parts ...string) uint64 {
	d := h.pool.Get().(*digest)
	defer h.pool.Put(d)
	d.in = d.in[:0]
	for _, p := range parts {
		d.in = binary.AppendUvarint(d.in, uint64(len(p)))
		d.in = append(d.in, p...)
	}
	d.mac.Reset()
	d.mac.Write(d.in)
	return binary.BigEndian.Uint64(d.mac.Sum(d.out[:0]))
}

// Hex is Sum64 as 16 hexadecimal digits, the form that is stored.
func (h Hash) Hex(parts ...string) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], h.Sum64(parts...))
	return hex.EncodeToString(b[:])
}
