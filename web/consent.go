package web

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// consentView is what a visitor is asked to agree to, as it stands in the form.
type consentView struct {
	moderation.Wording
	Required bool // a box to tick; otherwise a notice
	Ticked   bool
	Fault    string
}

// Shown is the text with its lines and links. These open beside the form, so that nothing typed is lost.
func (v consentView) Shown() template.HTML {
	var out strings.Builder
	for i, line := range strings.Split(v.Text, "\n") {
		if i > 0 {
			out.WriteString("<br>")
		}
		linkLine(&out, line, `target="_blank" rel="noopener"`)
	}
	return template.HTML(out.String())
}

// asking is what a site asks now.
func (s *Server) asking(site string) moderation.Asking {
	if s.Asks == nil {
		return moderation.Asking{}
	}
	return s.Asks(site)
}

// wording is that for readers of a language; nil where nothing is asked.
func (s *Server) wording(site, lang string) *consentView {
	asking := s.asking(site)
	w, found := asking.In(lang)
	if !found {
		return nil
	}
	return &consentView{Wording: w, Required: asking.Required}
}

// consentDoc is the same for programs. A submission sends its hash back, as consent where a visitor
// agreed by an act of their own and as notice where they were told.
type consentDoc struct {
	Hash     string `json:"hash"`
	Language string `json:"language"`
	Text     string `json:"text"`
	Required bool   `json:"required"`
	HTML     string `json:"html"` // as the form has it
}

func (s *Server) wordingDoc(site, lang string) (*consentDoc, error) {
	view := s.wording(site, lang)
	if view == nil {
		return nil, nil
	}
	markup, err := paint("form", "consent", view)
	return &consentDoc{view.Hash, view.Language, view.Text, view.Required, string(markup)}, err
}

// wordingMark tells bodies with one wording from those with another; 0 where nothing is asked.
func (s *Server) wordingMark(site string) (mark int64) {
	asking := s.asking(site)
	for _, w := range asking.Wordings {
		n, _ := strconv.ParseInt(w.Hash[:15], 16, 64) // hexadecimal, and within 60 bits
		mark ^= n
	}
	if asking.Required {
		mark ^= 1 << 60
	}
	return mark
}

// refusedConsent tells whether a problem is about what a visitor must agree to.
func refusedConsent(p *moderation.Problem) bool {
	return slices.ContainsFunc(p.Fields, func(f moderation.FieldFault) bool { return f.Field == moderation.FieldConsent })
}

// agreementDoc is what the sender of a comment agreed to, for scripts of editors.
type agreementDoc struct {
	Hash     string    `json:"hash"`
	Language string    `json:"language"`
	Text     string    `json:"text"`
	Ticked   bool      `json:"ticked"` // a box; otherwise it was a notice
	At       time.Time `json:"at"`
}

// agreedView is the same for an editor who reads.
type agreedView struct {
	consentView
	Short string // the beginning of the hash
	How   string
	At    when
}

// shortHash is as much of a hash as people compare, in hexadecimal digits.
const shortHash = 12

func newAgreedView(lang string, a moderation.Agreement) *agreedView {
	if a.Hash == "" {
		return nil
	}
	how := "agreed.notice"
	if a.Ticked {
		how = "agreed.ticked"
	}
	return &agreedView{consentView{Wording: a.Wording}, a.Hash[:shortHash], tr(lang, how), ago(lang, a.At)}
}

// entryCall answers one comment whole. What its sender agreed to is in no list.
func (s *Server) entryCall(c *fiber.Ctx, who caller) error {
	entry, err := s.Queue.Desk.Entry(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	answer := struct {
		entryDoc
		Consent *agreementDoc `json:"consent,omitempty"`
	}{entryDoc: newEntryDoc(who.lang, entry)}
	if a := entry.Agreed; a.Hash != "" {
		answer.Consent = &agreementDoc{a.Hash, a.Language, a.Text, a.Ticked, a.At}
	}
	return c.JSON(answer)
}
