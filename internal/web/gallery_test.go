package web_test

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

//go:embed testdata/gallery
var galleryFiles embed.FS

var (
	shanghai = time.FixedZone("Asia/Shanghai", 8*3600)
	domain   = time.Date(2025, 11, 22, 20, 33, 0, 0, shanghai)
)

// options are those of a small console with every hook filled.
func options(t testing.TB) web.Options {
	t.Helper()
	files, err := fs.Sub(galleryFiles, "testdata/gallery")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := i18n.Load(append(web.Locale(), files)...)
	if err != nil {
		t.Fatal(err)
	}
	o := web.Options{
		Catalog: catalog, Log: slog.New(slog.DiscardHandler), Live: web.NewLive(), Sessions: webtest.Owner(),
		Now: func() time.Time { return domain }, Zone: func() *time.Location { return shanghai },
		Shell: web.Shell{
			Workspace: func(context.Context) (string, error) { return "星禾母婴", nil },
			Communities: func(context.Context, web.Actor) ([]web.Community, error) {
				return []web.Community{{ID: "c1", Name: "新手妈妈"}, {ID: "c2", Name: "辅食团"}}, nil
			},
			Freshness: func(context.Context, *i18n.Printer) (web.Freshness, error) {
				return web.Freshness{Text: "企微 12 秒前 · 存档 40 秒前", Href: "/settings"}, nil
			},
		},
		Templates: []web.Templates{{Feature: "gallery", FS: files, Names: []string{"components", "join", "signin"}}},
	}
	for i, section := range []web.Section{
		web.SectionHome, web.SectionCommunity, web.SectionMember, web.SectionGrowth, web.SectionContent,
		web.SectionActivity, web.SectionRisk, web.SectionData, web.SectionSettings,
	} {
		o.Nav = append(o.Nav, web.NavItem{Section: section, Key: "gallery.nav", Path: "/" + string(section), Order: i})
	}
	o.Nav[1].Path = "/gallery"
	o.Nav = append(o.Nav, web.NavItem{Section: web.SectionCommunity, Key: "gallery.other", Path: "/gallery/new", Order: 10})
	o.Nav[6].Badge = func(*web.Ctx) int { return 3 }
	return o
}

// console starts the small console; routes adds to it.
func console(t testing.TB, change func(*web.Options), routes ...func(*web.Router)) *webtest.Site {
	t.Helper()
	o := options(t)
	if change != nil {
		change(&o)
	}
	r, err := web.NewRouter(o)
	if err != nil {
		t.Fatal(err)
	}
	r.Get("/gallery", "", func(c *web.Ctx) error {
		c.Listen("tasks")
		return c.Render("gallery/components", components(c))
	})
	r.Public("GET /m/join", func(c *web.Ctx) error { return c.Render("gallery/join", join()) })
	r.Public("GET /login", func(c *web.Ctx) error {
		return c.Render("gallery/signin", []ui.Field{
			{Name: "login", Label: "账号", Required: true, Autocomplete: "username"},
			{Name: "password", Type: "password", Label: "密码", Required: true, Error: "账号或密码不对"},
		})
	})
	for _, add := range routes {
		add(r)
	}
	h, err := r.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return webtest.Start(t, h)
}

func TestComponentsInEveryLanguage(t *testing.T) {
	o := options(t)
	site := console(t, func(given *web.Options) { *given = o })
	for _, path := range []string{"/gallery", "/m/join", "/login"} {
		for _, lang := range i18n.Langs {
			res := site.Get(path + "?lang=" + string(lang))
			if res.StatusCode != http.StatusOK {
				t.Fatalf("GET %s in %s: %d\n%s", path, lang, res.StatusCode, res.Text)
			}
			if strings.Contains(res.Text, "⟦") || strings.Contains(res.Text, "ZgotmplZ") || strings.Contains(res.Text, "%!") {
				t.Errorf("%s in %s has a hole:\n%s", path, lang, res.Text)
			}
			doc := res.Doc(t)
			if inline := doc.Find("[style], style, script:not([src]), [onclick]").Length(); inline > 0 {
				t.Errorf("%s has %d inline styles or scripts, which the content policy blocks", path, inline)
			}
			if got := doc.Find("html").AttrOr("lang", ""); got != string(lang) {
				t.Errorf("%s: lang=%q, want %s", path, got, lang)
			}
			doc.Find("details.more, details.me").Remove()
		}
	}
	if missing := o.Catalog.Missing(); len(missing) > 0 {
		t.Errorf("missing translations: %q", missing)
	}
	if gaps := o.Catalog.Gaps(); len(gaps) > 0 {
		t.Errorf("the languages differ: %q", gaps)
	}
}

