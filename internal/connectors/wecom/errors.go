package wecom

import (
	"errors"
	"fmt"
	"time"
)

// Class says what a caller can do about a refusal.
type Class int

// Classes of refusals. ClassPermanent is everything not listed elsewhere: the
// request itself is wrong and repeating it changes nothing.
const (
	ClassPermanent    Class = iota
	ClassToken              // the access token is not accepted; the client renews it by itself
	ClassThrottled          // too fast or busy: repeat after APIError.RetryAfter
	ClassNotPermitted       // the app lacks a right, a scope or a trusted IP: a person must act
	ClassGone               // the group, user or contact does not exist (any more)
)

// String names the class in logs.
func (c Class) String() string {
	switch c {
	case ClassToken:
		return "token"
	case ClassThrottled:
		return "throttled"
	case ClassNotPermitted:
		return "not permitted"
	case ClassGone:
		return "gone"
	default:
		return "permanent"
	}
}

// Codes that the client itself handles (D:90313).
const (
	codeBusy         = -1
	codeBadSecret    = 40001
	codeBadCorpID    = 40013
	codeBadToken     = 40014
	codeNoToken      = 41001
	codeNoCorpID     = 41002
	codeNoSecret     = 41004
	codeTokenExpired = 42001
	codeTooOften     = 45009
	codeTooMany      = 45033
	codeAppDisabled  = 50003
)

// classOf is the table of error codes (D:90313). The platform's text is meant
// for people and changes; only the code counts.
var classOf = map[int]Class{
	codeBadSecret: ClassToken, codeBadToken: ClassToken, codeTokenExpired: ClassToken,

	codeBusy: ClassThrottled, codeTooOften: ClassThrottled, codeTooMany: ClassThrottled,
	41096: ClassThrottled, // another app is sending the welcome message

	41053: ClassNotPermitted, // archive not agreed to
	41058: ClassNotPermitted, 48002: ClassNotPermitted, 50002: ClassNotPermitted, codeAppDisabled: ClassNotPermitted,
	60011: ClassNotPermitted, 60020: ClassNotPermitted, 84074: ClassNotPermitted,
	86008: ClassNotPermitted, 86101: ClassNotPermitted, 86224: ClassNotPermitted,
	301002: ClassNotPermitted, 301052: ClassNotPermitted, 701001: ClassNotPermitted,

	40096: ClassGone, 41044: ClassGone, 49008: ClassGone, 60111: ClassGone, 84061: ClassGone,
	86001: ClassGone, 86003: ClassGone, 90501: ClassGone, 610004: ClassGone,
}

// Waits before a throttled call is worth repeating: the platform blocks for a
// minute once a minute's limit is passed (D:90454).
const (
	blockAfterTooOften = time.Minute
	pauseWhenBusy      = 2 * time.Second
)

// APIError is a refusal by the platform.
type APIError struct {
	Code int
	Msg  string // the platform's text, for people only
	Path string // without the query
	// RetryAfter is set for ClassThrottled.
	RetryAfter time.Duration
}

// Error implements error.
func (e *APIError) Error() string {
	return fmt.Sprintf("wecom: %s: errcode %d (%s): %s", e.Path, e.Code, e.Class(), e.Msg)
}

// Class tells what can be done about the refusal.
func (e *APIError) Class() Class { return classOf[e.Code] }

// ClassOf returns the class of the refusal in err's chain, an *APIError or an
// *ArchiveError, and false when err is something else, such as a lost connection.
func ClassOf(err error) (Class, bool) {
	var refusal interface {
		error
		Class() Class
	}
	if errors.As(err, &refusal) {
		return refusal.Class(), true
	}
	return ClassPermanent, false
}

// ErrReauthorize reports that the platform no longer accepts the credentials:
// the secret was reset, the app was disabled, or the CorpID is wrong. Nothing
// but a person at the admin console can help.
var ErrReauthorize = errors.New("wecom: the connection needs to be authorised again (需重新授权); check CorpID and secret")

// isCredentialCode reports whether gettoken's refusal means that the credentials
// themselves are wrong, rather than that the moment is.
func isCredentialCode(code int) bool {
	switch code {
	case codeBadSecret, codeBadCorpID, codeNoCorpID, codeNoSecret, codeNoToken, codeAppDisabled:
		return true
	}
	return false
}

// TransportError is a call that got no answer of the platform. Its text holds
// neither the access token nor the secret.
type TransportError struct {
	Path string
	// Sent reports that the request may have reached the platform, so that a
	// call that is not idempotent must not simply be repeated.
	Sent bool

	text  string
	cause error
}

// Error implements error.
func (e *TransportError) Error() string { return "wecom: " + e.Path + ": " + e.text }

// Unwrap returns the cause, for errors.Is with context and net errors.
func (e *TransportError) Unwrap() error { return e.cause }
