package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/fault"
)

func TestTokensDecideWhoMayDoWhat(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		reader, writer := b.token(auth.ReadScope), b.token(auth.WriteScope)
		w := b.call("GET", "/api/v1/things", "", "")
		b.problem(w, 401, fault.Unauthorized)
		if w.Header().Get("WWW-Authenticate") == "" {
			t.Error("401 without WWW-Authenticate")
		}
		b.problem(b.call("GET", "/api/v1/things", "qz_"+strings.Repeat("A", 32), ""), 401, fault.Unauthorized)
		b.problem(b.call("GET", "/api/v1/things", "", "", "Authorization: Basic "+reader), 401, fault.Unauthorized)
		b.is(b.call("GET", "/api/v1/things", reader, ""))
		b.is(b.call("GET", "/api/v1/things", "", "", "Authorization: bearer "+reader))
		b.problem(b.call("POST", "/api/v1/things", reader, `{"name":"n"}`), 403, fault.Forbidden)
		if b.made.Load() != 0 {
			t.Error("a read token made something")
		}
		b.is(b.call("POST", "/api/v1/things", writer, `{"name":"n"}`))
	})
}

func TestPagesEndAndHaveNoGaps(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		token, cursor, seen := b.token(auth.ReadScope), "", ""
		for range 10 {
			var page api.Page[thing]
			body := b.is(b.call("GET", "/api/v1/things?limit=1&cursor="+cursor, token, ""))
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				seen += item.Name
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if seen != "abcde" || cursor != "" {
			t.Errorf("saw %q, next %q", seen, cursor)
		}
		empty := b.is(b.call("GET", "/api/v1/things?cursor="+api.Cursor("things", "z"), token, ""))
		if empty != `{"items":[],"next":""}` {
			t.Errorf("an empty page is %s", empty)
		}
		if first := b.is(b.call("GET", "/api/v1/things?limit=1", token, "")); !strings.Contains(first, `"at":"2026-11-02T17:00:00+08:00"`) {
			t.Errorf("time is not in the workspace's zone: %s", first)
		}
	})
}

func TestWhatIsWrongIsSaidByField(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, []db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}), api.Limits{})
	token := b.token(auth.WriteScope)
	for _, tt := range []struct {
		method, target, body string
		status               int
		field, message       string
	}{
		{"GET", "/things?limit=201", "", 422, "limit", "Must not be more than 200"},
		{"GET", "/things?limit=0", "", 422, "limit", "Must not be less than 1"},
		{"GET", "/things?limit=many", "", 422, "limit", "Give a whole number"},
		{"GET", "/things?limit=1&limit=2", "", 422, "limit", "May be given only once"},
		{"GET", "/things?sort=name", "", 422, "sort", "There is no such field or parameter"},
		{"GET", "/things?cursor=%25%25", "", 422, "cursor", "Not a position in this list: use the next of the page before as it is, or leave it empty for the first page"},
		{"GET", "/things?cursor=" + api.Cursor("others", "a"), "", 422, "cursor", "Not a position in this list: use the next of the page before as it is, or leave it empty for the first page"},
		{"GET", "/things?cursor=" + api.Cursor("things", "a", "b"), "", 422, "cursor", "Not a position in this list: use the next of the page before as it is, or leave it empty for the first page"},
		{"GET", "/things?cursor=" + api.Cursor("things", "a\x00"), "", 422, "cursor", "Not a position in this list: use the next of the page before as it is, or leave it empty for the first page"},
		{"GET", "/things?cursor=" + strings.Repeat("A", 601), "", 422, "cursor", "At most 600 characters"},
		{"GET", "/things?cursor=%00", "", 422, "cursor", "Contains characters that cannot be read"},
		{"POST", "/things", `{}`, 422, "name", "This is required"},
		{"POST", "/things", `{"name":""}`, 422, "name", "At least 1 characters"},
		{"POST", "/things", `{"name":"六个字的名字"}`, 422, "name", "At most 5 characters"},
		{"POST", "/things", `{"name":7}`, 422, "name", "Give a text"},
		{"POST", "/things", `{"name":"n","count":10}`, 422, "count", "Must not be more than 9"},
		{"POST", "/things", `{"name":"n","extra":1}`, 422, "extra", "There is no such field or parameter"},
		{"POST", "/things", `{"name":"x"}`, 422, "name", "名字太短: x"},
		{"POST", "/things", `{"name":`, 400, "", ""},
		{"POST", "/things", ``, 400, "", ""},
		{"POST", "/things", `[]`, 422, "body", "Give an object"},
	} {
		t.Run(tt.method+tt.target+tt.body, func(t *testing.T) {
			b.t = t
			p := b.problem(b.call(tt.method, "/api/v1"+tt.target, token, tt.body, "Accept-Language: en"), tt.status, fault.Invalid)
			if tt.field == "" && len(p.Errors) == 0 {
				return
			}
			if len(p.Errors) != 1 || p.Errors[0] != (api.ProblemField{Field: tt.field, Message: tt.message}) {
				t.Errorf("errors %+v; expected %s: %s", p.Errors, tt.field, tt.message)
			}
		})
	}
	if b.made.Load() != 1 {
		t.Errorf("%d of these reached the operation, 1 should", b.made.Load())
	}
}

