package web

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// flash says what a decision did, and offers to take it back.
type flash struct {
	Says  string
	Batch string // may be undone; empty otherwise
	Gone  string // ids that left the list, for the script
	Home  string // ids that came back to it
	Lost  []lost
	Fault bool
	Back  string
	Lang  string
}

// T is the sentence for key in the page's language.
func (f flash) T(key string, args ...any) string { return tr(f.Lang, key, args...) }

// lost tells who was first with a comment.
type lost struct{ ID, Says string }

// fragmentHeader asks for the flash alone. A form cannot send it, and a page of another origin
// may not.
const fragmentHeader = "Balasan-Fragment"

func isFragment(c *fiber.Ctx) bool { return c.Get(fragmentHeader) != "" }

// decideForm settles what was ticked or the one comment whose button was pressed.
func (s *Server) decideForm(c *fiber.Ctx, who caller) error {
	var ids []string
	for _, id := range c.Context().PostArgs().PeekMulti("id") {
		ids = append(ids, string(id))
	}
	ruling := moderation.Ruling{IDs: ids, From: moderation.State(formValue(c, "from")), To: moderation.State(formValue(c, "to")),
		Note: strings.TrimSpace(formValue(c, "note"))}
	settled, err := s.Queue.Desk.Decide(c.UserContext(), who.Editor, ruling)
	return s.settled(c, who, settled, "flash."+string(ruling.To), err)
}

func (s *Server) undoForm(c *fiber.Ctx, who caller) error {
	settled, err := s.Queue.Desk.Undo(c.UserContext(), who.Editor, formValue(c, "batch"))
	return s.settled(c, who, settled, "flash.undone", err)
}

func (s *Server) replyForm(c *fiber.Ctx, who caller) error {
	settled, err := s.Queue.Desk.Reply(c.UserContext(), who.Editor, moderation.Reply{To: formValue(c, "id"), Body: formValue(c, "body")})
	return s.settled(c, who, settled, "flash.replied", err)
}

// settled answers a form: the flash alone to the script, and to a browser without it the list
// again, which then tells the same.
func (s *Server) settled(c *fiber.Ctx, who caller, done moderation.Settled, says string, err error) error {
	if err != nil && moderation.CodeOf(err) != moderation.Decided && !isFragment(c) {
		return err
	}
	back := safeBack(formValue(c, "back"))
	if isFragment(c) {
		return s.sendFlash(c, flashOf(who, done, says, back, err))
	}
	query, _ := url.ParseQuery(back)
	query.Set("said", strings.TrimPrefix(says, "flash."))
	query.Set("n", strconv.Itoa(len(done.Changed)))
	if done.Batch != "" && len(done.Changed) > 0 && says != "flash.undone" {
		query.Set("batch", done.Batch)
	}
	for _, conflict := range done.Lost[:min(len(done.Lost), maxLost)] {
		query.Add("lost", conflict.ID)
	}
	return c.Redirect("/queue?"+query.Encode(), fiber.StatusSeeOther)
}

const maxLost = 5 // conflicts told one by one

func (s *Server) sendFlash(c *fiber.Ctx, f flash) error {
	page, err := paint("queue", "flash", f)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(page)
}

// flashOf puts into words what came of a decision.
func flashOf(who caller, done moderation.Settled, says, back string, err error) flash {
	f := flash{Lang: who.lang, Back: back}
	if p, ok := errors.AsType[*moderation.Problem](err); ok && p.Code != moderation.Decided {
		f.Fault, f.Says = true, faultWords(who.lang, p)
		return f
	} else if err != nil && !ok {
		f.Fault, f.Says = true, tr(who.lang, "problem.internal")
		return f
	}
	var ids []string
	for _, d := range done.Changed {
		ids = append(ids, d.Comment)
	}
	if says == "flash.undone" {
		f.Home = strings.Join(ids, " ")
	} else if len(ids) > 0 {
		f.Batch = done.Batch
	}
	if len(ids) > 0 {
		f.Says = trn(who.lang, says, len(ids))
	}
	for _, conflict := range done.Lost {
		ids = append(ids, conflict.ID)
		f.Lost = append(f.Lost, lostWords(who.lang, conflict))
	}
	if says != "flash.undone" {
		f.Gone = strings.Join(append(ids, done.Unknown...), " ")
	}
	return f
}

// lostWords is “Sari sudah menandai ini spam 10 detik lalu”.
func lostWords(lang string, c moderation.Conflict) lost {
	if c.By == "" {
		return lost{c.ID, tr(lang, "lost.machine."+string(c.State))}
	}
	return lost{c.ID, tr(lang, "lost."+string(c.State), c.By, ago(lang, c.At).Words)}
}

// faultWords says in one line what is wrong with a request.
func faultWords(lang string, p *moderation.Problem) string {
	if len(p.Fields) > 0 {
		return sentence(lang, p.Fields[0])
	}
	return tr(lang, "problem."+string(p.Code))
}

// flashFrom repeats, after the redirect, what a form did. Numbers and names of states are all it
// takes from the address; who was first is read again.
func (s *Server) flashFrom(c *fiber.Ctx, who caller) (flash, error) {
	query := queryOf(c)
	f := flash{Lang: who.lang, Batch: query.Get("batch"), Back: backTo(filterOf(query), query.Get("cursor"))}
	n, _ := strconv.Atoi(query.Get("n"))
	if said, known := lookup(who.lang, "flash."+query.Get("said")); known && query.Get("said") == "password" {
		f.Says = said
	} else if known && n > 0 {
		f.Says = trn(who.lang, "flash."+query.Get("said"), n)
	}
	for _, id := range query["lost"][:min(len(query["lost"]), maxLost)] {
		entry, err := s.Queue.Desk.Entry(c.UserContext(), who.Editor, id)
		if moderation.CodeOf(err) == moderation.NotFound {
			continue
		}
		if err != nil {
			return f, err
		}
		conflict := moderation.Conflict{ID: id, State: entry.State}
		if last, ruled := entry.LastRuling(); ruled {
			conflict.By, conflict.At = last.By, last.At
		}
		f.Lost = append(f.Lost, lostWords(who.lang, conflict))
	}
	return f, nil
}

// safeBack keeps of a list's query only what a list knows.
func safeBack(back string) string {
	query, err := url.ParseQuery(back)
	if err != nil {
		return "state=pending"
	}
	f := filterOf(query)
	if !f.State.Valid() {
		f.State = moderation.Pending
	}
	return backTo(f, f.Cursor)
}
