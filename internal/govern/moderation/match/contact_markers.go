package match

// marker is a word that announces an account.
type marker struct {
	text   string
	kind   string
	digits bool // the account has digits only
	alone  bool // no 加 is needed before it
}

// Longer markers stand before their prefixes.
var markers = [...]marker{
	{"weixin", ContactWeChat, false, true},
	{"wechat", ContactWeChat, false, true},
	{"微信", ContactWeChat, false, true},
	{"薇信", ContactWeChat, false, true},
	{"威信", ContactWeChat, false, true},
	{"v信", ContactWeChat, false, true},
	{"微心", ContactWeChat, false, true},
	{"wx", ContactWeChat, false, true},
	{"vx", ContactWeChat, false, true},
	{"wei", ContactWeChat, false, false},
	{"微", ContactWeChat, false, false},
	{"薇", ContactWeChat, false, false},
	{"威", ContactWeChat, false, false},
	{"v", ContactWeChat, false, false},
	{"qq群", ContactQQGroup, true, true},
	{"扣扣群", ContactQQGroup, true, true},
	{"q群", ContactQQGroup, true, true},
	{"群号", ContactQQGroup, true, true},
	{"qun", ContactQQGroup, true, false},
	{"群", ContactQQGroup, true, true},
	{"裙", ContactQQGroup, true, false},
	{"qq", ContactQQ, true, true},
	{"扣扣", ContactQQ, true, true},
	{"企鹅", ContactQQ, true, true},
	{"联系", ContactQQ, true, true},
	{"咨询", ContactQQ, true, true},
	{"扣", ContactQQ, true, false},
	{"q", ContactQQ, true, false},
}

// startsMarker reports the first characters of the markers.
func startsMarker(r rune) bool {
	switch r {
	case 'w', 'v', 'q', '微', '薇', '威', '扣', '群', '裙', '企', '联', '咨':
		return true
	}
	return false
}

// isLead reports the characters that ask to add an account: 加 and its stand-ins.
func isLead(r rune) bool {
	switch r {
	case '加', '伽', '嘉', '+', '➕':
		return true
	}
	return false
}
