package moderation_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/govern/moderation"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
)

func TestPublishedListsAreInUseAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := seeded(t, d)
		community := b.community()
		word := lexicon.Word{Text: "竞品奶粉", Category: "竞品", Level: lexicon.LevelHint}
		allow := lexicon.Word{Text: "加微信群学习", Category: lexicon.CategoryAd, Level: lexicon.LevelHint, Allow: true}
		publish := func(c moderation.Change) (moderation.List, error) {
			return moderation.Publish(t.Context(), d, b.hub, b.engines, b.clock.Now(), "op1", c)
		}
		list, err := publish(moderation.Change{Community: community, Name: "自有词表", Add: []lexicon.Word{word, allow}})
		if err != nil || list.Version != 1 || list.Words != 2 {
			t.Fatalf("published %+v, %v", list, err)
		}
		if _, err := publish(moderation.Change{Community: community, Name: "自有词表", Remove: []string{word.Text}}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a change of an old version was published: %v", err)
		}
		other, err := moderation.NewEngines(d, slog.New(slog.DiscardHandler)) // another node
		if err != nil {
			t.Fatal(err)
		}
		if v, version := other.Judge(community, "竞品奶粉"); !v.Flagged || version != lexicon.ShippedVersion+"+1" {
			t.Errorf("another node judges %+v by %s", v, version)
		}
		if v, version := other.Judge("another", "竞品奶粉"); v.Flagged || version != lexicon.ShippedVersion {
			t.Errorf("another community is judged %+v by %s", v, version)
		}
		b.send("bad", said("g1", "m1", "竞 品 奶粉好喝", start), said("g1", "m2", "周末加微信群学习", start))
		b.want("SELECT categories,list_version FROM moderation_cases", `["竞品"]|`+lexicon.ShippedVersion+"+1")

		if _, err := publish(moderation.Change{Community: community, Name: "自有词表", Base: 1, Remove: []string{word.Text}}); err != nil {
			t.Fatal(err)
		}
		b.send("good", said("g1", "m2", "竞品奶粉好喝", start.Add(time.Minute)))
		b.want("SELECT count(*) FROM moderation_cases", "1")
		b.want("SELECT name,version,words FROM moderation_lists", "自有词表|2|1")
		b.want("SELECT count(*) FROM moderation_list_parts", "1")
		b.verify()
	})
}

func TestALargeListIsPublishedInParts(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := seeded(t, d)
		var words []lexicon.Word
		for i := range 12_000 {
			words = append(words, lexicon.Word{Text: fmt.Sprintf("词条编号%05d", i), Category: "批量", Level: lexicon.LevelWarn})
		}
		list, err := moderation.Publish(t.Context(), d, b.hub, b.engines, start, "op1", moderation.Change{Community: b.community(), Name: "大词表", Add: words})
		if err != nil || list.Words != len(words) {
			t.Fatalf("published %+v, %v", list, err)
		}
		got, err := moderation.WordsOf(t.Context(), d, list)
		if err != nil || !slices.Equal(got, words) {
			t.Fatalf("%d words come back, %v", len(got), err)
		}
		b.verify()
	})
}

func TestTwoPublicationsAtOnceTellTheLoser(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := seeded(t, d)
		community := b.community()
		for _, p := range []string{"A", "B"} {
			b.record(event.Event{Community: community, Kind: moderation.ListPublished, At: start, ID: "PUB" + p, Body: event.Encode(moderation.Published{
				Name: "x", Publication: p, Parts: 1, Words: []moderation.Word{{Text: "词" + p, Category: "c", Level: 1}}})})
		}
		b.want("SELECT publication, version FROM moderation_lists", "A|1")
		b.want("SELECT publication FROM moderation_list_parts", "A")
		b.verify()
	})
}

func TestChangesThatAreRefused(t *testing.T) {
	d := seeded(t, sqlite(t)).db
	for name, test := range map[string]struct {
		change moderation.Change
		code   fault.Code
	}{
		"no name":      {moderation.Change{Name: "  "}, fault.Invalid},
		"long name":    {moderation.Change{Name: strings.Repeat("长", 41)}, fault.Invalid},
		"empty word":   {moderation.Change{Name: "x", Add: []lexicon.Word{{Level: 1}}}, fault.Invalid},
		"level 9":      {moderation.Change{Name: "x", Add: []lexicon.Word{{Text: "a", Level: 9}}}, fault.Invalid},
		"wrong base":   {moderation.Change{Name: "x", Base: 3}, fault.Conflict},
		"far too much": {moderation.Change{Name: "x", Add: manyWords(moderation.MaxListWords + 1)}, fault.TooMany},
	} {
		test.change.Community = "c1"
		if _, err := moderation.Apply(t.Context(), d, test.change); !fault.Is(err, test.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func manyWords(n int) []lexicon.Word {
	words := make([]lexicon.Word, n)
	for i := range words {
		words[i] = lexicon.Word{Text: fmt.Sprint("w", i), Level: 1}
	}
	return words
}
