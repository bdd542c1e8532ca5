package wecom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Config is the part of a connection that may be shown.
type Config struct {
	CorpID  string `json:"corp_id"`
	AgentID int    `json:"agent_id"` // of the self-built app
	// APIBase is DefaultBaseURL when empty.
	APIBase string `json:"api_base,omitempty"`
	// Callback says that the platform can reach us. Without it groups are read
	// every PollEvery.
	Callback  bool           `json:"callback"`
	PollEvery Span           `json:"poll_every,omitempty"`
	Archive   *ArchiveConfig `json:"archive,omitempty"`
}

// Ways to the message archive.
const (
	ArchivePuller  = "puller"  // the platform's, through the program archive-puller
	ArchiveSandbox = "sandbox" // the simulator's
)

// ArchiveConfig says how the message archive is reached.
type ArchiveConfig struct {
	Mode    string `json:"mode"`
	URL     string `json:"url,omitempty"`         // sandbox; Config.APIBase when empty
	Puller  string `json:"puller_path,omitempty"` // puller: path of archive-puller
	Library string `json:"library,omitempty"`     // puller: path of libWeWorkFinanceSdk_C.so
}

// Names of connector.Connection.Secrets.
const (
	SecretApp         = "secret"         // of the self-built app
	SecretToken       = "token"          // of the callback
	SecretAESKey      = "aes_key"        // of the callback
	SecretArchive     = "archive_secret" // of 会话内容存档
	SecretArchiveKeys = "archive_key"    // see EncodeArchiveKeys
)

// Span is a duration that is written as text, such as "10m".
type Span time.Duration

// MarshalText implements encoding.TextMarshaler.
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = Span(d)
	return err
}

const (
	defaultPollEvery = 10 * time.Minute
	minPollEvery     = time.Minute
	maxPollEvery     = 24 * time.Hour
	maxConfigBytes   = 16 << 10
	maxKeyVersions   = 100
)

// EncodeArchiveKeys writes private keys in PEM, by the version that the platform
// gave to their public halves, as the secret SecretArchiveKeys.
func EncodeArchiveKeys(pems map[int]string) string {
	text, err := json.Marshal(pems)
	if err != nil {
		panic(err) // a map of strings
	}
	return string(text)
}

func decodeArchiveKeys(text string) (map[int][]byte, error) {
	var pems map[int]string
	if err := json.Unmarshal([]byte(text), &pems); err != nil {
		return nil, err
	}
	if len(pems) > maxKeyVersions {
		return nil, fmt.Errorf("%d keys, expected at most %d", len(pems), maxKeyVersions)
	}
	keys := make(map[int][]byte, len(pems))
	for version, pem := range pems {
		keys[version] = []byte(pem)
	}
	return keys, nil
}

// ParseConfig reads a connection's configuration and checks it together with
// its secrets. The error is an Invalid fault that names every wrong field.
func ParseConfig(c connector.Connection) (Config, error) {
	var cfg Config
	if len(c.Config) > maxConfigBytes {
		return cfg, fault.InvalidField("config", "wecom.field.config", fmt.Sprintf("%d > %d bytes", len(c.Config), maxConfigBytes))
	}
	dec := json.NewDecoder(bytes.NewReader(c.Config))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&cfg); err != nil {
		return cfg, fault.InvalidField("config", "wecom.field.config", err.Error())
	}
	if cfg.PollEvery == 0 {
		cfg.PollEvery = Span(defaultPollEvery)
	}
	if cfg.APIBase == "" {
		cfg.APIBase = DefaultBaseURL
	}
	wrong := fault.New(fault.Invalid, "fault.invalid")
	cfg.check(c.Secrets, wrong)
	if cfg.Archive != nil {
		cfg.checkArchive(c.Secrets, wrong)
	}
	return cfg, wrong.OrNil()
}

func (cfg Config) check(secrets map[string]string, wrong *fault.Error) {
	if !isID(cfg.CorpID) {
		wrong.With("corp_id", "wecom.field.corp_id")
	}
	if cfg.AgentID <= 0 {
		wrong.With("agent_id", "wecom.field.agent_id")
	}
	if _, err := checkBaseURL(cfg.APIBase, ""); err != nil {
		wrong.With("api_base", "wecom.field.address")
	}
	if every := time.Duration(cfg.PollEvery); every < minPollEvery || every > maxPollEvery {
		wrong.With("poll_every", "wecom.field.poll_every", minPollEvery.String(), maxPollEvery.String())
	}
	if !isID(secrets[SecretApp]) {
		wrong.With(SecretApp, "wecom.field.secret")
	}
	if !cfg.Callback {
		return
	}
	if t := secrets[SecretToken]; t == "" || len(t) > maxTokenChars || !isID(t) {
		wrong.With(SecretToken, "wecom.field.token", maxTokenChars)
	}
	if _, err := NewCodec("t", secrets[SecretAESKey], cfg.CorpID); err != nil {
		wrong.With(SecretAESKey, "wecom.field.aes_key", aesKeyChars)
	}
}

func (cfg Config) checkArchive(secrets map[string]string, wrong *fault.Error) {
	switch cfg.Archive.Mode {
	case ArchivePuller:
		if cfg.Archive.Puller == "" {
			wrong.With("archive.puller_path", "wecom.field.puller_path")
		}
		if cfg.Archive.Library == "" {
			wrong.With("archive.library", "wecom.field.library")
		}
	case ArchiveSandbox:
		if _, err := checkBaseURL(cfg.Archive.URL, cfg.APIBase); err != nil {
			wrong.With("archive.url", "wecom.field.address")
		}
	default:
		wrong.With("archive.mode", "wecom.field.archive_mode", ArchivePuller, ArchiveSandbox)
	}
	if !isID(secrets[SecretArchive]) {
		wrong.With(SecretArchive, "wecom.field.archive_secret")
	}
	keys, err := decodeArchiveKeys(secrets[SecretArchiveKeys])
	if err == nil {
		_, err = NewKeyRing(keys)
	}
	if err != nil {
		wrong.With(SecretArchiveKeys, "wecom.field.archive_key", err.Error())
	}
}

// isID reports that text is an id or secret of the platform: printable, without
// the white space that copying from a web page leaves behind.
func isID(text string) bool {
	return text != "" && len(text) <= 256 && strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// onPlatform reports that the API is the platform's own, and not a simulator or
// proxy.
func (cfg Config) onPlatform() bool {
	u, err := url.Parse(cfg.APIBase)
	return err == nil && u.Host == "qyapi.weixin.qq.com"
}

// fingerprint distinguishes configurations, so that a change of a secret takes effect
// without a restart.
func fingerprint(c connector.Connection) string {
	var b strings.Builder
	b.Write(c.Config)
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		b.WriteString(strconv.Quote(name) + strconv.Quote(c.Secrets[name]))
	}
	return b.String()
}
