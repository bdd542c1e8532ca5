package moderation

import (
	"fmt"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
)

// Grade is how strongly a violation is answered.
type Grade int

// The grades (article section 三, 内容监管: 提醒 → 书面警告 → 禁言 → 移出).
const (
	Recall Grade = iota
	Remind
	Warn
	Mute
	Remove
)

var gradeKinds = [...]effect.Kind{effect.MessageRecall, effect.MemberRemind, effect.MemberWarn, effect.MemberMute, effect.MemberRemove}

// Kind is the effect that carries the grade out.
func (g Grade) Kind() effect.Kind { return gradeKinds[g] }

// Limits of the answer in time.
const (
	// ResponseLimit is how soon the first action must be (strictly sooner).
	ResponseLimit = 5 * time.Minute
	// mergeWithin is how far apart violations of one incident may be.
	mergeWithin = 10 * time.Minute
	// decay is how long a warning counts (docs/definitions.md A3).
	decay = 90 * 24 * time.Hour
	// newcomerFor is how long advertising leads straight to removal.
	newcomerFor = 24 * time.Hour
)

// suggest is the grade for a violation of a level (1–4) by a member with
// standing earlier warnings; a newcomer who advertises is to be removed.
func suggest(level, standing int, fastLane bool) Grade {
	if fastLane {
		return Remove
	}
	return min(Remove, Grade(max(level, standing+1)))
}

// advertises reports whether the categories are those of the fast lane.
func advertises(categories []string) bool {
	return slices.Contains(categories, lexicon.CategoryAd) || slices.Contains(categories, match.CategoryContact)
}

// spoken names the categories in what is said to members, who read Chinese.
var spoken = map[string]string{
	lexicon.CategoryAd:       "广告引流",
	match.CategoryContact:    "私留联系方式",
	lexicon.CategoryFraud:    "诈骗兼职",
	lexicon.CategoryGambling: "博彩",
	lexicon.CategoryPorn:     "色情低俗",
	lexicon.CategoryAbuse:    "辱骂攻击",
	lexicon.CategoryCustom:   "违规内容",
}

func spokenName(category string) string {
	if name, ok := spoken[category]; ok {
		return name
	}
	return category
}

// said is the text made ready for a grade. It carries no name: the sender is
// chosen with @ in the client, and a text without a name survives the erasure
// of names. The text of a removal goes to the removed member, not to the group.
func (g Grade) said(category string) string {
	name := spokenName(category)
	switch g {
	case Remind:
		return fmt.Sprintf("温馨提醒：刚才的内容涉及“%s”，群规不允许，请撤回并留意群规，谢谢配合。", name)
	case Warn:
		return fmt.Sprintf("【书面警告】你在群内发布的内容涉及“%s”，违反群规，请立即撤回。90 天内再次违规，将被禁言或移出本群。", name)
	case Mute:
		return fmt.Sprintf("【禁言通知】你在群内多次发布涉及“%s”的内容，现请停止发言 24 小时。如有异议，请私聊管理员。", name)
	case Remove:
		return fmt.Sprintf("你好，因在群内发布涉及“%s”的内容，违反群规，你已被移出本群。如有异议，可直接回复本消息申诉。", name)
	}
	return ""
}
