package importing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/manual"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const counted = "SELECT COALESCE(sum(messages),0) FROM activity_days WHERE source='import'"

func TestTheManualConnectionHasTheConnectorsKind(t *testing.T) {
	if importing.Manual != (manual.Connector{}).Kind() {
		t.Fatalf("importing makes connections of kind %q, the connector is %q", importing.Manual, manual.Connector{}.Kind())
	}
}

func TestImportingTwiceAddsNothing(t *testing.T) {
	each(t, func(b *bench) {
		text := talk("新手妈妈群", "2026-04-06", 0, 30)
		first := b.bring(text, importing.Request{})
		if first.Messages != 30 || first.Duplicates != 0 || first.Rejected != 0 || first.Members != 3 || first.Format != "multiselect" || first.GroupID == "" {
			t := b.t
			t.Fatalf("first %+v", first)
		}
		if !first.From.Equal(time.Date(2026, 4, 6, 16, 0, 0, 0, shanghai)) || !first.To.Equal(time.Date(2026, 4, 6, 16, 29, 0, 0, shanghai)) {
			b.t.Errorf("period %v to %v", first.From, first.To)
		}
		again := b.bring(text, importing.Request{})
		if again.Messages != 0 || again.Duplicates != 30 || again.GroupID != first.GroupID || again.Members != 3 || again.Former != first.Batch {
			b.t.Errorf("again %+v", again)
		}
		b.is("counted", b.row(counted), 30)
		b.is("groups", b.row("SELECT count(*) FROM community_groups"), 1)
		b.is("connection", b.row("SELECT platform,connection_id,name FROM community_groups"), "wechat|manual|新手妈妈群")
		b.verify()
	})
}

func TestTheResultIsTheContractsLine(t *testing.T) {
	each(t, func(b *bench) {
		res := b.bring(talk("甲群", "2026-04-06", 0, 2), importing.Request{Name: "/tmp/聊天.txt"})
		line, err := json.Marshal(res)
		if err != nil {
			b.t.Fatal(err)
		}
		want := fmt.Sprintf(`{"file":"聊天.txt","format":"multiselect","group_id":%q,"messages":2,"members":2,"from":"2026-04-06T16:00:00+08:00","to":"2026-04-06T16:01:00+08:00","duplicates":0,"rejected":0}`, res.GroupID)
		if string(line) != want {
			b.t.Errorf("got  %s\nwant %s", line, want)
		}
	})
}

func TestOverlappingFilesAddEachMessageOnce(t *testing.T) {
	each(t, func(b *bench) {
		b.bring(talk("甲群", "2026-04-06", 0, 20), importing.Request{})
		second := b.bring(talk("甲群", "2026-04-06", 10, 25), importing.Request{})
		if second.Messages != 15 || second.Duplicates != 10 {
			b.t.Errorf("second %+v", second)
		}
		b.is("counted", b.row(counted), 35)
		b.verify()
	})
}

func TestADryRunWritesNothing(t *testing.T) {
	each(t, func(b *bench) {
		text := talk("甲群", "2026-04-06", 0, 20)
		dry := b.bring(text, importing.Request{DryRun: true})
		if dry.Messages != 20 || dry.GroupID != "" || dry.Batch != "" {
			b.t.Errorf("dry run %+v", dry)
		}
		for _, table := range []string{"events", "importing_batches", "importing_messages", "importing_senders", "community_groups"} {
			b.is(table, b.row("SELECT count(*) FROM "+table), 0)
		}
		b.bring(text, importing.Request{})
		dry = b.bring(talk("甲群", "2026-04-06", 10, 20), importing.Request{DryRun: true})
		if dry.Messages != 10 || dry.Duplicates != 10 || dry.GroupID == "" {
			b.t.Errorf("dry run of an overlap %+v", dry)
		}
	})
}

func TestUndoTakesBackAndImportingAgainAdds(t *testing.T) {
	each(t, func(b *bench) {
		text := talk("甲群", "2026-04-06", 0, 20)
		res := b.bring(text, importing.Request{})
		b.clock.Set(start.Add(time.Hour))
		b.undo(res.Batch)
		b.is("counted after undo", b.row(counted), 0)
		b.is("covered after undo", b.row("SELECT sum(covered_ms) FROM activity_coverage"), 0)
		b.is("state", b.row("SELECT state FROM importing_batches"), "undone")
		b.is("log", b.row("SELECT count(*) FROM events WHERE kind='message.retracted'"), 20)
		b.undo(res.Batch)
		for round := range 2 {
			b.clock.Set(start.Add(time.Duration(2+round) * time.Hour))
			again := b.bring(text, importing.Request{})
			if again.Messages != 20 || again.Duplicates != 0 {
				b.t.Errorf("round %d: again %+v", round, again)
			}
			b.is("counted again", b.row(counted), 20)
			if round == 0 {
				b.undo(again.Batch)
			}
		}
		b.verify()
	})
}