// widest names the elements that stick out of the window.
const widest = `Array.from(document.querySelectorAll("body *")).filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")).map(e => e.tagName + "." + e.className).slice(0, 8).join(", ")`

// TestGalleryOnScreen opens every component in a browser: nothing may scroll
// sideways and the console must be silent. QUNZHU_TEST_SHOTS names a folder for
// the pictures.
func TestGalleryOnScreen(t *testing.T) {
	site := console(t, nil)
	dir := os.Getenv("QUNZHU_TEST_SHOTS")
	for _, theme := range []webtest.Theme{webtest.Light, webtest.Dark} {
		b := webtest.Open(t, theme)
		for _, width := range []int{1280, 390} {
			for name, path := range map[string]string{"gallery": "/gallery?lang=zh", "gallery-en": "/gallery?lang=en", "join": "/m/join?lang=zh", "login": "/login?lang=zh", "missing": "/nowhere?lang=zh"} {
				b.Visit(site.URL+path, width, 900)
				if over := b.Sideways(); over != "0" {
					t.Errorf("%s at %d px is %s px too wide: %s", path, width, over, b.Eval(widest))
				}
				if dir != "" {
					b.Screenshot(filepath.Join(dir, name+"-"+string(theme)+"-"+map[int]string{1280: "1280", 390: "390"}[width]+".png"))
				}
			}
		}
		for _, e := range b.Errors() {
			if !strings.Contains(e, "404") { // the page that is missing on purpose
				t.Errorf("%s: console: %s", theme, e)
			}
		}
	}
}

type gallery struct {
	Head              ui.Head
	Tabs              ui.Tabs
	Tiles             []ui.Tile
	Trend, NoTrend    ui.Trend
	Reasons, Tasks    []ui.Task
	Heat              ui.Heat
	Table, None       ui.Table
	Funnel            ui.Funnel
	Strip             ui.HeatStrip
	Progress, Waiting ui.Progress
	Level             ui.Chip
	Quote             ui.Quote
	Timeline          ui.Timeline
	Facts             ui.Facts
	Phone             ui.Phone
	Actions           []ui.Button
	Steps             ui.Steps
	Fields            []ui.Field
	Confirm           ui.Confirm
}

