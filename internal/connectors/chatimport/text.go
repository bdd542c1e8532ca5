package chatimport

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// clean makes s valid UTF-8 with plain newlines and without control
// characters. Zero-width and direction marks stay: they are part of what was
// written, and pages strip them when they show it.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n', r == '\t':
			return r
		case r < 0x20, r >= 0x7F && r < 0xA0:
			return -1
		}
		return r
	}, s)
}

func isClean(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\n' && c != '\t' || c == 0x7F || c == 0xC2 {
			return false
		}
	}
	return utf8.ValidString(s)
}

// truncate cuts s to at most n bytes without cutting a character.
func truncate(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], true
}

// isLossy reports whether s is a number that a spreadsheet has rounded, such as
// 1.23E+18: many different ids end as the same one.
func isLossy(s string) bool { return lossyID.MatchString(s) }

var lossyID = regexp.MustCompile(`^[+-]?\d+(\.\d+)?[eE]\+?\d+$`)

// placeholder matches what clients write in place of something that is not
// text: [图片], [图片: a.jpg(请在附件中查看)], [文件] a.pdf, and chatlog's
// ![图片](url) and [链接|title](url).
var placeholder = regexp.MustCompile(`(?s)^!?\[([\p{Han}A-Za-z ]+?)\d*(?:[|:：][^\]]*)?\](.*)$`)

type placeholderRule struct {
	typ  MsgType
	tail bool // more text may follow
}

// placeholders: pictures and sounds stand alone, as people also write a word
// in brackets and go on; what has a name or title is followed by it.
var placeholders = map[string]placeholderRule{
	"图片": {Image, false}, "照片": {Image, false}, "photo": {Image, false}, "image": {Image, false},
	"语音": {Voice, false}, "语音消息": {Voice, false}, "audio": {Voice, false}, "voice": {Voice, false},
	"视频": {Video, false}, "小视频": {Video, false}, "video": {Video, false},
	"动画表情": {Sticker, false}, "表情": {Sticker, false}, "gif表情": {Sticker, false},
	"表情包": {Sticker, false}, "sticker": {Sticker, false},
	"文件": {File, true}, "file": {File, true},
	"链接": {Link, true}, "分享": {Link, true}, "link": {Link, true}, "音乐": {Link, true}, "视频号": {Link, true},
	"位置": {Location, true}, "地理位置": {Location, true}, "location": {Location, true},
	"小程序": {MiniApp, true}, "mini program": {MiniApp, true},
	"聊天记录": {Forward, true}, "合并转发": {Forward, true}, "chat history": {Forward, true},
	"名片": {Contact, true}, "个人名片": {Contact, true}, "contact card": {Contact, true},
	"红包": {RedPacket, true}, "微信红包": {RedPacket, true}, "red packet": {RedPacket, true},
	"转账": {Transfer, true}, "微信转账": {Transfer, true}, "transfer": {Transfer, true},
	"语音通话": {Call, true}, "视频通话": {Call, true}, "通话": {Call, true},
	"群公告": {Notice, true}, "拍一拍": {Poke, true},
}

// typeOfText is the type of a message known only by its text.
func typeOfText(text string) MsgType {
	m := placeholder.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Text
	}
	rule, ok := placeholders[strings.ToLower(m[1])]
	isLink := strings.HasPrefix(m[2], "(") && strings.HasSuffix(m[2], ")")
	if !ok || !rule.tail && m[2] != "" && !isLink {
		return Text
	}
	return rule.typ
}
