package imports

import (
	"cmp"
	"net/http"

	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

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