func components(c *web.Ctx) gallery {
	clock := c.Clock(domain.Add(3*time.Minute + 12*time.Second))
	later := c.Clock(domain.Add(12*time.Minute + 40*time.Second))
	s := ui.NewSorter(c.Request.URL, "visits", true, "visits", "joins")
	return gallery{
		Head: ui.Head{Title: "北京新手妈妈 3 群", Sub: "“每晚 8 点, 育儿师在线答疑”",
			Chips:   []ui.Chip{{Text: "服务型"}, {Text: "稳定期 · 第 5 个月"}, {Status: ui.Warn, Text: "容量 439/500"}},
			Buttons: []ui.Button{{Label: "近 5 周 ▾", Href: "#"}, {Label: "导出", Href: "#"}, {Label: "安排内容", Href: "#", Primary: true}}},
		Tabs: ui.Tabs{{Label: "概览", Href: "#", Active: true}, {Label: "成员", Href: "#", Count: "439"}, {Label: "内容", Href: "#"}, {Label: "互动", Href: "#"}, {Label: "风控", Href: "#", Count: "2"}, {Label: "入口", Href: "#"}, {Label: "日志", Href: "#"}},
		Tiles: []ui.Tile{
			{Label: "日均发言量 (有效)", Value: "36.4", Unit: "条/日", Status: ui.Pass, Threshold: "> 15", Delta: "+12.1%", Source: "存档", Coverage: "97%", Href: "#",
				Definition: "完整日里, 成员的有效发言条数 ÷ 天数。不含员工、系统消息、撤回、60 秒内重复与低信息。",
				Spark:      &ui.Spark{Label: "近 7 日", Values: []*float64{ui.Value(30), ui.Value(33), nil, ui.Value(31), ui.Value(36), ui.Value(38), ui.Value(36)}}},
			{Label: "成员增长率", Value: "2.8%", Unit: "/周", Status: ui.Fail, Threshold: "> 3%", Fraction: "12/427", Definition: "(入群 − 退群) ÷ 期初成员。"},
			{Label: "话题参与率", Value: "42.2%", Status: ui.Insufficient, Threshold: "> 40%", Fraction: "38/90", Window: "11/16–11/22"},
			{Label: "订单关联率", Status: ui.NoData, Note: "没有连接订单来源"},
		},
		Trend: series(), NoTrend: ui.Trend{Label: "订单", Points: []ui.Point{{Label: "11/21"}, {Label: "11/22"}}},
		Reasons: []ui.Task{
			{Mark: ui.Fail, Title: "地推活码 7 日留存 41%", Detail: "其他渠道 83% · 14/34", Buttons: []ui.Button{{Label: "看渠道", Href: "#"}}},
			{Mark: ui.Warn, Title: "11 位新人首日无人应答", Detail: "温度: 新人首条回复中位 9 小时, 上期 2 小时", Buttons: []ui.Button{{Label: "看新人", Href: "#"}}},
		},
		Tasks: []ui.Task{
			{ID: "t1", Group: "tasks", On: true, Mark: ui.Fail, Title: "移出 2 名广告成员 · 上海二胎交流 1 群", Href: "#", Detail: "已由 李敏 复核 · 在企业微信里操作, 完成后自动关闭", Clock: &clock, Source: "企微", Buttons: []ui.Button{{Label: "复制话术", Copy: "您好, 群规第 4 条…", Primary: true}}},
			{ID: "t2", Group: "tasks", Mark: ui.Warn, Title: "发送早报到 6 个群", Href: "#", Detail: "08:00 已备好, 4 群已确认", Clock: &later, Buttons: []ui.Button{{Label: "提醒", Post: "/remind", Hidden: map[string]string{"id": "t2"}}}},
			{ID: "t3", Group: "tasks", Mark: ui.Insufficient, Title: "月度合规审查 · 截止 12/5", Detail: "异常账号 3.2% ▲ · 协议签署 96%"},
		},
		Heat: cohorts(),
		Table: ui.Table{Caption: "近 30 天", Count: "共 23 个渠道", Next: "#",
			Columns: []ui.Column{{Label: "渠道"}, s.Column("访问", "visits", true), s.Column("入群", "joins", true), {Label: "入群率", Numeric: true}, {Label: "7日留存", Numeric: true}, {Label: "走势"}},
			Rows: []ui.Row{
				{Cells: []ui.Cell{ui.Link("公众号菜单", "#"), ui.Text("1,204"), ui.Text("342"), ui.Text("28.4%"), ui.Judged("86%", ui.Pass), {Spark: &ui.Spark{Label: "走势", Values: []*float64{ui.Value(1), ui.Value(3), ui.Value(2)}}}}},
				{On: true, Cells: []ui.Cell{{Text: "11/14 地推", Href: "#", Sub: "王岚 负责", Chips: []ui.Chip{{Status: ui.Fail}}}, ui.Text("148"), ui.Text("34"), ui.Text("23.0%"), ui.Judged("41%", ui.Fail), {}}},
				{Cells: []ui.Cell{ui.Text("老客邀请"), ui.Text("240"), ui.Text("97"), ui.Text("40.4%"), ui.Judged("91%", ui.Insufficient), {Bar: &ui.Progress{Value: 40, Max: 100}}}},
			}},
		None:     ui.Table{Empty: ui.Empty{What: "还没有活码", Why: "活码是长期有效的入群入口, 满员或过期时自动换群。", Action: &ui.Button{Label: "新建活码", Href: "#", Primary: true}}},
		Funnel:   ui.Funnel{{Label: "访问", Count: 2280, Known: true}, {Label: "看码", Count: 1402, Known: true}, {Label: "入群", Count: 624, Known: true, Href: "#"}, {Label: "7 日留存"}},
		Strip:    strip(),
		Progress: ui.Progress{Label: "导入聊天记录", Value: 3200, Max: 12000, Text: "3,200 / 12,000 · 跳过 14 · 失败 0"},
		Waiting:  ui.Progress{Label: "排队中", Text: "前面还有 2 个任务"},
		Level:    ui.Chip{Status: ui.Fail, Text: "等级 3"},
		Quote:    ui.Quote{Meta: "20:33", Parts: ui.Parts("家人们低价纸尿裤, 加+薇 abc12345 秒通过", []ui.Span{{Start: len("家人们低价纸尿裤, "), End: len("家人们低价纸尿裤, 加+薇 abc12345"), Title: "联系方式"}})},
		Timeline: ui.Timeline{{Time: "20:33", Title: "发了广告", Detail: "跨群重复 3 次", Status: ui.Fail}, {Time: "18:20", Title: "入群", Detail: "扫 11/14 地推活码", Status: ui.Pass}},
		Facts:    ui.Facts{{Label: "群主", Value: "王岚", Href: "#"}, {Label: "群 ID", Value: "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA", Copy: true}, {Label: "建群", Value: "2025-06-20"}},
		Phone:    ui.Phone{Title: "北京新手妈妈 3 群", Bubbles: []ui.Bubble{{Name: "小助手", Text: "欢迎 @团团妈!\n群规见公告, 每晚 8 点答疑。"}, {Name: "我", Text: "收到", Own: true}}},
		Actions:  []ui.Button{{Label: "撤回消息 (任务, 2 分钟内)", Key: "0", Primary: true}, {Label: "提醒", Key: "1"}, {Label: "书面警告", Key: "2"}, {Label: "建议移出 · 需 2 人", Key: "4", Danger: true}, {Label: "误报", Key: "X"}},
		Steps:    ui.Steps{{Label: "类型", Href: "#", Done: true}, {Label: "定位卡", Href: "#", Done: true}, {Label: "目标", Active: true}, {Label: "管理员"}, {Label: "群规"}},
		Fields:   fields(),
		Confirm:  ui.Confirm{Action: "/x", Title: "作废这次抽奖", Consequence: "214 位报名者会收到通知, 已抽出的 3 个中奖记录作废, 不能恢复。", Name: "秋冬讲座抽奖", Button: "作废"},
	}
}

