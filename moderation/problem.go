package moderation

import (
	"errors"
	"fmt"
	"time"
)

// Code is one word for what went wrong. Codes are append-only: clients depend on them.
type Code string

const (
	Malformed   Code = "malformed"     // 400 the request cannot be read
	Invalid     Code = "invalid"       // 422 fields are at fault, all named at once
	Limited     Code = "limited"       // 429 the sender's allowance is spent
	KeyReused   Code = "key_reused"    // 422 the idempotency key came before with another body
	ThreadShut  Code = "thread_closed" // 403 the page takes no more comments
	WrongOrigin Code = "wrong_origin"  // 403 this page may not submit to this site
	WrongHost   Code = "wrong_host"    // 421 the request was meant for another server
	NotFound    Code = "not_found"     // 404
	WrongMethod Code = "wrong_method"  // 405
	TooLarge    Code = "too_large"     // 413
	MediaType   Code = "media_type"    // 415 an encoded body or an unknown content type
	Unavailable Code = "unavailable"   // 503 it cannot be kept now; nothing was lost, try again
	Overloaded  Code = "overloaded"    // 503 too many at once
	Internal    Code = "internal"      // 500 our fault; the log has the rest under the request id

	CaptchaRequired    Code = "captcha_required"    // 422
	CaptchaWrong       Code = "captcha_wrong"       // 422
	CaptchaExpired     Code = "captcha_expired"     // 422
	CaptchaInvalid     Code = "captcha_invalid"     // 422 not a token of ours for this page
	CaptchaReused      Code = "captcha_reused"      // 409
	CaptchaLocked      Code = "captcha_locked"      // 422 three wrong answers
	CaptchaBusy        Code = "captcha_busy"        // 503 too many pictures at once
	CaptchaUnavailable Code = "captcha_unavailable" // 503

	Unauthorized Code = "unauthorized" // 401 sign in first
	Forbidden    Code = "forbidden"    // 403 your role does not allow it
	Decided      Code = "decided"      // 409 another editor was first
)

// Problem is an error that someone outside may hear about. Everything else is Internal:
// the log gets the text, the caller nothing.
type Problem struct {
	Code   Code
	Fields []FieldFault  // with Invalid, and with Malformed where it is one field that cannot be read
	After  time.Duration // when to try again; 0 where that would not help
	Err    error         // for the log only
}

// FieldFault names what is wrong with one field in one word: "required", "too_long", …
type FieldFault struct {
	Field string // as the visitor's form names it
	Fault Fault
	Limit int // with TooLong and TooShort, in runes
}

// Fault is one word for what is wrong with a field; the words in both languages are web's.
type Fault string

const (
	FaultRequired  Fault = "required"
	FaultTooLong   Fault = "too_long"
	FaultTooShort  Fault = "too_short"
	FaultFormat    Fault = "format"
	FaultForbidden Fault = "forbidden" // control or stacked characters
	FaultUnknown   Fault = "unknown"   // names something that is not there
)

func (p *Problem) Error() string {
	if p.Err != nil {
		return fmt.Sprintf("%s: %v", p.Code, p.Err)
	}
	return string(p.Code)
}

func (p *Problem) Unwrap() error { return p.Err }

// CodeOf tells which problem err is; Internal for every error that is none.
func CodeOf(err error) Code {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Code
	}
	return Internal
}

// Refuse makes a problem of a code and its cause.
func Refuse(code Code, cause error) error { return &Problem{Code: code, Err: cause} }
