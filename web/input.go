package web

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"balasan/moderation"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// fields are what a request names, each once, in strings of their own.
type fields map[string]string

// readFields reads a flat JSON object or a urlencoded form. Every fault of the writing is
// Malformed; another content type is MediaType.
func readFields(c *fiber.Ctx) (fields, error) {
	kind, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return nil, &moderation.Problem{Code: moderation.MediaType}
	}
	var read fields
	switch kind {
	case fiber.MIMEApplicationJSON:
		read, err = parseJSON(c.Request().Body())
	case fiber.MIMEApplicationForm:
		read, err = parseForm(c.Request().Body())
	default:
		return nil, &moderation.Problem{Code: moderation.MediaType}
	}
	if _, told := errors.AsType[*moderation.Problem](err); told {
		return nil, err
	}
	if err != nil {
		return nil, moderation.Refuse(moderation.Malformed, err)
	}
	return read, nil
}

var (
	errTooMany = fmt.Errorf("more than %d fields", maxKeys)
	errTwice   = errors.New("a field stands twice")
	errBytes   = errors.New("NUL or invalid UTF-8")
	errShape   = errors.New("not one flat object")
)

// add takes one field in. The error never repeats the input.
func (f fields) add(name, value string) error {
	if _, there := f[name]; there {
		return malformed(name, moderation.FaultFormat, errTwice)
	}
	if !utf8.ValidString(name) || !utf8.ValidString(value) || strings.ContainsRune(name+value, 0) {
		return malformed(name, moderation.FaultForbidden, errBytes)
	}
	if len(f) == maxKeys {
		return errTooMany
	}
	f[name] = value
	return nil
}

// malformed names the field that is written wrongly, where its name is one that a form may have.
func malformed(name string, fault moderation.Fault, err error) error {
	p := &moderation.Problem{Code: moderation.Malformed, Err: err}
	if plainName.MatchString(name) {
		p.Fields = []moderation.FieldFault{{Field: name, Fault: fault}}
	}
	return p
}

var plainName = regexp.MustCompile(`^[a-z_]{1,32}$`)

func parseForm(body []byte) (fields, error) {
	var args fasthttp.Args
	args.ParseBytes(body)
	read := fields{}
	for name, value := range args.All() {
		if err := read.add(string(name), string(value)); err != nil {
			return nil, err
		}
	}
	return read, nil
}

// parseJSON reads one object of texts and truth values; a number is a fault of its field. The decoder refuses duplicate names, invalid UTF-8 and
// lone surrogates (RFC 7493).
func parseJSON(body []byte) (fields, error) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, errShape
	}
	read := fields{}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, misshapen(err)
		}
		key := name.String() // a token is only good until the next one is read
		value, err := d.ReadToken()
		if err != nil {
			return nil, misshapen(err)
		}
		if value.Kind() == '{' || value.Kind() == '[' {
			return nil, malformed(key, moderation.FaultFormat, errShape)
		}
		if value.Kind() == '0' {
			return nil, &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: key, Fault: moderation.FaultFormat}}}
		}
		if err := read.add(key, scalar(value)); err != nil {
			return nil, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, errShape
	}
	if len(bytes.TrimSpace(d.UnreadBuffer())) > 0 {
		return nil, errShape
	}
	return read, nil
}

// misshapen names the field that the decoder stopped at.
func misshapen(err error) error {
	if at, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return malformed(at.JSONPointer.LastToken(), moderation.FaultFormat, errShape)
	}
	return errShape
}

func scalar(t jsontext.Token) string {
	switch t.Kind() {
	case 'n', 'f':
		return ""
	case 't':
		return "1"
	default:
		return t.String()
	}
}
