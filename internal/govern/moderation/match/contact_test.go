package match

import (
	"slices"
	"strings"
	"testing"
)

func TestFindContacts(t *testing.T) {
	tests := []struct {
		text string
		want []string // "kind:matched text"
	}{
		{"加我微信：abc12345 详聊", []string{"wechat:加我微信：abc12345"}},
		{"➕薇❤️ＡＢＣ１２３４５", []string{"wechat:➕薇❤️ＡＢＣ１２３４５"}},
		{"＋V：wxid_abc-1", []string{"wechat:＋V：wxid_abc-1"}},
		{"伽威 hello2024", []string{"wechat:伽威 hello2024"}},
		{"嘉vx13800aa", []string{"wechat:嘉vx13800aa"}},
		{"wx号 zhang_san88", []string{"wechat:wx号 zhang_san88"}},
		{"加Q 123456789 咨询", []string{"qq:加Q 123456789"}},
		{"加扣12345678", []string{"qq:加扣12345678"}},
		{"扣①②③④⑤⑥⑦", nil},
		{"加扣①②③④⑤⑥⑦", []string{"qq:加扣①②③④⑤⑥⑦"}},
		{"QQ群：948083972", []string{"qq_group:QQ群：948083972"}},
		{"外部1群:1062730876", []string{"qq_group:群:1062730876"}},
		{"电话13812345678", []string{"phone:13812345678"}},
		{"电话 138-1234-5678。", []string{"phone:138-1234-5678"}},
		{"电话 138 1234 5678", []string{"phone:138 1234 5678"}},
		{"1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8号", []string{"phone:1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8"}},
		{"1.3.8", nil},
		{"见 https://example.com/a?b=1 吧", []string{"url:https://example.com/a?b=1"}},
		{"上 heimao。top 看看", []string{"url:heimao。top"}},
		{"ｗｗｗ．abc．ｃｏｍ", []string{"url:ｗｗｗ．abc．ｃｏｍ"}},
		{"信箱 somebody@example.com", nil},
		{"单号 1381234567890", nil},
		{"2024年138 12 34567 8分", nil},
		{"加V是什么意思", nil},
		{"加vip会员吗", nil},
		{"加query缓存试试", nil},
		{"群里有人看见 2917802896 吗", nil},
		{"老师说 hello world 加油", nil},
		{"微信 8.0.50 版本", nil},
		{"一加12手机", nil},
	}
	for _, tt := range tests {
		var got []string
		for _, h := range FindContacts(nil, tt.text) {
			if h.Word != -1 {
				t.Errorf("%q: word %d, want -1", tt.text, h.Word)
			}
			got = append(got, h.Layer+":"+tt.text[h.Start:h.End])
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestContactsOfHostileTextStayLinear fails by the test's time limit, not by a
// clock, when a scan starts over at every character.
func TestContactsOfHostileTextStayLinear(t *testing.T) {
	for _, unit := range []string{"加", "加微", "a.", "1", "加微1-", "http://", "qq1", "．"} {
		text := strings.Repeat(unit, MaxLine/len(unit))
		for _, h := range FindContacts(nil, text) {
			if h.Start >= h.End || h.End > len(text) {
				t.Fatalf("%q: hit %+v", unit, h)
			}
		}
	}
}
