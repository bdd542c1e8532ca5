package match

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the longest message [Moderate] reads, in bytes.
const MaxLine = 1 << 20

// Moderate reads messages from in, one a line, and writes the verdict of each
// to out as one JSON line. What is judged is flushed whenever in has nothing
// more at hand, so that it can be used in a pipe. The error names the line.
func Moderate(ctx context.Context, in io.Reader, out io.Writer, eng *Engine) error {
	r := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriterSize(out, 64<<10)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	var line []byte
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, w.Flush())
		}
		var err error
		if line, err = readLine(r, line[:0]); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			} else {
				err = fmt.Errorf("line %d: %w", n, err)
			}
			return errors.Join(err, w.Flush())
		}
		if err := encoder.Encode(eng.Check(string(line))); err != nil {
			return fmt.Errorf("write verdict of line %d: %w", n, err)
		}
		if r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write verdict of line %d: %w", n, err)
			}
		}
	}
}

// readLine appends the next line without its end to line; io.EOF means that
// there is none.
func readLine(r *bufio.Reader, line []byte) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxLine+2 {
			return line, errTooLong
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) > 0, err == nil:
			line = trimEnd(line)
			if len(line) > MaxLine {
				return line, errTooLong
			}
			return line, nil
		default:
			return line, err
		}
	}
}

var errTooLong = fmt.Errorf("the message is longer than %d MiB; split it", MaxLine>>20)

func trimEnd(line []byte) []byte {
	for _, end := range []byte("\n\r") {
		if n := len(line); n > 0 && line[n-1] == end {
			line = line[:n-1]
		}
	}
	return line
}
