package chatimport

import (
	"encoding/xml"
	"regexp"
	"strings"
)

// joining is what a notice tells about people coming into a group.
type joining struct {
	scene    Scene
	inviter  Person
	invitees []Person
}

// joinTemplate is one wording of a notice. WeChat writes the exporting account
// as 你 and quotes every other name; in sysmsgtemplate XML the quotes hold
// variables ($username$, $names$, $adder$, $from$) instead of names.
type joinTemplate struct {
	pattern *regexp.Regexp // groups named by and who
	scene   Scene
	self    string // by or who, whichever is 你
	both    bool   // 你 came in together with who
}

const quoted = `["“](?P<%s>.+?)["”]`

func joinPattern(s string) *regexp.Regexp {
	name := func(group string) string { return strings.Replace(quoted, "%s", group, 1) }
	s = strings.NewReplacer("<by>", name("by"), "<who>", name("who")).Replace(s)
	return regexp.MustCompile(`^\s*` + s)
}

var joinTemplates = []joinTemplate{
	{joinPattern(`你邀请<who>加入了?群聊`), Invited, "by", false},
	{joinPattern(`<by>邀请你和<who>加入了?群聊`), Invited, "who", true},
	{joinPattern(`<by>邀请你加入了?群聊`), Invited, "who", false},
	{joinPattern(`<by>邀请<who>加入了?群聊`), Invited, "", false},
	{joinPattern(`你通过扫描<by>分享的二维码加入了?群聊`), Scanned, "who", false},
	{joinPattern(`<who>通过扫描你分享的二维码加入了?群聊`), Scanned, "by", false},
	{joinPattern(`<who>通过扫描<by>分享的二维码加入了?群聊`), Scanned, "", false},
	{joinPattern(`<who>通过<by>的邀请二维码加入了?群聊`), Scanned, "", false},
	{joinPattern(`<who>加入了?群聊`), Entered, "", false},
	{joinPattern(`You invited <who> to the group chat`), Invited, "by", false},
	{joinPattern(`<by> invited you to the group chat`), Invited, "who", false},
	{joinPattern(`<by> invited <who> to the group chat`), Invited, "", false},
}

// joinFromText reads a notice in words. Several names are separated by 、,
// which a name may also contain; such a name is read as two.
func joinFromText(text string) (joining, bool) {
	for _, t := range joinTemplates {
		m := t.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		j := joining{scene: t.scene}
		for i, group := range t.pattern.SubexpNames() {
			switch group {
			case "by":
				j.inviter = Person{Name: clean(m[i])}
			case "who":
				for _, name := range strings.Split(m[i], "、") {
					j.invitees = append(j.invitees, Person{Name: clean(name)})
				}
			}
		}
		if t.self == "by" {
			j.inviter = Person{Self: true}
		}
		if t.self == "who" {
			j.invitees = append(j.invitees, Person{Self: true})
		}
		return j, true
	}
	return joining{}, false
}

// sysmsg is the XML of a message of type 10000 or 10002.
type sysmsg struct {
	Type     string `xml:"type,attr"`
	Revoked  string `xml:"revokemsg>replacemsg"`
	Template struct {
		Text  string       `xml:"template"`
		Plain string       `xml:"plain"`
		Links []sysmsgLink `xml:"link_list>link"`
	} `xml:"sysmsgtemplate>content_template"`
}

type sysmsgLink struct {
	Name      string         `xml:"name,attr"`
	Members   []sysmsgMember `xml:"memberlist>member"`
	Separator string         `xml:"separator"`
	Plain     string         `xml:"plain"`
}

type sysmsgMember struct {
	Username string `xml:"username"`
	Nickname string `xml:"nickname"`
}

func (l sysmsgLink) people() []Person {
	var people []Person
	for _, m := range l.Members {
		people = append(people, Person{ID: clean(m.Username), Name: clean(m.Nickname)})
	}
	return people
}

func (l sysmsgLink) text() string {
	var names []string
	for _, m := range l.Members {
		names = append(names, m.Nickname)
	}
	if len(names) == 0 {
		return l.Plain
	}
	separator := l.Separator
	if separator == "" {
		separator = "、"
	}
	return strings.Join(names, separator)
}

// maxSysmsg bounds the XML that is parsed; a notice that names 500 people is
// about 100 KiB.
const maxSysmsg = 512 << 10

// parseSysmsg finds the XML in text; the sender's id may stand before it.
func parseSysmsg(text string) (*sysmsg, bool) {
	start := strings.Index(text, "<sysmsg")
	if start < 0 || len(text)-start > maxSysmsg {
		return nil, false
	}
	var msg sysmsg
	if err := xml.Unmarshal([]byte(text[start:]), &msg); err != nil {
		return nil, false
	}
	return &msg, true
}

// render puts the names into the template.
func (m *sysmsg) render() string {
	text := m.Template.Text
	if text == "" {
		text = m.Template.Plain
	}
	for _, l := range m.Template.Links {
		text = strings.ReplaceAll(text, "$"+l.Name+"$", l.text())
	}
	return strings.TrimSpace(text)
}

// joining reads the people from the link list, which has their ids.
func (m *sysmsg) joining() (joining, bool) {
	text := m.Template.Text
	if text == "" {
		text = m.Template.Plain
	}
	j, ok := joinFromText(text)
	if !ok {
		return j, false
	}
	links := map[string][]Person{}
	for _, l := range m.Template.Links {
		links["$"+l.Name+"$"] = l.people()
	}
	if people := links[j.inviter.Name]; len(people) > 0 {
		j.inviter = people[0]
	}
	var invitees []Person
	for _, p := range j.invitees {
		if people := links[p.Name]; len(people) > 0 {
			invitees = append(invitees, people...)
		} else {
			invitees = append(invitees, p)
		}
	}
	j.invitees = invitees
	return j, true
}

// applySystem turns a system message into a join or a recall where its text
// says so, and XML into the words that a member saw.
func applySystem(r *Record) {
	r.Type = System
	j, ok := joining{}, false
	if msg, isXML := parseSysmsg(r.Text); isXML {
		if msg.Type == "revokemsg" {
			r.Type = Recall
			r.Text = strings.TrimSpace(msg.Revoked)
			return
		}
		j, ok = msg.joining()
		r.Text = msg.render()
	} else {
		j, ok = joinFromText(r.Text)
	}
	switch {
	case ok:
		r.Kind = Join
		r.Scene, r.Inviter, r.Invitees = j.scene, j.inviter, j.invitees
	case strings.Contains(r.Text, "撤回了一条消息"), strings.Contains(r.Text, "recalled a message"):
		r.Type = Recall
	}
}