func fields() []ui.Field {
	return []ui.Field{
		{Name: "name", Label: "群名", Value: "北京新手妈妈 4 群", Required: true, MaxLength: 30, Help: "最多 30 个字"},
		{Name: "goal", Label: "日均发言目标", Type: "number", Value: "0", Unit: "条/日", Error: "不能小于 1"},
		{Name: "kind", Label: "类型", Type: "select", Options: []ui.Option{{Value: "service", Label: "服务型", Selected: true}, {Value: "interest", Label: "兴趣型"}}},
		{Name: "entry", Label: "入口", Type: "radio", Options: []ui.Option{{Value: "code", Label: "活码", Help: "长期有效", Selected: true}, {Value: "invite", Label: "邀请"}}},
		{Name: "promise", Label: "一句话定位", Type: "textarea", Value: "每晚 8 点, 育儿师在线答疑", Rows: 2},
		{Name: "start", Label: "开始日期", Type: "date", Value: "2025-11-22"},
		{Name: "agree", Label: "我已阅读并同意《群规手册》", Type: "checkbox", Required: true},
	}
}

func series() ui.Trend {
	values := []float64{22.5, 25.7, 26.8, 26.1, 23, 22.5, 20.1, 24.6, 29.2, 28.7, 28.2, 22.8, 23.2, 23.6, 27.7, 30.3, 28.6, 27.7, 25.8, 27.5, 28.4, 28.9, 33.8, 31.5, 31.6, 27.5, 26.4, 31.5, 31.9, 34.1, 37.3, 34.9, 30.5, 32.8, 36.4}
	t := ui.Trend{Label: "日均发言量", Threshold: &ui.Line{From: 15, To: 15, Label: "健康线 15"}, Goal: &ui.Line{From: 23.6, To: 34.7, Label: "目标应达线, 今日 34.7"}, Running: true}
	day := time.Date(2025, 10, 19, 0, 0, 0, 0, shanghai)
	for i, v := range values {
		p := ui.Point{Label: day.AddDate(0, 0, i).Format("1/2"), Value: ui.Value(v)}
		if i == 12 || i == 13 {
			p = ui.Point{Label: p.Label, Note: "没有数据"}
		}
		t.Points = append(t.Points, p)
	}
	return t
}

