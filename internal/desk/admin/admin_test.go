package admin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/admin"
	"github.com/qunzhu/qunzhu/internal/desk/admin/admintest"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

func start(t *testing.T, d *db.DB) *admintest.Bench {
	t.Helper()
	return admintest.Start(t, d, nil)
}

func sqlite(t *testing.T) *admintest.Bench {
	t.Helper()
	return start(t, dbtest.SQLite(t, admintest.Migrations()))
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func wantRedirect(t *testing.T, res webtest.Response, to string) {
	t.Helper()
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != to {
		t.Fatalf("status %d to %q, want 303 to %q\n%s", res.StatusCode, got, to, res.Text)
	}
}

func wantStatus(t *testing.T, res webtest.Response, status int, text ...string) {
	t.Helper()
	if res.StatusCode != status {
		t.Fatalf("status %d, want %d\n%s", res.StatusCode, status, res.Text)
	}
	for _, s := range text {
		if !strings.Contains(res.Text, s) {
			t.Errorf("the page does not say %q:\n%s", s, res.Text)
		}
	}
}

func TestSetUpNeedsTheCodeAndWorksOnce(t *testing.T) {
	dbtest.Each(t, admintest.Migrations(), func(t *testing.T, d *db.DB) {
		b := start(t, d)
		wantRedirect(t, b.Site.Get("/login"), "/setup")
		code, err := b.Deps.Auth.SetupCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		in := form("code", "WRONG", "login", "limin", "name", "李敏", "password", "short", "repeat", "other")
		wantStatus(t, b.Site.Post("/setup", in), http.StatusUnprocessableEntity, "两次输入不一致")
		in.Set("repeat", "short")
		wantStatus(t, b.Site.Post("/setup", in), http.StatusUnprocessableEntity, "密码至少 10 个字符")
		in.Set("password", admintest.Password)
		in.Set("repeat", admintest.Password)
		wantStatus(t, b.Site.Post("/setup", in), http.StatusForbidden, "设置码不对或已用过", `value="limin"`)
		in.Set("code", strings.ToLower(code))
		wantRedirect(t, b.Site.Post("/setup", in), "/")
		if got := b.Site.Get("/").Text; !strings.HasSuffix(got, "home of limin") {
			t.Errorf("after the set-up: %q", got)
		}
		wantRedirect(t, b.Browser("").Get("/setup"), "/login")
		in.Set("login", "second")
		if res := b.Browser("").Post("/setup", in); res.StatusCode != http.StatusForbidden {
			t.Errorf("a second set-up: %d", res.StatusCode)
		}
		b.HasAudited("operator.created")
	})
}

func TestSignInAndOut(t *testing.T) {
	b := sqlite(t)
	b.Manager("limin")
	site := b.Browser("")
	wantRedirect(t, site.Get("/settings?x=1"), "/login?next=%2Fsettings%3Fx%3D1")
	wantStatus(t, site.Post("/login", form("login", "", "password", "")), http.StatusUnprocessableEntity, "请填写")
	in := form("login", "limin", "password", admintest.Password, "next", "//evil.example.com/")
	wantStatus(t, site.Post("/login", in), http.StatusUnprocessableEntity)
	in.Set("next", "/settings?x=1")
	wantRedirect(t, site.Post("/login", in), "/settings?x=1")
	wantRedirect(t, site.Get("/login?next=/login"), "/")
	wantStatus(t, site.Get("/settings"), http.StatusOK)
	wantRedirect(t, site.Post("/logout", nil), "/login")
	wantRedirect(t, site.Get("/settings"), "/login?next=%2Fsettings")
	wantRedirect(t, b.Browser("").Post("/logout", nil), "/login")
	b.HasAudited("operator.signed_in", "operator.signed_out")
}

// TestG28BruteForce: the account pauses after a few failures, for the right
// password too, and the page says for how long.
func TestG28BruteForce(t *testing.T) {
	b := sqlite(t)
	b.Manager("limin")
	site := b.Browser("")
	for range 5 {
		wantStatus(t, site.Post("/login", form("login", "limin", "password", "guess guess")), http.StatusUnauthorized, "登录名或密码不对")
	}
	site.Post("/login", form("login", "limin", "password", "guess guess"))
	wantStatus(t, site.Post("/login", form("login", "limin", "password", admintest.Password)), http.StatusTooManyRequests, "秒后再试")
	b.Wall.Set(admintest.Now.Add(20 * time.Minute))
	wantRedirect(t, site.Post("/login", form("login", "limin", "password", admintest.Password)), "/")
	b.HasAudited("operator.sign_in_refused")
	// What was typed is nowhere: it may be a password in the wrong field.
	site.Post("/login", form("login", "hunter2-secret", "password", "x"))
	for _, row := range dbtest.Dump(t, b.DB, "SELECT * FROM audit_entries") {
		if strings.Contains(row, "hunter2") {
			t.Errorf("the audit keeps what was typed: %s", row)
		}
	}
}

// TestG28CrossSite: another site's form changes nothing.
func TestG28CrossSite(t *testing.T) {
	b := sqlite(t)
	b.Manager("limin")
	site := b.Browser("limin")
	for _, path := range []string{"/logout", "/settings/tokens", "/account/password", "/login"} {
		res := site.Post(path, form("name", "x", "scope", "write"), "Origin", "https://evil.example.com", "Sec-Fetch-Site", "cross-site")
		wantStatus(t, res, http.StatusForbidden, "请求来自别的网站")
	}
	wantStatus(t, site.Get("/settings"), http.StatusOK)
	if n := len(dbtest.Dump(t, b.DB, "SELECT id FROM auth_tokens")); n != 0 {
		t.Errorf("%d tokens were made", n)
	}
}

// TestG28RoleChangeCountsAtOnce: a session that is open loses what its operator
// loses, with the very next request.
func TestG28RoleChangeCountsAtOnce(t *testing.T) {
	b := sqlite(t)
	b.Manager("boss")
	id := b.Manager("limin")
	boss, site := b.Browser("boss"), b.Browser("limin")
	wantStatus(t, site.Get("/settings/operators"), http.StatusOK)
	wantRedirect(t, boss.Post("/settings/operators/"+id+"/grants", form("grants", "analyst@")), "/settings/operators/"+id)
	wantStatus(t, site.Get("/settings/operators"), http.StatusForbidden)
	wantStatus(t, site.Post("/settings/operators/"+id+"/grants", form("grants", "manager@")), http.StatusForbidden)
	wantRedirect(t, boss.Post("/settings/operators/"+id+"/disabled", form("disabled", "1")), "/settings/operators/"+id)
	wantRedirect(t, site.Get("/account/sessions"), "/login?next=%2Faccount%2Fsessions")
	b.HasAudited("operator.granted", "operator.disabled")
}

// TestG28CommunityManager: who manages one community manages neither operators
// nor another community.
func TestG28CommunityManager(t *testing.T) {
	b := sqlite(t)
	mine, other := b.Community("新手妈妈"), b.Community("辅食团")
	b.Manager("boss")
	b.Operator("limin", auth.Grant{Role: auth.Manager, CommunityID: mine})
	site := b.Browser("limin")
	for _, path := range []string{"/settings/operators", "/settings/tokens", "/settings/health", "/settings/operators/new"} {
		wantStatus(t, site.Get(path), http.StatusForbidden)
	}
	wantStatus(t, site.Get("/settings/values/workspace"), http.StatusNotFound)
	wantStatus(t, site.Post("/settings/values/workspace", form("workspace.name", "x", "community", other)), http.StatusNotFound)
	res := site.Get("/settings/audit")
	wantStatus(t, res, http.StatusOK)
	if strings.Contains(res.Text, "boss") {
		t.Error("the audit of the workspace shows")
	}
	wantStatus(t, b.Browser("boss").Get("/settings/operators/01ARZ3NDEKTSV4RRFFQ69G5FAV"), http.StatusNotFound)
}

func TestOneTimePasswordMustBeChanged(t *testing.T) {
	b := sqlite(t)
	b.Manager("boss")
	boss := b.Browser("boss")
	res := boss.Post("/settings/operators/new", form("name", "王芳", "login", "wangfang"))
	wantStatus(t, res, http.StatusUnprocessableEntity, "请至少勾选一个角色", `value="wangfang"`)
	res = boss.Post("/settings/operators/new", form("name", "王芳", "login", "wangfang", "grants", "editor@nowhere"))
	wantStatus(t, res, http.StatusUnprocessableEntity, "所选社群不存在")
	res = boss.Post("/settings/operators/new", form("name", "王芳", "login", "wangfang", "grants", "editor@"))
	wantStatus(t, res, http.StatusOK, "只显示这一次")
	once := strings.TrimSpace(res.Doc(t).Find("code").Text())
	if strings.Contains(boss.Get("/settings/operators").Text, once) {
		t.Error("the password shows again")
	}
	wantStatus(t, boss.Post("/settings/operators/new", form("name", "王芳", "login", "wangfang", "grants", "editor@")), http.StatusConflict, "已被使用")

	site := b.Browser("")
	wantRedirect(t, site.Post("/login", form("login", "wangfang", "password", once)), "/account/password")
	wantRedirect(t, site.Get("/account/sessions"), "/login?next=%2Faccount%2Fsessions")
	wantRedirect(t, site.Get("/login"), "/account/password")
	wantStatus(t, site.Get("/account/password"), http.StatusOK, "一次性密码")
	wantRedirect(t, site.Post("/account/password", form("password", " of my own ", "repeat", " of my own ")), "/")
	wantStatus(t, site.Get("/account/sessions"), http.StatusOK, "本机")

	wantStatus(t, site.Post("/account/password", form("current", "wrong", "password", "another own", "repeat", "another own")),
		http.StatusUnprocessableEntity, "当前密码不对")
	wantRedirect(t, site.Post("/account/password", form("current", " of my own ", "password", "another own", "repeat", "another own")), "/")
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	b := sqlite(t)
	b.Manager("limin")
	phone, desk := b.Browser("limin"), b.Browser("limin")
	table := desk.Page("/account/sessions").Find("tbody tr")
	if table.Length() != 2 {
		t.Fatalf("%d sessions", table.Length())
	}
	other := desk.Page("/account/sessions").Find("tbody input[name=session]").AttrOr("value", "")
	wantRedirect(t, desk.Post("/account/sessions/revoke", form("session", other)), "/account/sessions")
	wantRedirect(t, phone.Get("/account/sessions"), "/login?next=%2Faccount%2Fsessions")
	third := b.Browser("limin")
	wantRedirect(t, desk.Post("/account/sessions/revoke", form("session", "others")), "/account/sessions")
	wantRedirect(t, third.Get("/settings"), "/login?next=%2Fsettings")
	wantStatus(t, desk.Get("/settings"), http.StatusOK)
}

func TestLastManagerStays(t *testing.T) {
	b := sqlite(t)
	id := b.Manager("boss")
	site := b.Browser("boss")
	for path, in := range map[string]url.Values{"/grants": form("grants", "editor@"), "/disabled": form("disabled", "1")} {
		wantStatus(t, site.Post("/settings/operators/"+id+path, in), http.StatusConflict, "至少要留一位可登录的工作区管理员")
	}
	wantStatus(t, site.Get("/settings/operators"), http.StatusOK)
}

func TestTokenIsShownOnce(t *testing.T) {
	b := sqlite(t)
	b.Manager("boss")
	site := b.Browser("boss")
	wantStatus(t, site.Post("/settings/tokens", form("name", "", "scope", "all")), http.StatusUnprocessableEntity, "请填写", "请从选项中选择")
	wantStatus(t, site.Post("/settings/tokens", form("name", "BI", "scope", "read", "expires_at", "2020-01-01")), http.StatusUnprocessableEntity, "请选择将来的时间")
	res := site.Post("/settings/tokens", form("name", "BI", "scope", "read"))
	wantStatus(t, res, http.StatusOK, "只显示这一次")
	secret := regexp.MustCompile(`qz_[0-9A-Z]{32}`).FindString(res.Text)
	if a, err := b.Deps.Auth.Authenticate(t.Context(), secret); err != nil || !a.ReadOnly() {
		t.Fatalf("the token is not good: %+v, %v", a, err)
	}
	page := site.Page("/settings/tokens")
	if html, _ := page.Html(); strings.Contains(html, secret) {
		t.Error("the token shows again")
	}
	revoke, _ := page.Find("form[action$='/revoke']").Attr("action")
	wantRedirect(t, site.Post(revoke, nil), "/settings/tokens")
	wantStatus(t, site.Post(revoke, nil), http.StatusNotFound)
	if _, err := b.Deps.Auth.Authenticate(t.Context(), secret); err == nil {
		t.Error("a revoked token works")
	}
	b.HasAudited("token.created", "token.revoked")
}

func TestSettingsAreSavedWithHistoryAndAudit(t *testing.T) {
	b := sqlite(t)
	b.Manager("boss")
	site := b.Browser("boss")
	long := strings.Repeat("长", 41)
	wantStatus(t, site.Post("/settings/values/workspace", form("workspace.name", long)), http.StatusUnprocessableEntity, "长度应为 0 到 40 个字", long)
	wantRedirect(t, site.Post("/settings/values/workspace", form("workspace.name", "星禾母婴", "workspace.contact", "客服微信 xinghe")), "/settings/values/workspace")
	if name, err := admin.WorkspaceName(b.Deps)(t.Context()); err != nil || name != "星禾母婴" {
		t.Fatalf("%q, %v", name, err)
	}
	wantStatus(t, site.Get("/settings/values/workspace"), http.StatusOK, "星禾母婴", "恢复默认", "boss")
	wantRedirect(t, site.Post("/settings/values/workspace", form("workspace.name", "星禾母婴", "workspace.contact", "客服微信 xinghe", "reset", "workspace.contact")), "/settings/values/workspace")
	if got, _ := b.Deps.Settings.Text(t.Context(), b.DB, "", admin.ContactKey); got != "" {
		t.Errorf("after the reset: %q", got)
	}
	wantStatus(t, site.Get("/settings/values/nothing"), http.StatusNotFound)
	wantStatus(t, site.Get("/settings/audit?action=settings.changed"), http.StatusOK, "修改设置", "星禾母婴")
	b.HasAudited("settings.changed")
}

func TestAuditFiltersAndVerifies(t *testing.T) {
	b := sqlite(t)
	id := b.Manager("boss")
	site := b.Browser("boss")
	wantStatus(t, site.Get("/settings/audit?actor="+id+"&from=2020-01-01&to=2100-01-01"), http.StatusOK, "登录")
	wantStatus(t, site.Get("/settings/audit?from=gestern"), http.StatusUnprocessableEntity, "请填日期")
	wantStatus(t, site.Get("/settings/audit?action=nothing"), http.StatusOK, "没有符合条件的记录")
	wantRedirect(t, site.Post("/settings/audit/verify", nil), "/settings/audit")
	wantStatus(t, site.Get("/settings/audit"), http.StatusOK, "校验通过")
	if _, err := b.DB.Exec(t.Context(), "UPDATE audit_entries SET actor_name='x' WHERE seq=1"); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, site.Post("/settings/audit/verify", nil), http.StatusConflict, "操作日志被改动过")
}

