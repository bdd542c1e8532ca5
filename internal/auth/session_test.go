package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// browser keeps cookies between requests to handlers of its test.
type browser struct {
	bench
	sessions *auth.Sessions
	cookie   *http.Cookie
}

func (w *browser) visit(f http.HandlerFunc) {
	w.Helper()
	req := httptest.NewRequest("GET", "/", nil)
	if w.cookie != nil {
		req.AddCookie(w.cookie)
	}
	res := httptest.NewRecorder()
	w.sessions.LoadAndSave(f).ServeHTTP(res, req)
	for _, c := range res.Result().Cookies() {
		w.cookie = c
	}
}

func (w *browser) signIn(operatorID string) {
	w.visit(func(_ http.ResponseWriter, r *http.Request) {
		if err := w.sessions.Begin(r.Context(), w.actor(operatorID).From("10.0.0.1"), "MicroMessenger"); err != nil {
			w.Error(err)
		}
	})
}

func (w *browser) signedIn() bool {
	ok := false
	w.visit(func(_ http.ResponseWriter, r *http.Request) {
		a, err := w.sessions.Actor(r.Context())
		if err != nil && !fault.Is(err, fault.Unauthorized) {
			w.Error(err)
		}
		ok = err == nil && a.ID != ""
	})
	return ok
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		sessions := auth.NewSessions(b.Service, true)
		anna, bert := b.operator("anna", boss), b.operator("bert")
		one, two := &browser{bench: b, sessions: sessions}, &browser{bench: b, sessions: sessions}
		if one.signedIn() {
			b.Fatal("nobody is signed in")
		}
		one.signIn(anna)
		two.signIn(anna)
		if c := one.cookie; c.Name != "qz_session" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
			b.Errorf("cookie %+v", c)
		}
		list, err := b.Sessions(ctx, b.actor(anna), anna)
		if err != nil || len(list) != 2 || list[0].Agent != "MicroMessenger" || list[0].Address != "10.0.0.1" || list[0].SignedInAt.IsZero() {
			b.Fatalf("%+v, %v", list, err)
		}
		if _, err := b.Sessions(ctx, b.actor(bert), anna); !fault.Is(err, fault.Forbidden) {
			b.Errorf("another's sessions: %v", err)
		}
		var own string
		one.visit(func(_ http.ResponseWriter, r *http.Request) { own = sessions.Current(r.Context()) })
		// A request of the second browser is under way while its session is revoked: storing it must not revive it.
		two.visit(func(_ http.ResponseWriter, r *http.Request) {
			if err := b.RevokeSessions(ctx, b.actor(anna), anna, own); err != nil {
				b.Error(err)
			}
			sessions.Put(r.Context(), "flash", "saved")
		})
		if two.signedIn() || !one.signedIn() {
			b.Fatal("the wrong session was revoked, or it came back")
		}
		if err := b.RevokeSession(ctx, b.actor(anna), anna, own); err != nil || one.signedIn() {
			b.Fatalf("revoking one: %v", err)
		}
		one.signIn(anna)
		if err := b.SetPassword(ctx, b.actor(anna), anna, password+"!", ""); err != nil || one.signedIn() {
			b.Fatalf("a new password left the old session: %v", err)
		}
		one.signIn(bert)
		if err := b.SetDisabled(ctx, auth.System("t"), bert, true); err != nil || one.signedIn() {
			b.Fatalf("a disabled operator is signed in: %v", err)
		}
	})
}

func TestSessionsAreWrittenSeldomAndExpire(t *testing.T) {
	each(t, func(b bench) {
		sessions := auth.NewSessions(b.Service, false)
		w := &browser{bench: b, sessions: sessions}
		w.signIn(b.operator("anna", boss))
		planted := w.cookie.Value
		w.signIn(b.operator("bert"))
		if w.cookie.Value == planted {
			b.Error("signing in kept the token")
		}
		expires := func() int64 {
			n, err := db.Int(b.Context(), b.db, "SELECT max(expires_at) FROM auth_sessions WHERE revoked = 0")
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
		before := expires()
		time.Sleep(3 * time.Millisecond)
		if !w.signedIn() || expires() != before {
			b.Error("a page view was a write")
		}
		b.clock.Set(b.clock.Now().Add(12*time.Hour + time.Minute))
		if w.signedIn() {
			b.Error("an idle session lives on")
		}
	})
}

func TestLinksOpenOneThingUntilTheyExpire(t *testing.T) {
	c := clock.NewDomain(time.Now())
	old, fresh := []byte("0123456789abcdef0123456789abcdef"), []byte("fedcba9876543210fedcba9876543210")
	signed := auth.NewSigner([][]byte{old}, c).Sign("lottery", "l1", "m1", c.Now().Add(time.Hour))
	s := auth.NewSigner([][]byte{fresh, old}, c)
	if object, subject, err := s.Verify("lottery", signed); err != nil || object != "l1" || subject != "m1" {
		t.Fatalf("%s %s %v", object, subject, err)
	}
	for _, bad := range []string{"", "x", signed[:len(signed)-1], signed + "A", "A" + signed[1:] + "A"} {
		if _, _, err := s.Verify("lottery", bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q gave %v", bad, err)
		}
	}
	if _, _, err := s.Verify("leadpack", signed); !fault.Is(err, fault.NotFound) {
		t.Errorf("another purpose gave %v", err)
	}
	if _, _, err := auth.NewSigner([][]byte{fresh}, c).Verify("lottery", signed); !fault.Is(err, fault.NotFound) {
		t.Errorf("a removed key gave %v", err)
	}
	c.Set(c.Now().Add(2 * time.Hour))
	if _, _, err := s.Verify("lottery", signed); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("an expired link gave %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	c := clock.NewDomain(time.Unix(1_800_000_000, 0))
	s := auth.NewSigner([][]byte{[]byte("0123456789abcdef0123456789abcdef")}, c)
	good := s.Sign("p", "object", "subject", c.Now().Add(time.Hour))
	f.Add(good)
	f.Add("")
	f.Add(good[:20])
	f.Fuzz(func(t *testing.T, token string) {
		if _, _, err := s.Verify("p", token); err == nil && token != good {
			t.Fatalf("a forgery opened: %q", token)
		}
	})
}
