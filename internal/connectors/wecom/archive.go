package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/qunzhu/qunzhu/internal/connectors/wecom/pullwire"
)

// MaxArchiveLimit is the most messages that one pull may ask for (D:91774).
const MaxArchiveLimit = 1000

// SealedMessage is one message as the archive delivers it: encrypted with a
// random key, which is itself encrypted with the corp's public key.
type SealedMessage struct {
	Seq              uint64 `json:"seq"`
	MsgID            string `json:"msgid"`
	PublicKeyVer     int    `json:"publickey_ver"`
	EncryptRandomKey string `json:"encrypt_random_key"` // base64 of RSA PKCS #1 v1.5
	EncryptChatMsg   string `json:"encrypt_chat_msg"`   // base64, opened with the random key
}

// ArchiveSource is a way to the message archive (D:91774). Implementations are
// safe for concurrent use. The archive keeps five days: a pull with an older seq
// continues at the first message that is left.
type ArchiveSource interface {
	// Pull returns at most limit (1 to MaxArchiveLimit) messages with a sequence
	// number above seq, in order; none when there is nothing new.
	Pull(ctx context.Context, seq uint64, limit int) ([]SealedMessage, error)
	// Open decrypts msg with the random key that KeyRing.RandomKey unwrapped and
	// returns the plaintext JSON, which may hold control characters.
	Open(ctx context.Context, msg SealedMessage, key string) ([]byte, error)
	// Media returns one slice of a file. index is empty at first, then
	// MediaChunk.Next of the slice before.
	Media(ctx context.Context, fileID, index string) (MediaChunk, error)
}

// MediaChunk is a slice of a file, 512 KiB or less.
type MediaChunk struct {
	Data []byte
	Next string
	Last bool
}

// ErrMediaTooLarge reports a file beyond the limit given to CopyMedia.
var ErrMediaTooLarge = errors.New("wecom: the archived file exceeds the size limit")

// CopyMedia writes a whole file to w, at most limit bytes.
func CopyMedia(ctx context.Context, source ArchiveSource, fileID string, w io.Writer, limit int64) (int64, error) {
	var written int64
	index := ""
	for {
		chunk, err := source.Media(ctx, fileID, index)
		if err != nil {
			return written, err
		}
		if written+int64(len(chunk.Data)) > limit {
			return written, ErrMediaTooLarge
		}
		n, err := w.Write(chunk.Data)
		written += int64(n)
		if err != nil {
			return written, err
		}
		if chunk.Last {
			return written, nil
		}
		if chunk.Next == index || len(chunk.Data) == 0 {
			return written, errEndlessListing
		}
		index = chunk.Next
	}
}

// PullBatch pulls up to limit messages above seq, halving the limit while the
// platform answers that the reply would be too large (301058).
func PullBatch(ctx context.Context, source ArchiveSource, seq uint64, limit int) ([]SealedMessage, error) {
	for {
		batch, err := source.Pull(ctx, seq, limit)
		var refused *ArchiveError
		if limit > 1 && errors.As(err, &refused) && refused.Code == codeReplyTooLarge {
			limit /= 2
			continue
		}
		return batch, err
	}
}

// Return codes of the archive (D:91552).
const (
	codeArchiveBadParam  = 10000
	codeArchiveNetwork   = 10001
	codeArchiveParse     = 10002
	codeArchiveSystem    = 10003
	codeArchiveBadFile   = 10005
	codeArchiveKey       = 10006
	codeArchiveMessage   = 10008
	codeArchiveForeignIP = 10009
	codeArchiveExpired   = 10010
	codeArchiveBadSSL    = 10011
	codeArchiveOutOfTerm = 301052
	codeReplyTooLarge    = 301058
)

var archiveCodes = map[int]string{
	codeArchiveBadParam:  "bad parameter: check CorpID, archive secret and limit",
	codeArchiveNetwork:   "network error",
	codeArchiveParse:     "the answer could not be read",
	codeArchiveSystem:    "system error",
	codeArchiveBadFile:   "bad file id",
	codeArchiveKey:       "decryption failed",
	codeArchiveMessage:   "the message could not be decrypted",
	codeArchiveForeignIP: "this server's IP is not in the archive's trusted list",
	codeArchiveExpired:   "the data is older than five days",
	codeArchiveBadSSL:    "certificate error",
	codeArchiveOutOfTerm: "the archive subscription has expired",
	codeReplyTooLarge:    "the reply would be too large, ask for less",
}

// ArchiveError is a refusal by the archive.
type ArchiveError struct {
	Op   string // "pull", "open", "media" or "init"
	Code int
	Msg  string // the platform's text, if it sent one
}

// Error implements error.
func (e *ArchiveError) Error() string {
	text := archiveCodes[e.Code]
	if e.Msg != "" {
		text += ": " + e.Msg
	}
	return fmt.Sprintf("wecom: archive %s: code %d (%s)", e.Op, e.Code, text)
}

// Class tells what can be done about the refusal.
func (e *ArchiveError) Class() Class {
	switch e.Code {
	case codeArchiveNetwork, codeArchiveParse, codeArchiveSystem, codeBusy, codeTooOften, codeTooMany:
		return ClassThrottled
	case codeArchiveBadParam, codeArchiveForeignIP, codeArchiveOutOfTerm, codeArchiveBadSSL, pullwire.CodeLibrary:
		return ClassNotPermitted
	case codeArchiveExpired, codeArchiveBadFile:
		return ClassGone
	default:
		return ClassPermanent
	}
}

func checkPull(limit int) error {
	if limit < 1 || limit > MaxArchiveLimit {
		return &InputError{"limit", fmt.Sprintf("is %d", limit), fmt.Sprintf("1 to %d", MaxArchiveLimit)}
	}
	return nil
}

// parseChatData reads the JSON that GetChatData returns.
func parseChatData(answer []byte) ([]SealedMessage, error) {
	var out struct {
		ErrCode  int             `json:"errcode"`
		ErrMsg   string          `json:"errmsg"`
		ChatData []SealedMessage `json:"chatdata"`
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, &ArchiveError{Op: "pull", Code: codeArchiveParse, Msg: "not the documented JSON"}
	}
	if out.ErrCode != 0 {
		return nil, &ArchiveError{Op: "pull", Code: out.ErrCode, Msg: clip(out.ErrMsg, maxErrorText)}
	}
	return out.ChatData, nil
}
