package moderation

import (
	"cmp"
	"slices"

	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// reasonSpans are the marked places of a message. Hits may overlap; what starts
// inside an earlier one is covered by its mark as far as that goes.
func reasonSpans(c *web.Ctx, reasons []match.Reason) []ui.Span {
	spans := make([]ui.Span, 0, len(reasons))
	for _, r := range reasons {
		spans = append(spans, ui.Span{Start: r.Start, End: r.End, Title: categoryName(c, r.Category)})
	}
	slices.SortFunc(spans, func(a, b ui.Span) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
	end := 0
	for i, s := range spans {
		spans[i].Start = max(s.Start, end)
		end = max(end, s.End)
	}
	return spans
}

func reasonTable(c *web.Ctx, k Case, text string) ui.Table {
	t := ui.Table{Dense: true, Columns: []ui.Column{
		{Label: c.T("moderation.reason.check")}, {Label: c.T("moderation.reason.word")}, {Label: c.T("moderation.reason.layer")},
	}}
	for _, r := range k.Reasons {
		word := reasonWord(r, text)
		if word == "" {
			word = c.T("moderation.erased.word")
		}
		check := categoryName(c, r.Category)
		if r.Check == match.CheckKeyword {
			check = c.T("moderation.reason.keyword", check)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.Text(check), ui.Text(ui.Name(word)), ui.Text(layerName(c, r.Layer))}})
	}
	return t
}

// reasonWord is the word of a reason; that of a contact is only in the message.
func reasonWord(r match.Reason, text string) string {
	if r.Word == "" && r.Start >= 0 && r.Start < r.End && r.End <= len(text) {
		return text[r.Start:r.End]
	}
	return r.Word
}
