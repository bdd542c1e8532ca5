package wecom

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const plainTime = 1_790_000_000_123

func plainMessage(msgType, body string) string {
	return fmt.Sprintf(`{"msgid":"m1_external","action":"send","from":"wm1","tolist":["zhang","wm2"],"roomid":"wr1","msgtime":%d,"msgtype":%q,%s}`,
		int64(plainTime), msgType, body)
}

func stamp(n int64) Timestamp {
	t, _ := timeOf(n)
	return Timestamp{t}
}

func TestArchivedTypes(t *testing.T) {
	tests := map[string]struct {
		msgType, body string
		want          any
		text          string
	}{
		"text":          {"text", `"text":{"content":"你好"}`, &ArchivedText{"你好"}, "你好"},
		"markdown":      {"markdown", `"info":{"content":"# 通知"}`, &ArchivedText{"# 通知"}, "# 通知"},
		"image":         {"image", `"image":{"md5sum":"a","filesize":9,"sdkfileid":"f"}`, &ArchivedFile{MD5: "a", FileSize: 9, FileID: "f"}, ""},
		"voice":         {"voice", `"voice":{"md5sum":"a","voice_size":9,"play_length":3,"sdkfileid":"f"}`, &ArchivedFile{MD5: "a", VoiceSize: 9, Seconds: 3, FileID: "f"}, ""},
		"video":         {"video", `"video":{"md5sum":"a","filesize":9,"play_length":3,"sdkfileid":"f"}`, &ArchivedFile{MD5: "a", FileSize: 9, Seconds: 3, FileID: "f"}, ""},
		"emotion":       {"emotion", `"emotion":{"type":1,"width":2,"height":3,"imagesize":4,"md5sum":"a","sdkfileid":"f"}`, &ArchivedFile{Width: 2, Height: 3, ImageSize: 4, MD5: "a", FileID: "f"}, ""},
		"file":          {"file", `"file":{"md5sum":"a","filename":"课表.pdf","fileext":"pdf","filesize":9,"sdkfileid":"f"}`, &ArchivedFile{MD5: "a", Name: "课表.pdf", Extension: "pdf", FileSize: 9, FileID: "f"}, "课表.pdf"},
		"shared file":   {"voip_doc_share", `"voipid":"v1","voip_doc_share":{"filename":"a.pdf","md5sum":"a","filesize":9,"sdkfileid":"f"}`, &ArchivedFile{CallID: "v1", Name: "a.pdf", MD5: "a", FileSize: 9, FileID: "f"}, "a.pdf"},
		"revoke":        {"revoke", `"revoke":{"pre_msgid":"m0"}`, &ArchivedRevoke{"m0"}, ""},
		"agree":         {"agree", `"agree":{"userid":"wm1","agree_time":1790000000123}`, &ArchivedConsent{UserID: "wm1", AgreedAt: stamp(plainTime)}, ""},
		"disagree":      {"disagree", `"disagree":{"userid":"wm1","disagree_time":1790000000}`, &ArchivedConsent{UserID: "wm1", DeclinedAt: stamp(1_790_000_000)}, ""},
		"card":          {"card", `"card":{"corpname":"c","userid":"u"}`, &ArchivedCard{"c", "u"}, ""},
		"location":      {"location", `"location":{"longitude":104.06,"latitude":30.57,"address":"成都","title":"店","zoom":15}`, &ArchivedLocation{104.06, 30.57, "成都", "店", 15}, "店\n成都"},
		"link":          {"link", `"link":{"title":"t","description":"d","link_url":"https://a","image_url":"i"}`, &ArchivedLink{Title: "t", Description: "d", URL: "https://a", ImageURL: "i"}, "t\nd\nhttps://a"},
		"online doc":    {"docmsg", `"doc":{"title":"t","link_url":"https://a","doc_creator":"zhang"}`, &ArchivedLink{Title: "t", URL: "https://a", Creator: "zhang"}, "t\nhttps://a"},
		"mini program":  {"weapp", `"weapp":{"title":"t","description":"d","username":"gh","displayname":"n"}`, &ArchivedMiniProgram{"t", "d", "gh", "n"}, "t\nd"},
		"todo":          {"todo", `"todo":{"title":"t","content":"c"}`, &ArchivedTodo{"t", "c"}, "t\nc"},
		"vote flat":     {"vote", `"votetitle":"吃什么","voteitem":["面","饭"],"votetype":101,"voteid":"v"`, &ArchivedVote{"v", "吃什么", []string{"面", "饭"}, 101}, "吃什么\n面\n饭"},
		"vote nested":   {"vote", `"vote":{"votetitle":"吃什么"}`, &ArchivedVote{Title: "吃什么"}, "吃什么"},
		"red packet":    {"redpacket", `"redpacket":{"type":1,"wish":"恭喜","totalcnt":2,"totalamount":300}`, &ArchivedRedPacket{1, "恭喜", 2, 300}, "恭喜"},
		"outer packet":  {"external_redpacket", `"redpacket":{"type":2,"wish":"恭喜","totalcnt":2,"totalamount":300}`, &ArchivedRedPacket{2, "恭喜", 2, 300}, "恭喜"},
		"meeting":       {"meeting", `"meeting":{"topic":"t","starttime":1790000000,"endtime":1790003600,"address":"a","remarks":"r","meetingtype":101,"meetingid":7,"status":1}`, &ArchivedMeeting{7, 101, 1, "t", "a", "r", stamp(1_790_000_000), stamp(1_790_003_600)}, "t\na\nr"},
		"calendar":      {"calendar", `"calendar":{"title":"t","creatorname":"c","attendeename":["a"],"starttime":1790000000,"endtime":1790003600,"place":"p","remarks":"r"}`, &ArchivedCalendar{"t", "c", []string{"a"}, "p", "r", stamp(1_790_000_000), stamp(1_790_003_600)}, "t\np\nr"},
		"call":          {"meeting_voice_call", `"voiceid":"v","meeting_voice_call":{"endtime":1790000000,"sdkfileid":"f","demofiledata":[],"sharescreendata":[]}`, &ArchivedCall{"v", stamp(1_790_000_000), "f"}, ""},
		"video channel": {"sphfeed", `"sphfeed":{"feed_type":4,"sph_name":"n","feed_desc":"d"}`, &ArchivedFeed{4, "n", "d"}, "n\nd"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseArchiveMessage([]byte(plainMessage(tt.msgType, tt.body)))
			if err != nil {
				t.Fatal(err)
			}
			want := ArchiveMessage{ID: "m1_external", Action: ActionSend, From: "wm1", To: []string{"zhang", "wm2"}, RoomID: "wr1",
				At: time.UnixMilli(plainTime).UTC(), Type: tt.msgType, External: true, Body: tt.want, Text: tt.text}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("\n got %+v (%+v)\nwant %+v (%+v)", got, got.Body, want, want.Body)
			}
		})
	}
}

