package imports_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/job"
)

func TestAFileGoesThroughPreviewTrialAndJob(t *testing.T) {
	each(t, func(b *bench) {
		home := b.community("新手妈妈")
		group := b.group(home, "甲群")
		preview := b.upload("聊天.txt", []byte(chat("2026-04-06", 30)))
		page := text(b.t, b.site.Get(preview))
		if !strings.Contains(page, "微信多选文本") || !strings.Contains(page, "今天第19个问题怎么办") || strings.Contains(page, "今天第20个") {
			b.t.Errorf("preview %s", page)
		}
		if !strings.Contains(page, "请选择群或填写群名") {
			b.t.Errorf("the preview does not ask for the group: %s", page)
		}
		form := url.Values{"target": {group}}
		trial := b.post(preview+"/try", form)
		b.work(func() bool { return strings.Contains(text(b.t, b.site.Get(trial)), "将新增30") })
		b.is("written by the trial", b.row("SELECT count(*) FROM events WHERE kind='message.posted'"), 0)
		batch := b.post(preview+"/start", form)
		b.work(func() bool { return b.row("SELECT state FROM importing_batches") == "done" })
		page = text(b.t, b.site.Get(batch))
		for _, want := range []string{"已导入", "新增消息30", "出现的人3", "全部都能读取", "撤销这次导入"} {
			if !strings.Contains(strings.ReplaceAll(page, " ", ""), want) {
				b.t.Errorf("batch page lacks %q: %s", want, page)
			}
		}
		again := b.upload("聊天.txt", []byte(chat("2026-04-06", 30)))
		if page := text(b.t, b.site.Get(again)); !strings.Contains(page, "已导入过这个文件") {
			b.t.Errorf("no hint at the former import: %s", page)
		}
		b.is("the group", strings.TrimPrefix(batch, "/sources/imports/"), b.row("SELECT id FROM importing_batches WHERE group_id=$1", group))
		b.post(batch+"/undo", nil)
		b.work(func() bool { return b.row("SELECT state FROM importing_batches") == "undone" })
		b.is("counted", b.row("SELECT sum(messages) FROM activity_days"), 0)
		b.verify()
	})
}

func TestATableAsksWhatItsColumnsHold(t *testing.T) {
	each(t, func(b *bench) {
		preview := b.upload("表.csv", []byte("when;who;what\n2026-04-06 10:00:00;丽丽;你好呀朋友\n不是时间;小羊;坏了的一行\n"))
		page := b.site.Page(preview)
		if n := page.Find("select[name=map_time] option").Length(); n != 4 {
			b.t.Errorf("%d choices for the time", n)
		}
		if page.Find("button[formaction$='/start']").Length() != 0 {
			b.t.Error("a table can be imported before its columns are known")
		}
		form := url.Values{"mapped": {"1"}, "map_time": {"when"}, "map_sender": {"who"}, "map_text": {"what"}, "name": {"甲群"}}
		page = b.site.Page(preview + "?" + form.Encode())
		if page.Find("button[formaction$='/start']").Length() != 1 {
			b.t.Errorf("it cannot be imported: %s", page.Find("main").Text())
		}
		wrong := url.Values{"mapped": {"1"}, "map_time": {"nope"}, "map_sender": {"who"}, "map_text": {"what"}, "name": {"甲群"}}
		if got := b.refused(preview+"/start", wrong); !strings.Contains(got, "没有名为“nope”的列") {
			b.t.Errorf("a wrong column: %s", got)
		}
		batch := b.post(preview+"/start", form)
		b.work(func() bool { return b.row("SELECT state FROM importing_batches") == "done" })
		csv := b.site.Get(batch + "/rejected/rows.csv")
		if !strings.HasPrefix(csv.Text, "\uFEFF行,字段,原因,原文开头") || !strings.Contains(csv.Text, "看不懂这个时间") {
			b.t.Errorf("errors %q", csv.Text)
		}
	})
}

func TestPastedTextIsAFile(t *testing.T) {
	each(t, func(b *bench) {
		if got := b.refused("/sources/imports/paste", url.Values{"text": {"  "}}); !strings.Contains(got, "请填写") {
			b.t.Errorf("an empty paste: %s", got)
		}
		preview := b.post("/sources/imports/paste", url.Values{"text": {chat("2026-04-06", 3)}})
		b.post(preview+"/start", url.Values{"name": {"甲群"}})
		b.work(func() bool { return b.row("SELECT state FROM importing_batches") == "done" })
		b.is("made", b.row("SELECT name FROM community_groups"), "甲群")
	})
}