func cohorts() ui.Heat {
	h := ui.Heat{Corner: "入群周", Columns: []string{"第0周", "1", "2", "3", "4", "5"}}
	shares := []float64{1, .85, .75, .68, .41, .12}
	for i, label := range []string{"10/12 · 58人", "10/19 · 90人", "10/26 · 73人", "11/2 · 66人", "11/9 · 71人", "11/16 · 28人"} {
		row := ui.HeatRow{Label: label}
		for j, s := range shares {
			cell := ui.HeatCell{}
			if j < len(shares)-i {
				cell = ui.HeatCell{Share: s, Text: i18n.None}
				cell.Text = map[float64]string{1: "100%", .85: "85%", .75: "75%", .68: "68%", .41: "41%", .12: "12%"}[s]
			}
			row.Cells = append(row.Cells, cell)
		}
		h.Rows = append(h.Rows, row)
	}
	return h
}

func strip() ui.HeatStrip {
	s := ui.HeatStrip{Label: "近 30 天覆盖"}
	for i := range 30 {
		d := ui.HeatDay{Title: "11/1 · 97%", Share: ui.Value(float64(i%7) / 6)}
		if i == 9 || i == 10 {
			d = ui.HeatDay{Title: "没有数据"}
		}
		s.Days = append(s.Days, d)
	}
	return s
}

type joinPage struct {
	Name, QR string
	Fields   []ui.Field
}

func join() joinPage {
	return joinPage{Name: "北京新手妈妈 3 群", QR: "/static/none.png", Fields: []ui.Field{
		{Name: "baby", Label: "宝宝多大", Required: true}, {Name: "agree", Type: "checkbox", Label: "我已阅读并同意《群规手册》", Error: "请勾选"},
	}}
}

