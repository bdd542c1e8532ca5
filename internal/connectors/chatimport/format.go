package chatimport

import (
	"bytes"
	"io"
	"path"
	"strings"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// Format names a format of doc.go; it is stable and shown by the command line.
type Format string

// The formats.
const (
	MultiSelect  Format = "multiselect"
	ChatLab      Format = "chatlab"
	ChatLabJSONL Format = "chatlab-jsonl"
	WeFlow       Format = "weflow"
	WeFlowArkme  Format = "weflow-arkme"
	MemoTrace    Format = "memotrace"
	Chatlog      Format = "chatlog"
	ChatlogText  Format = "chatlog-text"
	WeClone      Format = "weclone"
	CSV          Format = "csv"
	XLSX         Format = "xlsx"
)

// Formats lists what is read, the default of the import page first.
func Formats() []Format {
	return []Format{MultiSelect, ChatLab, ChatLabJSONL, WeFlow, WeFlowArkme, MemoTrace,
		Chatlog, ChatlogText, WeClone, CSV, XLSX}
}

// FormatNames is the list of formats for an error message.
func FormatNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func (f Format) known() bool {
	for _, g := range Formats() {
		if f == g {
			return true
		}
	}
	return false
}

// Detect tells the format from the first bytes of a file, of which 64 KiB are
// enough. The name's extension only decides whether rows of cells are a table.
// What is not recognised is a fault that lists the formats.
func Detect(head []byte, name string) (Format, error) {
	if len(bytes.TrimSpace(head)) == 0 {
		return "", fault.New(fault.Invalid, "chatimport.empty")
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return detectZip(head, name)
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0")):
		return "", fault.New(fault.Invalid, "chatimport.old_workbook")
	}
	text, err := io.ReadAll(io.LimitReader(newTextReader(bytes.NewReader(head)), 4*sniffSize))
	if err != nil {
		return "", err
	}
	if f := detectText(text, name); f != "" {
		return f, nil
	}
	return "", fault.New(fault.Invalid, "chatimport.format_unknown", FormatNames())
}

func detectZip(head []byte, name string) (Format, error) {
	if strings.EqualFold(path.Ext(name), ".xlsx") || bytes.Contains(head, []byte("xl/")) ||
		bytes.Contains(head, []byte("[Content_Types].xml")) {
		return XLSX, nil
	}
	return "", fault.New(fault.Invalid, "chatimport.archive")
}

func detectText(text []byte, name string) Format {
	start := skipComments(text)
	if len(start) == 0 {
		return ""
	}
	switch start[0] {
	case '{':
		return detectObject(start)
	case '[':
		// A multi-select text may also begin with [图片], a JSON array cannot.
		if f := detectArray(start); f != "" {
			return f
		}
	}
	return detectLines(text, name)
}

// skipComments skips blank lines and the # lines of JSONL.
func skipComments(text []byte) []byte {
	for {
		text = bytes.TrimLeft(text, " \t\r\n")
		if !bytes.HasPrefix(text, []byte("#")) {
			return text
		}
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return nil
		}
		text = text[end:]
	}
}

// detectObject looks at the keys of the top object only, as a message may
// contain any word.
func detectObject(text []byte) Format {
	w := newJSONWalker(bytes.NewReader(text), len(text), "messages", "senders", "members")
	keys := map[string]bool{}
	arkme := false
	for {
		item, err := w.next()
		if w.state == jsonInArray {
			keys[w.key] = true
		}
		// The sample may end inside a value, such as a picture; its key counts.
		if !item.Element {
			keys[item.Key] = true
			arkme = arkme || item.Key == "weflow" && bytes.Contains(item.Raw, []byte(`"arkme-json"`))
		}
		if err != nil {
			break
		}
	}
	switch {
	case keys["_type"]:
		return ChatLabJSONL
	case keys["chatlab"]:
		return ChatLab
	case arkme, keys["session"] && keys["senders"]:
		return WeFlowArkme
	case keys["weflow"], keys["session"]:
		return WeFlow
	}
	return ""
}

func detectArray(text []byte) Format {
	w := newJSONWalker(bytes.NewReader(text), len(text))
	item, err := w.next()
	if err != nil || !item.Element {
		return ""
	}
	if bytes.Contains(item.Raw, []byte(`"talker"`)) && bytes.Contains(item.Raw, []byte(`"sender"`)) {
		return Chatlog
	}
	return ""
}

// detectLines looks at the first lines of a text.
func detectLines(text []byte, name string) Format {
	lines := strings.Split(string(text), "\n")
	if len(lines) > 200 {
		lines = lines[:200]
	}
	first := ""
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
		if first == "" {
			first = strings.TrimSpace(lines[i])
		}
	}
	header := splitRow(first, delimiterOf(first))
	columns := newColumns(header)
	switch {
	case columns.has("localId", "StrContent", "CreateTime"):
		return MemoTrace
	case columns.has("MsgSvrID", "type_name", "is_sender", "CreateTime"):
		return WeClone
	}
	for _, line := range lines {
		switch {
		case multiSelectTitle.MatchString(line), dayLine.MatchString(line), senderLine.MatchString(line):
			return MultiSelect
		case chatlogHead.MatchString(line):
			return ChatlogText
		}
	}
	ext := strings.ToLower(path.Ext(name))
	if _, guessed := GuessMapping(header); guessed || ext == ".csv" || ext == ".tsv" || isTable(lines) {
		return CSV
	}
	return ""
}

// isTable reports whether the first rows have the same number of cells, at
// least three: time, sender, text.
func isTable(lines []string) bool {
	delimiter := delimiterOf(lines[0])
	want := len(splitRow(lines[0], delimiter))
	rows := 0
	for _, line := range lines[:min(len(lines), 5)] {
		if line == "" {
			continue
		}
		if len(splitRow(line, delimiter)) != want {
			return false
		}
		rows++
	}
	return want >= 3 && rows >= 2
}
