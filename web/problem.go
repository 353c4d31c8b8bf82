package web

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// status is the one table from a problem's code to its HTTP status.
var status = map[moderation.Code]int{
	moderation.Malformed:          400,
	moderation.Invalid:            422,
	moderation.Limited:            429,
	moderation.KeyReused:          422,
	moderation.ThreadShut:         403,
	moderation.WrongOrigin:        403,
	moderation.WrongHost:          421,
	moderation.NotFound:           404,
	moderation.WrongMethod:        405,
	moderation.TooLarge:           413,
	moderation.MediaType:          415,
	moderation.Unavailable:        503,
	moderation.Overloaded:         503,
	moderation.Internal:           500,
	moderation.CaptchaRequired:    422,
	moderation.CaptchaWrong:       422,
	moderation.CaptchaExpired:     422,
	moderation.CaptchaInvalid:     422,
	moderation.CaptchaReused:      409,
	moderation.CaptchaLocked:      422,
	moderation.CaptchaBusy:        503,
	moderation.CaptchaUnavailable: 503,
	moderation.Unauthorized:       401,
	moderation.Forbidden:          403,
	moderation.Decided:            409,
	codeURITooLong:                414,
	codeHeadersTooLarge:           431,
	codeTimeout:                   408,
}

// Codes that only the edge knows.
const (
	codeURITooLong      moderation.Code = "uri_too_long"
	codeHeadersTooLarge moderation.Code = "headers_too_large"
	codeTimeout         moderation.Code = "timeout"
)

// problemDoc is RFC 9457, with our code, the faults of fields and, where they would help, a fresh
// challenge and the wording to agree to.
type problemDoc struct {
	Type      string        `json:"type"`
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail"`
	Code      string        `json:"code"`
	Fields    []fieldDoc    `json:"fields,omitempty"`
	Challenge *challengeDoc `json:"challenge,omitempty"`
	Consent   *consentDoc   `json:"consent,omitempty"`
	Request   string        `json:"request_id,omitempty"`
}

// needed is what a refused visitor needs to try again, as far as they do.
type needed struct {
	challenge *challengeDoc
	consent   *consentDoc
}

type fieldDoc struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Limit  int    `json:"limit,omitempty"`
}

// fail is the one place where an error becomes an answer.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	p := s.problem(c, err)
	tellAnyone(c)
	if wantsPage(c) {
		return s.problemPage(c, p)
	}
	return s.answerProblem(c, p, needed{})
}

// problem finds the Problem in err. What is none goes to the log and is Internal outside.
func (s *Server) problem(c *fiber.Ctx, err error) *moderation.Problem {
	if p, ok := errors.AsType[*moderation.Problem](err); ok {
		if many := s.shedFor(p.Code); many != nil {
			many.tell(s.Log, p)
		} else if s.hasLine(p.Code) {
			s.Log.Error("problem", "code", p.Code, "request", requestID(c), "err", p.Err)
		}
		return p
	}
	if e, ok := errors.AsType[*fiber.Error](err); ok {
		if code, ok := edgeCodes[e.Code]; ok {
			return &moderation.Problem{Code: code}
		}
	}
	s.Log.Error("internal", "request", requestID(c), "err", err)
	return &moderation.Problem{Code: moderation.Internal}
}

// shedFor counts what many meet at once; nil for every other problem.
func (s *Server) shedFor(code moderation.Code) *shed {
	switch code {
	case moderation.Overloaded:
		return &s.shed.overloaded
	case moderation.Unavailable:
		return &s.shed.unavailable
	}
	return nil
}

// hasLine tells what stands in the log one by one, so that the request is worth naming.
func (s *Server) hasLine(code moderation.Code) bool {
	return status[code] >= 500 && s.shedFor(code) == nil
}

// edgeCodes are the refusals of fiber and fasthttp themselves.
var edgeCodes = map[int]moderation.Code{
	400: moderation.Malformed,
	404: moderation.NotFound,
	405: moderation.WrongMethod,
	408: codeTimeout,
	413: moderation.TooLarge,
	414: codeURITooLong,
	415: moderation.MediaType,
	431: codeHeadersTooLarge,
	501: moderation.WrongMethod, // a method that no server of ours knows
}

// answerProblem writes problem+json in the reader's language.
func (s *Server) answerProblem(c *fiber.Ctx, p *moderation.Problem, needs needed) error {
	lang := language(c)
	doc := problemDoc{
		Type:      s.typeOf(p.Code),
		Title:     tr(lang, "problem."+string(p.Code)+".title"),
		Status:    status[p.Code],
		Detail:    wordsFor(c, lang, p.Code),
		Code:      string(p.Code),
		Challenge: needs.challenge,
		Consent:   needs.consent,
	}
	if alone, ok := lookup(lang, "problem."+string(p.Code)+".alone"); ok && needs.challenge == nil {
		doc.Detail = alone
	}
	for _, f := range p.Fields {
		doc.Fields = append(doc.Fields, fieldDoc{f.Field, string(f.Fault), sentence(lang, f), f.Limit})
	}
	if s.hasLine(p.Code) {
		doc.Request = requestID(c)
	}
	if p.Code == moderation.Unauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	}
	retryAfter(c, p)
	c.Status(doc.Status)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentLanguage, lang)
	return c.JSON(doc, "application/problem+json")
}

// isStaff tells whether a path is for editors, who write no comments there.
func isStaff(path string) bool {
	return path == "/queue" || strings.HasPrefix(path, "/queue/") || strings.HasPrefix(path, "/v1/editor/")
}

// wordsFor tell whoever asked what went wrong: an editor, a reader or who sends something.
func wordsFor(c *fiber.Ctx, lang string, code moderation.Code) string {
	if isStaff(c.Path()) {
		return staffWords(lang, code)
	}
	if own, ok := lookup(lang, "problem."+string(code)+".read"); ok && c.Method() != fiber.MethodPost {
		return own
	}
	return tr(lang, "problem."+string(code))
}

// staffWords tell an editor what went wrong; what has no words for them has the visitors'.
func staffWords(lang string, code moderation.Code) string {
	if own, ok := lookup(lang, "problem."+string(code)+".staff"); ok {
		return own
	}
	return tr(lang, "problem."+string(code))
}

// typeOf is the address of the page that tells of a problem. The Host of the request is no part of
// it: whoever sends one could make it lead anywhere. A relative reference will do (RFC 9457, 3.1.1).
func (s *Server) typeOf(code moderation.Code) string {
	return s.outside() + "/problems/" + string(code)
}

// sentence says in words what is wrong with one field; the form's own names come first.
func sentence(lang string, f moderation.FieldFault) string {
	if own, ok := lookup(lang, "fault."+f.Field+"."+string(f.Fault)); ok {
		return own
	}
	key, counts := "fault."+string(f.Fault), f.Fault == moderation.FaultTooLong || f.Fault == moderation.FaultTooShort
	switch {
	case !counts:
		return tr(lang, key)
	case f.Limit == 0:
		return tr(lang, "fault.plain."+string(f.Fault))
	}
	return tr(lang, key, f.Limit)
}

// retryAfter is set where trying again helps: in whole seconds, never less than the wait.
func retryAfter(c *fiber.Ctx, p *moderation.Problem) {
	after := p.After
	if after == 0 && status[p.Code] == 503 {
		after = 2 * time.Second
	}
	if after > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
}
