package web

import (
	"strings"
	"time"

	"balasan/moderation"

	"github.com/go-json-experiment/json"
	"github.com/gofiber/fiber/v2"
)

// entryDoc is a comment as scripts of editors read it: no e-mail, no address.
type entryDoc struct {
	ID         string        `json:"id"`
	Site       string        `json:"site"`
	Page       string        `json:"page"`
	PageTitle  string        `json:"page_title"`
	Parent     string        `json:"parent,omitempty"`
	ParentName string        `json:"parent_name,omitempty"`
	ParentBody string        `json:"parent_body,omitempty"`
	Name       string        `json:"name"`
	Website    string        `json:"website,omitempty"`
	Body       string        `json:"body"`
	Staff      bool          `json:"staff,omitempty"`
	State      string        `json:"state"`
	Version    int           `json:"version"` // what an edit must say that it saw
	Level      string        `json:"level"`
	Score      float64       `json:"score"`
	Reasons    []reasonDoc   `json:"reasons"`
	Decided    []decisionDoc `json:"decided"`
	Blind      bool          `json:"blind,omitempty"` // was a blind check; said once it is decided
	Edits      []editDoc     `json:"edits,omitempty"`
	At         time.Time     `json:"at"`
}

type reasonDoc struct {
	Rule   string    `json:"rule"`
	Score  float64   `json:"score"`
	Shadow bool      `json:"shadow,omitempty"`
	Term   string    `json:"term,omitempty"`
	Text   string    `json:"text"`
	Spans  []spanDoc `json:"spans,omitempty"`
}

type spanDoc struct {
	Field string `json:"field"`
	Start int    `json:"start"` // bytes
	End   int    `json:"end"`
}

type decisionDoc struct {
	Batch string    `json:"batch"`
	By    string    `json:"by"`
	From  string    `json:"from"`
	To    string    `json:"to"`
	Deed  string    `json:"deed,omitempty"` // edited or remarked, when the state stayed
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
}

