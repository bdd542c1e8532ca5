package activity

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/text/width"

	"github.com/qunzhu/qunzhu/internal/community"
)

// The classes of a message.
const (
	Substantive = "substantive" // says something
	Media       = "media"       // picture, voice, video, file, link: content
	Sticker     = "sticker"     // pure sticker or emoji
	Brief       = "brief"       // one grapheme or none
	Courtesy    = "courtesy"    // 收到, 嗯嗯, 好的
	Order       = "order"       // +1, 接龙: an order in a 转化型 group, an acknowledgement elsewhere
	Notice      = "notice"      // system line, red packet, call
)

var courtesies = set("收到", "1", "嗯", "嗯嗯", "嗯嗯嗯", "好", "好的", "好滴", "好哒", "ok", "okk", "哦", "哦哦", "噢", "谢谢", "多谢", "感谢",
	"知道了", "明白", "了解", "赞", "顶", "路过", "在", "在的", "来了", "哈哈", "哈哈哈", "哈哈哈哈", "早", "早上好", "晚安", "6", "666", "是", "是的", "对", "对的", "yes", "no")

var orders = set("+1", "＋1", "加1", "加一", "+2", "+3", "1份", "一份", "要一份", "来一份", "接龙")

var noticeTypes = set("system", "redpacket", "external_redpacket", "meeting", "meeting_voice_call", "voiptext", "voip_doc_share", "transfer", "recall", "agree", "disagree", "switch", "vote", "call", "pat")

var stickerTypes = set("emotion", "sticker")

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// Classify says what a message is and whether it can be a valid one in a
// community of the given type. Which short answers are empty belongs to the
// type: in a 转化型 group +1 and 接龙 are orders.
func Classify(messageType, text, communityType string) (class string, valid bool) {
	switch {
	case noticeTypes[messageType]:
		return Notice, false
	case stickerTypes[messageType]:
		return Sticker, false
	case messageType != "text" && messageType != "markdown" && messageType != "mixed" && messageType != "reply":
		return Media, true
	}
	t := strings.ToLower(width.Fold.String(strings.TrimSpace(text)))
	switch {
	case !meaningful(t) && !orders[t]:
		if uniseg.GraphemeClusterCount(t) <= 1 {
			return Brief, false
		}
		return Sticker, false
	case orders[t] || strings.HasPrefix(t, "#接龙") || strings.HasPrefix(t, "接龙"):
		return Order, communityType == community.Conversion || len(t) > len("#接龙")+12
	case courtesies[strings.TrimRight(t, "~!！。.～啦呀哈了 ")] || courtesies[t]:
		return Courtesy, false
	case uniseg.GraphemeClusterCount(t) <= 1:
		return Brief, false
	}
	return Substantive, true
}

// meaningful reports whether there is a letter or digit outside of [微笑]-like
// emoticons.
func meaningful(t string) bool {
	depth := 0
	for _, r := range t {
		switch {
		case r == '[':
			depth++
		case r == ']' && depth > 0:
			depth--
		case depth == 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			return true
		}
	}
	return false
}
