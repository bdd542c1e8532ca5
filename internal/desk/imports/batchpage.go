package imports

import (
	"bufio"
	"net/http"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const shownErrors = 50

type batchView struct {
	Head     ui.Head
	Self     string
	Moving   bool // imported or undone right now
	Bar      ui.Progress
	Error    string
	Facts    ui.Facts
	Unsure   string // how many names wait in the match queue
	Names    string
	Rejected ui.Table
	CSV      string
	Undo     string // path to post to, "" when it cannot be undone
	Resume   *ui.Button
}

// batch shows one import: its progress, its numbers, and what was not read.
func (p *pages) batch(c *web.Ctx) error {
	b, err := p.files.Get(c.Context(), c.Scope(View), c.Path("id"))
	if err != nil {
		return err
	}
	g, err := community.GetGroup(c.Context(), p.deps.DB, c.Scope(View), b.Group)
	if err != nil {
		return err
	}
	busy, err := p.files.Busy(c.Context(), b)
	if err != nil {
		return err
	}
	v := batchView{Head: ui.Head{Title: ui.Name(b.File), Chips: []ui.Chip{stateChip(c, b.State)}}, Self: c.Request.URL.Path,
		Moving: busy, Names: namesPath}
	if v.Bar, err = p.bar(c, b); err != nil {
		return err
	}
	if c.IsFragment() {
		if !v.Moving {
			c.Writer.Header().Set("HX-Refresh", "true")
		}
		return c.Fragment("imports/batch_bar", v)
	}
	p.describe(c, &v, b, g)
	if err := p.shownErrors(c, &v, b); err != nil {
		return err
	}
	c.Title = c.T("imports.batch.title", ui.Name(b.File))
	return c.Render("imports/batch", v)
}

func (p *pages) bar(c *web.Ctx, b importing.Batch) (ui.Progress, error) {
	bar := ui.Progress{Label: c.T("imports.state." + string(b.State)),
		Text: c.T("imports.batch.counters", b.Messages, b.Duplicates, b.Rejected)}
	if b.Job == "" {
		return bar, nil
	}
	st, err := p.deps.Queue.Get(c.Context(), p.deps.DB, b.Job)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return bar, err
	}
	bar.Value, bar.Max = st.ProgressDone, st.ProgressTotal
	return bar, nil
}

func (p *pages) describe(c *web.Ctx, v *batchView, b importing.Batch, g community.Group) {
	v.Facts = ui.Facts{
		{Label: c.T("imports.col.group"), Value: ui.Name(g.Name), Href: "/groups/" + g.ID},
		{Label: c.T("imports.col.messages"), Value: count(c, b.Messages)},
		{Label: c.T("imports.col.duplicates"), Value: count(c, b.Duplicates)},
		{Label: c.T("imports.col.rejected"), Value: count(c, b.Rejected)},
		{Label: c.T("imports.col.joins"), Value: count(c, b.Joins)},
		{Label: c.T("imports.people.all"), Value: count(c, b.Members)},
		{Label: c.T("imports.people.matched"), Value: count(c, b.Matched)},
		{Label: c.T("imports.col.period"), Value: period(c, b.From, b.To)},
		{Label: c.T("imports.col.format"), Value: formatName(c, b.Format)},
		{Label: c.T("imports.col.encoding"), Value: orNone(b.Encoding)},
		{Label: c.T("imports.col.size"), Value: size(c, b.Size)},
		{Label: "SHA-256", Value: b.SHA256[:min(16, len(b.SHA256))] + "…"},
		{Label: c.T("imports.col.by"), Value: ui.Name(orSystem(c, b.By.Name)) + " · " + c.Printer.DateTime(b.Created)},
	}
	if key, args := b.Reason(); key != "" && b.State == importing.Failed {
		v.Error = c.T(key, args...)
	}
	if b.Unsure > 0 && c.CanIn(Write, b.Community) {
		v.Unsure = c.T("imports.batch.unsure", b.Unsure)
	}
	if v.Moving || !c.CanIn(Write, b.Community) {
		return
	}
	if b.State != importing.Undone {
		v.Undo = v.Self + "/undo"
	}
	if b.Resumable() {
		v.Resume = &ui.Button{Label: c.T("imports.batch.resume"), Post: v.Self + "/resume", Primary: true}
	}
}

func (p *pages) shownErrors(c *web.Ctx, v *batchView, b importing.Batch) error {
	if b.Rejected == 0 {
		return nil
	}
	list, err := p.files.Rejected(c.Context(), b, 0, shownErrors)
	if err != nil {
		return err
	}
	v.CSV = v.Self + "/rejected/rows.csv"
	v.Rejected = ui.Table{Dense: true, Count: c.T("imports.rejected.shown", len(list), b.Rejected),
		Columns: numeric(heads(c, "importing.csv.", "line", "problem", "sample"), 0), Empty: ui.Empty{What: c.T("imports.rejected.gone")}}
	for _, e := range list {
		v.Rejected.Rows = append(v.Rejected.Rows, ui.Row{Cells: []ui.Cell{
			ui.Text(count(c, int(e.Line))), ui.Text(c.T(e.Key, e.Args...)), ui.Text(ui.Name(e.Sample))}})
	}
	return nil
}

// rejected sends the rows that were not read, with the reason of each.
func (p *pages) rejected(c *web.Ctx) error {
	b, err := p.files.Get(c.Context(), c.Scope(View), c.Path("id"))
	if err != nil {
		return err
	}
	c.Attachment(b.File + ".errors.csv")
	c.Writer.Header().Set("Content-Type", "text/csv; charset=utf-8")
	c.Writer.WriteHeader(http.StatusOK)
	out := bufio.NewWriter(c.Writer)
	if err := p.files.WriteRejected(c.Context(), out, c.Printer, b); err != nil {
		return err
	}
	return out.Flush()
}

func (p *pages) undo(c *web.Ctx) error {
	if err := p.files.StartUndo(c.Context(), c.Scope(Write), c.Path("id"), actor(c)); err != nil {
		return err
	}
	c.Flash("imports.undo.started")
	return c.Redirect(listPath + "/" + c.Path("id"))
}

func (p *pages) resume(c *web.Ctx) error {
	if err := p.files.Resume(c.Context(), c.Scope(Write), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect(listPath + "/" + c.Path("id"))
}
