package settings_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/seal"
	"github.com/qunzhu/qunzhu/internal/settings"
)

var at = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

var forms = []settings.Form{
	{Name: "moderation", Fields: []settings.Field{
		{Key: "moderation.level", Kind: settings.Choice, Options: []string{"低", "中", "高"}, Default: "中"},
		{Key: "moderation.limit", Kind: settings.Number, Min: 1, Max: 100, Default: "20"},
		{Key: "moderation.share", Kind: settings.Number, Decimals: 2, Min: 0, Max: 1, Default: "0.30"},
		{Key: "moderation.on", Kind: settings.Bool, Default: "1"},
		{Key: "moderation.wait", Kind: settings.Duration, Min: 60, Max: 7 * 86400, Default: "15m"},
		{Key: "moderation.words", Kind: settings.List, Default: ""},
		{Key: "moderation.note", Kind: settings.Text, Min: 0, Max: 5, Default: ""},
	}},
	{Name: "mail", WorkspaceOnly: true, Fields: []settings.Field{
		{Key: "mail.password", Kind: settings.Text, Secret: true},
	}},
}

func newSettings(t testing.TB, keys string) *settings.Settings {
	t.Helper()
	sealer, err := seal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	s, err := settings.New(sealer, forms...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func each(t *testing.T, f func(t *testing.T, d *db.DB, s *settings.Settings, key string)) {
	dbtest.Each(t, []db.Migrations{settings.Migrations()}, func(t *testing.T, d *db.DB) {
		key := seal.NewKey()
		f(t, d, newSettings(t, key), key)
	})
}

func save(t *testing.T, d *db.DB, s *settings.Settings, c settings.Change) error {
	t.Helper()
	c.By, c.At = "o1", at
	return d.Write(t.Context(), func(tx *db.Tx) error { return s.Save(t.Context(), tx, c) })
}

func mustSave(t *testing.T, d *db.DB, s *settings.Settings, c settings.Change) {
	t.Helper()
	if err := save(t, d, s, c); err != nil {
		t.Fatal(err)
	}
}

func TestCommunityFallsBackToWorkspaceAndDefault(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *settings.Settings, _ string) {
		want := func(community string, n int64) {
			t.Helper()
			if got, err := s.Int(t.Context(), d, community, "moderation.limit"); err != nil || got != n {
				t.Fatalf("limit of %q is %d, %v; want %d", community, got, err, n)
			}
		}
		want("c1", 20)
		mustSave(t, d, s, settings.Change{Values: map[string]string{"moderation.limit": " 30 "}})
		want("c1", 30)
		mustSave(t, d, s, settings.Change{Community: "c1", Values: map[string]string{"moderation.limit": "40"}})
		want("c1", 40)
		want("c2", 30)
		want("", 30)
		view, err := s.View(t.Context(), d, "moderation", "c1")
		if err != nil || view[1].Value != "40" || view[1].From != settings.FromCommunity || view[1].UpdatedBy != "o1" ||
			view[0].Value != "中" || view[0].From != settings.FromDefault {
			t.Fatalf("view %+v, %v", view, err)
		}
		mustSave(t, d, s, settings.Change{Community: "c1", Reset: []string{"moderation.limit"}})
		want("c1", 30)
		history, err := s.History(t.Context(), d, "c1", "moderation.limit", 10)
		if err != nil || len(history) != 2 || history[1].By != "o1" {
			t.Fatalf("history %+v, %v", history, err)
		}
	})
}

func TestTypedValues(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *settings.Settings, _ string) {
		mustSave(t, d, s, settings.Change{Values: map[string]string{
			"moderation.wait": "2d12h", "moderation.words": " 加群 \n\n返利\n加群\r\n", "moderation.share": "0.25", "moderation.level": "高",
		}})
		ctx := t.Context()
		wait, err1 := s.Duration(ctx, d, "c1", "moderation.wait")
		words, err2 := s.List(ctx, d, "c1", "moderation.words")
		share, err3 := s.Float(ctx, d, "c1", "moderation.share")
		level, err4 := s.Text(ctx, d, "c1", "moderation.level")
		on, err5 := s.Bool(ctx, d, "c1", "moderation.on")
		got := fmt.Sprintln(wait, words, share, level, on, err1, err2, err3, err4, err5)
		if want := "60h0m0s [加群 返利] 0.25 高 true <nil> <nil> <nil> <nil> <nil>\n"; got != want {
			t.Fatalf("got %s", got)
		}
		if _, err := s.Int(ctx, d, "", "moderation.share"); err == nil {
			t.Error("a fraction was read as a whole number")
		}
		if _, err := s.Int(ctx, d, "", "moderation.nothing"); err == nil {
			t.Error("an undescribed setting was read")
		}
		// A newer program narrowed the bounds: the stored value no longer counts.
		if _, err := d.Exec(ctx, "UPDATE settings_values SET value = '999999h' WHERE key = 'moderation.wait'"); err != nil {
			t.Fatal(err)
		}
		if wait, err := s.Duration(ctx, d, "", "moderation.wait"); err != nil || wait != 15*time.Minute {
			t.Fatalf("%v, %v", wait, err)
		}
	})
}

func TestBadInputNamesEveryFieldAndChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *settings.Settings, _ string) {
		bad := map[string]string{
			"moderation.limit": "1e1", "moderation.share": "0.123", "moderation.on": "maybe", "moderation.level": "最高",
			"moderation.wait": "-5m", "moderation.words": strings.Repeat("x", 300), "moderation.note": "一二三四五六",
			"no.such": "1", "mail.password": "x\x00",
		}
		values := map[string]string{}
		for k, v := range bad {
			values[k] = v
		}
		err := save(t, d, s, settings.Change{Values: values})
		var named []string
		for _, f := range fault.As(err).Fields {
			named = append(named, f.Name)
		}
		slices.Sort(named)
		if !fault.Is(err, fault.Invalid) || len(named) != len(bad) || len(slices.Compact(named)) != len(bad) {
			t.Fatalf("named %v: %v", named, err)
		}
		err = save(t, d, s, settings.Change{Community: "c1", Values: map[string]string{"moderation.limit": "50", "mail.password": "geheim"}})
		if !fault.Is(err, fault.Invalid) {
			t.Fatalf("a workspace setting of a community gave %v", err)
		}
		if rows := dbtest.Dump(t, d, "SELECT * FROM settings_values"); len(rows) != 0 {
			t.Fatalf("half applied: %v", rows)
		}
	})
}

func TestSecretsAreSealedAndNeverShown(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *settings.Settings, key string) {
		mustSave(t, d, s, settings.Change{Values: map[string]string{"mail.password": "秘密口令"}})
		mustSave(t, d, s, settings.Change{Values: map[string]string{"mail.password": ""}}) // keeps it
		got, err := s.Text(t.Context(), d, "c1", "mail.password")
		if err != nil || got != "秘密口令" {
			t.Fatalf("%q, %v", got, err)
		}
		view, err := s.View(t.Context(), d, "mail", "")
		if err != nil || view[0].Value != "" || !view[0].Set {
			t.Fatalf("view %+v, %v", view, err)
		}
		stored := strings.Join(append(dbtest.Dump(t, d, "SELECT * FROM settings_values"), dbtest.Dump(t, d, "SELECT * FROM settings_changes")...), "\n")
		if strings.Contains(stored, "秘密口令") || !strings.Contains(stored, "•••") {
			t.Fatalf("stored in the clear: %s", stored)
		}
		rotated := newSettings(t, seal.NewKey()+","+key)
		var n int
		err = d.Write(t.Context(), func(tx *db.Tx) (err error) { n, err = rotated.Reseal(t.Context(), tx); return err })
		if err != nil || n != 1 {
			t.Fatalf("resealed %d, %v", n, err)
		}
		if got, err := rotated.Text(t.Context(), d, "", "mail.password"); err != nil || got != "秘密口令" {
			t.Fatalf("after the rotation: %q, %v", got, err)
		}
		if _, err := s.Text(t.Context(), d, "", "mail.password"); err == nil {
			t.Fatal("the old key opens what the new one sealed")
		}
	})
}

func TestBadDescriptionsAreRefused(t *testing.T) {
	for name, f := range map[string]settings.Field{
		"key":            {Key: "Level", Kind: settings.Text},
		"default":        {Key: "a.b", Kind: settings.Number, Default: "x"},
		"kind":           {Key: "a.b", Kind: "colour"},
		"secret number":  {Key: "a.b", Kind: settings.Number, Default: "1", Secret: true},
		"secret default": {Key: "a.b", Kind: settings.Text, Default: "x", Secret: true},
	} {
		if _, err := settings.New(nil, settings.Form{Name: "f", Fields: []settings.Field{f}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	twice := settings.Field{Key: "a.b", Kind: settings.Text}
	if _, err := settings.New(nil, settings.Form{Fields: []settings.Field{twice}}, settings.Form{Fields: []settings.Field{twice}}); err == nil {
		t.Error("one key was described twice")
	}
}

// Whatever is typed is refused, or is the same after being read and saved again.
func TestWhatIsStoredIsStable(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *settings.Settings, _ string) {
		rapid.Check(t, func(r *rapid.T) {
			key := rapid.SampledFrom([]string{"moderation.limit", "moderation.share", "moderation.wait", "moderation.words", "moderation.note"}).Draw(r, "key")
			typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`-?[0-9]{1,4}(\.[0-9]{1,3})?[dhms]?`)).Draw(r, "typed")
			if save(t, d, s, settings.Change{Values: map[string]string{key: typed}}) != nil {
				return
			}
			value := func() string {
				view, err := s.View(t.Context(), d, "moderation", "")
				if err != nil {
					r.Fatal(err)
				}
				return view[slices.IndexFunc(view, func(v settings.Value) bool { return v.Key == key })].Value
			}
			first := value()
			if err := save(t, d, s, settings.Change{Values: map[string]string{key: first}}); err != nil {
				r.Fatalf("%q was stored as %q, which is refused: %v", typed, first, err)
			}
			if again := value(); again != first {
				r.Fatalf("%q became %q and then %q", typed, first, again)
			}
		})
	})
}
