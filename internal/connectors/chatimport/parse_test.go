package chatimport

import (
	"fmt"
	"testing"
	"time"
)

func testTimes() timeParser {
	return timeParser{zone: time.FixedZone("", 8*3600), now: testNow}
}

func TestTimesOfCells(t *testing.T) {
	for in, want := range map[string]string{
		"1775440800":                "2026-04-06 10:00:00 false",
		"1775440800123":             "2026-04-06 10:00:00 false",
		" 1775440800.5 ":            "2026-04-06 10:00:00 false",
		"46118.4166666667":          "2026-04-06 10:00:00 false",
		"2026-04-06T02:00:00Z":      "2026-04-06 10:00:00 false",
		"2026-04-06T10:00:00+08:00": "2026-04-06 10:00:00 false",
		"2026-04-06 02:00:00 +0000": "2026-04-06 10:00:00 false",
		"2026-04-06 10:00:00":       "2026-04-06 10:00:00 false",
		"2026/4/6 9:05":             "2026-04-06 09:05:00 true",
		"2026年4月6日 下午3:05":          "2026-04-06 15:05:00 true",
		"2026年4月6日 12时05分09秒":       "2026-04-06 12:05:09 false",
		"2026/4/6 12:05 AM":         "2026-04-06 00:05:00 true",
		"2026.4.6 10:00":            "2026-04-06 10:00:00 true",
		"2026-05-01 20:10":          "2026-05-01 20:10:00 true",
		"2026-05-01 20:11":          "time_future",
		"2026-02-30 10:00":          "time_invalid",
		"2026-04-06 24:00":          "time_invalid",
		"2026-04-06":                "time_no_clock",
		"2009-12-31 10:00":          "time_bounds",
		"0":                         "time_bounds",
		"-5":                        "time_bounds",
		"1e300":                     "time_bounds",
		"NaN":                       "time_invalid",
		"昨天":                        "time_invalid",
		"":                          "time_invalid",
	} {
		at, minute, problem := testTimes().cell(in, false)
		got := string(problem)
		if problem == "" {
			got = fmt.Sprintf("%s %v", at.Format(time.DateTime), minute)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestSerialDatesOf1904(t *testing.T) {
	at, _, problem := testTimes().cell("44656.5", true)
	if problem != "" || at.Format(time.DateTime) != "2026-04-06 12:00:00" {
		t.Errorf("%s %s", at, problem)
	}
}

func TestTypesOfTexts(t *testing.T) {
	for text, want := range map[string]MsgType{
		"[图片]": Image, "[图片1]": Image, "[图片: a.png(请在附件中查看)]": Image, "![图片](http://h/image/1)": Image,
		"[语音]": Voice, "[视频]": Video, "[动画表情]": Sticker, "[Photo]": Image,
		"[文件] 名单.xlsx": File, "[链接] 报名": Link, "[链接|报名](https://e.example)": Link, "[位置]江边": Location,
		"[红包]": RedPacket, "[聊天记录]": Forward, "[小程序]接龙": MiniApp,
		"[微笑]": Text, "[图片]里的人是谁": Text, "图片": Text, "[]": Text, "": Text, "[": Text,
	} {
		if got := typeOfText(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestJoinTexts(t *testing.T) {
	for text, want := range map[string]string{
		`"甲"邀请"乙"加入了群聊`:                     "invited 甲 [乙]",
		`“甲”邀请“乙、丙”加入了群聊`:                   "invited 甲 [乙 丙]",
		`你邀请"乙"加入了群聊  撤销`:                   "invited self [乙]",
		`"甲"邀请你加入了群聊，群聊参与人还有：乙`:             "invited 甲 [self]",
		`"甲"邀请你和"乙"加入了群聊`:                   "invited 甲 [乙 self]",
		`"乙"通过扫描"甲"分享的二维码加入群聊`:              "scanned 甲 [乙]",
		`"乙"通过扫描你分享的二维码加入群聊`:                "scanned self [乙]",
		`你通过扫描"甲"分享的二维码加入群聊`:                "scanned 甲 [self]",
		`"乙"通过"甲"的邀请二维码加入群聊`:                "scanned 甲 [乙]",
		`"乙"加入了群聊`:                          "entered  [乙]",
		`"A" invited "B" to the group chat`: "invited A [B]",
		`"甲"修改群名为“乙”`:                       "",
		`我邀请"乙"加入了群聊`:                       "",
	} {
		j, ok := joinFromText(text)
		got := ""
		if ok {
			name := func(p Person) string {
				if p.Self {
					return "self"
				}
				return p.Name
			}
			var who []string
			for _, p := range j.invitees {
				who = append(who, name(p))
			}
			got = fmt.Sprintf("%s %s %v", j.scene, name(j.inviter), who)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestRevokedXML(t *testing.T) {
	r := Record{Kind: Message, Text: `<sysmsg type="revokemsg"><revokemsg><replacemsg><![CDATA["甲" 撤回了一条消息]]></replacemsg></revokemsg></sysmsg>`}
	applySystem(&r)
	if r.Type != Recall || r.Text != `"甲" 撤回了一条消息` || r.Kind != Message {
		t.Errorf("%+v", r)
	}
}

func TestLossyIDs(t *testing.T) {
	for id, want := range map[string]bool{
		"1.23E+18": true, "1e18": true, "1.2e18": true, "1234567890123456789": false,
		"wxid_1e5": false, "12e": false, "": false,
	} {
		if isLossy(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}
