package channels_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/admin/admintest"
	"github.com/qunzhu/qunzhu/internal/desk/admin/channels"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

func start(t *testing.T, d *db.DB) (*admintest.Bench, *admintest.Platform) {
	t.Helper()
	platform := &admintest.Platform{}
	b := admintest.Start(t, d, []connector.Connector{platform}, channels.New)
	b.Manager("boss")
	return b, platform
}

func sqlite(t *testing.T) (*admintest.Bench, *admintest.Platform) {
	t.Helper()
	return start(t, dbtest.SQLite(t, admintest.Migrations()))
}

func typed() url.Values {
	return url.Values{"name": {"星禾企微"}, "corp_id": {"ww0123456789abcdef"}, "agent_id": {"1000002"}, "secret": {"app-secret-1"},
		"callback": {"1"}, "accept": {"1"}}
}

func stored(t *testing.T, b *admintest.Bench, connection string) connector.Connection {
	t.Helper()
	x, err := b.Deps.Store.Get(t.Context(), b.DB, connection)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// connect makes a connection through the page and returns it with the page.
func connect(t *testing.T, b *admintest.Bench, site *webtest.Site) (connector.Connection, webtest.Response) {
	t.Helper()
	res := site.Post("/settings/connections/new", typed())
	if res.StatusCode != http.StatusOK {
		t.Fatalf("connect: %d\n%s", res.StatusCode, res.Text)
	}
	list, err := b.Deps.Store.List(t.Context(), b.DB)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d connections, %v", len(list), err)
	}
	return list[0], res
}

func TestConnectWeCom(t *testing.T) {
	dbtest.Each(t, admintest.Migrations(), func(t *testing.T, d *db.DB) {
		b, _ := start(t, d)
		site := b.Browser("boss")
		x, page := connect(t, b, site)
		var cfg map[string]any
		if err := json.Unmarshal(x.Config, &cfg); err != nil || cfg["corp_id"] != "ww0123456789abcdef" || cfg["agent_id"] != 1000002.0 || cfg["callback"] != true {
			t.Errorf("config %s, %v", x.Config, err)
		}
		key, err := base64.StdEncoding.DecodeString(x.Secrets["aes_key"] + "=")
		if err != nil || len(key) != 32 || len(x.Secrets["token"]) != 24 || x.Secrets["secret"] != "app-secret-1" || x.State != connector.Active {
			t.Errorf("%d bytes of key, %v, %+v", len(key), err, x.State)
		}
		address := b.Deps.BaseURL + "/hooks/wecom/" + x.ID
		for _, paste := range []string{address, x.Secrets["token"], x.Secrets["aes_key"]} {
			if page.Doc(t).Find("[data-copy='"+paste+"']").Length() != 1 {
				t.Errorf("%q cannot be copied", paste)
			}
		}
		again := site.Get("/settings/connections/" + x.ID)
		for _, secret := range []string{"app-secret-1", x.Secrets["token"], x.Secrets["aes_key"]} {
			if strings.Contains(again.Text, secret) || strings.Contains(strings.Join(dbtest.Dump(t, d, "SELECT * FROM audit_entries"), ""), secret) ||
				strings.Contains(strings.Join(dbtest.Dump(t, d, "SELECT * FROM connector_connections"), ""), secret) {
				t.Errorf("a secret shows, or is stored readably: %s", secret)
			}
		}
		if !strings.Contains(again.Text, address) {
			t.Error("the callback's address does not show")
		}
		renewed := site.Post("/settings/connections/"+x.ID+"/callback", nil)
		y := stored(t, b, x.ID)
		if y.Secrets["token"] == x.Secrets["token"] || !strings.Contains(renewed.Text, y.Secrets["aes_key"]) || y.Secrets["secret"] != "app-secret-1" {
			t.Error("the callback's secrets were not replaced and shown")
		}
		b.HasAudited("connection.created", "connection.secrets_replaced")
	})
}

