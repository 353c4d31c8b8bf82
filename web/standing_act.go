package web

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// alikeForm refuses what looks like a batch of spam or a campaign, AlikeHours unless the form says
// otherwise.
func (s *Server) alikeForm(c *fiber.Ctx, who caller) error {
	of := cmp.Or(formValue(c, "batch"), formValue(c, "campaign"), formValue(c, "id"))
	hours, _ := strconv.Atoi(cmp.Or(formValue(c, "hours"), strconv.Itoa(moderation.AlikeHours)))
	d, err := s.Queue.Desk.RefuseAlike(c.UserContext(), who.Editor, of, hours)
	return s.stands(c, who, d, "alike", hours, err)
}

// banForm bans the sender of a comment.
func (s *Server) banForm(c *fiber.Ctx, who caller) error {
	days, _ := strconv.Atoi(formValue(c, "days"))
	d, err := s.Queue.Desk.Ban(c.UserContext(), who.Editor, formValue(c, "id"), moderation.Mark(formValue(c, "what")), days, strings.TrimSpace(formValue(c, "note")))
	return s.stands(c, who, d, "ban", days, err)
}

// stands answers the form of a new standing decision: in words to the script, with the list that it
// came from to a browser without it.
func (s *Server) stands(c *fiber.Ctx, who caller, d moderation.Standing, said string, n int, err error) error {
	back := safeBack(formValue(c, "back"))
	switch {
	case err != nil && isFragment(c):
		return sendPart(c, "queue", "flash", flashOf(who, outcome{}, back, err))
	case err != nil:
		return err
	case isFragment(c):
		return s.sendSaid(c, standingSaid{Says: trn(who.lang, "flash."+said, n), Revoke: d.ID, Lang: who.lang})
	}
	query, _ := url.ParseQuery(back)
	query.Set("said", said)
	query.Set("n", strconv.Itoa(n))
	return c.Redirect("/queue?"+query.Encode(), fiber.StatusSeeOther)
}

func (s *Server) sendSaid(c *fiber.Ctx, said standingSaid) error {
	page, err := paint("standing", "standing-said", said)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(page)
}

// liftForm revokes a standing decision.
func (s *Server) liftForm(c *fiber.Ctx, who caller) error {
	_, err := s.Queue.Desk.Revoke(c.UserContext(), who.Editor, formValue(c, "standing"))
	switch {
	case err != nil && isFragment(c):
		return sendPart(c, "queue", "flash", flashOf(who, outcome{}, "", err))
	case err != nil:
		return err
	case isFragment(c):
		return s.sendSaid(c, standingSaid{Says: tr(who.lang, "standing.revoked"), Lang: who.lang})
	}
	return c.Redirect(standingsPath+"?said=revoked", fiber.StatusSeeOther)
}

// restoreForm brings what a standing decision stopped back into the queue.
func (s *Server) restoreForm(c *fiber.Ctx, who caller) error {
	id := formValue(c, "standing")
	settled, more, err := s.Queue.Desk.Restore(c.UserContext(), who.Editor, id)
	if isFragment(c) {
		return sendPart(c, "queue", "flash", flashOf(who, outcome{Settled: settled, says: "flash.pending"}, "", err))
	}
	if err != nil && moderation.CodeOf(err) != moderation.Decided {
		return err
	}
	query := url.Values{"said": {"restored"}, "n": {strconv.Itoa(len(settled.Changed))}, "batch": {settled.Batch}}
	if more {
		query.Set("said", "more")
	}
	return c.Redirect(standingsPath+"/"+url.PathEscape(id)+"?"+query.Encode(), fiber.StatusSeeOther)
}
