package auth_test

import (
	"context"

	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const password = "一个足够长的密码 1"

// bench is a service with cheap hashes and a clock that the test moves.
type bench struct {
	*testing.T
	db    *db.DB
	clock *clock.Domain
	*auth.Service
}

func each(t *testing.T, f func(b bench)) {
	dbtest.Each(t, []db.Migrations{audit.Migrations(), auth.Migrations()}, func(t *testing.T, d *db.DB) {
		c := clock.NewDomain(time.Now())
		f(bench{t, d, c, service(t, d, c, auth.HashCost{MemoryKiB: 64, Passes: 1, Threads: 1})})
	})
}

func service(t *testing.T, d *db.DB, c clock.Clock, cost auth.HashCost) *auth.Service {
	t.Helper()
	policy, err := auth.NewPolicy(
		auth.Permission{Name: "cases:read", Roles: []auth.Role{auth.Moderator, auth.Analyst}},
		auth.Permission{Name: "cases:decide", Roles: []auth.Role{auth.Moderator}},
		auth.Permission{Name: "papers:edit", Roles: []auth.Role{auth.Editor}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return auth.New(d, policy, auth.WithClock(c), auth.WithHashCost(cost))
}

func (b bench) operator(login string, grants ...auth.Grant) string {
	b.Helper()
	operatorID, err := b.CreateOperator(b.Context(), auth.System("test"), auth.NewOperator{Login: login, Name: "王小明", Password: password, Grants: grants})
	if err != nil {
		b.Fatal(err)
	}
	return operatorID
}

func (b bench) actor(operatorID string) auth.Actor {
	b.Helper()
	a, err := b.Actor(b.Context(), operatorID)
	if err != nil {
		b.Fatal(err)
	}
	return a
}

func (b bench) Actor(ctx context.Context, operatorID string) (auth.Actor, error) {
	return b.Service.Actor(ctx, operatorID)
}

var boss = auth.Grant{Role: auth.Manager}

func TestRolesReachAsFarAsTheirGrant(t *testing.T) {
	each(t, func(b bench) {
		boss := b.actor(b.operator("boss", boss))
		mod := b.actor(b.operator("mod", auth.Grant{Role: auth.Moderator, CommunityID: "c2"}, auth.Grant{Role: auth.Moderator, CommunityID: "c1"},
			auth.Grant{Role: auth.Editor, CommunityID: "c3"}))
		for _, c := range []struct {
			actor                 auth.Actor
			permission, community string
			want                  bool
		}{
			{boss, "cases:decide", "c1", true}, {boss, auth.Manage, "", true}, {boss, "no:such", "", false},
			{mod, "cases:decide", "c1", true}, {mod, "cases:decide", "c3", false}, {mod, "papers:edit", "c3", true},
			{mod, "cases:decide", "", false}, {mod, auth.Manage, "c1", false},
			{auth.Actor{}, "cases:read", "c1", false}, {auth.System("job"), "cases:read", "c1", true},
		} {
			if got := c.actor.Can(c.permission, c.community); got != c.want {
				b.Errorf("%s %s in %q: %v", c.actor.Login, c.permission, c.community, got)
			}
		}
		cond, args := mod.Scope("cases:decide").SQL("community_id", 3)
		if cond != "community_id IN ($3,$4)" || len(args) != 2 || args[0] != "c1" {
			b.Errorf("%s %v", cond, args)
		}
		if cond, _ := mod.Scope(auth.Manage).SQL("x", 1); cond != "1 = 0" {
			b.Errorf("no permission gives %s", cond)
		}
		if !mod.Scope("cases:decide").Within("c3").Empty() || !boss.Scope("cases:decide").Within("c9").Allows("c9") {
			b.Error("narrowing")
		}
	})
}

func TestChangesOfRolesCountAtOnceAndNeverLockEverybodyOut(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		one, two := b.operator("one", boss), b.operator("two", boss)
		by := b.actor(one)
		if err := b.SetGrants(ctx, by, two, []auth.Grant{{Role: auth.Analyst, CommunityID: "c1"}}); err != nil {
			b.Fatal(err)
		}
		if b.actor(two).Can("cases:decide", "c1") || !b.actor(two).Can("cases:read", "c1") {
			b.Error("the new role does not count")
		}
		if err := b.SetGrants(ctx, b.actor(two), two, []auth.Grant{boss}); !fault.Is(err, fault.Forbidden) {
			b.Errorf("he made himself manager: %v", err)
		}
		if err := b.SetGrants(ctx, by, one, nil); !fault.Is(err, fault.Conflict) {
			b.Errorf("the last manager resigned: %v", err)
		}
		if err := b.SetDisabled(ctx, by, one, true); !fault.Is(err, fault.Conflict) {
			b.Errorf("the last manager was disabled: %v", err)
		}
		if err := b.SetDisabled(ctx, by, two, true); err != nil {
			b.Fatal(err)
		}
		if _, err := b.Actor(ctx, two); !fault.Is(err, fault.Unauthorized) {
			b.Errorf("a disabled operator is %v", err)
		}
		if _, err := b.CreateOperator(ctx, by, auth.NewOperator{Login: "ONE ", Name: "x", Password: password}); !fault.Is(err, fault.Conflict) {
			b.Errorf("a taken login gave %v", err)
		}
		_, err := b.CreateOperator(ctx, by, auth.NewOperator{Login: "a b", Password: "kurz", Grants: []auth.Grant{{Role: "king"}}})
		if f := fault.As(err); f.Code != fault.Invalid || len(f.Fields) != 4 {
			b.Errorf("bad input gave %v", err)
		}
		if items, _, err := audit.List(ctx, b.db, audit.Filter{ObjectID: two}, "", 10); err != nil || len(items) != 3 || items[0].Action != "operator.disabled" {
			b.Errorf("audit %+v, %v", items, err)
		}
	})
}

// Two managers take the role from each other at one moment: one succeeds.
func TestTwoManagersCannotDeposeEachOther(t *testing.T) {
	each(t, func(b bench) {
		ids := []string{b.operator("one", boss), b.operator("two", boss)}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i := range 2 {
			by := b.actor(ids[i])
			wg.Go(func() { errs[i] = b.SetGrants(context.Background(), by, ids[1-i], nil) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			b.Fatalf("%v", errs)
		}
	})
}

func TestSignInAnswersTheSameToAllWrongTries(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		gone := b.operator("gone", boss)
		b.operator("anna", boss)
		if err := b.SetDisabled(ctx, auth.System("test"), gone, true); err != nil {
			b.Fatal(err)
		}
		var texts []string
		for _, try := range [][2]string{{"anna", "falsches passwort"}, {"nobody", password}, {"gone", password}, {"bad login\x00", password}, {"anna", strings.Repeat("x", 10_000)}} {
			_, err := b.SignIn(ctx, try[0], try[1], "10.0.0.1")
			texts = append(texts, err.Error())
			if !fault.Is(err, fault.Unauthorized) || texts[0] != err.Error() {
				b.Errorf("%s: %v", try[0], err)
			}
		}
		if a, err := b.SignIn(ctx, " Anna", password, "10.0.0.1"); err != nil || a.Login != "anna" || a.Address != "10.0.0.1" {
			b.Fatalf("%+v, %v", a, err)
		}
		// A dearer hash is made at the next sign-in, and the password stays good.
		dear := service(b.T, b.db, b.clock, auth.HashCost{MemoryKiB: 128, Passes: 1, Threads: 1})
		for range 2 {
			if _, err := dear.SignIn(ctx, "anna", password, "10.0.0.1"); err != nil {
				b.Fatal(err)
			}
		}
		if rows := dbtest.Dump(b, b.db, "SELECT password_hash FROM auth_operators WHERE login = 'anna'"); !strings.Contains(rows[0], "m=128,") {
			b.Fatalf("hash %v", rows)
		}
	})
}

func TestLockoutByLoginAndByAddress(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		b.operator("anna", boss)
		b.operator("bert", boss)
		for _, login := range []string{"anna", "nobody"} { // whether it exists or not
			for i := range 5 {
				if _, err := b.SignIn(ctx, login, "falsch falsch", "10.0.0."+login); !fault.Is(err, fault.Unauthorized) {
					b.Fatalf("%s, try %d: %v", login, i, err)
				}
			}
			if _, err := b.SignIn(ctx, login, password, "10.0.0.2"); !fault.Is(err, fault.TooMany) {
				b.Fatalf("%s, locked: %v", login, err)
			}
		}
		b.clock.Set(b.clock.Now().Add(31 * time.Second))
		if _, err := b.SignIn(ctx, "anna", password, "10.0.0.2"); err != nil {
			b.Fatalf("after the pause: %v", err)
		}
		// One IPv6 network guesses at many logins; right ones in between don't help it.
		locked := 0
		for i := range 40 {
			address := "2001:db8::" + string(rune('a'+i%6))
			if i%3 == 0 {
				_, _ = b.SignIn(ctx, "bert", password, address)
			}
			if _, err := b.SignIn(ctx, "user"+string(rune('a'+i%26))+string(rune('a'+i/26)), "geraten geraten", address); fault.Is(err, fault.TooMany) {
				locked++
			}
		}
		if locked < 15 {
			b.Fatalf("only %d of 40 guesses were stopped", locked)
		}
		if _, err := b.SignIn(ctx, "bert", password, "10.0.0.9"); err != nil {
			b.Fatalf("another address: %v", err)
		}
	})
}