func TestConnectSaysWhatIsWrong(t *testing.T) {
	b, _ := sqlite(t)
	site := b.Browser("boss")
	for field, want := range map[string]string{
		"name": "请填写", "corp_id": "请填写", "agent_id": "请填写", "secret": "请填写", "accept": "请勾选",
	} {
		in := typed()
		in.Del(field)
		res := site.Post("/settings/connections/new", in)
		if res.StatusCode != http.StatusUnprocessableEntity || res.Doc(t).Find("[name="+field+"][aria-invalid]").Length() != 1 || !strings.Contains(res.Text, want) {
			t.Errorf("without %s: %d", field, res.StatusCode)
		}
	}
	for field, value := range map[string]string{"corp_id": "ww 01", "agent_id": "-3", "secret": "有中文", "api_base": "ftp://x"} {
		in := typed()
		in.Set(field, value)
		res := site.Post("/settings/connections/new", in)
		if res.StatusCode != http.StatusUnprocessableEntity || res.Doc(t).Find("[name="+field+"][aria-invalid]").Length() != 1 {
			t.Errorf("%s %q: %d", field, value, res.StatusCode)
		}
	}
	connect(t, b, site)
	if res := site.Post("/settings/connections/new", typed()); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.Text, "已经连接过") {
		t.Errorf("the same app again: %d", res.StatusCode)
	}
}

func TestCredentialsAreReplacedAndChecked(t *testing.T) {
	b, platform := sqlite(t)
	site := b.Browser("boss")
	x, _ := connect(t, b, site)
	path := "/settings/connections/" + x.ID
	in := typed()
	in.Set("secret", "")
	in.Set("api_base", "https://proxy.example.com")
	in.Del("callback")
	if res := site.Post(path+"/credentials", in); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", res.StatusCode, res.Text)
	}
	y := stored(t, b, x.ID)
	if y.Secrets["secret"] != "app-secret-1" || !strings.Contains(string(y.Config), "proxy.example.com") || strings.Contains(string(y.Config), `"callback":true`) {
		t.Errorf("%s", y.Config)
	}
	if page := site.Get(path); !strings.Contains(page.Text, "未使用回调") {
		t.Error("the page does not say what polling delays")
	}
	if err := b.Deps.Store.SetState(t.Context(), b.DB, x.ID, connector.Reauthorize, "connection.reauthorize"); err != nil {
		t.Fatal(err)
	}
	if page := site.Get("/settings/connections"); !strings.Contains(page.Text, "需重新授权") || !strings.Contains(page.Text, "发送已暂停") {
		t.Error("the list does not say why the connection waits")
	}
	platform.Failure = connector.NeedsCredentials{Err: errors.New("40001 invalid credential")}
	if res := site.Post(path+"/check", nil); !strings.Contains(res.Text, "平台不接受这组凭证") || !strings.Contains(res.Text, "40001") || stored(t, b, x.ID).State != connector.Reauthorize {
		t.Errorf("a refused check: %d", res.StatusCode)
	}
	platform.Failure = connector.Temporary{Err: errors.New("timeout")}
	if res := site.Post(path+"/check", nil); !strings.Contains(res.Text, "平台暂时没有应答") {
		t.Errorf("a platform that is away: %d", res.StatusCode)
	}
	platform.Failure = nil
	if res := site.Post(path+"/check", nil); !strings.Contains(res.Text, "连接正常") || stored(t, b, x.ID).State != connector.Active {
		t.Errorf("a check that works: %d", res.StatusCode)
	}
	for _, state := range []string{"disabled", "active"} {
		if res := site.Post(path+"/state", url.Values{"state": {state}}); res.StatusCode != http.StatusSeeOther || string(stored(t, b, x.ID).State) != state {
			t.Errorf("%s: %d", state, res.StatusCode)
		}
	}
	b.HasAudited("connection.changed", "connection.checked", "connection.disabled", "connection.enabled")
}

// archiveForm is a form with a file, as a browser sends it.
func archiveForm(t *testing.T, site *webtest.Site, path string, fields map[string]string, key string) webtest.Response {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.CreateFormFile("key", "key.pem")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte(key))
	_ = w.Close()
	return site.Do(http.MethodPost, path, body.String(), "Content-Type", w.FormDataContentType(), "Origin", site.URL, "Sec-Fetch-Site", "same-origin")
}

