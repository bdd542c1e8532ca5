package chatimport

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// multiselect reads the text that WeChat makes of selected messages.
//
// Nothing in it marks where a message ends: a line of somebody's message that
// looks like a sender line ("周三班  19:30") is read as one. The clocks of a
// selection never go back within a day, so such a line stays part of the message
// where it breaks their order.
type multiselect struct {
	in    input
	body  bodyReader
	day   [3]string    // year, month, day; empty before the first day line
	queue []block      // that begin with a sender line
	after *blockResult // what follows the queue
}

type blockResult struct {
	block
	rowErr *RowError
	err    error
}

var (
	multiSelectTitle = regexp.MustCompile(`在微信上的聊天记录如下|^\s*(?:微信群|群聊)?["“”「].+["“”」]的聊天记录如下`)
	titleGroup       = regexp.MustCompile(`^\s*(?:微信群|群聊)["“”「](.+)["“”」](?:的|在微信上的)聊天记录如下`)
	titlePair        = regexp.MustCompile(`^\s*.+ 和 .+在微信上的聊天记录如下`)

	dayLine = regexp.MustCompile(`^\s*[—–―─_-]{2,}\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*[—–―─_-]{2,}\s*$`)

	senderLine = regexp.MustCompile(`^\s*(\S(?:.*\S)?)[\t\p{Zs}]{2,}([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\s*$`)
)

func newMultiSelect(in input) source {
	lines := newLineReader(in.text, in.opt.Limits.Line)
	m := &multiselect{in: in}
	m.body = bodyReader{lines: lines, limit: in.opt.Limits.Line, isHead: func(line string) bool {
		return senderLine.MatchString(line) || dayLine.MatchString(line) || multiSelectTitle.MatchString(line)
	}}
	return lookAhead(m)
}

func (m *multiselect) next() (Record, *RowError, error) {
	for {
		b, rowErr, err := m.nextBlock()
		if err != nil || rowErr != nil {
			return Record{}, rowErr, err
		}
		switch {
		case b.head == "":
			return Record{}, atLine(b.line, rowError(Stray, "", b.body)), nil
		case senderLine.MatchString(b.head):
			rec, rowErr := m.message(b)
			return rec, rowErr, nil
		case dayLine.MatchString(b.head):
			copy(m.day[:], dayLine.FindStringSubmatch(b.head)[1:])
		default:
			m.title(b.head)
		}
	}
}

func (m *multiselect) title(line string) {
	if g := titleGroup.FindStringSubmatch(line); g != nil {
		m.in.header.Group = clean(g[1])
		return
	}
	m.in.header.Private = titlePair.MatchString(line)
}

func (m *multiselect) message(b block) (Record, *RowError) {
	f := senderLine.FindStringSubmatch(b.head)
	hour, _ := strconv.Atoi(f[2])
	day, ok := m.dayOf()
	if !ok {
		return Record{}, atLine(b.line, rowError(TimeNoDay, "time", b.head))
	}
	at, ok := wallClock(m.in.opt.Zone, day[0], day[1], day[2], hour, f[3], f[4])
	problem := TimeInvalid
	if ok {
		at, problem = m.in.times.check(at)
	}
	if problem != "" {
		return Record{}, atLine(b.line, timeError(problem, "time", b.head))
	}
	return Record{
		Kind: Message, Line: b.line, At: at, Minute: f[4] == "",
		SenderName: f[1], Type: typeOfText(b.body), Text: b.body,
	}, nil
}

// dayOf is the day of the last day line, or the declared one where the paste
// begins below its day line.
func (m *multiselect) dayOf() ([3]string, bool) {
	if m.day[0] != "" {
		return m.day, true
	}
	from, to := m.in.opt.DeclaredFrom.In(m.in.opt.Zone), m.in.opt.DeclaredTo.In(m.in.opt.Zone)
	if m.in.opt.DeclaredFrom.IsZero() || from.Format(time.DateOnly) != to.Format(time.DateOnly) {
		return m.day, false
	}
	return [3]string(strings.Split(from.Format(time.DateOnly), "-")), true
}

// orderWindow is how many sender lines are looked at to judge one.
const orderWindow = 5

// nextBlock returns a block whose sender line fits the order of clocks, with
// the lines that do not fit taken back into its body.
func (m *multiselect) nextBlock() (block, *RowError, error) {
	m.fill()
	if len(m.queue) == 0 {
		after := m.after
		m.after = nil
		return after.block, after.rowErr, after.err
	}
	b := m.queue[0]
	for {
		m.queue = m.queue[1:]
		m.fill()
		n := misplaced(clockOf(b), m.queue)
		if n == 0 {
			return b, nil, nil
		}
		for _, part := range m.queue[:n] {
			if len(b.body) < m.in.opt.Limits.Line {
				b.body = strings.TrimSpace(b.body + "\n" + part.head + "\n" + part.body)
			}
		}
		m.queue = m.queue[n-1:]
	}
}

// fill reads ahead up to the next line that is no sender line: a title or a day
// line begins a new order of clocks.
func (m *multiselect) fill() {
	for len(m.queue) < orderWindow && m.after == nil {
		b, rowErr, err := m.body.next()
		if err == nil && rowErr == nil && senderLine.MatchString(b.head) {
			m.queue = append(m.queue, b)
			continue
		}
		m.after = &blockResult{b, rowErr, err}
	}
}

// misplaced counts the blocks at the front of rest that leave the order after
// which a later one comes back to it: 16:21, [19:30], 16:22. Where the clocks go
// back for good, another selection was pasted below.
func misplaced(previous int, rest []block) int {
	if len(rest) == 0 {
		return 0
	}
	first := clockOf(rest[0])
	for i, b := range rest[1:] {
		if clock := clockOf(b); clock >= previous && (first > clock || first < previous) {
			return i + 1
		}
	}
	return 0
}

// clockOf is the second of the day in a sender line.
func clockOf(b block) int {
	f := senderLine.FindStringSubmatch(b.head)
	hour, _ := strconv.Atoi(f[2])
	minute, _ := strconv.Atoi(f[3])
	second, _ := strconv.Atoi(f[4])
	return (hour*60+minute)*60 + second
}