// TestParkedEventsAreShownAndRetried: what was put aside shows with its reason
// and goes back to its slice from the page.
func TestParkedEventsAreShownAndRetried(t *testing.T) {
	dbtest.Each(t, admintest.Migrations(), func(t *testing.T, d *db.DB) {
		b := start(t, d)
		home := b.Community("新手妈妈")
		b.Manager("boss")
		_, err := d.Exec(t.Context(), `INSERT INTO hub_parked (community_id,slice,seq,event_id,group_id,reason,behind,parked_at)
 SELECT community_id,'community',seq,id,'','bad <body>',$2,$3 FROM events WHERE community_id=$1`, home, false, db.Millis(admintest.Now))
		if err != nil {
			t.Fatal(err)
		}
		site := b.Browser("boss")
		wantStatus(t, site.Get("/settings/health"), http.StatusOK, "bad &lt;body&gt;", "新手妈妈")
		wantRedirect(t, site.Post("/settings/health/retry", form("community", home, "slice", "community")), "/settings/health")
		wantStatus(t, site.Get("/settings/health"), http.StatusOK, "已重试, 处理完 1 条", "没有搁置的事件")
		b.HasAudited("events.retried")
	})
}

// TestPagesInEveryLanguage opens every page of the feature.
func TestPagesInEveryLanguage(t *testing.T) {
	b := sqlite(t)
	b.Community("新手<妈妈>")
	id := b.Manager("boss")
	paths := []string{"/settings", "/settings/values/workspace", "/settings/operators", "/settings/operators/new", "/settings/operators/" + id,
		"/settings/tokens", "/settings/audit", "/settings/health", "/account/sessions", "/account/password"}
	admintest.EveryLanguage(t, b, b.Browser("boss"), paths...)
	admintest.EveryLanguage(t, b, b.Browser(""), "/login")
	for _, lang := range i18n.Langs {
		if doc := b.Browser("").Page("/login?lang=" + string(lang)); doc.Find("input[name=login], input[name=password]").Length() != 2 {
			t.Error("the sign-in page lacks its fields")
		}
	}
	if gaps := b.Catalog.Gaps(); slices.ContainsFunc(gaps, func(g string) bool { return strings.Contains(g, "admin.") }) {
		t.Errorf("the languages differ: %v", gaps)
	}
}
