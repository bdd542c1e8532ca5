package imports

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
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

type previewView struct {
	Head     ui.Head
	Action   string // of the upload
	Error    string
	Former   *ui.Chip
	Facts    ui.Facts
	People   ui.Facts
	Unsure   []string
	Fields   []ui.Field
	Mapping  []ui.Field
	Rows     ui.Table
	Rejected ui.Table
	Ready    bool
}

// preview shows what a file holds before anything of it is imported.
func (p *pages) preview(c *web.Ctx) error {
	u, err := p.files.Uploaded(c.Context(), c.Path("id"), actor(c))
	if err != nil {
		return err
	}
	var form readForm
	err = c.Form(&form)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	return p.showPreview(c, http.StatusOK, u, form, err)
}

// showPreview renders the preview; problem is what an attempt to start said.
func (p *pages) showPreview(c *web.Ctx, status int, u importing.Upload, form readForm, problem error) error {
	in, err := p.files.Inspect(c.Context(), u, form.request(actor(c), c.Scope(Write)))
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	if problem == nil {
		problem = cmp.Or(err, in.Open)
	}
	errs := ui.Errors{}
	v := previewView{Action: uploadPath + u.ID, Head: ui.Head{Title: c.T("imports.preview.title"), Sub: ui.Name(u.File) + " · " + size(c, u.Size),
		Buttons: []ui.Button{{Label: c.T("imports.preview.discard"), Post: uploadPath + u.ID + "/discard"}}}}
	if problem != nil {
		errs = c.Errors(problem)
		if !undecided(problem) {
			v.Error = problemText(c, problem)
		}
	}
	if in.Former.ID != "" {
		v.Former = &ui.Chip{Status: ui.Warn, Text: c.T("imports.preview.former", c.Printer.DateTime(in.Former.Created)), Href: listPath + "/" + in.Former.ID}
	}
	if v.Fields, err = p.targetFields(c, form, in, errs); err != nil {
		return err
	}
	if in.Table {
		v.Mapping = mappingFields(c, form, in, errs)
	}
	v.Ready = in.Mapped && (problem == nil || undecided(problem))
	if in.Mapped {
		v.Facts, v.People, v.Unsure = p.sampleFacts(c, in), peopleFacts(c, in), senderNames(in.Unsure)
		v.Rejected = rejectedSample(c, in.Rejected)
	}
	v.Rows = previewTable(c, in)
	return c.RenderStatus(status, "imports/preview", v)
}

// undecided reports whether only the choice of a group or community is open.
func undecided(err error) bool {
	f := fault.As(err)
	return len(f.Fields) == 1 && (f.Fields[0].Name == "group" || f.Fields[0].Name == "community")
}

// problemText is a fault in one sentence: its fields say more than its key.
func problemText(c *web.Ctx, err error) string {
	if fields := c.Printer.Fields(err); len(fields) > 0 {
		return fields[0].Text
	}
	return c.Printer.Fault(err)
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

func (p *pages) sampleFacts(c *web.Ctx, in importing.Inspection) ui.Facts {
	r := in.Sample
	group := r.Group
	if r.GroupID == "" && group != "" {
		group = c.T("imports.preview.would_make", ui.Name(group))
	}
	about := func(n int) string {
		if in.Partial {
			return "≥ " + count(c, n)
		}
		return count(c, n)
	}
	return ui.Facts{
		{Label: c.T("imports.col.format"), Value: formatName(c, string(in.Header.Format))},
		{Label: c.T("imports.col.encoding"), Value: orNone(in.Header.Encoding)},
		{Label: c.T("imports.col.group"), Value: orNone(ui.Name(group))},
		{Label: c.T("imports.col.period"), Value: period(c, r.From, r.To)},
		{Label: c.T("imports.col.messages"), Value: about(r.Messages)},
		{Label: c.T("imports.col.duplicates"), Value: about(r.Duplicates)},
		{Label: c.T("imports.col.rejected"), Value: about(r.Rejected)},
	}
}

func orNone(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func peopleFacts(c *web.Ctx, in importing.Inspection) ui.Facts {
	r := in.Sample
	return ui.Facts{
		{Label: c.T("imports.people.all"), Value: count(c, r.Members)},
		{Label: c.T("imports.people.by_id"), Value: count(c, r.Known)},
		{Label: c.T("imports.people.by_name"), Value: count(c, r.Matched)},
		{Label: c.T("imports.people.unsure"), Value: count(c, r.Unsure)},
		{Label: c.T("imports.people.new"), Value: count(c, max(0, r.Members-r.Known-r.Matched-r.Unsure))},
	}
}

func senderNames(list []importing.Sender) []string {
	var out []string
	for _, s := range list {
		out = append(out, ui.Name(s.Name))
	}
	return out
}

func previewTable(c *web.Ctx, in importing.Inspection) ui.Table {
	t := ui.Table{Dense: true, Empty: ui.Empty{What: c.T("imports.preview.no_rows")}}
	columns := in.Header.Columns
	if !in.Table {
		columns = nil
		for _, key := range []string{"time", "sender", "type", "text"} {
			columns = append(columns, c.T("imports.map."+key))
		}
	}
	for _, name := range columns {
		t.Columns = append(t.Columns, ui.Column{Label: ui.Name(name)})
	}
	for _, cells := range in.Rows {
		row := ui.Row{}
		for i, cell := range cells {
			if !in.Table && i == 2 {
				cell = c.T("imports.type." + cell)
			}
			row.Cells = append(row.Cells, ui.Text(ui.Name(cell)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func rejectedSample(c *web.Ctx, list []chatimport.RowError) ui.Table {
	t := ui.Table{Dense: true, Columns: numeric(heads(c, "importing.csv.", "line", "problem", "sample"), 0)}
	for _, e := range list {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.Text(count(c, int(e.Line))), ui.Text(c.T(importing.ProblemKey(e.Problem), e.Args...)), ui.Text(ui.Name(e.Sample))}})
	}
	return t
}

// begin starts the import and shows its progress.
func (p *pages) begin(c *web.Ctx) error {
	u, form, err := p.chosen(c)
	if u.ID == "" {
		return err
	}
	if err == nil {
		var b importing.Batch
		if b, err = p.files.Start(c.Context(), u, form.request(actor(c), c.Scope(Write))); err == nil {
			return c.Redirect(listPath + "/" + b.ID)
		}
	}
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	return p.showPreview(c, http.StatusUnprocessableEntity, u, form, err)
}

// chosen is the upload and what the form says of it. An upload without an id
// was not found.
func (p *pages) chosen(c *web.Ctx) (importing.Upload, readForm, error) {
	var form readForm
	u, err := p.files.Uploaded(c.Context(), c.Path("id"), actor(c))
	if err != nil {
		return importing.Upload{}, form, err
	}
	return u, form, c.Form(&form)
}

func (p *pages) discard(c *web.Ctx) error {
	if err := p.files.Discard(c.Context(), c.Path("id"), actor(c)); err != nil {
		return err
	}
	c.Flash("imports.discarded")
	return c.Redirect(newPath)
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
