package i18n

import (
	"net/http"
	"strconv"
	"strings"
)

// Cookie is the name of the cookie that remembers a chosen language.
const Cookie = "lang"

// Parse returns the language that tag names: an exact tag, or its primary
// subtag ("zh-TW" is Chinese, "en-GB" English).
func Parse(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	switch primary {
	case "zh":
		return Chinese, true
	case "en":
		return English, true
	}
	return "", false
}

// Negotiate chooses the language of a request: ?lang=, then the cookie, then
// Accept-Language, then Chinese.
func Negotiate(r *http.Request) Lang {
	if lang, ok := Parse(r.URL.Query().Get("lang")); ok {
		return lang
	}
	if c, err := r.Cookie(Cookie); err == nil {
		if lang, ok := Parse(c.Value); ok {
			return lang
		}
	}
	return accepted(r.Header.Get("Accept-Language"))
}

func accepted(header string) Lang {
	best, weight := Chinese, 0.0
	for range 16 { // more alternatives than any browser sends
		var part string
		part, header, _ = strings.Cut(header, ",")
		tag, params, _ := strings.Cut(part, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64)
		}
		if lang, ok := Parse(tag); ok && q > weight {
			best, weight = lang, q
		}
		if header == "" {
			break
		}
	}
	return best
}