func TestFaultsBecomeProblemsInTheLanguageAskedFor(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, []db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}), api.Limits{})
	token := b.token(auth.ReadScope)
	for code, status := range map[fault.Code]int{fault.NotFound: 404, fault.Conflict: 409, fault.Forbidden: 403, fault.TooMany: 429, fault.Unavailable: 503, fault.Internal: 500} {
		w := b.call("GET", "/api/v1/fail/"+string(code), token, "")
		b.problem(w, status, code)
		if (status == 429 || status == 503) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%d with Retry-After %q", status, w.Header().Get("Retry-After"))
		}
	}
	w := b.call("GET", "/api/v1/fail/secret", token, "")
	b.problem(w, 500, fault.Internal)
	if strings.Contains(w.Body.String(), "db.internal") {
		t.Errorf("the cause is shown: %s", w.Body)
	}
	chinese := b.problem(b.call("GET", "/api/v1/fail/not_found", token, ""), 404, fault.NotFound)
	english := b.problem(b.call("GET", "/api/v1/fail/not_found", token, "", "Accept-Language: en-GB,zh;q=0.5"), 404, fault.NotFound)
	if chinese.Title != "没有找到" || english.Title != "Not found" {
		t.Errorf("titles %q and %q", chinese.Title, english.Title)
	}
	b.problem(b.call("GET", "/api/v1/nothing", token, ""), 404, fault.NotFound)
	b.problem(b.call("GET", "/api/v1/fail/%00", token, ""), 404, fault.NotFound)
	w = b.call("DELETE", "/api/v1/things", b.token(auth.WriteScope), "")
	b.problem(w, 405, fault.Invalid)
	if w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", w.Header().Get("Allow"))
	}
	w = b.call("POST", "/api/v1/things", b.token(auth.WriteScope), `{"name":"`+strings.Repeat("n", 1<<20)+`"}`)
	b.problem(w, http.StatusRequestEntityTooLarge, fault.TooMany)
	w = b.call("POST", "/api/v1/things", b.token(auth.WriteScope), "name=n", "Content-Type: application/x-www-form-urlencoded")
	b.problem(w, http.StatusUnsupportedMediaType, fault.Invalid)
}

func TestLimitsAreOfATokenAndOfAnAddress(t *testing.T) {
	migrations := []db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}
	b := setup(t, dbtest.SQLite(t, migrations), api.Limits{TokenRate: 0.01, TokenBurst: 2, AddressRate: 0.01, AddressBurst: 5})
	one, two := b.token(auth.ReadScope), b.token(auth.ReadScope)
	b.is(b.call("GET", "/api/v1/things", one, ""))
	b.is(b.call("GET", "/api/v1/things", one, ""))
	w := b.call("GET", "/api/v1/things", one, "")
	b.problem(w, 429, fault.TooMany)
	if after := w.Header().Get("Retry-After"); after != "100" && after != "99" {
		t.Errorf("Retry-After %q", after)
	}
	b.is(b.call("GET", "/api/v1/things", two, ""))
	b.is(b.call("GET", "/api/v1/things", two, ""))
	b.problem(b.call("GET", "/openapi.json", "", ""), 429, fault.TooMany)
}