func TestArchiveKeysAreMadeAndKept(t *testing.T) {
	b, _ := sqlite(t)
	site := b.Browser("boss")
	x, _ := connect(t, b, site)
	path := "/settings/connections/" + x.ID
	fields := map[string]string{"mode": "puller", "archive_secret": "arch", "version": "1", "puller_path": "archive-puller", "library": "/opt/sdk.so"}
	if res := archiveForm(t, site, path+"/archive", fields, ""); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.Text, "还没有密钥") {
		t.Errorf("without a key: %d", res.StatusCode)
	}
	if res := archiveForm(t, site, path+"/archive", fields, "-----BEGIN nonsense"); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.Text, "不是 PEM 格式") {
		t.Errorf("with nonsense: %d", res.StatusCode)
	}
	if res := archiveForm(t, site, path+"/archive", fields, strings.Repeat("x", 300<<10)); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("with a huge file: %d", res.StatusCode)
	}
	if res := site.Post(path+"/keypair", nil); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("make a pair: %d", res.StatusCode)
	}
	public := site.Page(path).Find("#archive code").Text()
	block, _ := pem.Decode([]byte(public))
	if block == nil || strings.Contains(site.Get(path).Text, "PRIVATE") {
		t.Fatalf("no public key, or a private one, on the page: %q", public)
	}
	half, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if res := archiveForm(t, site, path+"/archive", fields, ""); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("save: %d\n%s", res.StatusCode, res.Text)
	}
	y := stored(t, b, x.ID)
	var keys map[int]string
	if err := json.Unmarshal([]byte(y.Secrets["archive_key"]), &keys); err != nil || len(keys) != 1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	private, _ := pem.Decode([]byte(keys[1]))
	parsed, err := x509.ParsePKCS8PrivateKey(private.Bytes)
	if err != nil || !parsed.(*rsa.PrivateKey).PublicKey.Equal(half) || y.Secrets["archive_secret"] != "arch" || y.Secrets["archive_key_pending"] != "" {
		t.Errorf("the pair does not belong together: %v", err)
	}
	// A second version is added; the first stays for older messages.
	fields["version"], fields["archive_secret"] = "2", ""
	if res := archiveForm(t, site, path+"/archive", fields, keys[1]); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("a second key: %d\n%s", res.StatusCode, res.Text)
	}
	if page := site.Get(path); !strings.Contains(page.Text, "1, 2") {
		t.Error("the versions do not show")
	}
	b.HasAudited("connection.key_made")
}

func TestRules(t *testing.T) {
	b, _ := sqlite(t)
	site := b.Browser("boss")
	x, _ := connect(t, b, site)
	mothers, food := b.Community("新手妈妈"), b.Community("辅食团")
	path := "/settings/connections/" + x.ID + "/rules"
	bad := map[string]url.Values{
		"没有选社群":   {"owner": {"zhang"}, "contains": {""}, "community": {""}},
		"没有条件":    {"owner": {""}, "contains": {""}, "community": {food}},
		"所选社群不存在": {"owner": {"zhang"}, "contains": {""}, "community": {id.New(admintest.Now)}},
		"太长":      {"owner": {strings.Repeat("z", 65)}, "contains": {""}, "community": {food}},
	}
	for want, in := range bad {
		if res := site.Post(path, in); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.Text, want) {
			t.Errorf("%s: %d", want, res.StatusCode)
		}
	}
	in := url.Values{"owner": {"", "zhang", ""}, "contains": {"辅食", "", ""}, "community": {food, mothers, ""}, "default": {mothers}}
	if res := site.Post(path, in); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", res.StatusCode, res.Text)
	}
	y := stored(t, b, x.ID)
	if len(y.Rules) != 2 || y.Rules[0] != (connector.Rule{Contains: "辅食", Community: food}) || y.Rules[1] != (connector.Rule{Owner: "zhang", Community: mothers}) || y.Default != mothers {
		t.Errorf("%+v, default %s", y.Rules, y.Default)
	}
}

