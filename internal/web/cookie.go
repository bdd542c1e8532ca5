package web

import (
	"encoding/base64"
	"mime"
	"net/http"
	"time"

	"github.com/qunzhu/qunzhu/internal/i18n"
)

const (
	communityCookie = "community"
	flashCookie     = "flash"
	maxFlash        = 600 // bytes of text; a cookie holds 4,096
)

// Flash shows the translation of key once, on the next page.
func (c *Ctx) Flash(key string, args ...any) {
	text := c.T(key, args...)
	if len(text) > maxFlash {
		text = wholeRunes(text[:maxFlash]) + "…"
	}
	c.setCookie(flashCookie, base64.RawURLEncoding.EncodeToString([]byte(text)), time.Minute)
}

// wholeRunes drops the broken rune that cutting a text may leave at its end.
func wholeRunes(s string) string {
	for i := len(s) - 1; i >= 0 && i >= len(s)-4; i-- {
		if s[i] < 0x80 {
			return s[:i+1]
		}
		if s[i] >= 0xC0 {
			return s[:i]
		}
	}
	return s
}

// takeFlash returns the waiting message and forgets it.
func (c *Ctx) takeFlash() string {
	ck, err := c.Request.Cookie(flashCookie)
	if err != nil || len(ck.Value) > 2*maxFlash {
		return ""
	}
	c.setCookie(flashCookie, "", -1)
	text, err := base64.RawURLEncoding.DecodeString(ck.Value)
	if err != nil {
		return ""
	}
	return string(text)
}

const year = 365 * 24 * time.Hour

// rememberLanguage keeps what ?lang= chose.
func (c *Ctx) rememberLanguage() {
	if _, ok := i18n.Parse(c.Query("lang")); ok {
		c.setCookie(i18n.Cookie, string(c.Printer.Lang), year)
	}
}

// rememberCommunity keeps what ?community= chose.
func (c *Ctx) rememberCommunity() {
	if c.Request.URL.Query().Has("community") {
		c.setCookie(communityCookie, c.Community, year)
	}
}

func (c *Ctx) setCookie(name, value string, age time.Duration) {
	ck := &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true,
		Secure: c.router.secure, SameSite: http.SameSiteLaxMode, MaxAge: int(age / time.Second),
	}
	if age <= 0 || value == "" {
		ck.MaxAge = -1
	}
	http.SetCookie(c.Writer, ck)
}

func attachment(filename string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": filename})
}
