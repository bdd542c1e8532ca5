package chatimport

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
)

// repeater gives the head, then the row that row makes, again and again up to
// size bytes, then the tail, and keeps nothing.
type repeater struct {
	size int
	row  func(b []byte, i int) []byte
	tail string

	buf  []byte
	done int
	n    int
}

func (r *repeater) Read(p []byte) (int, error) {
	for len(r.buf) < len(p) && r.done < r.size {
		before := len(r.buf)
		r.buf = r.row(r.buf, r.n)
		r.done += len(r.buf) - before
		r.n++
		if r.done >= r.size {
			r.buf = append(r.buf, r.tail...)
		}
	}
	if len(r.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.buf)
	r.buf = append(r.buf[:0], r.buf[n:]...)
	return n, nil
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("streams 130 MB")
	}
	body := bytes.Repeat([]byte("今天的接龙已经开始，"), 60) // 1.8 KB, as long messages are
	for _, tc := range []struct {
		format     Format
		head, tail string
		row        func(b []byte, i int) []byte
	}{
		{WeFlow, `{"session":{"accountId":"1@chatroom"},"messages":[{}`, "]}", func(b []byte, i int) []byte {
			return fmt.Appendf(b, ",\n{\"createTime\":%d,\"type\":\"文本消息\",\"content\":\"%s\",\"senderUsername\":\"wxid_%d\"}",
				1700000000+i, body, i%500)
		}},
		{CSV, "time,sender,text\n", "", func(b []byte, i int) []byte {
			return fmt.Appendf(b, "%d,阿%d,\"%s\"\n", 1700000000+i, i%500, body)
		}},
	} {
		const size = 65 << 20
		src := io.MultiReader(bytes.NewReader([]byte(tc.head)), &repeater{size: size, row: tc.row, tail: tc.tail})
		rd, err := Open(src, -1, Options{Format: tc.format, Now: testNow})
		if err != nil {
			t.Fatal(err)
		}
		base, peak, n := heap(), uint64(0), 0
		for {
			rec, _, err := rd.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if rec.Kind == Message {
				n++
			}
			if n%4000 == 1 {
				peak = max(peak, heap())
			}
		}
		if n < size/2100 {
			t.Errorf("%s: %d messages", tc.format, n)
		}
		if peak > base+12<<20 {
			t.Errorf("%s: the heap grew by %d MiB", tc.format, (peak-base)>>20)
		}
	}
}

// heap is what is alive after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkRead(b *testing.B) {
	body := []byte("今天的接龙已经开始，想要的报名")
	b.SetBytes(1 << 20)
	row := func(b []byte, i int) []byte {
		return fmt.Appendf(b, ",\n{\"createTime\":%d,\"type\":\"文本消息\",\"content\":\"%s\",\"senderUsername\":\"wxid_%d\"}",
			1700000000+i, body, i%500)
	}
	src := io.MultiReader(bytes.NewReader([]byte(`{"session":{},"messages":[{}`)), &repeater{size: b.N << 20, row: row, tail: "]}"})
	rd, err := Open(src, -1, Options{Format: WeFlow, Now: testNow})
	for err == nil {
		_, _, err = rd.Next()
	}
	if err != io.EOF {
		b.Fatal(err)
	}
}
