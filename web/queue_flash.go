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
	Says   string
	Batch  string // may be undone; empty otherwise
	Undone string // the batch that was taken back
	Group  string // the campaign that was settled, for the script
	Gone   string // ids that left the list, for the script
	Home   string // ids that came back to it
	Fresh  string // the comment that looks different now
	Alike  bool   // what looks like the batch may be refused for a while
	Left   string // of a campaign that is not settled whole, in words
	Lost   []lost
	Fault  bool
	Back   string
	Lang   string
}

// T is the sentence for key in the page's language.
func (f flash) T(key string, args ...any) string { return tr(f.Lang, key, args...) }

// lost tells who was first with some comments, and what may be done about it.
type lost struct {
	ID    string // one of them
	Says  string
	Batch string // theirs; empty when the machine was first
}

// fragmentHeader asks for the flash alone. A form cannot send it, and a page of another origin
// may not.
const fragmentHeader = "Balasan-Fragment"

func isFragment(c *fiber.Ctx) bool { return c.Get(fragmentHeader) != "" }

// outcome is what an act came to, in the words of its sentence.
type outcome struct {
	moderation.Settled
	says  string // "flash.…"
	group string // the campaign that was decided on
	left  int    // of it that waits still
	undid string // the batch that was taken back
	fresh string // the comment whose text or notes changed
}

// maxNamed is how many ids a flash names: what stands on a page at most.
const maxNamed = moderation.MaxBatch

// settled answers a form: the flash alone to the script, and to a browser without it the list
// again, which then tells the same.
func (s *Server) settled(c *fiber.Ctx, who caller, done outcome, err error) error {
	back := safeBack(formValue(c, "back"))
	if isFragment(c) {
		return sendPart(c, "queue", "flash", flashOf(who, done, back, err))
	}
	if err != nil && moderation.CodeOf(err) != moderation.Decided {
		return err
	}
	query, _ := url.ParseQuery(back)
	query.Set("said", strings.TrimPrefix(done.says, "flash."))
	query.Set("n", strconv.Itoa(len(done.Changed)))
	if done.Batch != "" && len(done.Changed) > 0 && done.undid == "" {
		query.Set("batch", done.Batch)
	}
	if done.group != "" && done.says == "flash.spam" {
		query.Set("alike", "1")
	}
	if done.left > 0 {
		query.Set("left", strconv.Itoa(done.left))
	}
	for _, l := range lostOf(who.lang, done.Lost) {
		query.Add("lost", l.ID)
	}
	return c.Redirect("/queue?"+query.Encode(), fiber.StatusSeeOther)
}

// flashOf puts into words what came of a decision.
func flashOf(who caller, done outcome, back string, err error) flash {
	f := flash{Lang: who.lang, Back: back, Group: done.group, Undone: done.undid, Fresh: done.fresh}
	if p, ok := errors.AsType[*moderation.Problem](err); ok && p.Code != moderation.Decided {
		f.Fault, f.Says = true, faultWords(who.lang, p)
		return f
	} else if err != nil && !ok {
		f.Fault, f.Says = true, staffWords(who.lang, moderation.Internal)
		return f
	}
	var ids []string
	for _, d := range done.Changed {
		ids = append(ids, d.Comment)
	}
	if len(ids) > 0 {
		f.Says = trn(who.lang, done.says, len(ids))
	}
	if done.undid == "" && len(ids) > 0 {
		f.Batch = done.Batch
	}
	f.Alike = f.Batch != "" && done.group != "" && done.says == "flash.spam"
	f.Lost = lostOf(who.lang, done.Lost)
	if done.left > 0 {
		f.Left = trn(who.lang, "flash.left", done.left)
	}
	switch {
	case done.undid != "":
		f.Home = strings.Join(ids[:min(len(ids), maxNamed)], " ")
	case done.fresh == "":
		for _, conflict := range done.Lost {
			ids = append(ids, conflict.ID)
		}
		ids = append(ids, done.Unknown...)
		f.Gone = strings.Join(ids[:min(len(ids), maxNamed)], " ")
	}
	return f
}

const maxLost = 5 // conflicts told one by one

// lostOf is “Sari sudah menandai ini spam 10 detik lalu”, once for each batch that was first.
func lostOf(lang string, all []moderation.Conflict) (told []lost) {
	together := func(c moderation.Conflict) moderation.Conflict {
		if c.By != "" && c.Batch != "" {
			c.ID = ""
		}
		return c
	}
	counts := map[moderation.Conflict]int{}
	var first []moderation.Conflict
	for _, c := range all {
		if counts[together(c)]++; counts[together(c)] == 1 {
			first = append(first, c)
		}
	}
	for _, c := range first[:min(len(first), maxLost)] {
		told = append(told, lostWords(lang, c, counts[together(c)]))
	}
	return told
}

func lostWords(lang string, c moderation.Conflict, n int) lost {
	if c.By == "" {
		return lost{ID: c.ID, Says: tr(lang, "lost.machine."+string(c.State))}
	}
	told := lost{ID: c.ID, Batch: c.Batch, Says: tr(lang, "lost."+string(c.State), c.By, ago(lang, c.At).Words)}
	if n > 1 {
		told.Says += " " + tr(lang, "lost.many", n)
	}
	return told
}

// faultWords says in one line what is wrong with a request.
func faultWords(lang string, p *moderation.Problem) string {
	if len(p.Fields) > 0 {
		return sentence(lang, p.Fields[0])
	}
	return staffWords(lang, p.Code)
}

// flashFrom repeats, after the redirect, what a form did. Numbers and names of states are all it
// takes from the address; who was first is read again.
func (s *Server) flashFrom(c *fiber.Ctx, who caller) (flash, error) {
	query := queryOf(c)
	f := flash{Lang: who.lang, Batch: query.Get("batch"), Back: whereOf(query).query(), Alike: query.Get("alike") != ""}
	n, _ := strconv.Atoi(query.Get("n"))
	if said, known := lookup(who.lang, "flash."+query.Get("said")); known && query.Get("said") == "password" {
		f.Says = said
	} else if known && n > 0 {
		f.Says = trn(who.lang, "flash."+query.Get("said"), n)
	}
	if left, _ := strconv.Atoi(query.Get("left")); left > 0 {
		f.Left = trn(who.lang, "flash.left", left)
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
			conflict.By, conflict.Batch, conflict.At = last.By, last.Batch, last.At
		}
		f.Lost = append(f.Lost, lostWords(who.lang, conflict, 1))
	}
	return f, nil
}

// Here is where the page of the list is, without what was said.
func (f flash) Here() string { return "/queue?" + f.Back }
