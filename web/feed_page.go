package web

import (
	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// feedView is where an editor makes and ends the address of the feed.
type feedView struct {
	Page
	Name             string
	Address          string // shown once, when it is made
	Has              bool
	Made, Seen, Ends when
	Unused, Ended    bool
}

func (s *Server) feedPage(c *fiber.Ctx, who caller) error {
	return s.showFeed(c, who, feedView{})
}

// feedForm makes a fresh address in place of the one before, or ends it.
func (s *Server) feedForm(c *fiber.Ctx, who caller) error {
	var view feedView
	if s.Queue.Feed.Keys == nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	if formValue(c, "end") != "" {
		view.Ended = true
		if err := s.Queue.Feed.Keys.EndFeedKey(c.UserContext(), who.Editor); err != nil {
			return err
		}
		return s.showFeed(c, who, view)
	}
	key, err := s.Queue.Feed.Keys.NewFeedKey(c.UserContext(), who.Editor)
	if err != nil {
		return err
	}
	view.Address = s.base(c) + "/queue/feed.atom?key=" + key
	return s.showFeed(c, who, view)
}

func (s *Server) showFeed(c *fiber.Ctx, who caller, view feedView) error {
	if s.Queue.Feed.Keys == nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	key, err := s.Queue.Feed.Keys.FeedKey(c.UserContext(), who.Editor)
	if err != nil {
		return err
	}
	view.Page, view.Name = staffPage(who.lang, "feed.title"), who.Name
	view.Has = !key.CreatedAt.IsZero()
	view.Made, view.Seen, view.Ends = ago(who.lang, key.CreatedAt), ago(who.lang, key.SeenAt), ago(who.lang, key.ExpiresAt)
	view.Unused = !key.SeenAt.After(key.CreatedAt)
	return render(c, fiber.StatusOK, "feed", view)
}
