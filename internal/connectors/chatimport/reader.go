package chatimport

import (
	"bufio"
	"crypto/sha256"
	"io"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// source reads one format. Its records are raw: [Reader] cleans, checks and
// numbers them. It may change the header until it returns io.EOF.
type source interface {
	next() (Record, *RowError, error)
}

// input is what a source is made from.
type input struct {
	text   io.Reader // decoded; nil for a workbook
	raw    io.Reader
	size   int64
	opt    Options
	times  timeParser
	header *Header
}

// Reader reads the records of one file in order.
type Reader struct {
	src      source
	opt      Options
	text     *textReader
	header   Header
	group    [2]string // id and name of the Group record given last
	rows     int64
	held     *Record // follows the Group record that was made for it
	ordinals ordinals
	done     error
}

// Open detects the format and reads up to the first row. Size is the length of
// r in bytes, or -1 when it is not known. Faults of code Invalid say what is
// wrong with the file as a whole.
func Open(r io.Reader, size int64, opt Options) (*Reader, error) {
	rd, in, err := prepare(r, size, opt)
	if err != nil {
		return nil, err
	}
	if rd.src, err = newSource(rd.header.Format, in); err != nil {
		return nil, err
	}
	return rd, nil
}

// prepare detects the format and decodes the text.
func prepare(r io.Reader, size int64, opt Options) (*Reader, input, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, input{}, err
	}
	buffered := bufio.NewReaderSize(r, sniffSize)
	head, err := buffered.Peek(sniffSize)
	if err != nil && err != io.EOF {
		return nil, input{}, err
	}
	format := opt.Format
	if format == "" {
		if format, err = Detect(head, opt.Name); err != nil {
			return nil, input{}, err
		}
	}
	rd := &Reader{opt: opt, ordinals: newOrdinals()}
	rd.header = Header{Format: format, Platform: "wechat"}
	in := input{raw: buffered, size: size, opt: opt, header: &rd.header,
		times: timeParser{zone: opt.Zone, now: opt.Now}}
	if format != XLSX {
		rd.text = newTextReader(buffered)
		in.text = rd.text
	}
	return rd, in, nil
}

func newSource(format Format, in input) (source, error) {
	switch format {
	case MultiSelect:
		return newMultiSelect(in), nil
	case ChatLab:
		return newChatLab(in), nil
	case ChatLabJSONL:
		return newChatLabJSONL(in), nil
	case WeFlow, WeFlowArkme:
		return newWeFlow(in), nil
	case Chatlog:
		return newChatlog(in), nil
	case ChatlogText:
		return newChatlogText(in), nil
	case MemoTrace, WeClone, CSV:
		return newCSVSource(format, in)
	case XLSX:
		return newWorkbookSource(in)
	}
	return nil, fault.InvalidField("format", "chatimport.format_unknown", FormatNames())
}

// Header describes the file as far as it has been read.
func (r *Reader) Header() Header {
	h := r.header
	if r.text != nil {
		h.Encoding = r.text.encoding
	}
	return h
}

// Next returns a record, or a row error after which the stream goes on, or an
// error that ends it: io.EOF after the last record, a fault where the file is
// cut off or unreadable. What was returned before stays valid.
func (r *Reader) Next() (Record, *RowError, error) {
	if r.held != nil {
		rec := *r.held
		r.held = nil
		return rec, nil, nil
	}
	if r.done != nil {
		return Record{}, nil, r.done
	}
	rec, rowErr, err := r.src.next()
	if err != nil {
		r.done = err
		r.Close()
		return Record{}, nil, err
	}
	r.rows++
	if rowErr == nil {
		rowErr = r.finish(&rec)
	}
	if rowErr != nil {
		rowErr.Row = r.rows
		if rowErr.Line == 0 {
			rowErr.Line = rec.Line
		}
		return Record{}, rowErr, nil
	}
	if group, isNew := r.newGroup(rec); isNew {
		r.held = &rec
		return group, nil, nil
	}
	return rec, nil, nil
}

// Close releases what a workbook keeps on disk. It is called by Next at the
// end; a caller that stops earlier must call it.
func (r *Reader) Close() error {
	if c, ok := r.src.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// finish cleans a record and checks what every format must keep to.
func (r *Reader) finish(rec *Record) *RowError {
	if rec.GroupID == "" && rec.GroupName == "" {
		rec.GroupID, rec.GroupName = r.header.GroupID, r.header.Group
	}
	for _, s := range []*string{&rec.GroupID, &rec.GroupName, &rec.SenderID, &rec.SenderName,
		&rec.Text, &rec.PlatformID, &rec.ReplyTo} {
		*s = clean(*s)
	}
	if isLossy(rec.PlatformID) {
		return rowError(LossyID, "message id", rec.PlatformID)
	}
	if isLossy(rec.SenderID) {
		return rowError(LossyID, "sender id", rec.SenderID)
	}
	if rec.Kind == Message || rec.Kind == Join {
		if rowErr := r.checkMessage(rec); rowErr != nil {
			return rowErr
		}
	}
	rec.Row = r.rows
	rec.content = sha256.Sum256([]byte(rec.Text))
	rec.Text, rec.Truncated = truncate(rec.Text, r.opt.Limits.Text)
	rec.Ordinal = r.ordinals.next(rec)
	return nil
}

func (r *Reader) checkMessage(rec *Record) *RowError {
	from, to := r.opt.DeclaredFrom, r.opt.DeclaredTo
	if !from.IsZero() && rec.At.Before(from) || !to.IsZero() && rec.At.After(to) {
		return rowError(OutsidePeriod, "time", rec.At.Format("2006-01-02 15:04"), from, to)
	}
	if rec.Kind == Message && rec.SenderID == "" && rec.SenderName == "" && !rec.Self &&
		rec.Type != System && rec.Type != Recall {
		return rowError(Missing, "sender", "")
	}
	return nil
}

func (r *Reader) newGroup(rec Record) (Record, bool) {
	group := [2]string{rec.GroupID, rec.GroupName}
	if group == r.group || group == [2]string{} {
		return Record{}, false
	}
	r.group = group
	return Record{Kind: Group, Line: rec.Line, GroupID: rec.GroupID, GroupName: rec.GroupName}, true
}

// ordinals counts equal records in bounded memory: of two generations of
// counts the older is dropped when the newer is full. Equal messages of one
// minute stand close together, so nothing that matters is forgotten.
type ordinals struct {
	current, past map[[sha256.Size]byte]int
}

const ordinalGeneration = 1 << 15

func newOrdinals() ordinals {
	return ordinals{current: map[[sha256.Size]byte]int{}}
}

func (o *ordinals) next(rec *Record) int {
	if rec.PlatformID != "" {
		return 0
	}
	h := sha256.New()
	rec.identity(h)
	var id [sha256.Size]byte
	h.Sum(id[:0])
	n, ok := o.current[id]
	if !ok {
		n = o.past[id]
	}
	if len(o.current) >= ordinalGeneration {
		o.past, o.current = o.current, map[[sha256.Size]byte]int{}
	}
	o.current[id] = n + 1
	return n
}
