package channels

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const (
	wecomKind = "wecom"
	apiBase   = "https://qyapi.weixin.qq.com"
)

// The names of a WeCom connection's secrets. These and the shape of wecomConfig
// are the connector's.
const (
	secretApp         = "secret"
	secretToken       = "token"
	secretAESKey      = "aes_key"
	secretArchive     = "archive_secret"
	secretArchiveKeys = "archive_key" // private keys in PEM by version, as JSON
	// secretPending is a private key whose public half has not got its version
	// from the platform yet; the connector does not look at it.
	secretPending = "archive_key_pending"
)

// wecomConfig is the part of a connection that may be shown.
type wecomConfig struct {
	CorpID    string         `json:"corp_id"`
	AgentID   int            `json:"agent_id"`
	APIBase   string         `json:"api_base,omitempty"`
	Callback  bool           `json:"callback"`
	PollEvery string         `json:"poll_every,omitempty"`
	Archive   *archiveConfig `json:"archive,omitempty"`
}

type archiveConfig struct {
	Mode    string `json:"mode"` // puller or sandbox
	URL     string `json:"url,omitempty"`
	Puller  string `json:"puller_path,omitempty"`
	Library string `json:"library,omitempty"`
}

func readConfig(c connector.Connection) (wecomConfig, error) {
	var cfg wecomConfig
	if len(c.Config) == 0 {
		return cfg, nil
	}
	err := json.Unmarshal(c.Config, &cfg)
	return cfg, err
}

func (cfg wecomConfig) encode() json.RawMessage {
	b, err := json.Marshal(cfg)
	if err != nil {
		panic(err) // plain fields
	}
	return b
}

// validator is what a connector offers that can check a configuration without
// calling its platform.
type validator interface {
	Validate(connector.Connection) error
}

// checkWecom finds what would not work before anything is stored.
func checkWecom(cfg wecomConfig, secrets map[string]string) error {
	wrong := fault.New(fault.Invalid, "fault.invalid")
	if !printable(cfg.CorpID) {
		wrong.With("corp_id", "channels.wrong.corp_id")
	}
	if cfg.AgentID <= 0 {
		wrong.With("agent_id", "channels.wrong.agent_id")
	}
	if !printable(secrets[secretApp]) {
		wrong.With("secret", "channels.wrong.secret")
	}
	if !strings.HasPrefix(cfg.APIBase, "https://") && !strings.HasPrefix(cfg.APIBase, "http://") {
		wrong.With("api_base", "form.url")
	}
	return wrong.OrNil()
}

// printable reports that text is an id or secret of a platform, without the
// white space that copying from a web page leaves.
func printable(text string) bool {
	return text != "" && len(text) <= 256 && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// newCallbackSecrets makes a Token (3–32 letters and digits) and an
// EncodingAESKey: 43 characters, the base64 of 32 bytes without its "=" (D:90968).
// The key has letters and digits only, as the platform's own generator gives.
func newCallbackSecrets() (token, aesKey string) {
	for {
		var key [32]byte
		_, _ = rand.Read(key[:])
		aesKey = strings.TrimRight(base64.StdEncoding.EncodeToString(key[:]), "=")
		if !strings.ContainsAny(aesKey, "+/") {
			return randomLetters(24), aesKey
		}
	}
}

func randomLetters(n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		var b [64]byte
		_, _ = rand.Read(b[:])
		for _, x := range b {
			// 248 is the largest multiple of 62 in a byte: beyond it some letters
			// would come more often.
			if x < 248 && len(out) < n {
				out = append(out, letters[int(x)%len(letters)])
			}
		}
	}
	return string(out)
}

// archiveKeyBits is what the platform asks for (D:91774).
const archiveKeyBits = 2048

// newArchiveKey makes a private key in PEM.
func newArchiveKey() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, archiveKeyBits)
	if err != nil {
		return "", fmt.Errorf("make a key for the archive: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// publicHalf is the part that is pasted at the platform, in PEM.
func publicHalf(private string) (string, error) {
	key, err := parseKey(private)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// parseKey reads an RSA private key in PEM, PKCS #1 or PKCS #8.
func parseKey(text string) (*rsa.PrivateKey, error) {
	wrong := fault.InvalidField("key", "channels.wrong.key")
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, wrong
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := parsed.(*rsa.PrivateKey); ok && err == nil {
		return key, nil
	}
	return nil, wrong
}

// archiveKeys are the private keys by version.
func archiveKeys(secrets map[string]string) map[int]string {
	keys := map[int]string{}
	if text := secrets[secretArchiveKeys]; text != "" {
		// What is not a map of keys was not written by us; it is replaced.
		_ = json.Unmarshal([]byte(text), &keys)
	}
	return keys
}

func encodeKeys(keys map[int]string) string {
	b, err := json.Marshal(keys)
	if err != nil {
		panic(err) // a map of strings
	}
	return string(b)
}

// versions lists the versions of the keys for people.
func versions(keys map[int]string) string {
	var out []string
	for _, v := range slices.Sorted(maps.Keys(keys)) {
		out = append(out, strconv.Itoa(v))
	}
	return strings.Join(out, ", ")
}