func TestG28OnlyWorkspaceManagersConnect(t *testing.T) {
	b, _ := sqlite(t)
	mine := b.Community("新手妈妈")
	b.Operator("limin", auth.Grant{Role: auth.Manager, CommunityID: mine}, auth.Grant{Role: auth.Editor})
	x, _ := connect(t, b, b.Browser("boss"))
	site := b.Browser("limin")
	for _, res := range []webtest.Response{
		site.Get("/settings/connections"), site.Get("/settings/connections/" + x.ID), site.Post("/settings/connections/new", typed()),
		site.Post("/settings/connections/"+x.ID+"/callback", nil), site.Post("/settings/connections/"+x.ID+"/state", url.Values{"state": {"disabled"}}),
		site.Post("/sources/"+x.ID+"/run", url.Values{"pull": {"groups"}}),
	} {
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s: %d", res.Request.Method, res.Request.URL.Path, res.StatusCode)
		}
	}
	if y := stored(t, b, x.ID); y.State != connector.Active || y.Secrets["token"] != x.Secrets["token"] {
		t.Error("something was changed")
	}
	boss := b.Browser("boss")
	if res := boss.Get("/settings/connections/" + id.New(admintest.Now)); res.StatusCode != http.StatusNotFound {
		t.Errorf("a connection that is not there: %d", res.StatusCode)
	}
}

func TestSourcesShowHowDataStands(t *testing.T) {
	dbtest.Each(t, admintest.Migrations(), func(t *testing.T, d *db.DB) {
		b, platform := start(t, d)
		home := b.Community("新手妈妈")
		c := b.Connection("w1", home)
		s := b.Group(c, "wr1", "一群")
		b.Connection("w2", "")
		yesterday := time.Date(2026, 11, 1, 0, 0, 0, 0, admintest.Zone)
		b.Record(event.Event{Community: s.Community, Kind: event.CoverageObserved, At: admintest.Now, ID: id.New(admintest.Now),
			Body: event.Encode(event.Coverage{Connection: "w1", Source: event.FromArchive, From: yesterday, To: yesterday.Add(12 * time.Hour)})})
		platform.Failure = errors.New("60011 no privilege")
		b.Clock.Set(admintest.Now.Add(25 * time.Hour))
		if err := b.Hub.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		site := b.Browser("boss")
		page := site.Page("/sources")
		for _, want := range []string{"星禾企微", "群对账", "60011", "连续失败", "1/30 天有数据"} {
			if !strings.Contains(page.Text(), want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if got := page.Find("svg.heatstrip .h5 title").First().Text(); got != "11/1 · 50.0%" {
			t.Errorf("yesterday: %q", got)
		}
		if res := site.Post("/sources/w1/run", url.Values{"pull": {"nothing"}}); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("an unknown pull: %d", res.StatusCode)
		}
		platform.Failure = nil
		if res := site.Post("/sources/w1/run", url.Values{"pull": {"groups"}}); res.StatusCode != http.StatusSeeOther {
			t.Errorf("run now: %d", res.StatusCode)
		}
		if err := b.Hub.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if cursors, err := b.Deps.Store.Cursors(t.Context(), d, "w1"); err != nil || cursors["groups"].Value != "7" || cursors["groups"].Error != "" {
			t.Errorf("%+v, %v", cursors["groups"], err)
		}
		b.HasAudited("pull.requested")

		// An analyst of the community sees its connection and nothing of others.
		b.Operator("ana", auth.Grant{Role: auth.Analyst, CommunityID: home})
		seen := b.Browser("ana").Page("/sources")
		if n := seen.Find("main h2").Length(); n != 1 || seen.Find("form[action*='/run']").Length() != 0 {
			t.Errorf("an analyst sees %d sources, or buttons", n)
		}
	})
}

func TestPagesInEveryLanguage(t *testing.T) {
	b, _ := sqlite(t)
	admintest.EveryLanguage(t, b, b.Browser("boss"), "/sources", "/settings/connections", "/settings/connections/new")
	x, _ := connect(t, b, b.Browser("boss"))
	c := b.Connection("w1", b.Community("新手<妈妈>"))
	b.Group(c, "wr1", "一群")
	admintest.EveryLanguage(t, b, b.Browser("boss"), "/sources", "/settings/connections", "/settings/connections/"+x.ID, "/settings/audit")
	if missing := b.Catalog.Missing(); len(missing) > 0 {
		t.Errorf("untranslated: %v", missing)
	}
}
