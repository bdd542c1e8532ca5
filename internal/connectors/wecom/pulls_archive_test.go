package wecom

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
)

// brittle is an archive whose library breaks on some messages.
type brittle struct {
	messages []SealedMessage
	breaks   map[uint64]bool
}

func (b brittle) Pull(_ context.Context, seq uint64, _ int) ([]SealedMessage, error) {
	return b.messages[seq:], nil
}

func (b brittle) Open(_ context.Context, m SealedMessage, _ string) ([]byte, error) {
	if b.breaks[m.Seq] {
		return nil, &TransportError{Path: "archive-puller open", Sent: true, text: "the program ended"}
	}
	return json.Marshal(map[string]any{
		"msgid": m.MsgID, "action": "send", "from": "lin", "roomid": "wr1", "msgtime": 1_790_000_000_000, "msgtype": "text",
	})
}

func (brittle) Media(context.Context, string, string) (MediaChunk, error) { return MediaChunk{}, nil }

// nothing is the knowledge of a new connection.
type nothing struct{ connector.Knowledge }

func (nothing) Now() time.Time { return time.Unix(1_790_000_000, 0) }

// TestAMessageThatBreaksTheLibraryIsPassedOver: one such message is kept for
// later; two in a row mean that the library is broken, and nothing is passed.
func TestAMessageThatBreaksTheLibraryIsPassedOver(t *testing.T) {
	ring, err := NewKeyRing(map[int][]byte{1: pkcs1PEM(archiveKey())})
	if err != nil {
		t.Fatal(err)
	}
	source := brittle{}
	for i := range 5 {
		source.messages = append(source.messages, SealedMessage{
			Seq: uint64(i + 1), MsgID: fmt.Sprintf("%d_external", i), PublicKeyVer: 1, EncryptRandomKey: sealKey(t, "random"),
		})
	}
	for name, tt := range map[string]struct {
		breaks map[uint64]bool
		kinds  string
	}{
		"none":            {nil, "[archive archive archive archive archive]"},
		"two apart":       {map[uint64]bool{2: true, 4: true}, "[archive sealed archive sealed archive]"},
		"two in a row":    {map[uint64]bool{2: true, 3: true}, ""},
		"the library end": {map[uint64]bool{1: true, 2: true, 3: true, 4: true, 5: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			source.breaks = tt.breaks
			a := &account{archive: source, keys: ring, log: slog.New(slog.DiscardHandler)}
			page, err := a.pullArchive(t.Context(), "", nothing{})
			if (err != nil) != (tt.kinds == "") {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				return
			}
			var kinds []string
			for _, r := range page.Raws {
				kinds = append(kinds, r.Kind)
			}
			if fmt.Sprint(kinds) != tt.kinds || page.Cursor != `{"seq":5}` || !page.More {
				t.Errorf("got %v, cursor %s", kinds, page.Cursor)
			}
		})
	}
}
