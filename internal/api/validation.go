package api

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// faultOf is what huma found wrong, as a fault.
func faultOf(e *huma.ErrorModel) *fault.Error {
	switch {
	case e.Status >= http.StatusInternalServerError:
		return fault.Wrap(errors.New(e.Detail+details(e)), fault.Internal, "fault.internal")
	case e.Status == http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooMany, "fault.body_too_large", "1 MiB")
	case e.Status == http.StatusUnsupportedMediaType:
		return fault.New(fault.Invalid, "api.media_type")
	case e.Status == http.StatusBadRequest && len(e.Errors) == 0:
		return fault.New(fault.Invalid, "api.body_missing")
	case e.Status == http.StatusBadRequest:
		return fault.New(fault.Invalid, "api.body_json")
	}
	f := fault.New(fault.Invalid, "fault.invalid")
	for _, d := range e.Errors {
		name, key, args := complaint(d)
		f.With(name, key, args...)
	}
	return f
}

func details(e *huma.ErrorModel) string {
	var b strings.Builder
	for _, d := range e.Errors {
		b.WriteString("; " + d.Message)
	}
	return b.String()
}

// complaints are the sentences of huma's that our schemas can cause, in its own
// words, with what we say instead.
var complaints = []struct {
	sentence *regexp.Regexp
	key      string
}{
	{sentence(validation.MsgUnexpectedProperty), "api.field.unknown"},
	{sentence("unknown query parameter"), "api.field.unknown"},
	{sentence(validation.MsgExpectedRFC3339Date), "api.field.date"},
	{sentence(validation.MsgExpectedRFC3339DateTime), "api.field.time"},
	{sentence(validation.MsgExpectedBoolean), "api.field.boolean"},
	{sentence("invalid boolean"), "api.field.boolean"},
	{sentence(validation.MsgExpectedNumber), "api.field.number"},
	{sentence("invalid float"), "api.field.number"},
	{sentence(validation.MsgExpectedInteger), "api.field.integer"},
	{sentence("invalid integer"), "api.field.integer"},
	{sentence(validation.MsgExpectedString), "api.field.string"},
	{sentence(validation.MsgExpectedArray), "api.field.array"},
	{sentence(validation.MsgExpectedObject), "api.field.object"},
	{sentence(validation.MsgExpectedOneOf), "api.field.one_of"},
	{sentence(validation.MsgExpectedMinimumNumber), "api.field.least"},
	{sentence(validation.MsgExpectedMaximumNumber), "api.field.most"},
	{sentence(validation.MsgExpectedMinLength), "api.field.min_length"},
	{sentence(validation.MsgExpectedMaxLength), "api.field.max_length"},
	{sentence(validation.MsgExpectedMinItems), "api.field.min_items"},
	{sentence(validation.MsgExpectedMaxItems), "api.field.max_items"},
}

var (
	verbs    = regexp.MustCompile(`%[vds]`)
	required = sentence(validation.MsgExpectedRequiredProperty)
	absent   = regexp.MustCompile(`^required \w+ parameter is missing$`)
)

// sentence matches what a format prints.
func sentence(format string) *regexp.Regexp {
	parts := verbs.Split(format, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, "(.*)") + "$")
}

// complaint translates one finding. Its name is the field's as the client wrote
// it: "limit", "filter.from".
func complaint(d *huma.ErrorDetail) (name, key string, args []any) {
	place, name, nested := strings.Cut(d.Location, ".")
	if !nested {
		name = place
	}
	if m := required.FindStringSubmatch(d.Message); m != nil {
		if nested {
			return name + "." + m[1], "api.field.required", nil
		}
		return m[1], "api.field.required", nil
	}
	if absent.MatchString(d.Message) {
		return name, "api.field.required", nil
	}
	for _, c := range complaints {
		if m := c.sentence.FindStringSubmatch(d.Message); m != nil {
			for _, value := range m[1:] {
				args = append(args, value)
			}
			return name, c.key, args
		}
	}
	return name, "api.field.invalid", nil
}
