package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"sort"
	"time"
)

const (
	// archiveWindow is how long the archive hands out a message (D:91774).
	archiveWindow = 5 * 24 * time.Hour
	// archivePull is the most messages of one pull.
	archivePull = 1000
)

// archive is the conversation archive of the corp.
type archive struct {
	records  []record // ascending seq, none older than the window when appended
	seq      uint64
	keys     []*rsa.PublicKey // keys[i] is publickey_ver i+1
	notified time.Time        // due time of the last msgaudit_notify
	media    *mediaLibrary
}

// record is one archived message in the clear.
type record struct {
	seq    uint64
	key    int // publickey_ver in force; 0 before the first
	msgID  string
	action string // send, recall, switch
	from   string
	to     []string // shared with the group's roster
	room   string
	at     time.Time
	kind   string         // msgtype
	body   map[string]any // further top-level fields
}

// sealed is one element of GetChatData's chatdata.
type sealed struct {
	Seq              uint64 `json:"seq"`
	MsgID            string `json:"msgid"`
	PublicKeyVer     int    `json:"publickey_ver"`
	EncryptRandomKey string `json:"encrypt_random_key"`
	EncryptChatMsg   string `json:"encrypt_chat_msg"`
}

// record appends r and announces it.
func (w *World) record(r record) {
	a := &w.archive
	a.seq++
	r.seq, r.key = a.seq, len(a.keys)
	// Forget in large steps, so that appending stays cheap.
	if expired := a.expired(w.clock.Now()); expired > 4096 && expired > len(a.records)/2 {
		a.records = append([]record(nil), a.records[expired:]...)
	}
	a.records = append(a.records, r)
	w.raiseNotify()
}

// expired counts the leading records that left the window.
func (a *archive) expired(now time.Time) int {
	oldest := now.Add(-archiveWindow)
	return sort.Search(len(a.records), func(i int) bool { return !a.records[i].at.Before(oldest) })
}

// after returns up to limit records with a seq above seq. A seq from before the
// window continues at its first record, as on the platform.
func (a *archive) after(seq uint64, limit int, now time.Time) []record {
	first := sort.Search(len(a.records), func(i int) bool { return a.records[i].seq > seq })
	first = max(first, a.expired(now))
	last := min(first+limit, len(a.records))
	return append([]record(nil), a.records[first:last]...)
}

// RegisterPublicKey sets the key that new messages are sealed with and returns
// its version. Older messages stay sealed with the key of their time; those
// from before the first key take the first.
func (w *World) RegisterPublicKey(pemText []byte) (version int, err error) {
	key, err := parsePublicKey(pemText)
	if err != nil {
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.archive.keys = append(w.archive.keys, key)
	return len(w.archive.keys), nil
}

func parsePublicKey(pemText []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(pemText)
	if block == nil {
		return nil, fmt.Errorf("%w: no PEM block", ErrBadKey)
	}
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		parsed, perr := x509.ParsePKIXPublicKey(block.Bytes)
		if perr != nil {
			return nil, fmt.Errorf("%w: %w", ErrBadKey, perr)
		}
		var ok bool
		if key, ok = parsed.(*rsa.PublicKey); !ok {
			return nil, fmt.Errorf("%w: it is a %T", ErrBadKey, parsed)
		}
	}
	if key.N.BitLen() != 2048 {
		return nil, fmt.Errorf("%w: it has %d bits", ErrBadKey, key.N.BitLen())
	}
	return key, nil
}

// pull returns sealed records, ready to be sent.
func (w *World) pull(seq uint64, limit int) ([]sealed, error) {
	w.mu.Lock()
	records := w.archive.after(seq, limit, w.clock.Now())
	keys := w.archive.keys
	w.mu.Unlock()
	out := make([]sealed, 0, len(records))
	if len(keys) == 0 {
		return out, nil // a corp without a key has no archive yet
	}
	sealer := sealer{keys: keys, reuse: w.cfg.ArchiveKeyReuse}
	for _, r := range records {
		s, err := sealer.seal(r)
		if err != nil {
			return nil, fmt.Errorf("archived message %s: %w", r.msgID, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// sealer encrypts the records of one pull.
type sealer struct {
	keys  []*rsa.PublicKey
	reuse int // messages that share a random key

	version int
	random  []byte
	wrapped string // random under the public key, base64
	uses    int
}

func (s *sealer) seal(r record) (sealed, error) {
	plain, err := json.Marshal(r.plaintext())
	if err != nil {
		return sealed{}, err
	}
	if err := s.prepare(max(r.key, 1)); err != nil {
		return sealed{}, err
	}
	message, err := sealMessage(s.random, plain)
	if err != nil {
		return sealed{}, err
	}
	return sealed{
		Seq: r.seq, MsgID: r.msgID, PublicKeyVer: s.version, EncryptRandomKey: s.wrapped,
		EncryptChatMsg: base64.StdEncoding.EncodeToString(message),
	}, nil
}

// prepare makes a random key for a public key version unless the last one may
// serve again.
func (s *sealer) prepare(version int) error {
	if s.uses++; s.version == version && s.uses <= s.reuse {
		return nil
	}
	secret := make([]byte, 16)
	rand.Read(secret)
	s.random = []byte(base64.StdEncoding.EncodeToString(secret))
	//lint:ignore SA1019 the platform prescribes PKCS #1 v1.5 (D:91774)
	wrapped, err := rsa.EncryptPKCS1v15(rand.Reader, s.keys[version-1], s.random)
	if err != nil {
		return err
	}
	s.version, s.uses = version, 1
	s.wrapped = base64.StdEncoding.EncodeToString(wrapped)
	return nil
}

// sealMessage stands in for the SDK's undocumented cipher: nonce ‖ AES-256-GCM
// under SHA-256 of the random string.
func sealMessage(random, plain []byte) ([]byte, error) {
	key := sha256.Sum256(random)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(plain)+gcm.Overhead())
	rand.Read(nonce)
	return gcm.Seal(nonce, nonce, plain, nil), nil
}

// plaintext is the JSON object behind the seal (D:91774). A switch is no
// message and has other fields.
func (r record) plaintext() map[string]any {
	if r.action == "switch" {
		return map[string]any{"msgid": r.msgID, "action": r.action, "time": r.at.UnixMilli(), "user": r.from}
	}
	out := maps.Clone(r.body)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, map[string]any{
		"msgid": r.msgID, "action": r.action, "from": r.from, "tolist": r.to,
		"roomid": r.room, "msgtime": r.at.UnixMilli(), "msgtype": r.kind,
	})
	return out
}
