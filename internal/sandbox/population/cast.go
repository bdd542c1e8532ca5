package population

import (
	"math/rand/v2"
	"slices"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// Community is one of the three houses of the story.
type Community struct {
	Key    string // mother, course, grocery
	Name   string
	Type   string // 群类型: service, interest, conversion
	Prefix string // every group's name begins with it
}

// Communities lists the three communities.
func Communities() []Community { return slices.Clone(communities) }

var communities = []Community{
	{Key: "mother", Name: "星禾母婴", Type: "service", Prefix: "星禾母婴·"},
	{Key: "course", Name: "知行课堂", Type: "interest", Prefix: "知行课堂·"},
	{Key: "grocery", Name: "邻里鲜团购", Type: "conversion", Prefix: "邻里鲜团购·"},
}

var staffList = []world.Staff{
	{UserID: "linxiao", Name: "林晓", Department: "社群运营部"},
	{UserID: "hean", Name: "何安", Department: "育婴顾问组"},
	{UserID: "suqing", Name: "苏晴", Department: "客服组"},
	{UserID: "zhaoyi", Name: "赵毅", Department: "课程部"},
	{UserID: "wenjing", Name: "文静", Department: "课程部"},
	{UserID: "chenli", Name: "陈立", Department: "团购部"},
	{UserID: "luoyang", Name: "罗阳", Department: "社群运营部"},
	{UserID: "tangke", Name: "唐可", Department: "质检组"},
}

// trend is the course that a group takes.
type trend struct {
	joins  float64 // newcomers a week, as a share of the members
	leaves float64 // leavers a week, likewise
	daily  float64 // messages of an average day at the start
	fade   float64 // they fall to e^-fade by the end of the story
	lossy  float64 // newcomers a day from ground promotion, at the start
}

// groupSpec is a group as it stands when the story starts.
type groupSpec struct {
	community, topic, name string
	owner                  string
	admins                 []string
	archived               bool
	size                   int // customers
	age                    int // days since its creation
	trend
}

// groupList: the first group is nearly full; chenli owns five of nine; the
// last two have no deputies; two are not archived.
var groupList = []groupSpec{
	{community: "mother", topic: "mother", name: "星禾母婴·育儿答疑1群", owner: "linxiao", admins: []string{"hean", "suqing", "luoyang"},
		archived: true, size: 473, age: 260, trend: trend{joins: 0.012, leaves: 0.008, daily: 46}},
	{community: "mother", topic: "mother", name: "星禾母婴·育儿答疑2群", owner: "linxiao", admins: []string{"hean", "suqing", "luoyang"},
		archived: true, size: 178, age: 75, trend: trend{joins: 0.056, leaves: 0.010, daily: 40, lossy: 0.3}},
	{community: "mother", topic: "mother", name: "星禾母婴·孕期陪伴3群", owner: "linxiao", admins: []string{"hean", "suqing"},
		size: 96, age: 20, trend: trend{joins: 0.064, leaves: 0.010, daily: 30}},
	{community: "course", topic: "reading", name: "知行课堂·读书会", owner: "zhaoyi", admins: []string{"wenjing", "luoyang"},
		archived: true, size: 262, age: 200, trend: trend{joins: 0.008, leaves: 0.034, daily: 48}},
	{community: "course", topic: "money", name: "知行课堂·理财入门班", owner: "chenli", admins: []string{"zhaoyi", "wenjing"},
		archived: true, size: 154, age: 120, trend: trend{joins: 0.008, leaves: 0.032, daily: 40}},
	{community: "course", topic: "early", name: "知行课堂·早教打卡小班", owner: "chenli", admins: []string{"wenjing"},
		archived: true, size: 58, age: 45, trend: trend{joins: 0.006, leaves: 0.026, daily: 26}},
	{community: "grocery", topic: "grocery", name: "邻里鲜团购·翠湖里1群", owner: "chenli", admins: []string{"luoyang"},
		archived: true, size: 421, age: 50, trend: trend{joins: 0.02, leaves: 0.17, daily: 58, fade: 6.5, lossy: 3}},
	{community: "grocery", topic: "grocery", name: "邻里鲜团购·锦绣园2群", owner: "chenli",
		archived: true, size: 348, age: 35, trend: trend{joins: 0.02, leaves: 0.165, daily: 44, fade: 6.5, lossy: 2}},
	{community: "grocery", topic: "grocery", name: "邻里鲜团购·东岸花园3群", owner: "chenli",
		size: 257, age: 15, trend: trend{joins: 0.02, leaves: 0.17, daily: 24, fade: 6.5, lossy: 2}},
}

// group is a customer group with who is in it.
type group struct {
	groupSpec
	chat    string   // chat id
	staff   []string // owner first, then deputies
	members []*person
	talkers []*person
	dice    *rand.Rand // for what is decided when the moment comes
	decks   map[string]*deck
	coming  quota
	going   quota
	lossyIn quota
	tally   GroupTruth
}

// quota turns a rate into whole numbers whose sum follows it closely.
type quota float64

// take adds a rate, jittered by up to a quarter, and takes out the whole part.
func (q *quota) take(rate float64, dice *rand.Rand) int {
	*q += quota(rate * (0.75 + dice.Float64()/2))
	n := int(*q)
	*q -= quota(n)
	return n
}

// deck deals the entries of a section in random order and shuffles anew only
// when all were dealt, so that a group does not repeat itself soon.
type deck struct {
	entries []entry
	left    []int
}

func (g *group) deal(b *bank, section string) entry {
	d := g.decks[section]
	if d == nil {
		d = &deck{entries: b.section(g.topic, section)}
		g.decks[section] = d
	}
	if len(d.left) == 0 {
		d.left = g.dice.Perm(len(d.entries))
	}
	i := d.left[0]
	d.left = d.left[1:]
	return d.entries[i]
}
