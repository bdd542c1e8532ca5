package imports

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const jobTry = "imports.try"

// trial is a dry run of a whole file. Communities are those in which its
// operator may write: a job has no operator of its own.
type trial struct {
	Upload      string          `json:"upload"`
	By          importing.Actor `json:"by"`
	Form        readForm        `json:"form"`
	Communities []string        `json:"communities"`
}

// among is the scope of some communities.
type among []string

func (a among) SQL(column string, first int) (string, []any) {
	return column + " IN (" + db.Marks(len(a), first) + ")", db.Args(nil, a...)
}

func (p *pages) tryOut(c *web.Ctx) error {
	u, form, err := p.chosen(c)
	if u.ID == "" {
		return err
	}
	if fault.Is(err, fault.Invalid) {
		return p.showPreview(c, http.StatusUnprocessableEntity, u, form, err)
	}
	if err != nil {
		return err
	}
	t := trial{Upload: u.ID, By: actor(c), Form: form}
	homes, err := community.Communities(c.Context(), p.deps.DB, c.Scope(Write))
	if err != nil {
		return err
	}
	for _, h := range homes {
		t.Communities = append(t.Communities, h.ID)
	}
	var jobID string
	err = p.deps.DB.Write(c.Context(), func(tx *db.Tx) (err error) {
		jobID, err = p.deps.Queue.Enqueue(c.Context(), tx, job.Request{Kind: jobTry, Body: t})
		return err
	})
	if err != nil {
		return err
	}
	return c.Redirect("/sources/imports/tries/" + jobID)
}

func (p *pages) runTry(ctx context.Context, _ job.Job, t trial) error {
	u, err := p.files.Uploaded(ctx, t.Upload, t.By)
	if err != nil {
		return job.Cancel(err)
	}
	res, err := p.files.TryOut(ctx, u, t.Form.request(t.By, among(t.Communities)), func(progress importing.Progress) {
		job.Progress(ctx, progress.Done, progress.Total, "")
	})
	if fault.Is(err, fault.Invalid) {
		return job.Cancel(err)
	}
	if err != nil {
		return err
	}
	return job.SetResult(ctx, res)
}

type tryView struct {
	Head    ui.Head
	Self    string
	Running bool
	Bar     ui.Progress
	Error   string
	Facts   ui.Facts
	Back    ui.Button
	Start   *startForm
}

// startForm repeats the choices of the preview, to import as it was tried.
type startForm struct {
	Action string
	Hidden map[string]string
}

// tried shows how far a dry run is, and then what it found.
func (p *pages) tried(c *web.Ctx) error {
	st, err := p.deps.Queue.Get(c.Context(), p.deps.DB, c.Path("id"))
	if err != nil {
		return err
	}
	var t trial
	if st.Kind != jobTry || json.Unmarshal(st.Body, &t) != nil || t.By.ID != c.Actor.ID {
		return fault.New(fault.NotFound, "importing.batch_unknown")
	}
	back := uploadPath + t.Upload + "?" + t.Form.query().Encode()
	v := tryView{Head: ui.Head{Title: c.T("imports.try.title")}, Self: c.Request.URL.Path,
		Running: st.State == job.Ready || st.State == job.Running,
		Bar:     ui.Progress{Label: c.T("imports.try.running"), Value: st.ProgressDone, Max: st.ProgressTotal, Text: size(c, st.ProgressDone) + " / " + size(c, st.ProgressTotal)},
		Back:    ui.Button{Label: c.T("imports.try.back"), Href: back}}
	switch {
	case v.Running && c.IsFragment():
		return c.Fragment("imports/try_bar", v)
	case c.IsFragment():
		c.Writer.Header().Set("HX-Refresh", "true")
		return c.Fragment("imports/try_bar", v)
	case st.State == job.Done:
		var res importing.Result
		if err := json.Unmarshal(st.Result, &res); err != nil {
			return err
		}
		v.Facts = resultFacts(c, res)
		v.Start = &startForm{uploadPath + t.Upload + "/start", map[string]string{}}
		for name := range t.Form.query() {
			v.Start.Hidden[name] = t.Form.query().Get(name)
		}
	case !v.Running:
		v.Error = c.T("imports.try.failed")
	}
	return c.Render("imports/try", v)
}

func resultFacts(c *web.Ctx, r importing.Result) ui.Facts {
	return ui.Facts{
		{Label: c.T("imports.try.would_add"), Value: count(c, r.Messages)},
		{Label: c.T("imports.col.duplicates"), Value: count(c, r.Duplicates)},
		{Label: c.T("imports.col.rejected"), Value: count(c, r.Rejected)},
		{Label: c.T("imports.people.all"), Value: count(c, r.Members)},
		{Label: c.T("imports.col.period"), Value: period(c, r.From, r.To)},
		{Label: c.T("imports.col.format"), Value: formatName(c, r.Format)},
	}
}
