package web

import (
	"slices"
	"strconv"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// decideForm settles a campaign, a strip, what was ticked, or the one comment whose own button was
// pressed; never what was left out.
func (s *Server) decideForm(c *fiber.Ctx, who caller) error {
	ids, left := formValues(c, "id"), formValues(c, "left")
	to, group := moderation.State(formValue(c, "to")), formValue(c, "group")
	if state, one, pressed := strings.Cut(formValue(c, "one"), " "); pressed {
		to, ids, group, left = moderation.State(state), []string{one}, "", nil
	}
	done := outcome{says: "flash." + string(to), group: group}
	note := strings.TrimSpace(formValue(c, "note"))
	var err error
	if group != "" {
		done.Settled, done.left, err = s.Queue.Desk.Settle(c.UserContext(), who.Editor,
			moderation.Sweep{Group: group, To: to, Note: note, Spared: left, Seen: formValue(c, "seen")})
		return s.settled(c, who, done, err)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(left, id) })
	done.Settled, err = s.Queue.Desk.Decide(c.UserContext(), who.Editor,
		moderation.Ruling{IDs: ids, From: moderation.State(formValue(c, "from")), To: to, Note: note})
	return s.settled(c, who, done, err)
}

func (s *Server) undoForm(c *fiber.Ctx, who caller) error {
	batch := formValue(c, "batch")
	settled, err := s.Queue.Desk.Undo(c.UserContext(), who.Editor, batch)
	return s.settled(c, who, outcome{Settled: settled, says: "flash.undone", undid: batch}, err)
}

func (s *Server) replyForm(c *fiber.Ctx, who caller) error {
	settled, err := s.Queue.Desk.Reply(c.UserContext(), who.Editor, moderation.Reply{To: formValue(c, "id"), Body: formValue(c, "body")})
	return s.settled(c, who, outcome{Settled: settled, says: "flash.replied"}, err)
}

// editForm changes a comment's text. The version is the one that the editor saw.
func (s *Server) editForm(c *fiber.Ctx, who caller) error {
	id := formValue(c, "id")
	version, err := strconv.Atoi(formValue(c, "version"))
	if err != nil {
		return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "version", Fault: moderation.FaultFormat}}}
	}
	settled, err := s.Queue.Desk.Edit(c.UserContext(), who.Editor, id, formValue(c, "body"), version)
	return s.settled(c, who, outcome{Settled: settled, says: "flash.edited", fresh: id}, err)
}

// noteForm leaves a remark for other editors.
func (s *Server) noteForm(c *fiber.Ctx, who caller) error {
	id := formValue(c, "id")
	settled, err := s.Queue.Desk.Remark(c.UserContext(), who.Editor, id, formValue(c, "note"))
	return s.settled(c, who, outcome{Settled: settled, says: "flash.noted", fresh: id}, err)
}

// leaseForm takes a group for the minute that the editor reads it, or gives it back.
func (s *Server) leaseForm(c *fiber.Ctx, who caller) error {
	group := formValue(c, "id")
	var err error
	if formValue(c, "release") != "" {
		err = s.Queue.Desk.Release(c.UserContext(), who.Editor, group)
	} else {
		_, err = s.Queue.Desk.Lease(c.UserContext(), who.Editor, group)
	}
	if err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
