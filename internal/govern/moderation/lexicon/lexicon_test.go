package lexicon

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestReadText(t *testing.T) {
	list, bad, err := ReadText("mine", strings.NewReader("\ufeff# 注释\r\n刷单\r\n\r\n 赌场 \n"+strings.Repeat("长", MaxWordRunes+1)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Word{
		{Text: "刷单", Category: CategoryCustom, Level: LevelWarn},
		{Text: "赌场", Category: CategoryCustom, Level: LevelWarn},
	}
	if !reflect.DeepEqual(list.Words, want) || list.Name != "mine" || list.Version == "" {
		t.Errorf("list %+v, want words %+v", list, want)
	}
	if len(bad) != 1 || bad[0].Row != 5 || !strings.Contains(bad[0].Error(), "row 5") {
		t.Errorf("bad rows %v, want row 5", bad)
	}
}

func TestReadCSV(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Word
		bad        []int
	}{
		{"three columns", "刷单,fraud,3\n", []Word{{"刷单", "fraud", 3, Fold, false}}, nil},
		{"word alone", "刷单\n", []Word{{"刷单", CategoryCustom, 2, Fold, false}}, nil},
		{"all columns", "AV,porn,1,exact,\n加微信群学习,,,,allow\n", []Word{
			{"AV", "porn", 1, Exact, false},
			{"加微信群学习", CategoryCustom, 2, Fold, true},
		}, nil},
		{"header in another order", "level, Category ,word\n4,porn,裸聊\n", []Word{{"裸聊", "porn", 4, Fold, false}}, nil},
		{"quoted comma, comment", "# 说明\n\"a,b\",ad,2\n", []Word{{"a,b", "ad", 2, Fold, false}}, nil},
		{"bad rows are named", "好,ad,2\n坏,ad,五\n,ad,2\n坏,ad,7\n坏,ad,2,loose\n坏,ad,2,fold,maybe\n坏,ad,2,fold,true,more\n末,ad,1\n",
			[]Word{{"好", "ad", 2, Fold, false}, {"末", "ad", 1, Fold, false}}, []int{2, 3, 4, 5, 6, 7}},
		{"broken quote", "好,ad,2\n坏\"x,ad,2\n末,ad,1\n", []Word{{"好", "ad", 2, Fold, false}, {"末", "ad", 1, Fold, false}}, []int{2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, bad, err := ReadCSV("mine", strings.NewReader(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(list.Words, tt.want) {
				t.Errorf("words %+v, want %+v", list.Words, tt.want)
			}
			var rows []int
			for _, b := range bad {
				rows = append(rows, b.Row)
			}
			if !reflect.DeepEqual(rows, tt.bad) {
				t.Errorf("bad rows %v, want %v", bad, tt.bad)
			}
		})
	}
}

func TestReadRefusesWhatCannotBeUsed(t *testing.T) {
	if _, _, err := ReadCSV("x", strings.NewReader("坏,ad,9\n")); err == nil || !strings.Contains(err.Error(), "row 1") {
		t.Errorf("error %v, want one naming row 1", err)
	}
	if _, _, err := ReadText("x", strings.NewReader("\xff\xfe\x00刷")); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("error %v, want one asking for UTF-8", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("刷单,fraud,3\n")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "mine.CSV")
	if err := os.WriteFile(path, []byte(gb), 0o600); err != nil {
		t.Fatal(err)
	}
	list, bad, err := Load(path)
	if err != nil || len(bad) > 0 || list.Name != "mine" || len(list.Words) != 1 || list.Words[0].Text != "刷单" {
		t.Errorf("list %+v, bad %v, err %v", list, bad, err)
	}
	if _, _, err := Load(filepath.Join(dir, "none.txt")); err == nil {
		t.Error("a missing file was accepted")
	}
}

func TestShipped(t *testing.T) {
	list := Shipped()
	seen := map[string]bool{}
	perCategory := map[string]int{}
	allowed := 0
	for _, w := range list.Words {
		if seen[w.Text] {
			t.Errorf("%q is there twice", w.Text)
		}
		seen[w.Text] = true
		if w.Allow {
			allowed++
			continue
		}
		perCategory[w.Category]++
	}
	for _, c := range []string{CategoryAd, CategoryFraud, CategoryGambling, CategoryPorn, CategoryAbuse} {
		if perCategory[c] < 50 {
			t.Errorf("category %s has %d words, want at least 50", c, perCategory[c])
		}
	}
	if len(perCategory) != 5 {
		t.Errorf("categories %v, want five", perCategory)
	}
	if !seen["加微信群学习"] || allowed < 20 {
		t.Errorf("%d allowed words, want at least 20 with 加微信群学习", allowed)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("word,category,level\n刷单,ad,2\n")
	f.Add("\"a\nb\",ad\n")
	f.Add("\xcb\xa2\xb5\xa5,ad,3")
	f.Fuzz(func(t *testing.T, text string) {
		list, _, err := ReadCSV("fuzz", strings.NewReader(text))
		if err != nil {
			return
		}
		for _, w := range list.Words {
			if err := w.Check(); err != nil {
				t.Fatalf("a word that fails its own check was read: %v", err)
			}
		}
	})
}
