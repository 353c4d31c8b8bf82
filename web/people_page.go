package web

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// peopleView is who may do what where, as an owner sees it.
type peopleView struct {
	Page
	Name   string
	Says   string
	Fault  string
	People []personView
	Sites  []siteChoice // where this owner gives roles; the first is everywhere for an owner of all
	Roles  []moderation.Role
	Asked  invitation // the form, again after a fault
}

type invitation struct {
	Name, Site string
	Role       moderation.Role
}

type personView struct {
	ID, Name  string
	Self      bool
	Managed   bool // the owner may end the account
	Roles     []roleView
	Elsewhere []siteChoice // where a role may be added
	Password  bool
	Passkeys  int
	Codes     bool
	Never     bool // did not come yet
	Seen      when
	Invited   bool
	By        string // who made the link
	Ends      when   // of the link
}

type roleView struct {
	Site, SiteName string
	Role           moderation.Role
	Open           bool // the owner may change it
}

// roles are what an owner may give, the most first.
var roles = []moderation.Role{moderation.Owner, moderation.Redact, moderation.Viewer}

func (s *Server) peoplePage(c *fiber.Ctx, who caller) error {
	return s.showPeople(c, who, fiber.StatusOK, "", invitation{Role: moderation.Redact})
}

func (s *Server) showPeople(c *fiber.Ctx, who caller, status int, fault string, form invitation) error {
	people, err := s.Queue.Accounts.People(c.UserContext(), who.Editor)
	if err != nil {
		return err
	}
	sites, err := s.givenSites(c, who)
	if err != nil {
		return err
	}
	view := peopleView{Page: accountStyle(staffPage(who.lang, "people.title")), Name: who.Name, Fault: fault, Sites: sites, Roles: roles, Asked: form}
	view.Says, _ = lookup(who.lang, "people.said."+c.Query("said"))
	for _, p := range people {
		view.People = append(view.People, newPersonView(who, p, sites))
	}
	return render(c, status, "people", view)
}

// givenSites are where the owner may give roles; AllSites first where that is everywhere.
func (s *Server) givenSites(c *fiber.Ctx, who caller) ([]siteChoice, error) {
	all, err := s.Queue.Sites(c.UserContext())
	var given []siteChoice
	if who.May(moderation.ToManage, moderation.AllSites) {
		given = append(given, siteChoice{ID: moderation.AllSites, Name: tr(who.lang, "filter.allsites")})
	}
	for _, site := range all {
		if who.May(moderation.ToManage, site.ID) {
			given = append(given, siteChoice{ID: site.ID, Name: cmp.Or(site.Name, site.ID)})
		}
	}
	return given, err
}

func newPersonView(who caller, p moderation.Person, given []siteChoice) personView {
	v := personView{ID: p.ID, Name: p.Name, Self: p.ID == who.ID, Managed: p.Managed && p.ID != who.ID, Password: p.Password,
		Passkeys: p.Passkeys, Codes: p.Codes, Never: p.SeenAt.IsZero(), Seen: ago(who.lang, p.SeenAt)}
	names := map[string]string{moderation.AllSites: tr(who.lang, "filter.allsites")}
	for _, site := range given {
		names[site.ID] = site.Name
		if p.Roles[site.ID] == "" {
			v.Elsewhere = append(v.Elsewhere, site)
		}
	}
	for _, site := range slices.Sorted(maps.Keys(p.Roles)) {
		v.Roles = append(v.Roles, roleView{site, cmp.Or(names[site], site), p.Roles[site], who.May(moderation.ToManage, site)})
	}
	if len(p.Links) > 0 {
		v.Invited, v.By, v.Ends = true, p.Links[0].Label, ago(who.lang, p.Links[0].ExpiresAt)
	}
	return v
}

// inviteForm adds somebody and shows the link that lets them in, this once.
func (s *Server) inviteForm(c *fiber.Ctx, who caller) error {
	form := invitation{formValue(c, "name"), formValue(c, "site"), moderation.Role(formValue(c, "role"))}
	if err := s.knownSite(c, form.Site); err != nil {
		return err
	}
	secret, err := s.Queue.Accounts.Invite(c.UserContext(), who.Editor, form.Name, form.Role, form.Site)
	if p, ok := errors.AsType[*moderation.Problem](err); ok && len(p.Fields) > 0 && p.Fields[0].Field == "name" {
		p.Fields[0].Field = "invitee" // another sentence than a visitor's name has
	}
	if words, code := faultOf(who.lang, err); words != "" {
		return s.showPeople(c, who, code, words, form)
	}
	return s.showLink(c, who, secret, err)
}

func (s *Server) showLink(c *fiber.Ctx, who caller, secret string, err error) error {
	if err != nil {
		return err
	}
	return showOnce(c, who, "invited", "/queue/people", s.base(c)+SignInPath(secret))
}

// knownSite refuses a role on a site that is not there.
func (s *Server) knownSite(c *fiber.Ctx, site string) error {
	if site == moderation.AllSites {
		return nil
	}
	_, err := s.Sites.Site(c.UserContext(), site)
	return err
}

// roleForm gives a role, changes it, or takes it back.
func (s *Server) roleForm(c *fiber.Ctx, who caller) error {
	site := formValue(c, "site")
	if err := s.knownSite(c, site); err != nil {
		return err
	}
	return s.peopleDone(c, who, "role", s.Queue.Accounts.SetRole(c.UserContext(), who.Editor, formValue(c, "editor"), site, moderation.Role(formValue(c, "role"))))
}

func (s *Server) resetForm(c *fiber.Ctx, who caller) error {
	secret, err := s.Queue.Accounts.ResetPerson(c.UserContext(), who.Editor, formValue(c, "editor"))
	return s.showLink(c, who, secret, err)
}

func (s *Server) dismissForm(c *fiber.Ctx, who caller) error {
	return s.peopleDone(c, who, "dismissed", s.Queue.Accounts.DismissPerson(c.UserContext(), who.Editor, formValue(c, "editor")))
}

func (s *Server) withdrawForm(c *fiber.Ctx, who caller) error {
	return s.peopleDone(c, who, "withdrawn", s.Queue.Accounts.Withdraw(c.UserContext(), who.Editor, formValue(c, "editor")))
}

// peopleDone leads back to the list, which says what was done or what was wrong.
func (s *Server) peopleDone(c *fiber.Ctx, who caller, said string, err error) error {
	if words, code := faultOf(who.lang, err); words != "" {
		return s.showPeople(c, who, code, words, invitation{Role: moderation.Redact})
	}
	if err != nil {
		return err
	}
	return done(c, "/queue/people", said)
}
