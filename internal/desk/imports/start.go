package imports

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type startView struct {
	Head    ui.Head
	Text    ui.Field
	File    ui.Field
	Group   string // id of the group that one comes from, "" of any
	Formats []string
}

func (p *pages) startView(c *web.Ctx, group, text string, errs ui.Errors) startView {
	v := startView{
		Head: ui.Head{Title: c.T("imports.new.title"), Sub: c.T("imports.new.sub")}, Group: group,
		Text: ui.Field{Type: "textarea", Name: "text", Label: c.T("imports.new.text"), Help: c.T("imports.new.text.help"), Rows: 10, Value: text,
			Placeholder: c.T("imports.new.text.example"), Error: errs["text"]},
		File: ui.Field{Type: "file", Name: "file", Label: c.T("imports.new.file"), Help: c.T("imports.new.file.help"), Required: true, Error: errs["file"],
			Accept: ".txt,.json,.jsonl,.csv,.tsv,.xlsx"},
	}
	for _, f := range []string{"multiselect", "chatlab", "weflow", "memotrace", "chatlog", "weclone", "csv"} {
		v.Formats = append(v.Formats, c.T("imports.format."+f))
	}
	return v
}

// start offers WeChat's own text first, then a file.
func (p *pages) start(c *web.Ctx) error {
	return c.Render("imports/new", p.startView(c, c.Query("group"), "", nil))
}

// paste takes pasted text as a file of its own.
func (p *pages) paste(c *web.Ctx) error {
	var form struct {
		Text  string `form:"text" validate:"required,max=500000"`
		Group string `form:"group" validate:"max=26,line"`
	}
	err := c.Form(&form)
	if err == nil {
		u, uploadErr := p.files.Upload(c.Context(), strings.NewReader(form.Text), c.T("imports.pasted", c.Printer.DateTime(c.Now))+".txt", actor(c))
		if uploadErr == nil {
			return c.Redirect(previewPath(u.ID, form.Group))
		}
		err = uploadErr
	}
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	return c.RenderStatus(http.StatusUnprocessableEntity, "imports/new", p.startView(c, form.Group, form.Text, c.Errors(err)))
}

func previewPath(upload, group string) string {
	path := uploadPath + upload
	if group != "" {
		path += "?target=" + url.QueryEscape(group)
	}
	return path
}

// file streams an upload to disk: it may be larger than memory, so the form is
// read part by part and never parsed as a whole.
func (p *pages) file(c *web.Ctx) error {
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "form.malformed")
	}
	group := ""
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			err = fault.InvalidField("file", "form.file")
			return c.RenderStatus(http.StatusUnprocessableEntity, "imports/new", p.startView(c, group, "", c.Errors(err)))
		}
		if err != nil {
			return malformed(err)
		}
		switch {
		case part.FormName() == "group":
			if group, err = smallValue(part); err != nil {
				return err
			}
		case part.FormName() == "file" && part.FileName() != "":
			return p.keepFile(c, part, group)
		}
	}
}

// keepFile stores the part of a form that is the file.
func (p *pages) keepFile(c *web.Ctx, part *multipart.Part, group string) error {
	u, err := p.files.Upload(c.Context(), part, part.FileName(), actor(c))
	if fault.Is(err, fault.Invalid) {
		return c.RenderStatus(http.StatusUnprocessableEntity, "imports/new", p.startView(c, group, "", c.Errors(err)))
	}
	if err != nil {
		return malformed(err)
	}
	return c.Redirect(previewPath(u.ID, group))
}

// malformed tells a form that broke off from a failure of ours.
func malformed(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "form.malformed")
}

func smallValue(part *multipart.Part) (string, error) {
	const most = 200
	text, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil {
		return "", malformed(err)
	}
	if len(text) > most {
		return "", fault.InvalidField(part.FormName(), "form.max", fmt.Sprint(most))
	}
	return string(text), nil
}
