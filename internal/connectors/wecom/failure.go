package wecom

import (
	"context"
	"errors"
	"slices"

	"github.com/qunzhu/qunzhu/internal/connector"
)

// Codes that concern the whole connection, whatever was asked: the server's
// address is not trusted, the app is disabled (D:90313).
var pausingCodes = []int{60020, codeAppDisabled}

// Codes of a customer group that is no more (D:90313).
var goneChatCodes = []int{49008, 86001, 86003}

// Codes of a chat that is no customer group in the app's range (D:90313).
var foreignChatCodes = []int{60011, 90501}

// failure says in the spine's words what can be done about err: try again, ask a
// person for credentials, or, for every other error, nothing.
func failure(err error) error {
	class, refused := ClassOf(err)
	var lost *TransportError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrReauthorize), class == ClassToken, refusedWith(err, pausingCodes):
		return connector.NeedsCredentials{Err: err}
	case errors.As(err, &lost), refused && class == ClassThrottled, errors.Is(err, context.DeadlineExceeded):
		return connector.Temporary{Err: err}
	}
	return err
}

func refusedWith(err error, codes []int) bool {
	var refusal *APIError
	return errors.As(err, &refusal) && slices.Contains(codes, refusal.Code)
}
