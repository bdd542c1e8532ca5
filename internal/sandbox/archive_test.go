package sandbox

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"image/png"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

// testKeys are made once: generating RSA keys is the slow part of these tests.
var testKeys = sync.OnceValue(func() []*rsa.PrivateKey {
	var keys []*rsa.PrivateKey
	for range 2 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys = append(keys, k)
	}
	return keys
})

func publicPEM(k *rsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func (h *house) chatData(seq, limit int) map[string]any {
	h.Helper()
	return h.send(http.MethodGet, fmt.Sprintf("/sandbox/archive/chatdata?secret=sandbox-archive-secret&seq=%d&limit=%d", seq, limit), nil)
}

// pull opens records with nothing but the description in doc.go.
func (h *house) pull(seq, limit int) []map[string]any {
	h.Helper()
	var out []map[string]any
	for _, row := range h.want(0, h.chatData(seq, limit))["chatdata"].([]any) {
		r := row.(map[string]any)
		key := testKeys()[int(r["publickey_ver"].(float64))-1]
		//lint:ignore SA1019 the platform prescribes PKCS #1 v1.5 (D:91774)
		random, err := rsa.DecryptPKCS1v15(nil, key, h.base64(r["encrypt_random_key"]))
		h.must(err)
		sum := sha256.Sum256(random)
		block, err := aes.NewCipher(sum[:])
		h.must(err)
		gcm, err := cipher.NewGCM(block)
		h.must(err)
		message := h.base64(r["encrypt_chat_msg"])
		plain, err := gcm.Open(nil, message[:12], message[12:], nil)
		h.must(err)
		var record map[string]any
		h.must(json.Unmarshal(plain, &record))
		if record["msgid"] != r["msgid"] {
			h.Errorf("msgid %v outside, %v inside", r["msgid"], record["msgid"])
		}
		record["seq"], record["ver"] = r["seq"], r["publickey_ver"]
		out = append(out, record)
	}
	return out
}

func (h *house) base64(v any) []byte {
	h.Helper()
	raw, err := base64.StdEncoding.DecodeString(v.(string))
	h.must(err)
	return raw
}

func (h *house) register(k *rsa.PrivateKey) {
	h.Helper()
	h.want(0, h.send(http.MethodPut, "/sandbox/archive/public-key?secret=sandbox-archive-secret", publicPEM(k)))
}

func (h *house) say(from string, m Message) string {
	h.Helper()
	id, err := h.world.Say(h.chat, from, m)
	h.must(err)
	return id
}

func TestArchiveRoundTripWithKeyRotation(t *testing.T) {
	h := newHouse(t)
	h.register(testKeys()[0])
	id := h.say(contactID(1), Message{Text: "宝宝几个月加辅食?"})
	h.register(testKeys()[1])
	h.say("lin", Message{Text: "满六个月"})
	got := h.pull(0, 10)
	if len(got) != 2 || got[0]["ver"] != 1.0 || got[1]["ver"] != 2.0 {
		t.Fatalf("records %v", got)
	}
	first := got[0]
	if first["msgid"] != id || first["action"] != "send" || first["from"] != contactID(1) || first["roomid"] != h.chat ||
		first["msgtime"] != float64(h.clock.Now().UnixMilli()) || first["msgtype"] != "text" ||
		first["text"].(map[string]any)["content"] != "宝宝几个月加辅食?" || len(first["tolist"].([]any)) != 5 {
		t.Errorf("plaintext %v", first)
	}
	if rest := h.pull(1, 10); len(rest) != 1 || rest[0]["seq"] != 2.0 {
		t.Errorf("after seq 1: %v", rest)
	}
}

func TestArchiveKeysAndReceiversCanBeSpared(t *testing.T) {
	h := newHouse(t)
	h.world.cfg.ArchiveKeyReuse, h.world.cfg.ArchiveToList = 2, 3
	h.register(testKeys()[0])
	for range 3 {
		h.say(contactID(1), Message{Text: "x"})
	}
	h.register(testKeys()[1])
	h.say(contactID(1), Message{Text: "x"})
	var keys []any
	for _, row := range h.chatData(0, 10)["chatdata"].([]any) {
		keys = append(keys, row.(map[string]any)["encrypt_random_key"])
	}
	if keys[0] != keys[1] || keys[1] == keys[2] || keys[2] == keys[3] {
		t.Error("the random keys are not shared by two neighbours of one version")
	}
	for _, r := range h.pull(0, 10) {
		if n := len(r["tolist"].([]any)); n != 3 {
			t.Errorf("%d receivers, want 3", n)
		}
	}
}

func TestArchiveShapes(t *testing.T) {
	h := newHouse(t)
	h.register(testKeys()[0])
	cases := []struct {
		m      Message
		key    string // body object
		fields []string
	}{
		{Message{Type: "image"}, "image", []string{"md5sum", "filesize", "sdkfileid"}},
		{Message{Type: "emotion"}, "emotion", []string{"type", "width", "height", "imagesize", "md5sum", "sdkfileid"}},
		{Message{Type: "voice"}, "voice", []string{"voice_size", "play_length", "sdkfileid"}},
		{Message{Type: "video"}, "video", []string{"filesize", "play_length", "sdkfileid"}},
		{Message{Type: "file", Text: "课件.pdf"}, "file", []string{"filename", "fileext", "filesize", "md5sum"}},
		{Message{Type: "link", Text: "长图"}, "link", []string{"title", "description", "link_url", "image_url"}},
		{Message{Type: "weapp", Text: "小程序"}, "weapp", []string{"title", "username", "displayname"}},
		{Message{Type: "location", Text: "天府广场"}, "location", []string{"longitude", "latitude", "address", "title", "zoom"}},
		{Message{Type: "external_redpacket", Text: "恭喜"}, "redpacket", []string{"type", "wish", "totalcnt", "totalamount"}},
		{Message{Type: "markdown", Text: "**x**"}, "info", []string{"content"}},
		{Message{Type: "docmsg", Raw: map[string]any{"title": "表", "link_url": "u", "doc_creator": "lin"}}, "doc", []string{"title", "doc_creator"}},
		{Message{Type: "mixed", Raw: map[string]any{"item": []any{map[string]any{"type": "text", "content": "{}"}}}}, "mixed", []string{"item"}},
		{Message{Type: "todo", Text: "x"}, "todo", []string{"title", "content"}},
		{Message{Type: "card", Text: "he"}, "card", []string{"corpname", "userid"}},
		{Message{Type: "news", Text: "x"}, "info", []string{"item"}},
		{Message{Type: "calendar", Text: "x"}, "calendar", []string{"title", "creatorname", "attendeename", "starttime", "endtime"}},
		{Message{Type: "meeting", Text: "x"}, "meeting", []string{"topic", "starttime", "meetingtype", "meetingid", "status"}},
		{Message{Type: "voip_doc_share", Text: "x"}, "voip_doc_share", []string{"filename", "filesize", "md5sum", "sdkfileid"}},
		{Message{Type: "meeting_voice_call"}, "meeting_voice_call", []string{"endtime", "sdkfileid", "demofiledata"}},
		{Message{Type: "sphfeed", Text: "x"}, "sphfeed", []string{"feed_type", "sph_name", "feed_desc"}},
		{Message{Type: "a_new_type", Text: "x"}, "a_new_type", []string{"title"}},
		{Message{Type: "collect", Text: "接龙"}, "collect", []string{"room_name", "creator", "create_time", "title", "details"}},
		{Message{Type: "link", Raw: map[string]any{"link": map[string]any{"title": "包好的"}}}, "link", []string{"title"}},
	}
	for _, tc := range cases {
		h.say(contactID(1), tc.m)
	}
	h.say(contactID(2), Message{Type: "vote", Raw: map[string]any{"votetitle": "几点", "voteitem": []string{"8", "9"}, "votetype": 101}})
	got := h.pull(0, 100)
	for i, tc := range cases {
		body, _ := got[i][tc.key].(map[string]any)
		for _, f := range tc.fields {
			if body[f] == nil {
				t.Errorf("%s: no %s.%s in %v", tc.m.Type, tc.key, f, got[i])
			}
		}
	}
	if got[len(cases)]["votetitle"] != "几点" {
		t.Errorf("vote %v", got[len(cases)])
	}
}

func TestRecallConsentAndSwitch(t *testing.T) {
	h := newHouse(t)
	h.register(testKeys()[0])
	id := h.say(contactID(1), Message{Text: "发错了"})
	h.must(h.world.Recall(h.chat, contactID(1), id))
	h.must(h.world.Consent(h.chat, contactID(2), false))
	hidden := h.say(contactID(2), Message{Text: "看不见"})
	h.must(h.world.Recall(h.chat, contactID(2), hidden))
	h.must(h.world.Consent(h.chat, contactID(2), true))
	h.say(contactID(2), Message{Text: "看得见"})
	h.must(h.world.SwitchCorp("lin"))
	if err := h.world.Recall(h.chat, contactID(3), id); err == nil {
		t.Error("recalled twice")
	}

	got := h.pull(0, 100)
	var kinds []string
	for _, r := range got {
		kinds = append(kinds, fmt.Sprintf("%v/%v", r["action"], r["msgtype"]))
	}
	want := "[send/text recall/revoke send/disagree send/agree send/text switch/<nil>]"
	if fmt.Sprint(kinds) != want {
		t.Fatalf("got  %v\nwant %s", kinds, want)
	}
	if got[1]["revoke"].(map[string]any)["pre_msgid"] != id {
		t.Errorf("revoke %v", got[1])
	}
	if got[2]["disagree"].(map[string]any)["userid"] != contactID(2) {
		t.Errorf("disagree %v", got[2])
	}
	if got[5]["user"] != "lin" || got[5]["from"] != nil || got[5]["time"] == nil {
		t.Errorf("switch %v", got[5])
	}
}

func TestOnlyCoveredGroupsAreArchived(t *testing.T) {
	h := newHouse(t)
	plain := h.world.CreateGroup(Group{Name: "未开通", Owner: "he"})
	_, err := h.world.Say(plain, "he", Message{Text: "x"})
	h.must(err)
	if h.archived() != 0 {
		t.Error("a message of a group without archive")
	}
}

func TestArchiveWindow(t *testing.T) {
	h := newHouse(t)
	h.register(testKeys()[0])
	for range 3 {
		h.say(contactID(1), Message{Text: "x"})
		h.clock.add(48 * time.Hour)
	}
	// Now six, four and two days old.
	got := h.pull(0, 10)
	if len(got) != 2 || got[0]["seq"] != 2.0 {
		t.Errorf("within the window: %v", got)
	}
}

func TestOldRecordsAreForgotten(t *testing.T) {
	h := newHouse(t)
	h.register(testKeys()[0])
	for range 5000 {
		h.say(contactID(1), Message{Text: "x"})
	}
	h.clock.add(6 * 24 * time.Hour)
	h.say(contactID(1), Message{Text: "新"})
	if n := len(h.world.archive.records); n != 1 {
		t.Errorf("%d records kept", n)
	}
	if got := h.pull(0, 10); len(got) != 1 || got[0]["seq"] != 5001.0 {
		t.Errorf("pulled %v", got)
	}
}

func TestArchiveRefuses(t *testing.T) {
	h := newHouse(t)
	const path = "/sandbox/archive/"
	for query, code := range map[string]int{
		"chatdata?secret=x&seq=0&limit=1":                                   10000,
		"chatdata?secret=sandbox-archive-secret&seq=0&limit=1001":           10000,
		"chatdata?secret=sandbox-archive-secret&seq=0":                      10000,
		"chatdata?secret=sandbox-archive-secret&seq=-1&limit=1":             10000,
		"media?sdkfileid=x":                                                 10005,
		"media?sdkfileid=sandbox-image-99":                                  10005,
		"media?sdkfileid=sandbox-image-1&index=x":                           10000,
		"media?sdkfileid=sandbox-image-1&index=Range:bytes%3D999999-999999": 10000,
	} {
		h.want(code, h.send(http.MethodGet, path+query, nil))
	}
	h.want(10000, h.send(http.MethodPut, path+"public-key?secret=sandbox-archive-secret", []byte("no key")))
	h.must(h.server.SetFaults(Faults{ArchiveLimit: 100}))
	h.want(301058, h.chatData(0, 101))
	h.want(0, h.chatData(0, 100))
	h.must(h.server.SetFaults(Faults{TrustedIPs: []string{"10.0.0.1"}}))
	h.want(10009, h.chatData(0, 1))
}

func TestMediaComesInSlices(t *testing.T) {
	h := newHouse(t)
	h.register(testKeys()[0])
	h.say(contactID(1), Message{Type: "video"})
	// A sender knows no file ids: what it claims is replaced.
	h.say(contactID(1), Message{Type: "image", Raw: map[string]any{"sdkfileid": "SBclaimed", "md5sum": "00", "filesize": 1}})
	records := h.pull(0, 10)
	content := map[string][]byte{}
	for _, kind := range []string{"video", "image"} {
		var body map[string]any
		for _, r := range records {
			if r["msgtype"] == kind {
				body = r[kind].(map[string]any)
			}
		}
		index := ""
		for slices := 1; ; slices++ {
			out := h.want(0, h.send(http.MethodGet, "/sandbox/archive/media?"+url.Values{
				"sdkfileid": {body["sdkfileid"].(string)}, "index": {index}}.Encode(), nil))
			data := h.base64(out["data"])
			if len(data) > mediaSlice || out["data_len"] != float64(len(data)) {
				t.Fatalf("a slice of %d bytes", len(data))
			}
			content[kind] = append(content[kind], data...)
			if out["is_finish"] == 1.0 {
				break
			}
			index = out["outindexbuf"].(string)
		}
		sum := md5.Sum(content[kind])
		if body["filesize"] != float64(len(content[kind])) || body["md5sum"] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %d bytes of %v, md5 %x of %v", kind, len(content[kind]), body["filesize"], sum, body["md5sum"])
		}
	}
	if len(content["video"]) <= 2*mediaSlice {
		t.Error("the video needs no third slice")
	}
	if _, err := png.Decode(bytes.NewReader(content["image"])); err != nil {
		t.Errorf("image: %v", err)
	}
}

