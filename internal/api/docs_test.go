package api_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
)

func TestTheDocumentIsCompleteInEveryLanguage(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, []db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}), api.Limits{})
	for _, lang := range []string{"zh-CN", "en"} {
		text := b.is(b.call("GET", "/openapi.json", "", "", "Accept-Language: "+lang))
		var doc struct {
			OpenAPI string                          `json:"openapi"`
			Info    struct{ Title, Version string } `json:"info"`
			Paths   map[string]map[string]struct {
				OperationID string                     `json:"operationId"`
				Summary     string                     `json:"summary"`
				Description *string                    `json:"description"`
				Responses   map[string]json.RawMessage `json:"responses"`
			} `json:"paths"`
			Components struct {
				Schemas         map[string]json.RawMessage `json:"schemas"`
				SecuritySchemes map[string]json.RawMessage `json:"securitySchemes"`
			} `json:"components"`
			Security []map[string][]string `json:"security"`
		}
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		if doc.OpenAPI != "3.1.0" || doc.Info.Version != "1.2.3" || len(doc.Security) != 1 || doc.Components.SecuritySchemes["token"] == nil {
			t.Errorf("head of the document: %+v", doc)
		}
		list, make := doc.Paths["/api/v1/things"]["get"], doc.Paths["/api/v1/things"]["post"]
		if list.OperationID != "things.list" || list.Summary != "列出东西" || list.Description != nil || make.Description == nil || *make.Description != "只做一次" {
			t.Errorf("operations %+v %+v", list, make)
		}
		if !strings.Contains(string(list.Responses["default"]), "#/components/schemas/Problem") || strings.Contains(text, "ErrorModel") {
			t.Error("errors are not described as they are sent")
		}
		if !strings.Contains(text, "Idempotency-Key") {
			t.Error("the key of repeated writes is not described")
		}
		for _, ref := range regexp.MustCompile(`#/components/schemas/(\w+)`).FindAllStringSubmatch(text, -1) {
			if doc.Components.Schemas[ref[1]] == nil {
				t.Errorf("%s is not there", ref[0])
			}
		}
		if left := regexp.MustCompile(`"(api|things)\.[a-z_.]+"|⟦`).FindAllString(strings.ReplaceAll(text, `"operationId":"things.`, ""), -1); left != nil {
			t.Errorf("%s: not translated: %v", lang, left)
		}
	}
}

func TestTheDocsPageNeedsNothingFromElsewhere(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, []db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}), api.Limits{})
	for _, lang := range []string{"zh-CN", "en"} {
		w := b.call("GET", "/api/docs?lang="+lang, "", "")
		page, err := goquery.NewDocumentFromReader(strings.NewReader(w.Body.String()))
		if err != nil || w.Code != 200 {
			t.Fatal(w.Code, err)
		}
		if page.Find("script, style, [style], iframe, [onclick]").Length() > 0 {
			t.Error("the page has something inline, which the content policy forbids")
		}
		page.Find("[src], [href]").Each(func(_ int, s *goquery.Selection) {
			if target := s.AttrOr("src", s.AttrOr("href", "")); !strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "#") && !strings.HasPrefix(target, "?") {
				t.Errorf("points to %q", target)
			}
		})
		css := b.call("GET", page.Find("link[rel=stylesheet]").AttrOr("href", ""), "", "")
		if css.Code != 200 || strings.Contains(css.Body.String(), "url(") || strings.Contains(css.Body.String(), "@import") {
			t.Errorf("style sheet: %d", css.Code)
		}
		if got := page.Find("article h3 code").Map(func(_ int, s *goquery.Selection) string { return s.Text() }); len(got) != 3 {
			t.Errorf("shows %v", got)
		}
		if text := page.Text(); strings.Contains(text, "⟦") || !strings.Contains(text, "items[].name") || !strings.Contains(text, "integer (int64) 1–200 = 50") {
			t.Errorf("page says %s", text)
		}
		if page.Find("html").AttrOr("lang", "") != lang {
			t.Error("wrong language")
		}
	}
	if gaps := b.catalog.Missing(); len(gaps) > 0 {
		t.Errorf("missing texts: %v", gaps)
	}
}
