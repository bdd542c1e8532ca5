// Package id makes the identifiers of rows: 26 characters of Crockford base32,
// ten for the time in UTC milliseconds and sixteen for what distinguishes two
// things of the same millisecond. They sort by time, so that an index on them
// grows at its right end.
package id

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Len is the length of every id in bytes.
const Len = 26

// New returns a random id for something that happened at t.
func New(t time.Time) string {
	var tail [10]byte
	_, _ = rand.Read(tail[:])
	return encode(t.UnixMilli(), tail)
}

// At returns the one id that belongs to parts at t: the same arguments give the
// same id on every node and in every replay.
func At(t time.Time, parts ...string) string {
	return encode(t.UnixMilli(), digest(parts))
}

// Of returns the one id that belongs to parts, for things that have no time of
// their own (a member, a group): its time half is part of the digest too.
func Of(parts ...string) string {
	sum := sum256(parts)
	ms := int64(binary.BigEndian.Uint64(sum[16:24]) >> 16)
	return encode(ms, [10]byte(sum[:10]))
}

func digest(parts []string) [10]byte {
	sum := sum256(parts)
	return [10]byte(sum[:10])
}

// sum256 prefixes every part with its length, so that ("ab","c") and ("a","bc")
// are different things.
func sum256(parts []string) [32]byte {
	h := sha256.New()
	var n [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return [32]byte(h.Sum(nil))
}

func encode(ms int64, tail [10]byte) string {
	var out [Len]byte
	for i := 9; i >= 0; i-- {
		out[i] = alphabet[ms&31]
		ms >>= 5
	}
	bits, have, pos := uint32(0), 0, 10
	for _, b := range tail {
		bits = bits<<8 | uint32(b)
		have += 8
		for have >= 5 {
			have -= 5
			out[pos] = alphabet[bits>>have&31]
			pos++
		}
	}
	return string(out[:])
}

// Valid reports whether s has the form of an id; it says nothing about whether
// the thing exists.
func Valid(s string) bool {
	if len(s) != Len {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < '0' || c > '9' && c < 'A' || c > 'Z' || c == 'I' || c == 'L' || c == 'O' || c == 'U' {
			return false
		}
	}
	return true
}

// Floor returns what sorts before every id of t or later and after every
// earlier one.
func Floor(t time.Time) string { return encode(t.UnixMilli(), [10]byte{}) }
