package wecom_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/wecom"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/sandbox"
)

const eventCount = "SELECT count(*) FROM events WHERE kind<>'coverage.observed'"

// group makes a group of lin with the customers given.
func (c *corp) group(archived bool, customers ...int) string {
	c.t.Helper()
	chat := c.world.CreateGroup(sandbox.Group{Name: "1群", Owner: "lin", Admins: []string{"zhou"}, Archived: archived})
	for _, i := range customers {
		c.must(c.world.Join(chat, customer(i), sandbox.Join{Scene: 1, Inviter: "lin"}))
	}
	return chat
}

// sealedCall builds the request of a callback as the platform would.
type sealedCall struct {
	token, aes, corp string
	at               time.Time
	xml              string
	body             string // replaces the envelope
}

func (c *corp) sealed(xml string) sealedCall {
	return sealedCall{token: hookToken, aes: hookAESKey, corp: "ww0sandbox", at: c.clock.Now(), xml: xml}
}

func (c *corp) post(s sealedCall) int {
	codec, err := wecom.NewCodec(s.token, s.aes, s.corp)
	c.must(err)
	sealed, err := codec.Seal([]byte(s.xml), strconv.FormatInt(s.at.Unix(), 10), strconv.Itoa(rand.IntN(1_000_000)))
	c.must(err)
	body := s.body
	if body == "" {
		body = "<xml><ToUserName>ww0sandbox</ToUserName><Encrypt>" + sealed.Encrypt + "</Encrypt></xml>"
	}
	query := url.Values{"msg_signature": {sealed.Signature}, "timestamp": {sealed.Timestamp}, "nonce": {sealed.Nonce}}
	res, err := c.app.Client().Post(c.app.URL+"/hooks/wecom/w1?"+query.Encode(), "text/xml", bytes.NewReader([]byte(body)))
	c.must(err)
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func joinXML(chat, member string, at time.Time) string {
	return fmt.Sprintf("<xml><ToUserName>ww0sandbox</ToUserName><FromUserName>sys</FromUserName><CreateTime>%d</CreateTime><MsgType>event</MsgType>"+
		"<Event>change_external_chat</Event><ChatId>%s</ChatId><ChangeType>update</ChangeType><UpdateDetail>add_member</UpdateDetail><JoinScene>0</JoinScene>"+
		"<MemChangeCnt>1</MemChangeCnt><MemChangeList><Item>%s</Item></MemChangeList></xml>", at.Unix(), chat, member)
}

// TestG01DuplicateCallbacks is case 1 of docs/definitions.md G: the platform repeats each
// event three times, and three arrive at one moment.
func TestG01DuplicateCallbacks(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newCorp(t, d)
		c.connect()
		c.must(c.platform.SetFaults(sandbox.Faults{Duplicate: 3}))
		chat := c.group(false, 1, 2)
		c.step(time.Minute)
		c.must(c.world.Leave(chat, customer(1)))
		c.step(time.Minute)
		once := c.dump(eventCount)
		join := c.sealed(joinXML(chat, customer(3), c.clock.Now()))
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if status := c.post(join); status != http.StatusOK {
					t.Errorf("answered %d", status)
				}
			})
		}
		wg.Wait()
		c.drain()
		c.want("SELECT joins, leaves FROM activity_moves", "3|1")
		c.want("SELECT count(*)-"+once+" FROM events WHERE kind<>'coverage.observed'", "1")
		states, err := hub.InboxStates(context.Background(), d)
		if err != nil || states["w1"].Repeats < 3*4+2 {
			t.Errorf("inbox %+v, %v", states, err)
		}
		c.verify()
	})
}

