package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// Config identifies the simulated corp. The zero value of each field takes the
// default named beside it.
type Config struct {
	CorpID        string `json:"corp_id"`        // starts with ww; "ww0sandbox"
	CorpName      string `json:"corp_name"`      // name of the root department; "沙箱公司"
	AgentID       int    `json:"agent_id"`       // the app's; 1000002
	AppSecret     string `json:"app_secret"`     // "sandbox-app-secret"
	ArchiveSecret string `json:"archive_secret"` // "sandbox-archive-secret"
	GroupLimit    int    `json:"group_limit"`    // most members of a group; 500 (D:98429)
	// ArchiveToList bounds the receivers that a group message's tolist names;
	// 0 lists all members, as the platform does. A big group's full list makes
	// each archived message 20 KB.
	ArchiveToList int `json:"archive_tolist"`
	// ArchiveKeyReuse is how many neighbouring messages of a pull share one
	// random key. The platform gives each its own, which is 1, the default; a
	// higher number spares the receiver RSA operations of a millisecond each.
	ArchiveKeyReuse int `json:"archive_key_reuse"`

	Clock Clock `json:"-"` // time.Now
}

func (c Config) withDefaults() Config {
	setDefault(&c.CorpID, "ww0sandbox")
	setDefault(&c.CorpName, "沙箱公司")
	setDefault(&c.AgentID, 1000002)
	setDefault(&c.AppSecret, "sandbox-app-secret")
	setDefault(&c.ArchiveSecret, "sandbox-archive-secret")
	setDefault(&c.GroupLimit, 500)
	setDefault(&c.ArchiveKeyReuse, 1)
	if c.Clock == nil {
		c.Clock = wallClock{}
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

// File is the configuration file of a sandbox that runs on its own.
type File struct {
	Corp     Config   `json:"corp"`
	Callback Callback `json:"callback"`
	Faults   Faults   `json:"faults"`
	Staff    []struct {
		UserID     string `json:"userid"`
		Name       string `json:"name"`
		Department string `json:"department"`
	} `json:"staff"`
	Contacts []struct {
		ExternalUserID string `json:"external_userid"`
		Name           string `json:"name"`
		UnionID        string `json:"unionid"`
		Avatar         string `json:"avatar"`
	} `json:"contacts"`
	Groups []struct {
		Name     string   `json:"name"`
		Owner    string   `json:"owner"`
		Admins   []string `json:"admins"`
		Notice   string   `json:"notice"`
		Archived bool     `json:"archived"`
		Members  []string `json:"members"` // contacts and further staff
	} `json:"groups"`
}

// maxFile bounds a configuration file; the largest sensible one, a few thousand
// contacts, is far below.
const maxFile = 4 << 20

// ReadFile reads a configuration file in JSON. Unknown fields are refused, so
// that a misspelt switch isn't silently off.
func ReadFile(r io.Reader) (File, error) {
	var f File
	dec := json.NewDecoder(io.LimitReader(r, maxFile))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return File{}, fmt.Errorf("sandbox configuration: %w", err)
	}
	if dec.More() {
		return File{}, errors.New("sandbox configuration: more than one JSON value")
	}
	if f.Corp.CorpID != "" && !strings.HasPrefix(f.Corp.CorpID, "ww") {
		return File{}, fmt.Errorf("sandbox configuration: corp.corp_id %q must start with ww", f.Corp.CorpID)
	}
	if f.Corp.GroupLimit < 0 || f.Corp.ArchiveToList < 0 || f.Corp.ArchiveKeyReuse < 0 {
		return File{}, errors.New("sandbox configuration: corp.group_limit, archive_tolist and archive_key_reuse must not be negative")
	}
	if f.Callback.URL != "" {
		if err := f.Callback.validate(); err != nil {
			return File{}, fmt.Errorf("sandbox configuration: callback: %w", err)
		}
	}
	if err := f.Faults.validate(); err != nil {
		return File{}, fmt.Errorf("sandbox configuration: faults: %w", err)
	}
	return f, nil
}

// Populate puts the file's staff, contacts and groups into w, and fails at the
// first group that names somebody unknown.
func (f File) Populate(w *World) error {
	for _, s := range f.Staff {
		w.AddStaff(Staff(s))
	}
	for _, c := range f.Contacts {
		w.AddContact(Contact(c))
	}
	for _, g := range f.Groups {
		if !w.HasStaff(g.Owner) {
			return fmt.Errorf("sandbox configuration: group %q: owner %q is not in staff", g.Name, g.Owner)
		}
		id := w.CreateGroup(Group{Name: g.Name, Owner: g.Owner, Admins: g.Admins, Notice: g.Notice, Archived: g.Archived})
		for _, m := range g.Members {
			if err := w.Join(id, m, Join{Scene: world.SceneInvited, Inviter: g.Owner}); err != nil {
				return fmt.Errorf("sandbox configuration: group %q: member %q: %w", g.Name, m, err)
			}
		}
	}
	return nil
}