func TestArchiveAPI(t *testing.T) {
	h := newHouse(t)
	h.token = h.login("sandbox-archive-secret")
	h.must(h.world.Consent(h.chat, contactID(2), false))
	if ids := h.want(0, h.post("msgaudit/get_permit_user_list", reply{}))["ids"].([]any); len(ids) != 2 {
		t.Errorf("permitted %v", ids)
	}
	rows := h.want(0, h.post("msgaudit/check_room_agree", reply{"roomid": h.chat}))["agreeinfo"].([]any)
	status := map[any]any{}
	for _, row := range rows {
		r := row.(map[string]any)
		status[r["exteranalopenid"]] = r["agree_status"]
	}
	if len(rows) != 3 || status[contactID(1)] != "Default_Agree" || status[contactID(2)] != "Disagree" {
		t.Errorf("room %v", status)
	}
	single := h.want(0, h.post("msgaudit/check_single_agree", reply{"info": []reply{{"userid": "lin", "exteranalopenid": contactID(2)}}}))
	if row := single["agreeinfo"].([]any)[0].(map[string]any); row["agree_status"] != "Disagree" || row["userid"] != "lin" {
		t.Errorf("single %v", row)
	}
	h.want(301059, h.post("msgaudit/groupchat/get", reply{"roomid": h.chat}))
	h.want(48002, h.get("user/get", "userid=lin"))
}