// TestG02CallbacksInAnyOrder is case 2 of docs/definitions.md G: whatever the order of
// delivery and however the batches fall, the stays are the same.
func TestG02CallbacksInAnyOrder(t *testing.T) {
	want := ""
	for round := range 4 {
		c := newLite(t)
		c.connect()
		chat := c.group(false)
		c.step(time.Minute)
		c.must(c.platform.SetFaults(sandbox.Faults{Reorder: round > 0}))
		dice := rand.New(rand.NewPCG(5, 5))
		in := map[int]bool{}
		for n := range 80 {
			c.clock.Set(c.clock.Now().Add(11 * time.Minute))
			i := dice.IntN(12)
			if in[i] {
				c.must(c.world.Leave(chat, customer(i)))
			} else {
				c.must(c.world.Join(chat, customer(i), sandbox.Join{Scene: 1 + dice.IntN(3)}))
			}
			in[i] = !in[i]
			if n%(20+round) == 0 {
				c.step(0)
			}
		}
		c.step(time.Hour)
		c.same(chat)
		got := c.dump("SELECT m.external_id, s.n, s.joined_at, s.left_at, s.left_how, s.quit_scene FROM community_spells s JOIN community_members m ON m.id=s.member_id ORDER BY m.external_id, s.n")
		if round == 0 {
			want = got
			c.verify()
		} else if got != want {
			t.Fatalf("round %d gave\n%s\ninstead of\n%s", round, strings.ReplaceAll(got, " ", "\n"), strings.ReplaceAll(want, " ", "\n"))
		}
	}
}

