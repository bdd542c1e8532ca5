package activity

import (
	"testing"

	"github.com/qunzhu/qunzhu/internal/community"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		typ, text, group string
		class            string
		valid            bool
	}{
		{"text", "三个月夜醒怎么办", community.Service, Substantive, true},
		{"text", "收到", community.Service, Courtesy, false},
		{"text", "收到啦~", community.Service, Courtesy, false},
		{"text", "好的！", community.Service, Courtesy, false},
		{"text", "[微笑][微笑]", community.Service, Sticker, false},
		{"text", "👍👍👍", community.Service, Sticker, false},
		{"text", "👨‍👩‍👧", community.Service, Brief, false},
		{"text", "嗨", community.Service, Brief, false},
		{"text", "", community.Service, Brief, false},
		{"text", "+1", community.Interest, Order, false},
		{"text", "＋１", community.Conversion, Order, true},
		{"text", "#接龙 1. 团团妈 两份", community.Conversion, Order, true},
		{"image", "", community.Interest, Media, true},
		{"emotion", "", community.Interest, Sticker, false},
		{"redpacket", "恭喜发财", community.Interest, Notice, false},
		{"text", "[强]这个方法很好用", community.Interest, Substantive, true},
	} {
		class, valid := Classify(c.typ, c.text, c.group)
		if class != c.class || valid != c.valid {
			t.Errorf("%s %q in %s: %s %v, want %s %v", c.typ, c.text, c.group, class, valid, c.class, c.valid)
		}
	}
}
