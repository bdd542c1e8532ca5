package imports

import (
	"fmt"
	"net/url"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// readForm says how a file is read and where it goes.
type readForm struct {
	Target    string    `form:"target" validate:"max=26,line" json:"target,omitempty"` // group id; "" is by name
	Name      string    `form:"name" validate:"max=100,line" json:"name,omitempty"`
	Community string    `form:"into" validate:"max=26,line" json:"into,omitempty"`
	Format    string    `form:"format" validate:"max=20,line" json:"format,omitempty"`
	From      time.Time `form:"from" json:"from,omitzero"`
	To        time.Time `form:"to" json:"to,omitzero"`

	Mapped    bool   `form:"mapped" json:"mapped,omitempty"` // the columns below were chosen
	Time      string `form:"map_time" validate:"max=200" json:"map_time,omitempty"`
	Date      string `form:"map_date" validate:"max=200" json:"map_date,omitempty"`
	Sender    string `form:"map_sender" validate:"max=200" json:"map_sender,omitempty"`
	SenderID  string `form:"map_sender_id" validate:"max=200" json:"map_sender_id,omitempty"`
	Text      string `form:"map_text" validate:"max=200" json:"map_text,omitempty"`
	Type      string `form:"map_type" validate:"max=200" json:"map_type,omitempty"`
	MessageID string `form:"map_message_id" validate:"max=200" json:"map_message_id,omitempty"`
	NoHeader  bool   `form:"no_header" json:"no_header,omitempty"`
}

func (f readForm) request(by importing.Actor, scope community.Scope) importing.Request {
	r := importing.Request{Community: f.Community, Group: f.Target, Format: chatimport.Format(f.Format),
		DeclaredFrom: f.From, DeclaredTo: f.To, By: by, Scope: scope}
	if r.Group == "" {
		r.Group = f.Name
	}
	if f.Mapped {
		r.Mapping = &chatimport.Mapping{Time: f.Time, Date: f.Date, Sender: f.Sender, SenderID: f.SenderID, Text: f.Text, Type: f.Type,
			MessageID: f.MessageID, NoHeader: f.NoHeader}
	}
	return r
}

func (p *pages) targetFields(c *web.Ctx, f readForm, in importing.Inspection, errs ui.Errors) ([]ui.Field, error) {
	groups, err := community.Groups(c.Context(), p.deps.DB, c.Scope(Write), c.Community, "", 1000)
	if err != nil {
		return nil, err
	}
	pairs := []string{"", c.T("imports.preview.by_name")}
	for _, g := range groups {
		if g.Status == community.Live {
			pairs = append(pairs, g.ID, ui.Name(g.Name))
		}
	}
	name := f.Name
	if name == "" && f.Target == "" {
		name = in.Group
	}
	homes, err := p.communityOptions(c, f.Community)
	if err != nil {
		return nil, err
	}
	fields := []ui.Field{
		{Type: "select", Name: "target", Label: c.T("imports.preview.target"), Help: c.T("imports.preview.target.help"), Options: choices(f.Target, pairs...), Error: errs["group"]},
		{Name: "name", Label: c.T("imports.preview.name"), Help: c.T("imports.preview.name.help"), Value: name, MaxLength: importing.MaxGroupName},
	}
	if len(homes) > 1 {
		fields = append(fields, ui.Field{Type: "select", Name: "into", Label: c.T("imports.preview.community"), Options: homes, Error: errs["community"]})
	}
	formats := []string{"", c.T("imports.preview.detected")}
	for _, one := range chatimport.Formats() {
		formats = append(formats, string(one), formatName(c, string(one)))
	}
	return append(fields,
		ui.Field{Type: "datetime-local", Name: "from", Label: c.T("imports.preview.from"), Value: p.local(f.From), Error: errs["declared_from"], Help: c.T("imports.preview.period.help")},
		ui.Field{Type: "datetime-local", Name: "to", Label: c.T("imports.preview.to"), Value: p.local(f.To), Error: errs["declared_to"]},
		ui.Field{Type: "select", Name: "format", Label: c.T("imports.preview.format"), Options: choices(f.Format, formats...), Error: errs["format"]}), nil
}

func mappingFields(c *web.Ctx, f readForm, in importing.Inspection, errs ui.Errors) []ui.Field {
	pairs := []string{"", "—"}
	for _, name := range in.Header.Columns {
		if name != "" && !f.NoHeader {
			pairs = append(pairs, name, ui.Name(name))
		}
	}
	if f.NoHeader && len(in.Rows) > 0 {
		for i := range in.Rows[0] {
			pairs = append(pairs, fmt.Sprint("#", i+1), c.T("imports.map.column", i+1))
		}
	}
	m := in.Mapping
	var fields []ui.Field
	for _, one := range []struct{ key, value string }{
		{"time", m.Time}, {"date", m.Date}, {"sender", m.Sender}, {"sender_id", m.SenderID}, {"text", m.Text}, {"type", m.Type}, {"message_id", m.MessageID},
	} {
		fields = append(fields, ui.Field{Type: "select", Name: "map_" + one.key, Label: c.T("imports.map." + one.key),
			Options: choices(one.value, pairs...), Error: errs["mapping."+one.key]})
	}
	return append(fields, ui.Field{Type: "checkbox", Name: "no_header", Label: c.T("imports.map.no_header"), Checked: f.NoHeader})
}

// query is the form as the parameters of a preview.
func (f readForm) query() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("target", f.Target)
	set("name", f.Name)
	set("into", f.Community)
	set("format", f.Format)
	if !f.From.IsZero() {
		set("from", f.From.Format(localTime))
	}
	if !f.To.IsZero() {
		set("to", f.To.Format(localTime))
	}
	if f.Mapped {
		q.Set("mapped", "1")
		for name, value := range map[string]string{"map_time": f.Time, "map_date": f.Date, "map_sender": f.Sender, "map_sender_id": f.SenderID,
			"map_text": f.Text, "map_type": f.Type, "map_message_id": f.MessageID} {
			set(name, value)
		}
		if f.NoHeader {
			q.Set("no_header", "1")
		}
	}
	return q
}