func TestArchivedFormAndNews(t *testing.T) {
	form, err := ParseArchiveMessage([]byte(plainMessage("collect",
		`"collect":{"room_name":"r","creator":"c","create_time":"2026-11-20 10:00:00","title":"报名","details":[{"id":1,"ques":"姓名","type":"Text"}]}`)))
	if err != nil || form.Text != "报名\n姓名" {
		t.Errorf("form %+v, %v", form, err)
	}
	news, err := ParseArchiveMessage([]byte(plainMessage("news", `"info":{"item":[{"title":"t","description":"d","url":"https://a","picurl":"p"}]}`)))
	if err != nil || news.Text != "t\nd\nhttps://a" {
		t.Errorf("news %+v, %v", news, err)
	}
}

func TestArchivedCollection(t *testing.T) {
	inner := `{\"title\":\"内层\",\"item\":[{\"type\":\"ChatRecordText\",\"msgtime\":1790000000,\"content\":\"{\\\"content\\\":\\\"深处\\\"}\"}]}`
	got, err := ParseArchiveMessage([]byte(plainMessage("chatrecord", `"chatrecord":{"title":"聊天记录","item":[
		{"type":"ChatRecordText","msgtime":1790000000,"content":"{\"content\":\"第一句\"}","from_chatroom":true},
		{"type":"ChatRecordImage","msgtime":1790000001,"content":"{\"sdkfileid\":\"f\"}"},
		{"type":"ChatRecordNovelty","msgtime":1790000002,"content":"{\"a\":1}"},
		{"type":"ChatRecord","msgtime":1790000003,"content":"`+inner+`"}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != "聊天记录\n第一句\n内层\n深处" || got.Truncated {
		t.Errorf("text %q, truncated %v", got.Text, got.Truncated)
	}
	items := got.Body.(*ArchivedCollection).Items
	if want := (&ArchivedText{"第一句"}); !reflect.DeepEqual(items[0].Body, want) || !items[0].FromChatroom || items[0].At != stamp(1_790_000_000) {
		t.Errorf("first item %+v", items[0])
	}
	if items[1].Body.(*ArchivedFile).FileID != "f" || items[2].Body != nil || items[2].Raw != `{"a":1}` {
		t.Errorf("items %+v", items[1:3])
	}
}

func TestDeepCollectionsAreCut(t *testing.T) {
	nest := func(levels int) ArchiveMessage {
		t.Helper()
		content := `{"content":"最里面"}`
		itemType := "text"
		for range levels {
			wrapped, err := json.Marshal(map[string]any{"item": []any{map[string]any{"type": itemType, "content": json.RawMessage(content)}}})
			if err != nil {
				t.Fatal(err)
			}
			content, itemType = string(wrapped), "chatrecord"
		}
		m, err := ParseArchiveMessage([]byte(plainMessage("chatrecord", `"chatrecord":`+content)))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := nest(maxArchiveDepth - 1); m.Truncated || m.Text != "最里面" {
		t.Errorf("within the depth: %+v", m)
	}
	for _, levels := range []int{maxArchiveDepth, 400} {
		if m := nest(levels); !m.Truncated || m.Text != "" || len(m.SHA256) != 64 {
			t.Errorf("%d levels: truncated %v, text %q, hash %q", levels, m.Truncated, m.Text, m.SHA256)
		}
	}
}

func TestSwitchIsNoMessage(t *testing.T) {
	got, err := ParseArchiveMessage([]byte(`{"msgid":"m1","action":"switch","time":1790000000123,"user":"zhang"}`))
	want := ArchiveMessage{ID: "m1", Action: ActionSwitch, From: "zhang", At: time.UnixMilli(plainTime).UTC()}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestUnknownAndMisshapenBodiesStayRaw(t *testing.T) {
	for name, tt := range map[string]struct{ msgType, body string }{
		"unknown type":    {"qydiskfile", `"info":{"filename":"a"}`},
		"body missing":    {"text", `"image":{}`},
		"body misshapen":  {"text", `"text":["a"]`},
		"field misshapen": {"image", `"image":{"filesize":{"a":1}}`},
	} {
		m, err := ParseArchiveMessage([]byte(plainMessage(tt.msgType, tt.body)))
		if err != nil || m.Body != nil || !strings.Contains(m.Raw, tt.body) || strings.Contains(m.Raw, "tolist") || m.Truncated {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestGiantMessagesAreCut(t *testing.T) {
	giant := strings.Repeat("字", MaxArchivedText)
	m, err := ParseArchiveMessage([]byte(plainMessage("text", `"text":{"content":"`+giant+`"}`)))
	if err != nil {
		t.Fatal(err)
	}
	if !m.Truncated || m.Body != nil || len(m.Text) > MaxArchivedText || len(m.Text) < MaxArchivedText-3 || !utf8.ValidString(m.Text) || len(m.SHA256) != 64 {
		t.Errorf("truncated %v, %d bytes of text, hash %q", m.Truncated, len(m.Text), m.SHA256)
	}
	other, err := ParseArchiveMessage([]byte(plainMessage("text", `"text":{"content":"`+giant+`!"}`)))
	if err != nil || other.SHA256 == m.SHA256 {
		t.Errorf("texts that differ beyond the cut have one hash (%v)", err)
	}
	unknown, err := ParseArchiveMessage([]byte(plainMessage("novelty", `"novelty":"`+giant+`"`)))
	if err != nil || !unknown.Truncated || len(unknown.Raw) > MaxArchivedText {
		t.Errorf("unknown type: %d bytes of raw, %v", len(unknown.Raw), err)
	}
}

func TestReceiversDoNotCountAsContent(t *testing.T) {
	receivers := strings.Repeat(`"wmAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",`, 3000)
	m, err := ParseArchiveMessage([]byte(`{"msgid":"m","action":"send","from":"a","tolist":[` + receivers + `"b"],"msgtime":1790000000,"msgtype":"text","text":{"content":"hi"}}`))
	if err != nil || m.Truncated || len(m.To) != 3001 || m.Text != "hi" {
		t.Errorf("truncated %v, %d receivers, text %q, %v", m.Truncated, len(m.To), m.Text, err)
	}
}

func TestHostileBytesAreCleaned(t *testing.T) {
	for name, tt := range map[string]struct{ content, want string }{
		"raw control characters": {"a\x01\x1fb", "ab"},
		"raw line break and tab": {"a\nb\tc", "a\nb\tc"},
		"escaped NUL":            {`a\u0000b`, "ab"},
		"raw NUL":                {"a\x00b", "ab"},
		"escaped backslash":      {`a\\u0000b`, `a\u0000b`},
		"backslash before break": {"a\\\nb", "a\nb"},
		"invalid UTF-8":          {"a\xff\xfeb", "a\uFFFDb"},
		"lone surrogate":         {`a\ud800b`, "a\uFFFDb"},
		"quote after escape":     {`a\"b`, `a"b`},
		"emoji family":           {"👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"},
	} {
		m, err := ParseArchiveMessage([]byte("\uFEFF" + plainMessage("text", `"text":{"content":"`+tt.content+`"}`)))
		if err != nil || m.Text != tt.want {
			t.Errorf("%s: %q, %v; want %q", name, m.Text, err, tt.want)
		}
	}
}

func TestTimestamps(t *testing.T) {
	second := time.Unix(1_790_000_000, 0).UTC()
	for n, want := range map[int64]time.Time{
		1_790_000_000: second, 1_790_000_000_000: second,
		earliestSecond: time.Unix(earliestSecond, 0).UTC(), latestSecond * 1000: time.Unix(latestSecond, 0).UTC(),
		0: {}, -1: {}, earliestSecond - 1: {}, latestSecond + 1: {}, 1_790_000_000_000_000: {}, 1 << 62: {},
	} {
		got, ok := timeOf(n)
		if !got.Equal(want) || ok == want.IsZero() {
			t.Errorf("timeOf(%d) = %v, %v; want %v", n, got, ok, want)
		}
	}
}

func TestPoison(t *testing.T) {
	for name, plain := range map[string]string{
		"nothing":        "",
		"not JSON":       "hello",
		"null":           "null",
		"array":          "[]",
		"cut off":        plainMessage("text", `"text":{"content":"a"`)[:80],
		"no id":          `{"action":"send","msgtime":1790000000}`,
		"endless id":     `{"msgid":"` + strings.Repeat("m", 300) + `","action":"send","msgtime":1790000000}`,
		"no action":      `{"msgid":"m","msgtime":1790000000}`,
		"unknown action": `{"msgid":"m","action":"explode","msgtime":1790000000}`,
		"no time":        `{"msgid":"m","action":"send"}`,
		"strange time":   `{"msgid":"m","action":"send","msgtime":12}`,
		"time as words":  `{"msgid":"m","action":"send","msgtime":"noon"}`,
		"fields misfit":  `{"msgid":"m","action":"send","msgtime":1790000000,"tolist":"a"}`,
		"too large":      plainMessage("text", `"text":{"content":"`+strings.Repeat("a", maxArchivePlain)+`"}`),
	} {
		m, err := ParseArchiveMessage([]byte(plain))
		var poison *PoisonError
		if !errors.As(err, &poison) || poison.Reason == "" {
			t.Errorf("%s: %+v, %v; want a PoisonError", name, m, err)
		}
	}
	_, err := ParseArchiveMessage([]byte(`{"msgid":"m7","action":"send","msgtime":12}`))
	var poison *PoisonError
	if !errors.As(err, &poison) || poison.MsgID != "m7" {
		t.Errorf("%v does not name the message", err)
	}
}

func FuzzParseArchiveMessage(f *testing.F) {
	f.Add([]byte(plainMessage("text", `"text":{"content":"a\u0000\ud800"}`)))
	f.Add([]byte(plainMessage("mixed", `"mixed":{"item":[{"type":"text","content":"{\"content\":\"a\"}"},{"type":"mixed","content":"{}"}]}`)))
	f.Add([]byte(plainMessage("vote", `"votetitle":"t","voteitem":["a"]`)))
	f.Add([]byte(`{"msgid":"m1","action":"switch","time":1790000000123,"user":"zhang"}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		m, err := ParseArchiveMessage(plain)
		if err != nil {
			var poison *PoisonError
			if !errors.As(err, &poison) {
				t.Fatalf("%v is no PoisonError", err)
			}
			return
		}
		for _, s := range append([]string{m.ID, m.From, m.RoomID, m.Text, m.Raw}, m.To...) {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Fatalf("%q is not clean", s)
			}
		}
		if len(m.Text) > MaxArchivedText || len(m.Raw) > MaxArchivedText || m.Truncated != (m.SHA256 != "") {
			t.Fatalf("limits: %d, %d, %v, %q", len(m.Text), len(m.Raw), m.Truncated, m.SHA256)
		}
		if m.At.Year() < 2011 || m.At.Year() > 2100 {
			t.Fatalf("time %v", m.At)
		}
	})
}
