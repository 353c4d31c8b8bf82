package moderation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

// MaxWording is the longest wording, in runes.
const MaxWording = 2000

// Wording is what visitors agree to when they send a comment, in one language.
type Wording struct {
	Hash     string // see [NewWording]; 64 hexadecimal digits
	Language string // "id" or "en"
	Text     string // plain, with line breaks
}

// NewWording makes a text canonical: line ends are \n, and there is no space around it. Its hash is the
// SHA-256 of language, \n and that text in UTF-8: printf 'id\n%s' "$TEXT" | sha256sum.
func NewWording(language, text string) Wording {
	text = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
	sum := sha256.Sum256([]byte(language + "\n" + text))
	return Wording{hex.EncodeToString(sum[:]), language, text}
}

// Asking is what a site asks its visitors to agree to. The zero value asks nothing.
type Asking struct {
	Wordings []Wording // the same in each language
	Required bool      // a box to tick; otherwise a notice beside the form, which sending agrees to
}

// In is the wording in a language, or the first where there is none; false when nothing is asked.
func (a Asking) In(language string) (Wording, bool) {
	if len(a.Wordings) == 0 {
		return Wording{}, false
	}
	for _, w := range a.Wordings {
		if w.Language == language {
			return w, true
		}
	}
	return a.Wordings[0], true
}

// Askings are those of all sites: one for each that has its own, and one for the others.
type Askings struct {
	Own    map[string]Asking
	Others Asking
}

// Of is what one site asks.
func (a *Askings) Of(site string) Asking {
	if own, found := a.Own[site]; found {
		return own
	}
	return a.Others
}

// Agreement is what the sender of a comment agreed to. The zero value is none.
type Agreement struct {
	Wording
	Ticked bool // a box; otherwise they sent the comment below a notice
	At     time.Time
}

// FieldConsent is the field that carries the hash of the wording which a visitor agreed to.
const FieldConsent = "consent"

// agree finds the wording that the visitor saw. One that is not asked for any more, or not yet, is
// unknown: they must read the present one. Where nothing is asked nothing is noted.
func (a Asking) agree(s *Submission) []FieldFault {
	if len(a.Wordings) > 0 && a.Required && !s.Ticked {
		return []FieldFault{{Field: FieldConsent, Fault: FaultRequired}}
	}
	for _, w := range a.Wordings {
		if w.Hash == s.AgreedTo {
			s.Agreed = Agreement{Wording: w, Ticked: s.Ticked, At: s.At}
			return nil
		}
	}
	if len(a.Wordings) > 0 && s.AgreedTo != "" {
		return []FieldFault{{Field: FieldConsent, Fault: FaultUnknown}}
	}
	return nil
}

// afterwards gives the receipt once more to who sent the same under the wording before: nothing but that
// has changed since, and what was kept stays agreed to as it was.
func (in Intake) afterwards(ctx context.Context, s Submission, refused error) (Receipt, error) {
	p, told := errors.AsType[*Problem](refused)
	if !told || s.Key == "" || len(p.Fields) != 1 || p.Fields[0].Field != FieldConsent {
		return Receipt{}, refused
	}
	receipt, err := in.Store.Replay(ctx, s.Site, s.Key, s.Digest())
	if err != nil {
		return Receipt{}, refused
	}
	return receipt, nil
}
