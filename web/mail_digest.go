package web

import (
	"context"
	"slices"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// digestView is where an editor says what to be told by mail.
type digestView struct {
	Page
	Name            string
	Off             bool // no mail is sent here
	Has             bool
	Asked           bool // the address is not confirmed
	Refused         bool // there is no such address
	Email           string
	Cadence         moderation.Cadence
	Cadences        []moderation.Cadence
	At, Quiet, Wake string // 07:30
	Zone            string
	Zones           []string
	Sites           []siteChoice
	Sent, Next      when
	Unsent          bool
	Said            string
	CanTold         bool // owners of everything see how announcements went
	Faults          map[string]string
}

// nearZones are offered; any other name of a zone may be typed.
var nearZones = []string{"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Singapore", "UTC"}

func (s *Server) digestPage(c *fiber.Ctx, who caller) error {
	view, err := s.digestOf(c, who)
	if err != nil {
		return err
	}
	return render(c, fiber.StatusOK, "announce", view)
}

// digestOf is the page as it stands for an editor.
func (s *Server) digestOf(c *fiber.Ctx, who caller) (digestView, error) {
	view := digestView{Page: announcePage(who.lang), Name: who.Name, Off: s.Mail == nil, CanTold: s.mayTold(who) == nil,
		Cadences: []moderation.Cadence{moderation.Hourly, moderation.Daily, moderation.NoDigest}, Zones: nearZones, Faults: map[string]string{}}
	if view.Off {
		return view, nil
	}
	d, err := s.Mail.Digest(c.UserContext(), who.ID)
	if moderation.CodeOf(err) == moderation.NotFound {
		d, err = moderation.Digest{Cadence: moderation.Daily, At: 7 * 60, Zone: nearZones[0]}, nil
	}
	if err == nil {
		err = s.fill(c.UserContext(), &view, who, d)
	}
	return view, err
}

// fill puts a digest into the page. The address is the editor's own.
func (s *Server) fill(ctx context.Context, view *digestView, who caller, d moderation.Digest) error {
	sites, err := s.mayRead(ctx, who)
	for _, site := range sites {
		view.Sites = append(view.Sites, siteChoice{ID: site.ID, Name: site.Name, Chosen: slices.Contains(d.Sites, site.ID)})
	}
	view.Has, view.Asked, view.Refused = d.Editor != "", d.ConfirmedAt.IsZero(), !d.RefusedAt.IsZero()
	view.Email, view.Cadence, view.At, view.Zone = d.Email.Reveal(), d.Cadence, moderation.Clock(d.At), d.Zone
	if d.Quiet != (moderation.Quiet{}) {
		view.Quiet, view.Wake = moderation.Clock(d.Quiet.From), moderation.Clock(d.Quiet.To)
	}
	view.Sent, view.Next, view.Unsent = ago(who.lang, d.SentAt), ago(who.lang, d.NextAt), d.SentAt.IsZero()
	return err
}

// mayRead are the sites whose queue the editor may read.
func (s *Server) mayRead(ctx context.Context, who caller) ([]moderation.Site, error) {
	all, err := s.Queue.Sites(ctx)
	return slices.DeleteFunc(slices.Clone(all), func(site moderation.Site) bool { return !who.May(moderation.ToRead, site.ID) }), err
}

// digestForm keeps what an editor wants, or forgets their address.
func (s *Server) digestForm(c *fiber.Ctx, who caller) error {
	if s.Mail == nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	if formValue(c, "act") == "forget" {
		if err := s.Mail.DropDigest(c.UserContext(), who.ID); err != nil {
			return err
		}
		return s.toldDigest(c, who, "announce.forgotten")
	}
	d, field := readDigest(c, who)
	if field == "" {
		if err := s.knock(c); err != nil { // each new address is sent a letter
			return err
		}
		if err := s.Mail.SetDigest(c.UserContext(), d, time.Now()); err != nil {
			return err
		}
		return s.toldDigest(c, who, "announce.saved")
	}
	view, err := s.digestOf(c, who)
	if err != nil {
		return err
	}
	view.Email, view.Cadence, view.Zone = formValue(c, "email"), d.Cadence, d.Zone
	view.At, view.Quiet, view.Wake = formValue(c, "at"), formValue(c, "quiet"), formValue(c, "wake")
	view.Faults[field] = tr(who.lang, "announce.fault."+field)
	return render(c, fiber.StatusUnprocessableEntity, "announce", view)
}

func (s *Server) toldDigest(c *fiber.Ctx, who caller, said string) error {
	view, err := s.digestOf(c, who)
	if err != nil {
		return err
	}
	if view.Said = tr(who.lang, said); said == "announce.saved" && view.Asked {
		view.Said = tr(who.lang, "announce.asked")
	}
	return render(c, fiber.StatusOK, "announce", view)
}

// readDigest reads the form; field names the first one at fault.
func readDigest(c *fiber.Ctx, who caller) (d moderation.Digest, field string) {
	d = moderation.Digest{Editor: who.ID, Language: who.lang, Cadence: moderation.Cadence(formValue(c, "cadence")), Zone: formValue(c, "zone")}
	for _, site := range formValues(c, "site") {
		if who.May(moderation.ToRead, site) {
			d.Sites = append(d.Sites, site)
		}
	}
	email, err := moderation.ParseEmail(formValue(c, "email"))
	if d.Email = email; err != nil {
		return d, "email"
	}
	if d.At, err = moderation.ParseClock(formValue(c, "at")); err != nil {
		return d, "at"
	}
	if from, to := formValue(c, "quiet"), formValue(c, "wake"); from+to != "" && from != to {
		if d.Quiet.UnmarshalText([]byte(from+"-"+to)) != nil {
			return d, "quiet"
		}
	}
	if p, ok := d.Check().(*moderation.Problem); ok {
		return d, p.Fields[0].Field
	}
	return d, ""
}

func announcePage(lang string) Page {
	page := staffPage(lang, "announce.title")
	page.Styles = append(page.Styles, "announce.css")
	return page
}