func TestGuessesAtOneMomentAreAllCounted(t *testing.T) {
	each(t, func(b bench) {
		b.operator("anna", boss)
		var wg sync.WaitGroup
		var mu sync.Mutex
		looked := 0
		for range 20 {
			wg.Go(func() {
				if _, err := b.SignIn(context.Background(), "anna", "falsch falsch", "10.0.0.1"); fault.Is(err, fault.Unauthorized) {
					mu.Lock()
					looked++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if looked != 5 {
			b.Fatalf("%d passwords were looked at, 5 are free", looked)
		}
	})
}

func TestSetUpWorksOnceWithACode(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		first, err := b.SetupCode(ctx)
		if err != nil || len(first) != 19 {
			b.Fatalf("%q, %v", first, err)
		}
		second, _ := b.SetupCode(ctx) // of another server
		n := auth.NewOperator{Login: "boss", Name: "群主", Password: password}
		if _, err := b.SetUp(ctx, "AAAA-AAAA-AAAA-AAAA", n, "10.0.0.1"); !fault.Is(err, fault.Forbidden) {
			b.Fatalf("a guess gave %v", err)
		}
		var wg sync.WaitGroup
		var made sync.Map
		for i, code := range []string{first, strings.ToLower(second)} {
			wg.Go(func() {
				n := n
				n.Login += string(rune('a' + i))
				if a, err := b.SetUp(context.Background(), code, n, "10.0.0.2"); err == nil {
					made.Store(i, a.Can(auth.Manage, ""))
				}
			})
		}
		wg.Wait()
		count := 0
		made.Range(func(_, manages any) bool { count++; return manages.(bool) })
		if count != 1 {
			b.Fatalf("%d first operators", count)
		}
		if code, err := b.SetupCode(ctx); err != nil || code != "" {
			b.Fatalf("another code: %q, %v", code, err)
		}
	})
}

func TestTokensDoWhatTheirScopeSays(t *testing.T) {
	each(t, func(b bench) {
		ctx, by := b.Context(), auth.System("cli")
		make := func(n auth.NewToken) (string, auth.Token) {
			secret, tok, err := b.CreateToken(ctx, by, n)
			if err != nil {
				b.Fatal(err)
			}
			return secret, tok
		}
		read, _ := make(auth.NewToken{Name: "看板", Scope: auth.ReadScope, CommunityID: "c1"})
		write, writeTok := make(auth.NewToken{Name: "导入", Scope: auth.WriteScope, ExpiresAt: b.clock.Now().Add(time.Hour)})
		if !strings.HasPrefix(read, "qz_") || len(read) != 35 {
			b.Fatalf("secret %q", read)
		}
		a, err := b.Authenticate(ctx, read)
		if err != nil || !a.ReadOnly() || !a.Can("cases:read", "c1") || a.Can("cases:read", "c2") || a.Can("cases:read", "") || a.Can("cases:decide", "c1") {
			b.Fatalf("read: %+v, %v", a, err)
		}
		a, err = b.Authenticate(ctx, write)
		if err != nil || a.ReadOnly() || !a.Can("cases:decide", "c2") || a.Can(auth.Manage, "") {
			b.Fatalf("write: %+v, %v", a, err)
		}
		if _, _, err := b.CreateToken(ctx, a, auth.NewToken{Name: "x", Scope: auth.WriteScope}); !fault.Is(err, fault.Forbidden) {
			b.Fatalf("a token made a token: %v", err)
		}
		for _, bad := range []string{"", "qz_", read + "0", "qz_" + strings.Repeat("0", 32)} {
			if _, err := b.Authenticate(ctx, bad); !fault.Is(err, fault.Unauthorized) {
				b.Errorf("%q gave %v", bad, err)
			}
		}
		list, err := b.Tokens(ctx, by)
		if err != nil || len(list) != 2 || list[0].LastUsedAt.IsZero() {
			b.Fatalf("list %+v, %v", list, err)
		}
		if dump := strings.Join(dbtest.Dump(b, b.db, "SELECT * FROM auth_tokens"), ""); strings.Contains(dump, write[3:]) {
			b.Error("the secret is stored")
		}
		b.clock.Set(b.clock.Now().Add(2 * time.Hour))
		if _, err := b.Authenticate(ctx, write); !fault.Is(err, fault.Unauthorized) {
			b.Errorf("an expired token gave %v", err)
		}
		if err := b.RevokeToken(ctx, by, writeTok.ID); err != nil {
			b.Fatal(err)
		}
		if err := b.RevokeToken(ctx, by, writeTok.ID); !fault.Is(err, fault.NotFound) {
			b.Errorf("revoked twice: %v", err)
		}
		_, _, err = b.CreateToken(ctx, by, auth.NewToken{Scope: "all", ExpiresAt: time.Unix(0, 0)})
		if f := fault.As(err); f.Code != fault.Invalid || len(f.Fields) != 3 {
			b.Errorf("bad input gave %v", err)
		}
	})
}

func TestOneTimePasswordIsToBeChanged(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		made := auth.GeneratePassword()
		operatorID, err := b.CreateOperator(ctx, auth.System("cli"), auth.NewOperator{Login: "anna", Name: "安娜", Password: made, OneTime: true, Grants: []auth.Grant{boss}})
		if err != nil {
			b.Fatal(err)
		}
		a, err := b.SignIn(ctx, "anna", made, "10.0.0.1")
		if err != nil || !a.MustChange {
			b.Fatalf("%+v, %v", a, err)
		}
		if err := b.SetPassword(ctx, a, operatorID, "kurz", ""); !fault.Is(err, fault.Invalid) {
			b.Fatalf("a short one gave %v", err)
		}
		if err := b.SetPassword(ctx, a, operatorID, password, ""); err != nil || b.actor(operatorID).MustChange {
			b.Fatalf("his own: %v", err)
		}
		other := b.actor(b.operator("bert"))
		if err := b.SetPassword(ctx, other, operatorID, password, ""); !fault.Is(err, fault.Forbidden) {
			b.Fatalf("another's: %v", err)
		}
	})
}

func TestPolicyRefusesMistakes(t *testing.T) {
	for name, p := range map[string]auth.Permission{
		"form": {Name: "Decide"}, "role": {Name: "a:b", Roles: []auth.Role{"king"}}, "twice": {Name: auth.Manage},
	} {
		if _, err := auth.NewPolicy(p); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
