package channels

import (
	"io"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type archiveView struct {
	On     bool
	Guide  []line
	Facts  ui.Facts
	Public string // the public half of the key that waits for its version
	Fields []ui.Field
}

type archiveForm struct {
	Mode    string `form:"mode" validate:"required,oneof=off|puller|sandbox"`
	Secret  string `form:"archive_secret" validate:"max=256,line"`
	Version int    `form:"version" validate:"min=1,max=100000"`
	Puller  string `form:"puller_path" validate:"max=400,line"`
	Library string `form:"library" validate:"max=400,line"`
}

func archiveViewOf(c *web.Ctx, x connector.Connection, cfg wecomConfig, errs ui.Errors) (archiveView, error) {
	v := archiveView{On: cfg.Archive != nil, Guide: lines(c, "channels.guide.archive", 5)}
	a := archiveConfig{Mode: "off", Puller: "archive-puller"}
	if cfg.Archive != nil {
		a = *cfg.Archive
		v.Facts = ui.Facts{{Label: c.T("channels.archive.versions"), Value: versions(archiveKeys(x.Secrets))}}
	}
	if pending := x.Secrets[secretPending]; pending != "" {
		var err error
		if v.Public, err = publicHalf(pending); err != nil {
			return v, err
		}
	}
	mode := ui.Field{Type: "radio", Name: "mode", Label: c.T("channels.archive.mode"), Required: true}
	for _, m := range []string{"off", "puller", "sandbox"} {
		mode.Options = append(mode.Options, ui.Option{Value: m, Label: c.T("channels.archive." + m), Help: c.T("channels.archive." + m + "_help"), Selected: m == a.Mode})
	}
	v.Fields = []ui.Field{mode,
		{Name: "archive_secret", Type: "password", Label: c.T("channels.archive.secret"), Help: c.T("channels.archive.secret_help"), MaxLength: 256, Autocomplete: "off"},
		{Name: "version", Type: "number", Label: c.T("channels.archive.version"), Help: c.T("channels.archive.version_help"), Min: "1"},
		{Name: "key", Type: "file", Label: c.T("channels.archive.key"), Help: c.T("channels.archive.key_help"), Accept: ".pem,.key"},
		{Name: "puller_path", Label: c.T("channels.archive.puller_path"), Help: c.T("channels.archive.puller_path_help"), Value: a.Puller, MaxLength: 400},
		{Name: "library", Label: c.T("channels.archive.library"), Help: c.T("channels.archive.library_help"), Value: a.Library, MaxLength: 400,
			Placeholder: "/opt/wework/libWeWorkFinanceSdk_C.so"},
	}
	mark(v.Fields, errs)
	return v, nil
}

// makeKeyPair is POST …/keypair: a new key pair. The private half waits, sealed,
// for the version that the platform gives to the public one.
func (p *pages) makeKeyPair(c *web.Ctx) error {
	return p.change(c, "archive", "connection.key_made", func(x *connector.Connection) (shown, error) {
		key, err := newArchiveKey()
		x.Secrets[secretPending] = key
		return shown{}, err
	})
}

// saveArchive is POST …/archive.
func (p *pages) saveArchive(c *web.Ctx) error {
	return p.change(c, "archive", "connection.changed", func(x *connector.Connection) (shown, error) {
		var in archiveForm
		if err := c.Form(&in); err != nil {
			return shown{}, err
		}
		cfg, err := readConfig(*x)
		if err != nil {
			return shown{}, err
		}
		if in.Mode == "off" {
			cfg.Archive = nil // the keys stay: old messages are sealed for them
			x.Config = cfg.encode()
			return shown{}, nil
		}
		if err := applyArchive(c, x, &cfg, in); err != nil {
			return shown{}, err
		}
		x.Config = cfg.encode()
		return shown{}, p.validate(*x)
	})
}

func applyArchive(c *web.Ctx, x *connector.Connection, cfg *wecomConfig, in archiveForm) error {
	if in.Secret != "" {
		x.Secrets[secretArchive] = in.Secret
	}
	if err := addKey(c, x, in.Version); err != nil {
		return err
	}
	wrong := fault.New(fault.Invalid, "fault.invalid")
	if x.Secrets[secretArchive] == "" {
		wrong.With("archive_secret", "form.required")
	}
	if len(archiveKeys(x.Secrets)) == 0 {
		wrong.With("version", "channels.wrong.no_key")
	}
	if in.Mode == "puller" && in.Puller == "" {
		wrong.With("puller_path", "form.required")
	}
	if in.Mode == "puller" && in.Library == "" {
		wrong.With("library", "form.required")
	}
	cfg.Archive = &archiveConfig{Mode: in.Mode}
	if in.Mode == "puller" {
		cfg.Archive.Puller, cfg.Archive.Library = in.Puller, in.Library
	}
	return wrong.OrNil()
}

// addKey files a key under its version: the uploaded one, or the one that was
// made here and waited. Older versions stay, because messages sealed for them
// keep coming for days (D:91774).
func addKey(c *web.Ctx, x *connector.Connection, version int) error {
	uploaded, err := upload(c)
	if err != nil {
		return err
	}
	key := uploaded
	if key == "" {
		key = x.Secrets[secretPending]
	}
	switch {
	case version == 0 && uploaded == "":
		return nil
	case version == 0:
		return fault.InvalidField("version", "form.required")
	case key == "":
		return fault.InvalidField("key", "channels.wrong.no_key")
	}
	if _, err := parseKey(key); err != nil {
		return err
	}
	keys := archiveKeys(x.Secrets)
	keys[version] = key
	x.Secrets[secretArchiveKeys] = encodeKeys(keys)
	if uploaded == "" {
		delete(x.Secrets, secretPending)
	}
	return nil
}

const maxKey = 32 << 10

// upload reads the key file; "" when none was chosen.
func upload(c *web.Ctx) (string, error) {
	f, header, err := c.File("key")
	if fault.Is(err, fault.Invalid) || err == nil && header.Size == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err == nil && len(text) > maxKey {
		err = fault.InvalidField("key", "channels.wrong.key")
	}
	return string(text), err
}
