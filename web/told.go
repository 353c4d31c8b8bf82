package web

import (
	"context"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Told knows how announcements went; nil knows of none.
type Told interface {
	Reaches(context.Context) ([]moderation.Reach, error)
	DeadLetters(ctx context.Context, limit int) ([]moderation.Delivery, error)
	Again(ctx context.Context, target string, id int64, at time.Time) (int, error)
}

// toldView is what owners of everything see of announcements.
type toldView struct {
	Page
	Name    string
	Says    string
	Targets []reachView
	Dead    []deadView
}

type reachView struct {
	Target, Error string
	Off, Fails    bool
	Never         bool
	Waiting       string
	Dead          string
	Sent, Failed  when
}

type deadView struct {
	ID                  int64
	Target, Says, Error string
	Comment             string
	Tries               int
	At                  when
}

const deadShown = 50

func (s *Server) toldPage(c *fiber.Ctx, who caller) error { return s.showTold(c, who, "") }

// toldForm tries again what was given up, one or all of a target.
func (s *Server) toldForm(c *fiber.Ctx, who caller) error {
	if err := s.mayTold(who); err != nil {
		return err
	}
	id, _ := strconv.ParseInt(formValue(c, "delivery"), 10, 64)
	target := formValue(c, "target")
	if id < 1 && target == "" {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	n, err := s.Queue.Told.Again(c.UserContext(), target, max(0, id), time.Now())
	if err != nil {
		return err
	}
	return s.showTold(c, who, trn(who.lang, "told.again", n))
}

// mayTold asks for an owner of everything: deliveries are of all sites.
func (s *Server) mayTold(who caller) error {
	if !who.May(moderation.ToManage, moderation.AllSites) {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	if s.Queue.Told == nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	return nil
}

func (s *Server) showTold(c *fiber.Ctx, who caller, says string) error {
	if err := s.mayTold(who); err != nil {
		return err
	}
	reaches, err := s.Queue.Told.Reaches(c.UserContext())
	if err != nil {
		return err
	}
	dead, err := s.Queue.Told.DeadLetters(c.UserContext(), deadShown)
	if err != nil {
		return err
	}
	view := toldView{Page: staffPage(who.lang, "told.title"), Name: who.Name, Says: says}
	for _, r := range reaches {
		view.Targets = append(view.Targets, reachView{Target: r.Target, Error: r.Error, Off: !r.OffAt.IsZero(), Fails: r.Error != "",
			Never: r.SentAt.IsZero(), Waiting: count(r.Waiting), Dead: count(r.Dead), Sent: ago(who.lang, r.SentAt), Failed: ago(who.lang, r.FailedAt)})
	}
	for _, d := range dead {
		what := "state." + string(d.Fact.To)
		if d.Fact.Kind == moderation.FactReceived {
			what = "state."
		}
		if kind, _, _ := strings.Cut(d.Ref, " "); d.Target == moderation.MailTarget {
			what = "told.letter." + kind
		}
		view.Dead = append(view.Dead, deadView{ID: d.ID, Target: d.Target, Says: tr(who.lang, what), Error: d.Error, Comment: d.Fact.Comment,
			Tries: d.Tries, At: ago(who.lang, d.DeadAt)})
	}
	return render(c, fiber.StatusOK, "told", view)
}