// TestScripts tries what app.js adds, in a real browser.
func TestScripts(t *testing.T) {
	b := webtest.Open(t, webtest.Light)
	site := console(t, nil)
	b.Visit(site.URL+"/gallery?lang=zh", 1280, 900)
	press := func(key string) {
		b.Run(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "` + key + `", bubbles: true, cancelable: true}))`)
	}
	chosen := `document.querySelector("[data-row].on").id`
	for _, step := range []struct{ key, want string }{{"j", "task-t2"}, {"j", "task-t3"}, {"j", "task-t3"}, {"k", "task-t2"}} {
		if press(step.key); b.Eval(chosen) != step.want {
			t.Errorf("after %s the row %s is chosen, want %s", step.key, b.Eval(chosen), step.want)
		}
	}
	b.Run(`document.querySelector("[data-key='1']").addEventListener("click", () => { window.pressed = "1" })`)
	if press("1"); b.Eval("window.pressed") != "1" {
		t.Error("the key 1 presses nothing")
	}
	b.Run(`document.querySelector("input[name=name]").dispatchEvent(new KeyboardEvent("keydown", {key: "k", bubbles: true}))`)
	if got := b.Eval(chosen); got != "task-t2" {
		t.Errorf("typing moves the rows to %s", got)
	}
	button := `document.querySelector("form.confirm button").disabled`
	if b.Eval(button) != "true" {
		t.Error("the dangerous button is ready before the name is typed")
	}
	b.Run(`{ const i = document.querySelector("form.confirm input[name=confirm]"); i.value = "秋冬讲座抽奖"; i.dispatchEvent(new Event("input", {bubbles: true})) }`)
	if b.Eval(button) != "false" {
		t.Error("the dangerous button stays closed after the name was typed")
	}
	clock := `document.querySelector("[data-deadline]").textContent`
	deadline := time.Now().Add(10 * time.Second)
	for before := b.Eval(clock); b.Eval(clock) == before; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the clock stands at %s", before)
		}
	}
	b.Run(`document.querySelector(".me summary").click()`)
	if b.Run(`document.querySelector("h1").click()`); b.Eval(`document.querySelector(".me").open`) != "false" {
		t.Error("the menu stays open")
	}
	if errs := b.Errors(); len(errs) > 0 {
		t.Errorf("console: %q", errs)
	}
}

// TestMoreOnPhone: at 390 px four sections have a place, 更多 shows all nine, and
// the definition of a number stays on the screen.
func TestMoreOnPhone(t *testing.T) {
	b := webtest.Open(t, webtest.Dark)
	site := console(t, nil)
	b.Visit(site.URL+"/gallery?lang=zh", 390, 844)
	shown := `Array.from(document.querySelectorAll("nav.side > a.item")).filter(e => e.offsetParent !== null || e.getClientRects().length > 0).length`
	if got := b.Eval(shown); got != "4" {
		t.Errorf("%s sections are shown, want 4", got)
	}
	b.Run(`document.querySelector("details.more > summary").click()`)
	if got := b.Eval(`document.querySelectorAll(".sheet h2 a").length + " " + (document.querySelector(".sheet").getBoundingClientRect().width === innerWidth)`); got != "9 true" {
		t.Errorf("the sheet: %s", got)
	}
	if dir := os.Getenv("QUNZHU_TEST_SHOTS"); dir != "" {
		b.Screenshot(filepath.Join(dir, "more.png"))
	}
	b.Run(`document.querySelector("h1").click()`)
	for i := range 2 {
		n := fmt.Sprint(i)
		b.Run(`document.querySelectorAll(".def summary")[` + n + `].click()`)
		box := `(() => { const r = document.querySelectorAll(".def p")[` + n + `].getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth })()`
		if b.Eval(box) != "true" || b.Sideways() != "0" {
			t.Errorf("definition %d leaves the screen", i)
		}
	}
}

// TestLiveRefresh: a fragment is fetched again when its topic is published.
func TestLiveRefresh(t *testing.T) {
	b := webtest.Open(t, webtest.Light)
	live := web.NewLive()
	served := make(chan struct{}, 16)
	site := console(t, func(o *web.Options) { o.Live = live }, func(r *web.Router) {
		r.Get("/part", "", func(c *web.Ctx) error {
			served <- struct{}{}
			return c.Fragment("gallery/part", "新的内容")
		})
	})
	b.Visit(site.URL+"/gallery?lang=zh", 1280, 900)
	b.Run(`{ const e = document.createElement("div"); e.id = "live"; e.setAttribute("hx-get", "/part"); e.setAttribute("hx-trigger", "sse:tasks"); document.querySelector("main").append(e); htmx.process(e) }`)
	deadline := time.Now().Add(10 * time.Second)
	for b.Eval(`document.querySelector("#live").textContent`) != "新的内容" {
		if time.Now().After(deadline) {
			t.Fatalf("the fragment was not fetched; %d requests, console %q", len(served), b.Errors())
		}
		live.Publish("tasks")
		time.Sleep(100 * time.Millisecond)
	}
	live.Close()
}
