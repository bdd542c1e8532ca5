package wecom

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func wrapXML(inner string) []byte {
	return []byte("<xml><ToUserName><![CDATA[ww0sandbox]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>" +
		"<CreateTime>1790000001</CreateTime><MsgType><![CDATA[event]]></MsgType>" + inner + "</xml>")
}

func TestParseCallback(t *testing.T) {
	head := func(c Callback) Callback {
		c.ToUserName, c.FromUserName, c.MsgType = "ww0sandbox", "sys", "event"
		c.CreateTime = time.Unix(1_790_000_001, 0).UTC()
		return c
	}
	set := func(v int64) OptInt { return OptInt{Value: v, Set: true} }
	tests := map[string]struct {
		inner string
		want  Callback
	}{
		"members joined by QR": {
			`<Event><![CDATA[change_external_chat]]></Event><ChatId><![CDATA[wr1]]></ChatId><ChangeType><![CDATA[update]]></ChangeType>
			<UpdateDetail><![CDATA[add_member]]></UpdateDetail><JoinScene>3</JoinScene><QuitScene>0</QuitScene><MemChangeCnt>2</MemChangeCnt>
			<MemChangeList><Item>wm1</Item><Item>wm2</Item></MemChangeList><LastMemVer>9c</LastMemVer><CurMemVer>71</CurMemVer>`,
			head(Callback{Event: EventExternalChat, ChatID: "wr1", ChangeType: ChatUpdated, UpdateDetail: DetailMemberAdded,
				JoinScene: set(3), QuitScene: set(0), MemChangeCnt: set(2), Members: []string{"wm1", "wm2"}, LastMemVer: "9c", CurMemVer: "71"}),
		},
		"member list as comma text": {
			`<Event>change_external_chat</Event><ChatId>wr1</ChatId><ChangeType>update</ChangeType><UpdateDetail>del_member</UpdateDetail>
			<QuitScene>1</QuitScene><MemChangeList><![CDATA[wm1, wm2,wm1]]></MemChangeList>`,
			head(Callback{Event: EventExternalChat, ChatID: "wr1", ChangeType: ChatUpdated, UpdateDetail: DetailMemberRemoved,
				QuitScene: set(1), Members: []string{"wm1", "wm2"}}),
		},
		"renamed, with elements that do not belong": {
			`<Event>change_external_chat</Event><ChatId>wr1</ChatId><ChangeType>update</ChangeType><UpdateDetail>change_name</UpdateDetail>
			<JoinScene>0</JoinScene><MemChangeCnt>2</MemChangeCnt><LastMemVer>a</LastMemVer><CurMemVer>b</CurMemVer>`,
			head(Callback{Event: EventExternalChat, ChatID: "wr1", ChangeType: ChatUpdated, UpdateDetail: DetailNameChanged,
				JoinScene: set(0), MemChangeCnt: set(2), LastMemVer: "a", CurMemVer: "b"}),
		},
		"dismissed": {
			`<Event>change_external_chat</Event><ChatId>wr1</ChatId><ChangeType>dismiss</ChangeType>`,
			head(Callback{Event: EventExternalChat, ChatID: "wr1", ChangeType: ChatDismissed}),
		},
		"contact added": {
			`<Event>change_external_contact</Event><ChangeType>add_external_contact</ChangeType><UserID>staff01</UserID>
			<ExternalUserID>wm1</ExternalUserID><State>ch_poster</State><WelcomeCode>WC123</WelcomeCode>`,
			head(Callback{Event: EventExternalContact, ChangeType: "add_external_contact", UserID: "staff01", ExternalUserID: "wm1",
				State: "ch_poster", WelcomeCode: "WC123"}),
		},
		"tag": {
			`<Event>change_external_tag</Event><Id>et1</Id><TagType>tag</TagType><ChangeType>create</ChangeType><StrategyId>2</StrategyId>`,
			head(Callback{Event: EventExternalTag, ChangeType: "create", ID: "et1", TagType: "tag", StrategyID: "2"}),
		},
		"archive notification": {
			`<AgentID>2000004</AgentID><Event><![CDATA[msgaudit_notify]]></Event>`,
			head(Callback{Event: EventArchiveNotify, AgentID: "2000004"}),
		},
		"numbers that are none": {
			`<Event>change_external_chat</Event><JoinScene></JoinScene><MemChangeCnt>many</MemChangeCnt>`,
			head(Callback{Event: EventExternalChat}),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseCallback(wrapXML(tt.inner))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.SourceKey) != 64 {
				t.Errorf("source key %q is no SHA-256", got.SourceKey)
			}
			got.SourceKey = ""
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestSourceKeyTellsEventsOfOneSecondApart(t *testing.T) {
	a, errA := ParseCallback(wrapXML("<ChatId>wr1</ChatId>"))
	b, errB := ParseCallback(wrapXML("<ChatId>wr2</ChatId>"))
	again, errC := ParseCallback(wrapXML("<ChatId>wr1</ChatId>"))
	if err := errors.Join(errA, errB, errC); err != nil {
		t.Fatal(err)
	}
	if a.SourceKey == b.SourceKey || a.SourceKey != again.SourceKey {
		t.Errorf("keys %s, %s, %s", a.SourceKey, b.SourceKey, again.SourceKey)
	}
}

func TestParseCallbackRefuses(t *testing.T) {
	tests := map[string][]byte{
		"nothing":       nil,
		"not XML":       []byte("hello"),
		"another root":  []byte("<html><MsgType>event</MsgType></html>"),
		"unclosed":      []byte("<xml><MsgType>event</MsgType>"),
		"no MsgType":    []byte("<xml><InfoType>suite_ticket</InfoType></xml>"),
		"DOCTYPE":       []byte(`<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>&a;</MsgType></xml>`),
		"entity":        []byte(`<xml><MsgType>&a;</MsgType></xml>`),
		"deep nesting":  []byte("<xml><MsgType>event</MsgType>" + strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000) + "</xml>"),
		"too large":     wrapXML("<Content>" + strings.Repeat("x", MaxCallbackBytes) + "</Content>"),
		"other charset": []byte(`<?xml version="1.0" encoding="gbk"?><xml><MsgType>event</MsgType></xml>`),
	}
	for name, body := range tests {
		if got, err := ParseCallback(body); err == nil {
			t.Errorf("%s: accepted as %+v", name, got)
		}
	}
}

func TestReadCallbackLimit(t *testing.T) {
	if _, err := ReadCallback(bytes.NewReader(make([]byte, MaxCallbackBytes))); err != nil {
		t.Errorf("a body of the limit: %v", err)
	}
	if _, err := ReadCallback(bytes.NewReader(make([]byte, MaxCallbackBytes+1))); !errors.Is(err, ErrCallbackTooLarge) {
		t.Errorf("a body beyond the limit: %v", err)
	}
}

func TestEnvelopeRoundTrip(t *testing.T) {
	codec := vectorCodec(t)
	sealed, err := codec.Seal(wrapXML("<Event>msgaudit_notify</Event>"), "1790000001", "n")
	if err != nil {
		t.Fatal(err)
	}
	body, err := sealed.XML()
	if err != nil {
		t.Fatal(err)
	}
	encrypted, err := ParseEnvelope(body)
	if err != nil || encrypted != sealed.Encrypt {
		t.Fatalf("envelope %q, %v", encrypted, err)
	}
	if _, err := ParseEnvelope([]byte("<xml><ToUserName>a</ToUserName></xml>")); err == nil {
		t.Error("an envelope without Encrypt was accepted")
	}
}

func FuzzParseCallback(f *testing.F) {
	f.Add(wrapXML("<Event>msgaudit_notify</Event>"))
	f.Add(wrapXML("<MemChangeList><Item>wm1</Item>wm2,wm3</MemChangeList><JoinScene>x</JoinScene>"))
	f.Add([]byte(`<!DOCTYPE xml><xml/>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := ParseCallback(body)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, id := range c.Members {
			if id == "" || seen[id] {
				t.Fatalf("members %q hold an empty or repeated id", c.Members)
			}
			seen[id] = true
		}
	})
}