// TestAMessageBelongsToTheBatchThatAddedIt: undoing one of two overlapping
// files takes back only what that one added.
func TestAMessageBelongsToTheBatchThatAddedIt(t *testing.T) {
	each(t, func(b *bench) {
		b.bring(talk("甲群", "2026-04-06", 0, 20), importing.Request{})
		second := b.bring(talk("甲群", "2026-04-06", 10, 20), importing.Request{})
		b.undo(second.Batch)
		b.is("counted", b.row(counted), 20)
		b.verify()
	})
}

// cancelAfter ends an import in its middle.
type cancelAfter struct {
	cancel context.CancelFunc
	rows   int
}

func (c cancelAfter) progress(p importing.Progress) {
	if p.Messages >= c.rows {
		c.cancel()
	}
}

func TestAnInterruptedImportIsContinued(t *testing.T) {
	each(t, func(b *bench) {
		var text strings.Builder
		text.WriteString("时间,发送人,内容\n")
		for i := range 1500 {
			fmt.Fprintf(&text, "2026-04-06 %02d:%02d:%02d,妈妈%d,第%d个问题\n", 8+i/600, i/10%60, i%10, i%7, i)
		}
		file := filepath.Join(b.t.TempDir(), "chat.csv")
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			b.t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		res, err := b.s.ImportFile(ctx, importing.Request{Path: file, Group: "甲群"}, cancelAfter{cancel, 600}.progress)
		if !errors.Is(err, context.Canceled) || res.Messages < 600 || res.Messages >= 1500 {
			b.t.Fatalf("interrupted with %v after %d", err, res.Messages)
		}
		b.is("state", b.row("SELECT state FROM importing_batches"), "failed")
		done, err := b.s.ImportFile(context.Background(), importing.Request{Path: file, Group: "甲群"}, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		if done.Messages != 1500 || done.Duplicates != 0 || done.Batch != res.Batch {
			b.t.Errorf("continued %+v", done)
		}
		b.dispatch()
		b.is("counted", b.row(counted), 1500)
		b.is("batches", b.row("SELECT count(*) FROM importing_batches"), 1)
		b.verify()
	})
}

func TestGB18030(t *testing.T) {
	each(t, func(b *bench) {
		encoded, err := simplifiedchinese.GB18030.NewEncoder().String("时间,发送人,内容\n2026-04-06 10:00:00,小羊🐑,今天带娃去哪\n2026-04-06 10:01:00,丽丽,去公园\n")
		if err != nil {
			b.t.Fatal(err)
		}
		res := b.bring(encoded, importing.Request{Name: "聊天.csv", Group: "甲群"})
		if res.Encoding != "gb18030" || res.Messages != 2 {
			b.t.Errorf("%+v", res)
		}
		b.is("names", fmt.Sprint(b.dump("SELECT name FROM community_members ORDER BY name")), "[丽丽 小羊🐑]")
	})
}

func TestImportNeverTouchesTheNumbersOfTheArchive(t *testing.T) {
	each(t, func(b *bench) {
		group := b.platformGroup("甲群", "wm1", "妈妈0")
		at := time.Date(2026, 4, 6, 16, 0, 0, 0, shanghai)
		b.ingest(connector.Draft{Kind: event.MessagePosted, Group: "chat1", Member: "wm1", At: at, Key: "m1", Text: "今天第0个问题怎么办",
			Body: event.Posted{Source: event.FromArchive, Type: "text", Kind: event.Member}})
		before := b.dump("SELECT day,messages,valid_messages,speakers FROM activity_days WHERE source='archive'")
		res := b.bring(talk("甲群", "2026-04-06", 0, 10), importing.Request{})
		if res.GroupID != group || res.Messages != 10 {
			b.t.Errorf("%+v", res)
		}
		b.undo(res.Batch)
		b.is("archive", fmt.Sprint(b.dump("SELECT day,messages,valid_messages,speakers FROM activity_days WHERE source='archive'")), before)
		b.verify()
	})
}

func TestWhoIsWho(t *testing.T) {
	each(t, func(b *bench) {
		b.platformGroup("甲群", "wm1", "丽丽", "wm2", "同名", "wm3", "同名", "wm4", "Ａnna")
		text := "时间,发送人,发送人ID,内容\n" +
			"2026-04-06 10:00:00,丽丽,,按名字认出\n" +
			"2026-04-06 10:01:00,同名,,两个人都叫这个名字\n" +
			"2026-04-06 10:02:00,anna,,全角半角是同一个名字\n" +
			"2026-04-06 10:03:00,丽丽,wm9,有编号就不看名字\n" +
			"2026-04-06 10:04:00,改了名,wm4,按编号认出\n" +
			"2026-04-06 10:05:00,新来的,,群里没有这个名字\n"
		res := b.bring(text, importing.Request{Name: "a.csv", Group: "甲群"})
		if res.Messages != 6 || res.Members != 5 || res.Matched != 2 || res.Known != 1 || res.Unsure != 1 {
			b.t.Errorf("%+v", res)
		}
		said := func(text string) string {
			return b.row("SELECT external_id FROM event_words WHERE text=$1", text)
		}
		b.is("by name", said("按名字认出"), "wm1")
		b.is("width", said("全角半角是同一个名字"), "wm4")
		b.is("by id", said("有编号就不看名字"), "wm9")
		b.is("a name never replaces the platform's", b.row("SELECT name FROM community_members WHERE external_id='wm4'"), "Ａnna")
		if got := said("两个人都叫这个名字"); !strings.HasPrefix(got, "name:") {
			b.t.Errorf("an unsure name became %q", got)
		}
		queue, err := b.s.MatchQueue(context.Background(), everything{}, 10)
		if err != nil || len(queue) != 1 || queue[0].Name != "同名" || fmt.Sprint(queue[0].Candidates) != "[wm2 wm3]" {
			b.t.Fatalf("queue %+v, %v", queue, err)
		}
		b.verify()
	})
}

func TestAChoiceHoldsForLaterFiles(t *testing.T) {
	each(t, func(b *bench) {
		group := b.platformGroup("甲群", "wm2", "同名", "wm3", "同名")
		file := func(clock, text string) string {
			return "时间,发送人,内容\n2026-04-06 " + clock + ",同名," + text + "\n"
		}
		b.bring(file("10:00:00", "第一句"), importing.Request{Name: "a.csv", Group: group})
		ctx := context.Background()
		if err := b.s.Choose(ctx, everything{}, group, "同名", "wm7", importing.Actor{}); !fault.Is(err, fault.Invalid) {
			b.t.Errorf("somebody else could be chosen: %v", err)
		}
		if err := b.s.Choose(ctx, everything{}, group, "同名", "wm3", importing.Actor{ID: "op"}); err != nil {
			b.t.Fatal(err)
		}
		res := b.bring(file("10:00:00", "第一句")+"2026-04-06 11:00:00,同名,第二句\n", importing.Request{Name: "b.csv", Group: group})
		if res.Messages != 1 || res.Duplicates != 1 {
			b.t.Errorf("after the choice the old message was added again: %+v", res)
		}
		b.is("chosen", b.row("SELECT external_id FROM event_words WHERE text='第二句'"), "wm3")
		b.verify()
	})
}

func TestCoverage(t *testing.T) {
	const covered = "SELECT day,covered_ms/60000 FROM activity_coverage WHERE source='import' ORDER BY day"
	at := func(clock string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", clock, shanghai)
		if err != nil {
			panic(err)
		}
		return v
	}
	each(t, func(b *bench) {
		paste := talk("甲群", "2026-04-06", 0, 30)
		b.bring(paste, importing.Request{DeclaredFrom: at("2026-04-06 12:00"), DeclaredTo: at("2026-04-06 18:00")})
		b.is("declared", fmt.Sprint(b.dump(covered)), "[2026-04-06|360]")
		b.bring(talk("甲群", "2026-04-06", 20, 30), importing.Request{DeclaredFrom: at("2026-04-06 16:00"), DeclaredTo: at("2026-04-07 01:00")})
		b.is("each moment once", fmt.Sprint(b.dump(covered)), "[2026-04-06|720 2026-04-07|60]")
		b.bring("时间,发送人,内容\n2026-04-05 10:00:00,丽丽,早\n2026-04-07 10:00:00,丽丽,晚\n", importing.Request{Name: "a.csv", Group: "甲群"})
		b.is("an export covers its days", fmt.Sprint(b.dump(covered)), "[2026-04-05|1440 2026-04-06|1440 2026-04-07|1440]")
		b.bring(talk("乙群", "2026-04-06", 0, 30), importing.Request{})
		b.is("a selection covers what it shows", b.row("SELECT covered_ms/60000 FROM activity_coverage c JOIN community_groups g ON g.id=c.group_id WHERE g.name='乙群'"), 29)
		b.verify()
	})
}

func TestRowsOutsideTheDeclaredPeriodAreRejected(t *testing.T) {
	each(t, func(b *bench) {
		res := b.bring(talk("甲群", "2026-04-06", 0, 30), importing.Request{
			DeclaredFrom: time.Date(2026, 4, 6, 16, 10, 0, 0, shanghai), DeclaredTo: time.Date(2026, 4, 6, 16, 19, 0, 0, shanghai)})
		if res.Messages != 10 || res.Rejected != 20 {
			b.t.Errorf("%+v", res)
		}
	})
}

func TestWhereAFileGoes(t *testing.T) {
	each(t, func(b *bench) {
		noName := talk("", "2026-04-06", 0, 3)
		try := func(r importing.Request) error {
			r.Reader, r.Name = strings.NewReader(noName), "a.txt"
			_, err := b.s.ImportFile(context.Background(), r, nil)
			return err
		}
		field := func(err error) string {
			if f := fault.As(err); len(f.Fields) == 1 {
				return f.Fields[0].Name + " " + f.Fields[0].Key
			}
			return fmt.Sprint(err)
		}
		b.is("no name", field(try(importing.Request{})), "group importing.group_needed")
		b.is("unknown community", field(try(importing.Request{Group: "甲群", Community: "nowhere"})), "community importing.community_unknown")
		if err := try(importing.Request{Group: "甲群"}); err != nil {
			b.t.Fatal(err)
		}
		b.is("made", b.row("SELECT name,type FROM communities"), "我的社群|service")
		b.platformGroup("甲群")
		b.is("two of that name", field(try(importing.Request{Group: "甲群"})), "group importing.group_ambiguous")
		b.is("two communities", field(try(importing.Request{Group: "丙群"})), "community importing.community_needed")
		home := b.row("SELECT community_id FROM communities WHERE name='我的社群'")
		if err := try(importing.Request{Group: "甲群", Community: home}); err != nil {
			b.t.Errorf("by community: %v", err)
		}
	})
}

func TestASecondConversationIsRejected(t *testing.T) {
	each(t, func(b *bench) {
		text := talk("甲群", "2026-04-06", 0, 3) + "\n" + talk("乙群", "2026-04-06", 30, 2)
		res := b.bring(text, importing.Request{})
		if res.Messages != 3 || res.Rejected != 2 || res.Group != "甲群" {
			b.t.Errorf("%+v", res)
		}
		batch, err := b.s.Get(context.Background(), everything{}, res.Batch)
		if err != nil {
			b.t.Fatal(err)
		}
		list, err := b.s.Rejected(context.Background(), batch, 0, 10)
		if err != nil || len(list) != 2 || list[0].Key != "importing.row.other_group" || fmt.Sprint(list[0].Args) != "[乙群]" {
			b.t.Errorf("rejected %+v, %v", list, err)
		}
	})
}

func TestJoinsOfAnExport(t *testing.T) {
	each(t, func(b *bench) {
		text := `{"weflow":{"version":"1.0.3"},"session":{"wxid":"1@chatroom","nickname":"甲群","type":"群聊"},"messages":[
{"localId":1,"createTime":1775440800,"type":"系统消息","content":"\"丽丽\"邀请\"小羊\"加入了群聊","isSend":0,"senderUsername":"","senderDisplayName":""},
{"localId":2,"createTime":1775440860,"type":"文本消息","content":"大家好我是新来的","isSend":0,"senderUsername":"wxid_a","senderDisplayName":"小羊"}]}`
		res := b.bring(text, importing.Request{Name: "甲群.json"})
		if res.Messages != 1 || res.Joins != 1 {
			b.t.Fatalf("%+v", res)
		}
		b.is("joins", b.row("SELECT joins FROM activity_moves"), 1)
		b.undo(res.Batch)
		b.is("joins after undo", b.row("SELECT joins FROM activity_moves"), 0)
		b.is("stays after undo", b.row("SELECT count(*) FROM community_spells"), 0)
		again := b.bring(text, importing.Request{Name: "甲群.json"})
		if again.Messages != 1 || again.Joins != 1 {
			b.t.Errorf("again %+v", again)
		}
		b.is("joins again", b.row("SELECT joins FROM activity_moves"), 1)
		b.verify()
	})
}