func TestNobodySeesTheImportsOfOtherCommunities(t *testing.T) {
	each(t, func(b *bench) {
		mine, theirs := b.community("甲社群"), b.community("乙社群")
		res, err := service(b).ImportFile(context.Background(), importing.Request{Reader: strings.NewReader(chat("2026-04-06", 3)), Name: "秘密.txt",
			Group: b.group(theirs, "乙群")}, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		upload := b.upload("我的.txt", []byte(chat("2026-04-07", 3)))
		b.site = b.signIn(grants{mine})
		if page := text(b.t, b.site.Get("/sources/imports")); strings.Contains(page, "秘密") {
			b.t.Errorf("the list shows it: %s", page)
		}
		for _, path := range []string{"/sources/imports/" + res.Batch, "/sources/imports/" + res.Batch + "/rejected/rows.csv", "/groups/" + res.GroupID + "/close", "/groups/" + res.GroupID + "/edit"} {
			if got := b.site.Get(path).StatusCode; got != http.StatusNotFound {
				b.t.Errorf("GET %s: %d", path, got)
			}
		}
		for path, form := range map[string]url.Values{
			"/sources/imports/" + res.Batch + "/undo": nil, "/groups/" + res.GroupID + "/close": {"day": {"2026-05-01"}, "members": {"1"}},
			"/m/close": {"day": {"2026-05-01"}, "group": {res.GroupID}, "members": {"1"}}, "/groups/" + res.GroupID + "/end": {"confirm": {"乙群"}},
		} {
			if got := b.site.Post(path, form).StatusCode; got != http.StatusNotFound {
				b.t.Errorf("POST %s: %d", path, got)
			}
		}
		if got := b.refusedOrMissing(upload+"/start", url.Values{"target": {res.GroupID}}); got != http.StatusNotFound {
			b.t.Errorf("an import into it: %d", got)
		}
		b.is("still there", b.row("SELECT state FROM importing_batches"), "done")
	})
}

func (b *bench) refusedOrMissing(path string, form url.Values) int {
	return b.site.Post(path, form).StatusCode
}

// TestEveryPageInEveryLanguage opens every page with data that has everything
// to show.
func TestEveryPageInEveryLanguage(t *testing.T) {
	each(t, func(b *bench) {
		home := b.community("新手妈妈")
		group := b.group(home, "甲群 \u202E<b>")
		res, err := service(b).ImportFile(context.Background(), importing.Request{
			Reader: strings.NewReader("时间,发送人,内容\n坏,丽丽,=坏\n2026-04-06 10:00:00,丽丽,好\n"), Name: "<script>.csv", Group: group}, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		preview := b.upload("聊天.csv", []byte("a,b,c\n1,2,3\n"))
		b.post("/groups/"+group+"/close", url.Values{"day": {"2026-04-30"}, "members": {"312"}, "messages": {"45"}})
		body, err := json.Marshal(map[string]any{"upload": strings.TrimPrefix(preview, "/sources/imports/uploads/"), "by": importing.Actor{ID: "op"}})
		if err != nil {
			b.t.Fatal(err)
		}
		trial := ""
		err = b.db.Write(context.Background(), func(tx *db.Tx) (err error) {
			trial, err = b.deps.Queue.Enqueue(context.Background(), tx, job.Request{Kind: "imports.try", Body: json.RawMessage(body)})
			return err
		})
		if err != nil {
			b.t.Fatal(err)
		}
		paths := []string{"/sources/imports", "/sources/imports/new", preview, "/sources/imports/tries/" + trial, "/sources/imports/names", "/sources/imports/" + res.Batch,
			"/groups/add", "/groups/" + group + "/edit", "/closes", "/groups/" + group + "/close", "/groups/" + group + "/close?day=2026-04-30", "/m/close", "/m/close?day=2026-05-01&after=" + group}
		for _, path := range paths {
			for _, lang := range i18n.Langs {
				joint := "?"
				if strings.Contains(path, "?") {
					joint = "&"
				}
				got := b.site.Get(path + joint + "lang=" + string(lang))
				if got.StatusCode != http.StatusOK {
					b.t.Fatalf("GET %s in %s: %d\n%s", path, lang, got.StatusCode, got.Text)
				}
				for _, hole := range []string{"⟦", "ZgotmplZ", "%!", "\u202E", "<script>.csv"} {
					if strings.Contains(got.Text, hole) {
						b.t.Errorf("%s in %s contains %q", path, lang, hole)
					}
				}
				if n := got.Doc(b.t).Find("main [style], main style, main script, main [onclick]").Length(); n > 0 {
					b.t.Errorf("%s has %d inline styles or scripts", path, n)
				}
			}
		}
		if missing := b.catalog.Missing(); len(missing) > 0 {
			b.t.Errorf("missing translations: %q", missing)
		}
		if gaps := b.catalog.Gaps(); len(gaps) > 0 {
			b.t.Errorf("the languages differ: %q", gaps)
		}
		if got := b.site.Post("/sources/imports/"+res.Batch+"/resume", nil).StatusCode; got != http.StatusConflict {
			b.t.Errorf("a done batch could be continued: %d", got)
		}
	})
}

func TestAnEmptyConsoleSaysWhatToDo(t *testing.T) {
	each(t, func(b *bench) {
		for path, want := range map[string]string{"/sources/imports": "/sources/imports/new", "/closes": "/groups/add"} {
			if b.site.Page(path).Find(fmt.Sprintf(".empty a[href='%s']", want)).Length() != 1 {
				b.t.Errorf("%s does not lead to %s", path, want)
			}
		}
		if page := text(b.t, b.site.Get("/m/close")); !strings.Contains(page, "没有手工维护的群") {
			b.t.Errorf("phone: %s", page)
		}
	})
}

func TestARunningImportShowsItsProgress(t *testing.T) {
	each(t, func(b *bench) {
		preview := b.post("/sources/imports/paste", url.Values{"text": {chat("2026-04-06", 3)}})
		batch := b.post(preview+"/start", url.Values{"name": {"甲群"}})
		bar := b.site.Get(batch, "HX-Request", "true")
		if bar.StatusCode != http.StatusOK || !strings.Contains(bar.Text, "<progress") || strings.Contains(bar.Text, "<main") || bar.Header.Get("HX-Refresh") != "" {
			b.t.Errorf("fragment %q", bar.Text)
		}
		if got := b.site.Post(batch+"/undo", nil).StatusCode; got != http.StatusConflict {
			b.t.Errorf("undo of a running import: %d", got)
		}
		b.work(func() bool { return b.row("SELECT state FROM importing_batches") == "done" })
		if b.site.Get(batch, "HX-Request", "true").Header.Get("HX-Refresh") != "true" {
			b.t.Error("the page is not loaded again at the end")
		}
		b.clock.Set(evening.Add(time.Minute))
	})
}