// editDoc is a change of the text; the one before is in it.
type editDoc struct {
	Batch  string    `json:"batch"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Before string    `json:"before"`
}

func newEntryDoc(lang string, e moderation.Entry) entryDoc {
	doc := entryDoc{ID: e.ID, Site: e.Site, Page: e.Page, PageTitle: e.PageTitle, Parent: e.Parent, ParentName: e.ParentName,
		ParentBody: e.ParentBody, Name: e.Name, Website: e.Website, Body: e.Body, Staff: e.Staff, State: string(e.State), Version: e.Version,
		Level: string(e.Level), Score: e.Verdict.Score, Reasons: []reasonDoc{}, Decided: []decisionDoc{}, Blind: e.Blind, At: e.At}
	for _, s := range e.Verdict.Signals {
		r := reasonDoc{Rule: s.Rule, Score: s.Score, Shadow: s.Shadow, Term: withoutAddress(s.Term, e.Email), Text: withoutAddress(s.Reason.In(lang), e.Email)}
		for _, span := range s.Spans {
			r.Spans = append(r.Spans, spanDoc{string(span.Field), span.Start, span.End})
		}
		doc.Reasons = append(doc.Reasons, r)
	}
	for _, d := range e.Decided {
		doc.Decided = append(doc.Decided, decisionDoc{d.Batch, d.By, string(d.From), string(d.To), string(d.Deed), d.Note, d.At})
	}
	for _, edit := range e.Edits {
		doc.Edits = append(doc.Edits, editDoc{edit.Batch, edit.By, edit.At, edit.Before})
	}
	return doc
}

func (s *Server) queueCall(c *fiber.Ctx, who caller) error {
	f, err := asked(c)
	if err != nil {
		return err
	}
	list, err := s.Queue.Desk.Queue(c.UserContext(), who.Editor, f)
	if err != nil {
		return err
	}
	answer := struct {
		Comments []entryDoc `json:"comments"`
		Total    int        `json:"total"`
		Capped   bool       `json:"capped"`         // there are more than total
		More     bool       `json:"more,omitempty"` // a search looked at as much as it may: go on with next
		Next     string     `json:"next"`
	}{Comments: []entryDoc{}, Total: list.Total, Capped: list.Total >= moderation.CountCap, More: list.More, Next: list.Next}
	for _, e := range list.Entries {
		answer.Comments = append(answer.Comments, newEntryDoc(who.lang, e))
	}
	return c.JSON(answer)
}

// newerCap is where counting what came since stops.
const newerCap = 50

// pendingCall feeds the live counter: how many wait, and how many of them came after the mark
// that the page was given. What waits is listed oldest first, so the mark is a cursor.
func (s *Server) pendingCall(c *fiber.Ctx, who caller) error {
	f, err := filterOf(queryOf(c))
	if err != nil {
		return err
	}
	f.State, f.Limit, f.Cursor = moderation.Pending, newerCap, c.Query("mark")
	list, err := s.Queue.Desk.Queue(c.UserContext(), who.Editor, f)
	if err != nil {
		return err
	}
	answer := struct {
		Count string `json:"count"`
		Newer string `json:"newer"` // empty when there is nothing new, or without a mark
	}{Count: count(list.Total)}
	if newer := len(list.Entries); newer > 0 && f.Cursor != "" {
		answer.Newer = count(newer)
		if list.Next != "" {
			answer.Newer += "+"
		}
	}
	return c.JSON(answer)
}

func (s *Server) addressCall(c *fiber.Ctx, who caller) error {
	email, err := s.Queue.Desk.Address(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	return c.JSON(struct {
		Email string `json:"email"`
	}{email.Reveal()})
}

func (s *Server) decideCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		IDs  []string `json:"ids"`
		From string   `json:"from"`
		To   string   `json:"to"`
		Note string   `json:"note"`
	}
	if err := readCall(c, &asked); err != nil {
		return err
	}
	settled, err := s.Queue.Desk.Decide(c.UserContext(), who.Editor, moderation.Ruling{IDs: asked.IDs,
		From: moderation.State(asked.From), To: moderation.State(asked.To), Note: strings.TrimSpace(asked.Note)})
	return s.answerSettled(c, who, settled, err)
}

func (s *Server) undoCall(c *fiber.Ctx, who caller) error {
	settled, err := s.Queue.Desk.Undo(c.UserContext(), who.Editor, c.Params("batch"))
	return s.answerSettled(c, who, settled, err)
}

func (s *Server) replyCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		To   string `json:"to"`
		Body string `json:"body"`
	}
	if err := readCall(c, &asked); err != nil {
		return err
	}
	settled, err := s.Queue.Desk.Reply(c.UserContext(), who.Editor, moderation.Reply{To: asked.To, Body: asked.Body})
	return s.answerSettled(c, who, settled, err)
}

func (s *Server) threadCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		Site string `json:"site"`
		Page string `json:"page"`
		Mode string `json:"mode"` // hold, hold-doubtful, publish, closed; empty is the site's own
	}
	if err := readCall(c, &asked); err != nil {
		return err
	}
	if err := s.Queue.Desk.SetThread(c.UserContext(), who.Editor, asked.Site, asked.Page, moderation.Mode(asked.Mode)); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

type changedDoc struct {
	ID   string `json:"id"`
	From string `json:"from,omitempty"` // empty for what is new
	To   string `json:"to"`
}

type lostDoc struct {
	ID    string    `json:"id"`
	State string    `json:"state"`
	By    string    `json:"by"`    // empty when the machine put it there
	Batch string    `json:"batch"` // of that decision
	At    time.Time `json:"at"`
}

func lostDocs(all []moderation.Conflict) []lostDoc {
	docs := []lostDoc{}
	for _, l := range all {
		docs = append(docs, lostDoc{l.ID, string(l.State), l.By, l.Batch, l.At})
	}
	return docs
}

// answerSettled tells what became of each comment; when all were lost, in a problem.
func (s *Server) answerSettled(c *fiber.Ctx, who caller, done moderation.Settled, err error) error {
	if moderation.CodeOf(err) == moderation.Decided {
		return c.Status(status[moderation.Decided]).JSON(struct {
			problemDoc
			Lost    []lostDoc `json:"lost"`
			Unknown []string  `json:"unknown"`
		}{problemDoc{Type: s.typeOf(moderation.Decided), Title: tr(who.lang, "problem.decided.title"),
			Status: status[moderation.Decided], Detail: lostWords(who.lang, done.Lost[0], 1).Says, Code: string(moderation.Decided)},
			lostDocs(done.Lost), append([]string{}, done.Unknown...)}, "application/problem+json")
	}
	if err != nil {
		return err
	}
	changed := []changedDoc{}
	for _, d := range done.Changed {
		changed = append(changed, changedDoc{d.Comment, string(d.From), string(d.To)})
	}
	return c.JSON(struct {
		Batch   string       `json:"batch"`
		Changed []changedDoc `json:"changed"`
		Lost    []lostDoc    `json:"lost"`
		Unknown []string     `json:"unknown"`
	}{done.Batch, changed, lostDocs(done.Lost), append([]string{}, done.Unknown...)})
}

// readCall reads a JSON body: one object of known fields, each once (RFC 7493).
func readCall(c *fiber.Ctx, into any) error {
	if kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";"); !strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationJSON) {
		return &moderation.Problem{Code: moderation.MediaType}
	}
	if err := json.Unmarshal(c.Body(), into, json.RejectUnknownMembers(true)); err != nil {
		return moderation.Refuse(moderation.Malformed, err)
	}
	return nil
}
