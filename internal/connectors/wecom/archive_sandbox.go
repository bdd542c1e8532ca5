package wecom

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

const maxArchiveAnswer = 64 << 20

// SandboxArchive is the ArchiveSource of the platform simulator, which offers
// over HTTP what the native library offers for the real platform. Where that
// library's message encryption is its own secret, the simulator uses
// AES-256-GCM under the SHA-256 of the random key.
type SandboxArchive struct {
	base   string
	secret string
	http   *http.Client
}

// NewSandboxArchive returns a source for the simulator at baseURL.
func NewSandboxArchive(baseURL, secret string, client *http.Client) (*SandboxArchive, error) {
	base, err := checkBaseURL(baseURL, "")
	if err != nil {
		return nil, err
	}
	if secret == "" {
		return nil, errors.New("wecom: the archive secret is empty")
	}
	if client == nil {
		client = defaultHTTPClient()
	}
	return &SandboxArchive{base: base, secret: secret, http: client}, nil
}

// Pull implements ArchiveSource.
func (s *SandboxArchive) Pull(ctx context.Context, seq uint64, limit int) ([]SealedMessage, error) {
	if err := checkPull(limit); err != nil {
		return nil, err
	}
	answer, err := s.get(ctx, "/sandbox/archive/chatdata", url.Values{
		"seq": {strconv.FormatUint(seq, 10)}, "limit": {strconv.Itoa(limit)},
	})
	if err != nil {
		return nil, err
	}
	return parseChatData(answer)
}

// Open implements ArchiveSource.
func (s *SandboxArchive) Open(_ context.Context, msg SealedMessage, key string) ([]byte, error) {
	failed := &ArchiveError{Op: "open", Code: codeArchiveMessage}
	sealed, err := base64.StdEncoding.DecodeString(msg.EncryptChatMsg)
	if err != nil {
		return nil, failed
	}
	sum := sha256.Sum256([]byte(key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, failed
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
	if err != nil {
		return nil, failed
	}
	return plain, nil
}

// Media implements ArchiveSource.
func (s *SandboxArchive) Media(ctx context.Context, fileID, index string) (MediaChunk, error) {
	answer, err := s.get(ctx, "/sandbox/archive/media", url.Values{"sdkfileid": {fileID}, "index": {index}})
	if err != nil {
		return MediaChunk{}, err
	}
	var out struct {
		ErrCode int    `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
		Data    []byte `json:"data"`
		Next    string `json:"outindexbuf"`
		Finish  int    `json:"is_finish"`
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return MediaChunk{}, &ArchiveError{Op: "media", Code: codeArchiveParse, Msg: "not the documented JSON"}
	}
	if out.ErrCode != 0 {
		return MediaChunk{}, &ArchiveError{Op: "media", Code: out.ErrCode, Msg: clip(out.ErrMsg, maxErrorText)}
	}
	return MediaChunk{Data: out.Data, Next: out.Next, Last: out.Finish != 0}, nil
}

func (s *SandboxArchive) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	query.Set("secret", s.secret)
	answer, err := s.exchange(ctx, s.base+path+"?"+query.Encode())
	if err != nil {
		return nil, redactedError(path, true, err, s.secret)
	}
	return answer, nil
}

func (s *SandboxArchive) exchange(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP status %d", resp.StatusCode)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxArchiveAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(answer) > maxArchiveAnswer {
		return nil, fmt.Errorf("the answer exceeds %d bytes", maxArchiveAnswer)
	}
	return answer, nil
}
