package web

import (
	"cmp"
	"slices"
	"strings"
)

// Section is one of the nine items of the console's menu.
type Section string

// The menu, in its order.
const (
	SectionHome      Section = "home"      // 工作台
	SectionCommunity Section = "community" // 社群
	SectionMember    Section = "member"    // 成员
	SectionGrowth    Section = "growth"    // 增长
	SectionContent   Section = "content"   // 内容
	SectionActivity  Section = "activity"  // 活动
	SectionRisk      Section = "risk"      // 风控
	SectionData      Section = "data"      // 数据
	SectionSettings  Section = "settings"  // 设置
)

var sections = []Section{
	SectionHome, SectionCommunity, SectionMember, SectionGrowth, SectionContent,
	SectionActivity, SectionRisk, SectionData, SectionSettings,
}

// onPhone are the sections that keep a place of their own at 390 px; the others
// are behind 更多.
var onPhone = map[Section]bool{SectionHome: true, SectionCommunity: true, SectionContent: true, SectionRisk: true}

// NavItem is a page that a feature puts into a section of the menu.
type NavItem struct {
	Section    Section
	Key        string // translation key of the label
	Path       string
	Details    string // where pages about one thing of it live, if not below Path; may be ""
	Order      int
	Permission string           // who sees it; "" is every operator
	Workspace  bool             // Permission must be held in the workspace, not only in a community
	Badge      func(c *Ctx) int // how many things wait there; may be nil
}

// navSection is a section as the layout shows it.
type navSection struct {
	Section
	Path   string
	Tab    bool // has its own place on a phone
	Active bool
	Badge  int
	Items  []navEntry
}

// Label is the translation key of the section's name.
func (s navSection) Label() string { return "nav." + string(s.Section) }

type navEntry struct {
	Key, Path string
	Active    bool
	Badge     int
}

// nav builds the menu for the operator of c. A section without a page that the
// operator may see is left out.
func (r *Router) nav(c *Ctx) []navSection {
	active := activeItem(r.navItems, c.Request.URL.Path)
	var menu []navSection
	for _, s := range sections {
		sec := navSection{Section: s, Tab: onPhone[s]}
		for i, item := range r.navItems {
			if item.Section != s || !c.sees(item) {
				continue
			}
			e := navEntry{Key: item.Key, Path: item.Path, Active: i == active}
			if item.Badge != nil {
				e.Badge = item.Badge(c)
			}
			sec.Badge += e.Badge
			sec.Active = sec.Active || e.Active
			sec.Items = append(sec.Items, e)
		}
		if len(sec.Items) > 0 {
			sec.Path = sec.Items[0].Path
			menu = append(menu, sec)
		}
	}
	return menu
}

// sees reports whether the operator may open the item's page.
func (c *Ctx) sees(item NavItem) bool {
	switch {
	case item.Permission == "":
		return true
	case item.Workspace:
		return c.CanIn(item.Permission, "")
	}
	return c.canAnywhere(item.Permission)
}

// activeItem is the index of the item with the longest path above path, or -1.
func activeItem(items []NavItem, path string) int {
	best, length := -1, -1
	for i, item := range items {
		own, _, _ := strings.Cut(item.Path, "?")
		for _, place := range []string{own, item.Details} {
			below := len(place) > 1 && strings.HasPrefix(path, strings.TrimSuffix(place, "/")+"/")
			if (path == place || below) && len(place) > length {
				best, length = i, len(place)
			}
		}
	}
	return best
}

func sortedNav(items []NavItem) []NavItem {
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b NavItem) int { return cmp.Compare(a.Order, b.Order) })
	return items
}
