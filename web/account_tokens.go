package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// tokenView is the form of a new token: what this editor may hand on.
type tokenView struct {
	Acts  []moderation.Act
	Sites []siteChoice
	Days  []int
}

// tokenDays are the lives that the form offers; the command takes any up to 366.
var tokenDays = []int{30, 90, 365}

func (s *Server) tokenView(c *fiber.Ctx, who caller) (tokenView, error) {
	view := tokenView{Days: tokenDays}
	for _, act := range moderation.Acts() {
		if sites, all := who.Sites(act); all || len(sites) > 0 {
			view.Acts = append(view.Acts, act)
		}
	}
	sites, err := s.sitesOf(c.UserContext(), who)
	for _, site := range sites {
		view.Sites = append(view.Sites, siteChoice{ID: site.ID, Name: site.Name})
	}
	return view, err
}

// tokenForm makes a token and shows it once. Its scope is asked for: a token that may do
// everything is never made by leaving something out.
func (s *Server) tokenForm(c *fiber.Ctx, who caller) error {
	scope := moderation.Scope{Site: formValue(c, "site")}
	for _, act := range formValues(c, "act") {
		scope.Acts = append(scope.Acts, moderation.Act(act))
	}
	days, _ := strconv.Atoi(formValue(c, "days"))
	if len(scope.Acts) == 0 || !slices.Contains(tokenDays, days) {
		return s.showAccount(c, who, fiber.StatusUnprocessableEntity, tr(who.lang, "fault.acts.required"))
	}
	label := strings.TrimSpace(formValue(c, "label"))
	if label == "" {
		return s.showAccount(c, who, fiber.StatusUnprocessableEntity, tr(who.lang, "fault.label.required"))
	}
	token, err := s.Queue.Accounts.NewToken(c.UserContext(), who.Name, label, scope, time.Duration(days)*24*time.Hour)
	if err != nil {
		return s.faulty(c, who, err)
	}
	return showOnce(c, who, "newtoken", "/queue/account#tokens", token)
}
