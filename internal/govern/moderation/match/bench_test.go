package match

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
)

// dataDir is where the public data sets are: beside the repository, or where
// QUNZHU_TEST_DATA says.
func dataDir() string {
	if dir := os.Getenv("QUNZHU_TEST_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "..", "..", "shared", "data")
}

// publicData returns a public file's text. Where it is missing the test is
// skipped on a developer's machine and fails in continuous integration.
func publicData(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(dataDir(), name))
	if err == nil {
		return string(text)
	}
	if os.Getenv("CI") == "true" {
		tb.Fatalf("public data is missing (set QUNZHU_TEST_DATA): %v", err)
	}
	tb.Skipf("NOT MEASURED: public data is missing (set QUNZHU_TEST_DATA): %v", err)
	return ""
}

func largeList(tb testing.TB) []lexicon.Word {
	tb.Helper()
	text := publicData(tb, "lexicon/houbb/dict_v20240407.txt")
	list, bad, err := lexicon.ReadText("houbb", strings.NewReader(text))
	if err != nil || len(bad) > 0 || len(list.Words) < 65_000 {
		tb.Fatalf("%d words, bad %v, err %v", len(list.Words), bad, err)
	}
	return list.Words
}

// chatMessages returns the group messages with the label.
func chatMessages(tb testing.TB, label string) []string {
	tb.Helper()
	var out []string
	for line := range strings.Lines(publicData(tb, "chat/qq_group_mc/v1.txt")) {
		if text, ok := strings.CutSuffix(strings.TrimSpace(line), "=="+label); ok {
			out = append(out, text)
		}
	}
	return out
}

func mixedMessages(tb testing.TB) []string {
	msgs := append(chatMessages(tb, "0"), chatMessages(tb, "1")...)
	for _, name := range []string{"train", "test", "dev"} {
		for line := range strings.Lines(publicData(tb, "chat/cold/"+name+".csv")) {
			msgs = append(msgs, line)
		}
	}
	return msgs
}

func benchmarkFind(b *testing.B, msgs []string, words []lexicon.Word) {
	m, err := Compile(words)
	if err != nil {
		b.Fatal(err)
	}
	total := 0
	for _, msg := range msgs {
		total += len(msg)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	var hits []Hit
	found := 0
	for b.Loop() {
		found = 0
		for _, msg := range msgs {
			hits = m.Find(hits[:0], msg)
			found += len(hits)
		}
	}
	b.ReportMetric(float64(len(msgs))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mmsg/s")
	b.ReportMetric(float64(found), "hits")
}

func BenchmarkFind(b *testing.B) {
	large := largeList(b)
	b.Run("65k/group", func(b *testing.B) { benchmarkFind(b, chatMessages(b, "0"), large) })
	b.Run("65k/mixed", func(b *testing.B) { benchmarkFind(b, mixedMessages(b), large) })
	b.Run("shipped/mixed", func(b *testing.B) { benchmarkFind(b, mixedMessages(b), lexicon.Shipped().Words) })
}

func BenchmarkCompile65k(b *testing.B) {
	words := largeList(b)
	folds()
	before := liveHeap()
	var m *Matcher
	for b.Loop() {
		var err error
		if m, err = Compile(words); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(liveHeap()-before)/(1<<20), "MiB-heap")
	b.ReportMetric(float64(len(m.words)), "words")
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func BenchmarkCheck(b *testing.B) {
	e, err := NewEngine(lexicon.Shipped())
	if err != nil {
		b.Fatal(err)
	}
	msgs := mixedMessages(b)
	total := 0
	for _, msg := range msgs {
		total += len(msg)
	}
	b.SetBytes(int64(total))
	for b.Loop() {
		for _, msg := range msgs {
			e.Check(msg)
		}
	}
}
