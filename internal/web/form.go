package web

import (
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	defaultMaxRunes = 2_000
	maxValues       = 1_000 // of one repeated field
	formMemory      = 4 << 20
)

// Form decodes the request's form into the struct that dst points to, and
// checks it. All wrong fields come back in one fault.Invalid.
//
// Fields are named by the tag `form:"name"`; fields without one are left alone.
// Types: string, bool (a checkbox), int, int64, float64, time.Time
// ("2006-01-02", "2006-01-02T15:04" in the workspace's zone) and slices of
// string. Texts are trimmed and may have 2,000 characters unless max says
// otherwise. The tag `validate:"…"` holds rules between commas:
//
//	required           not empty; a checkbox must be ticked
//	min=3, max=80      characters of a text, value of a number, length of a list
//	oneof=a|b          one of these texts
//	email, url, local  an e-mail address, an http(s) address, a path of this site
//	line               a text without line ends
func (c *Ctx) Form(dst any) error {
	if err := c.parseForm(); err != nil {
		return err
	}
	return decodeForm(c.Request.Form, dst, c.Zone())
}

// Errors translates the wrong fields of err for the components of a form that
// is shown again.
func (c *Ctx) Errors(err error) ui.Errors {
	out := ui.Errors{}
	for _, f := range c.Printer.Fields(err) {
		out[f.Name] = f.Text
	}
	return out
}

// File returns the uploaded file of a field; the caller closes it. Its route
// has the option Upload. A missing file is an invalid field.
func (c *Ctx) File(name string) (multipart.File, *multipart.FileHeader, error) {
	if err := c.parseForm(); err != nil {
		return nil, nil, err
	}
	f, header, err := c.Request.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil, fault.InvalidField(name, "form.file")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the uploaded file: %w", err)
	}
	return f, header, nil
}

func (c *Ctx) parseForm() error {
	var err error
	if strings.HasPrefix(c.Request.Header.Get("Content-Type"), "multipart/form-data") {
		err = c.Request.ParseMultipartForm(formMemory)
	} else {
		err = c.Request.ParseForm()
	}
	var tooLarge *http.MaxBytesError
	if err == nil || errors.As(err, &tooLarge) {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "form.malformed")
}

func decodeForm(values url.Values, dst any, zone *time.Location) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode a form into %T: it must be a pointer to a struct", dst)
	}
	wrong := fault.New(fault.Invalid, "fault.invalid")
	v = v.Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("form")
		if name == "" {
			continue
		}
		rules, err := parseRules(v.Type().Field(i).Tag.Get("validate"))
		if err != nil {
			return fmt.Errorf("form field %s: %w", name, err)
		}
		f := formField{name: name, values: values[name], rules: rules, zone: zone, wrong: wrong}
		if err := f.decode(v.Field(i)); err != nil {
			return err
		}
	}
	return wrong.OrNil()
}

// formField is one field while it is decoded; complaints go to wrong.
type formField struct {
	name   string
	values []string
	rules  rules
	zone   *time.Location
	wrong  *fault.Error
}

func (f formField) complain(key string, args ...any) { _ = f.wrong.With(f.name, key, args...) }

func (f formField) decode(into reflect.Value) error {
	if into.Kind() == reflect.Slice && into.Type().Elem().Kind() == reflect.String {
		f.decodeList(into)
		return nil
	}
	text := ""
	if len(f.values) > 0 {
		text = strings.TrimSpace(f.values[0])
	}
	if text == "" && into.Kind() != reflect.Bool {
		if f.rules.required {
			f.complain("form.required")
		}
		return nil
	}
	switch kind := into.Kind(); {
	case into.Type() == reflect.TypeFor[time.Time]():
		f.decodeTime(text, into)
	case kind == reflect.String:
		if f.rules.allow(f, text) {
			into.SetString(text)
		}
	case kind == reflect.Bool:
		into.SetBool(text != "" && text != "0" && text != "false")
		if f.rules.required && !into.Bool() {
			f.complain("form.tick")
		}
	case kind == reflect.Int || kind == reflect.Int64:
		f.decodeInt(text, into)
	case kind == reflect.Float64:
		f.decodeFloat(text, into)
	default:
		return fmt.Errorf("form field %s: type %s is not supported", f.name, into.Type())
	}
	return nil
}

func (f formField) decodeList(into reflect.Value) {
	if len(f.values) > maxValues {
		f.complain("form.max_items", maxValues)
		return
	}
	list := reflect.MakeSlice(into.Type(), 0, len(f.values))
	for _, text := range f.values {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if !f.rules.forItem().allow(f, text) {
			return
		}
		list = reflect.Append(list, reflect.ValueOf(text).Convert(into.Type().Elem()))
	}
	n := float64(list.Len())
	switch {
	case f.rules.required && n == 0:
		f.complain("form.choose")
	case f.rules.min != nil && n < *f.rules.min:
		f.complain("form.min_items", tidy(*f.rules.min))
	case f.rules.max != nil && n > *f.rules.max:
		f.complain("form.max_items", tidy(*f.rules.max))
	default:
		into.Set(list)
	}
}

func (f formField) decodeInt(text string, into reflect.Value) {
	n, err := strconv.ParseInt(text, 10, into.Type().Bits())
	if err != nil {
		f.complain("form.whole_number")
		return
	}
	if f.inRange(float64(n)) {
		into.SetInt(n)
	}
}

func (f formField) decodeFloat(text string, into reflect.Value) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v-v != 0 { // infinite or not a number
		f.complain("form.number")
		return
	}
	if f.inRange(v) {
		into.SetFloat(v)
	}
}

func (f formField) inRange(v float64) bool {
	if f.rules.min != nil && v < *f.rules.min {
		f.complain("form.least", tidy(*f.rules.min))
		return false
	}
	if f.rules.max != nil && v > *f.rules.max {
		f.complain("form.most", tidy(*f.rules.max))
		return false
	}
	return true
}

func (f formField) decodeTime(text string, into reflect.Value) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		t, err := time.ParseInLocation(layout, text, f.zone)
		if err == nil && t.Year() >= 1970 && t.Year() <= 2200 {
			into.Set(reflect.ValueOf(t))
			return
		}
	}
	f.complain("form.date")
}