// TestG03ForgedCallbacks is case 3 of docs/definitions.md G.
func TestG03ForgedCallbacks(t *testing.T) {
	c := newLite(t)
	c.connect()
	chat := c.group(false, 1)
	c.step(time.Minute)
	honest := joinXML(chat, customer(9), c.clock.Now())
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>`
	before := c.dump("SELECT count(*) FROM hub_inbox")
	for name, tt := range map[string]struct {
		change func(*sealedCall)
		status int
	}{
		"signed with another token":  {func(s *sealedCall) { s.token = "Other" }, http.StatusUnauthorized},
		"encrypted with another key": {func(s *sealedCall) { s.aes = strings.Repeat("b", 42) + "A" }, http.StatusBadRequest},
		"recorded a day ago":         {func(s *sealedCall) { s.at = s.at.Add(-24 * time.Hour) }, http.StatusUnauthorized},
		"for another corp":           {func(s *sealedCall) { s.corp = "ww0other" }, http.StatusUnauthorized},
		"naming another corp inside": {func(s *sealedCall) { s.xml = strings.Replace(s.xml, "ww0sandbox", "ww0other", 1) }, http.StatusUnauthorized},
		"an entity bomb outside":     {func(s *sealedCall) { s.body = bomb + "<xml><Encrypt>&b;</Encrypt></xml>" }, http.StatusBadRequest},
		"an entity bomb inside":      {func(s *sealedCall) { s.xml = bomb + s.xml }, http.StatusBadRequest},
		"an external entity": {func(s *sealedCall) {
			s.body = `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Encrypt>&f;</Encrypt></xml>`
		}, http.StatusBadRequest},
		"larger than a mebibyte":       {func(s *sealedCall) { s.body = "<xml><Encrypt>" + strings.Repeat("A", 1<<20) + "</Encrypt></xml>" }, http.StatusBadRequest},
		"no XML":                       {func(s *sealedCall) { s.body = "{}" }, http.StatusBadRequest},
		"no event inside":              {func(s *sealedCall) { s.xml = "<xml><ToUserName>ww0sandbox</ToUserName></xml>" }, http.StatusBadRequest},
		"a signature without anything": {func(s *sealedCall) { s.body = "<xml></xml>" }, http.StatusBadRequest},
	} {
		call := c.sealed(honest)
		tt.change(&call)
		if got := c.post(call); got != tt.status {
			t.Errorf("%s: answered %d, want %d", name, got, tt.status)
		}
	}
	c.step(time.Minute)
	c.want("SELECT count(*) FROM hub_inbox", before)
	if status := c.post(c.sealed(honest)); status != http.StatusOK {
		t.Errorf("an honest one was answered with %d", status)
	}
}

// TestG04ServerDownThreeHours is case 4 of docs/definitions.md G.
func TestG04ServerDownThreeHours(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newCorp(t, d)
		c.connect()
		chat := c.group(false, 1, 2)
		other := c.group(false, 5)
		c.step(time.Hour)

		c.must(c.platform.SetFaults(sandbox.Faults{CallbacksOff: true}))
		c.clock.Set(c.clock.Now().Add(30 * time.Minute))
		c.must(c.world.Leave(chat, customer(1)))
		c.must(c.world.Join(chat, customer(3), sandbox.Join{Scene: 3, State: "door"}))
		c.must(c.world.Join(chat, customer(4), sandbox.Join{Scene: 2}))
		c.must(c.world.Rename(chat, "新名"))
		c.clock.Set(c.clock.Now().Add(time.Hour))
		c.must(c.world.Leave(chat, customer(4)))
		c.must(c.world.Leave(chat, customer(2)))
		c.clock.Set(c.clock.Now().Add(20 * time.Minute))
		c.must(c.world.Join(chat, customer(2), sandbox.Join{Scene: 1}))
		c.must(c.world.Dismiss(other))
		c.must(c.platform.Flush(context.Background()))
		c.must(c.platform.SetFaults(sandbox.Faults{}))
		c.clock.Set(start.Add(4 * time.Hour))
		c.due("groups") // as the program does when it starts
		c.drain()

		c.want("SELECT m.name, s.n, s.joined_at/1000-1793610000, s.scene, s.state, COALESCE(s.left_at/1000-1793610000,-1), s.left_how FROM community_spells s "+
			"JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id WHERE m.kind='member' AND m.name<>'客户5' ORDER BY m.name, s.n",
			"客户1|1|0|direct||14400|reconciled 客户2|1|0|direct||10199|reconciled 客户2|2|10200|direct||-1| 客户3|1|5400|qr|door|-1|")
		c.want("SELECT name, status FROM community_groups ORDER BY name", "1群|dismissed 新名|active")
		c.same(chat)
		before := c.dump(eventCount)
		c.clock.Set(start.Add(6 * time.Hour))
		c.due("groups")
		c.drain()
		c.want(eventCount, before)
		c.verify()
	})
}

// TestG04RestartWithinTheHour: what a process that was away for minutes missed is
// repaired when the next one starts, however lately the groups were read.
func TestG04RestartWithinTheHour(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newCorp(t, d)
		c.connect()
		chat := c.group(false, 1, 2)
		c.due("groups")
		c.drain()
		c.clock.Set(c.clock.Now().Add(10 * time.Minute))
		read := c.called("/cgi-bin/externalcontact/groupchat/get")
		c.due("groups")
		c.drain()
		if n := c.called("/cgi-bin/externalcontact/groupchat/get") - read; n != 0 {
			t.Errorf("a group that was read ten minutes ago was read %d times more", n)
		}

		c.must(c.platform.SetFaults(sandbox.Faults{CallbacksOff: true}))
		c.must(c.world.Leave(chat, customer(1)))
		c.must(c.world.Join(chat, customer(3), sandbox.Join{Scene: 3, State: "door"}))
		c.must(c.world.Rename(chat, "新名"))
		c.must(c.platform.Flush(context.Background()))
		c.must(c.platform.SetFaults(sandbox.Faults{}))
		c.clock.Set(c.clock.Now().Add(time.Minute))
		c.restart()
		c.drain()
		c.same(chat)
		c.want("SELECT name FROM community_groups", "新名")
		c.want("SELECT count(*) FROM community_spells WHERE left_how='reconciled'", "1")
		c.verify()
	})
}

// TestG07TokensEndEarly is case 7 of docs/definitions.md G: the platform forgets a token,
// and many ask for the next at once.
func TestG07TokensEndEarly(t *testing.T) {
	c := newLite(t)
	c.connect()
	chat := c.group(false, 1)
	c.step(time.Minute)
	before := c.called("/cgi-bin/gettoken")
	c.platform.ExpireTokens()
	c.must(c.world.Join(chat, customer(2), sandbox.Join{Scene: 1}))
	c.must(c.platform.Flush(context.Background()))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := c.wecom.Check(context.Background(), c.connection()); err != nil {
				t.Errorf("checked: %v", err)
			}
		})
	}
	wg.Wait()
	c.drain()
	if n := c.called("/cgi-bin/gettoken") - before; n != 1 {
		t.Errorf("the token was fetched %d times, want once", n)
	}
	c.same(chat)
}

func TestG07RevokedSecretPausesAndLosesNothing(t *testing.T) {
	c := newLite(t, police)
	c.connect(1)
	chat := c.group(true, 1)
	c.step(time.Minute)
	c.platform.ExpireTokens()
	c.set(func() { c.revoked = true })
	c.must(c.world.Join(chat, customer(2), sandbox.Join{Scene: 1}))
	_, err := c.world.Say(chat, customer(1), sandbox.Message{Text: "加V"})
	c.must(err)
	c.step(time.Minute)
	c.want("SELECT state, reason FROM connector_connections", "reauthorize|connection.reauthorize")
	c.step(5 * time.Minute)
	if err := c.wecom.Check(context.Background(), c.connection(1)); err == nil || !strings.Contains(err.Error(), "wecom.check.secret") {
		t.Errorf("checked: %v", err)
	}
	if n := len(c.world.AppMessages("lin", 0)); n != 0 {
		t.Errorf("%d cards went out", n)
	}

	c.set(func() { c.revoked = false })
	c.put(c.connection(1)) // the operator entered the new secret
	c.step(2 * time.Minute)
	c.step(2 * time.Minute)
	c.want("SELECT state, reason FROM connector_connections", "active|")
	c.same(chat)
	if n := len(c.world.AppMessages("lin", 0)); n != 1 {
		t.Errorf("%d cards went out, want 1", n)
	}
	c.want("SELECT count(*) FROM hub_inbox WHERE state<>'done'", "0")
	c.verify(police)
}

// TestListsThatLagBehind: the platform fills member lists in after the events.
func TestListsThatLagBehind(t *testing.T) {
	c := newLite(t)
	c.connect()
	chat := c.group(false, 1, 2)
	c.step(2 * time.Hour)
	c.must(c.platform.SetFaults(sandbox.Faults{MemberLagSeconds: 1200}))
	c.must(c.world.Join(chat, customer(3), sandbox.Join{Scene: 3, State: "door"}))
	c.must(c.world.Leave(chat, customer(1)))
	c.step(time.Minute)
	const three = "SELECT m.external_id, s.scene, s.state, s.left_how FROM community_spells s JOIN community_members m ON m.id=s.member_id WHERE m.kind='member' ORDER BY m.external_id, s.n"
	c.want(three, customer(1)+"|direct||callback "+customer(2)+"|direct|| "+customer(3)+"|qr||")
	c.due("groups")
	c.step(time.Minute)
	c.want(three, customer(1)+"|direct||callback "+customer(2)+"|direct|| "+customer(3)+"|qr||")
	c.due("groups")
	c.step(2 * time.Hour)
	c.want(three, customer(1)+"|direct||callback "+customer(2)+"|direct|| "+customer(3)+"|qr|door|")
	c.same(chat)
	c.verify()
}

// TestG08TooManyCalls is the connector's half of case 8 of docs/definitions.md G: what the
// platform refuses for its frequency is done later.
func TestG08TooManyCalls(t *testing.T) {
	c := newLite(t, police)
	c.connect(1)
	var chats []string
	for i := range 6 {
		chats = append(chats, c.group(true, i))
	}
	c.must(c.platform.SetFaults(sandbox.Faults{RateLimits: map[string]int{"externalcontact/groupchat/get": 2, "message/send": 1}}))
	c.step(time.Second)
	c.want("SELECT CASE WHEN count(*)<6 THEN 1 ELSE 0 END FROM community_groups", "1")
	for range 12 {
		c.step(2 * time.Minute)
	}
	for _, chat := range chats {
		c.same(chat)
	}
	for i, chat := range chats[:3] {
		_, err := c.world.Say(chat, customer(i), sandbox.Message{Text: "加V"})
		c.must(err)
	}
	for range 8 {
		c.step(2 * time.Minute)
	}
	c.want("SELECT count(*) FROM effects WHERE kind='staff.notify' AND state<>'done'", "0")
	if owner, deputy := len(c.world.AppMessages("lin", 0)), len(c.world.AppMessages("zhou", 0)); owner != 3 || deputy != 3 {
		t.Errorf("%d cards arrived at the owner, and %d at the deputy after the deadline", owner, deputy)
	}
	c.want("SELECT count(*) FROM hub_inbox WHERE state<>'done'", "0")
}

// TestACardWhoseAnswerGotLostArrivesOnce: the platform drops what it has already
// delivered.
func TestACardWhoseAnswerGotLostArrivesOnce(t *testing.T) {
	c := newLite(t, police)
	c.connect(1)
	chat := c.group(true, 1)
	c.step(time.Minute)
	c.set(func() { c.cut = "/cgi-bin/message/send" })
	_, err := c.world.Say(chat, customer(1), sandbox.Message{Text: "加V"})
	c.must(err)
	c.step(time.Minute)
	c.want("SELECT state FROM effects WHERE kind='staff.notify'", "ready")
	c.set(func() { c.cut = "" })
	c.step(time.Minute)
	c.want("SELECT state FROM effects WHERE kind='staff.notify'", "done")
	if n := len(c.world.AppMessages("lin", 0)); n != 1 {
		t.Errorf("%d cards arrived, want 1", n)
	}
}

// TestG20Times is the connector's half of case 20 of docs/definitions.md G: seconds and
// milliseconds, and events from the future.
func TestG20Times(t *testing.T) {
	c := newLite(t)
	c.connect()
	chat := c.group(false, 1)
	c.step(time.Hour)
	inMillis := strings.Replace(joinXML(chat, customer(2), start), fmt.Sprint(start.Unix()), fmt.Sprint(start.Add(30*time.Minute).UnixMilli()), 1)
	c.post(c.sealed(inMillis))
	c.post(c.sealed(joinXML(chat, customer(3), c.clock.Now().Add(time.Hour))))
	c.post(c.sealed(joinXML(chat, customer(4), c.clock.Now())))
	c.step(time.Minute)
	c.want("SELECT m.external_id, s.joined_at/1000-1793610000 FROM community_spells s JOIN community_members m ON m.id=s.member_id WHERE m.external_id IN ('"+
		customer(2)+"','"+customer(3)+"','"+customer(4)+"') ORDER BY m.external_id", customer(2)+"|1800 "+customer(4)+"|3600")
	kept, err := hub.KeptRaws(context.Background(), c.db, 10)
	if err != nil || len(kept) != 1 || !strings.Contains(kept[0].Reason, "fault.time_in_future") {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

// TestG25OutOfRange is case 25 of docs/definitions.md G: the app's range shrinks, an owner
// resigns, a group ends; the others go on.
func TestG25OutOfRange(t *testing.T) {
	c := newLite(t)
	c.connect()
	lost := c.group(false, 1)
	seen := c.world.CreateGroup(sandbox.Group{Name: "2群", Owner: "zhou"})
	ended := c.world.CreateGroup(sandbox.Group{Name: "3群", Owner: "zhou"})
	c.step(time.Minute)
	c.must(c.platform.SetFaults(sandbox.Faults{VisibleUsers: []string{"zhou"}}))
	c.must(c.world.Join(lost, customer(2), sandbox.Join{Scene: 1}))
	c.must(c.world.Join(seen, customer(3), sandbox.Join{Scene: 1}))
	c.must(c.world.Join(ended, customer(4), sandbox.Join{Scene: 1}))
	c.must(c.world.Dismiss(ended))
	c.step(time.Hour)
	c.same(seen)
	kept, err := hub.KeptRaws(context.Background(), c.db, 10)
	if err != nil || len(kept) != 1 || !strings.Contains(kept[0].Reason, "visible range") {
		t.Errorf("kept %+v, %v", kept, err)
	}
	c.want("SELECT name, status FROM community_groups ORDER BY name", "1群|active 2群|active 3群|dismissed")
	c.want("SELECT state FROM connector_connections", "active")
	c.must(c.world.Resign("lin"))
	c.due("groups", "directory")
	c.step(2 * time.Hour)
	c.want("SELECT external_id, active FROM connector_staff ORDER BY external_id", "lin|0 wong|0 zhou|1")
	c.want("SELECT error FROM connector_cursors WHERE name='groups'", "")
	c.must(c.platform.SetFaults(sandbox.Faults{}))
	c.due("groups")
	c.step(2 * time.Hour)
	c.same(lost)
}

func TestG25UntrustedAddressPauses(t *testing.T) {
	c := newLite(t)
	c.connect()
	c.must(c.platform.SetFaults(sandbox.Faults{TrustedIPs: []string{"203.0.113.9"}}))
	chat := c.group(false, 1)
	c.step(time.Minute)
	c.want("SELECT state FROM connector_connections", "reauthorize")
	if err := c.wecom.Check(context.Background(), c.connection()); err == nil || !strings.Contains(err.Error(), "wecom.check.ip") {
		t.Errorf("checked: %v", err)
	}
	c.must(c.platform.SetFaults(sandbox.Faults{}))
	c.step(2 * time.Minute)
	c.same(chat)
}

func TestPlatformAwayForAnHour(t *testing.T) {
	c := newLite(t)
	c.connect()
	chat := c.group(false, 1)
	c.step(time.Minute)
	for _, down := range []string{"refuse", "error"} {
		c.must(c.platform.SetFaults(sandbox.Faults{Down: down}))
		c.must(c.world.Rename(chat, down))
		c.step(time.Minute)
		c.step(time.Hour)
		c.must(c.platform.SetFaults(sandbox.Faults{}))
		c.step(time.Hour)
		c.want("SELECT name FROM community_groups", down)
	}
	c.want("SELECT state FROM connector_connections", "active")
}

func TestWithoutCallbacksGroupsArePolled(t *testing.T) {
	c := newCorp(t, dbtest.SQLite(t, hub.SpineMigrations()))
	conn := c.connection()
	conn.Config = []byte(`{"corp_id":"ww0sandbox","agent_id":1000002,"api_base":"` + c.api.URL + `","poll_every":"5m"}`)
	conn.Secrets = map[string]string{wecom.SecretApp: "sandbox-app-secret"}
	c.put(conn)
	c.drain()
	chat := c.group(false, 1)
	c.step(5 * time.Minute)
	c.must(c.world.Join(chat, customer(2), sandbox.Join{Scene: 1}))
	c.step(5 * time.Minute)
	c.same(chat)
	if status := c.post(c.sealed(joinXML(chat, customer(3), c.clock.Now()))); status != http.StatusNotFound {
		t.Errorf("a callback was answered with %d", status)
	}
}

func TestParseConfigNamesEveryWrongField(t *testing.T) {
	tests := map[string]struct {
		config  string
		secrets map[string]string
		fields  string
	}{
		"not JSON":        {"{", nil, "config"},
		"unknown field":   {`{"corpid":"ww1"}`, nil, "config"},
		"nothing":         {`{}`, nil, "corp_id agent_id secret"},
		"callback":        {`{"corp_id":"ww1","agent_id":1,"callback":true}`, map[string]string{"secret": "s", "token": "with space", "aes_key": "short"}, "token aes_key"},
		"poll too often":  {`{"corp_id":"ww1","agent_id":1,"poll_every":"1s"}`, map[string]string{"secret": "s"}, "poll_every"},
		"no address":      {`{"corp_id":"ww1","agent_id":1,"api_base":"qyapi"}`, map[string]string{"secret": "s"}, "api_base"},
		"copied a space":  {`{"corp_id":"ww1 ","agent_id":1}`, map[string]string{"secret": "s\n"}, "corp_id secret"},
		"archive mode":    {`{"corp_id":"ww1","agent_id":1,"archive":{"mode":"x"}}`, map[string]string{"secret": "s", "archive_secret": "a"}, "archive.mode archive_key"},
		"archive paths":   {`{"corp_id":"ww1","agent_id":1,"archive":{"mode":"puller"}}`, map[string]string{"secret": "s"}, "archive.puller_path archive.library archive_secret archive_key"},
		"complete":        {`{"corp_id":"ww1","agent_id":1}`, map[string]string{"secret": "s"}, ""},
		"archive no keys": {`{"corp_id":"ww1","agent_id":1,"archive":{"mode":"sandbox"}}`, map[string]string{"secret": "s", "archive_secret": "a", "archive_key": "{}"}, "archive_key"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := wecom.ParseConfig(connector.Connection{Config: []byte(tt.config), Secrets: tt.secrets})
			if got := strings.Join(wrongFields(err), " "); got != tt.fields {
				t.Errorf("wrong are %q, want %q (%v)", got, tt.fields, err)
			}
		})
	}
}

// TestManyGroupsAndStaff: with more than 1000 staff in range the list must be
// asked for owner by owner (81017), and a run takes several pages.
func TestManyGroupsAndStaff(t *testing.T) {
	c := newLite(t)
	for i := range 1001 {
		c.world.AddStaff(sandbox.Staff{UserID: fmt.Sprintf("staff%04d", i), Name: "同事"})
	}
	var chats []string
	for i := range 230 {
		chats = append(chats, c.world.CreateGroup(sandbox.Group{Name: "群", Owner: fmt.Sprintf("staff%04d", i*4)}))
	}
	c.clock.Set(start.Add(time.Hour))
	c.connect()
	c.want("SELECT count(*), sum(members) FROM community_groups", "230|230")
	before := c.dump(eventCount)
	c.must(c.world.Dismiss(chats[7]))
	c.must(c.platform.SetCallback(context.Background(), sandbox.Callback{}))
	c.due("groups")
	c.step(3 * time.Hour)
	c.want("SELECT count(*)-"+before+" FROM events WHERE kind<>'coverage.observed'", "1")
	c.want("SELECT count(*) FROM community_groups WHERE status='dismissed'", "1")
}

// TestOldCallbacksNameNobody: before MemChangeList there was only a count; the
// list tells who left, and the callback when and how.
func TestOldCallbacksNameNobody(t *testing.T) {
	c := newLite(t)
	c.connect()
	chat := c.group(false, 1, 2)
	c.step(2 * time.Hour)
	c.must(c.platform.SetFaults(sandbox.Faults{CallbacksOff: true}))
	c.must(c.world.Kick(chat, "lin", customer(1)))
	old := joinXML(chat, "", c.clock.Now())
	old = strings.NewReplacer("add_member", "del_member", "<JoinScene>0</JoinScene>", "<QuitScene>1</QuitScene>", "<MemChangeList><Item></Item></MemChangeList>", "").Replace(old)
	if status := c.post(c.sealed(old)); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	c.step(time.Minute)
	c.want("SELECT m.external_id, s.left_at/1000-1793610000, s.left_how, s.quit_scene FROM community_spells s JOIN community_members m ON m.id=s.member_id WHERE s.left_at IS NOT NULL",
		customer(1)+"|7200|callback|removed")
	c.same(chat)
}

// TestURLVerification: the platform checks the address before it calls back.
func TestURLVerification(t *testing.T) {
	c := newLite(t)
	c.put(c.connection())
	ctx := context.Background()
	good := sandbox.Callback{URL: c.app.URL + "/hooks/wecom/w1", Token: hookToken, AESKey: hookAESKey}
	c.must(c.platform.SetCallback(ctx, good))
	bad := good
	bad.Token = "Another"
	if err := c.platform.SetCallback(ctx, bad); err == nil {
		t.Error("a wrong token was verified")
	}
	bad = good
	bad.URL = c.app.URL + "/hooks/wecom/nobody"
	if err := c.platform.SetCallback(ctx, bad); err == nil {
		t.Error("an unknown connection was verified")
	}
}
