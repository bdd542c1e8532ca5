package wecom

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// redactedError keeps err as the cause only if its own text is harmless, since
// whoever unwraps it may print it.
func redactedError(path string, sent bool, err error, secrets ...string) *TransportError {
	var withAddress *url.Error
	for errors.As(err, &withAddress) {
		err = withAddress.Err // a url.Error prints the whole address
	}
	text := redact(err.Error(), secrets...)
	e := &TransportError{Path: path, Sent: sent, text: clip(text, maxErrorText)}
	if text == err.Error() {
		e.cause = err
	}
	return e
}

// redact takes secrets out of text, as they are and as they stand in a query.
func redact(text string, secrets ...string) string {
	for _, s := range secrets {
		if s == "" {
			continue
		}
		text = strings.ReplaceAll(text, s, "[…]")
		text = strings.ReplaceAll(text, url.QueryEscape(s), "[…]")
	}
	return text
}

// clip shortens s to at most n bytes without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
