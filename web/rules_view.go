package web

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// ruleView is the page of one proposed rule.
type ruleView struct {
	Page
	Name      string
	Form      ruleForm
	Terms     string // one a line
	Score     string
	Until     string
	Tomorrow  string // the first day that a rule may end on
	Ways      []choice
	Fields    []choice
	Sites     []choice
	Says      string
	Trial     moderation.RuleTrial
	Tried     bool // there is a trial to show
	Looked    string
	Precision string
	Approved  []hitView
	Moved     []hitView
	MayLive   bool
	Faults    map[string]string // by field
	Refused   refusalView
}

// choice is one thing that may be chosen.
type choice struct {
	ID, Name string
	Chosen   bool
}

// hitView is a stored comment that a rule notices.
type hitView struct {
	ID       string
	Name     []piece
	Body     []piece
	Website  []piece
	At       when
	From, To string
}

// refusalView says why nothing was saved.
type refusalView struct {
	Says   string
	Source string // the fault as the rule language tells it
	Hits   []hitView
}

// showRule shows the form, what the rule would have done and, after a refusal, why.
func (s *Server) showRule(c *fiber.Ctx, who caller, f ruleForm, failed error) error {
	refused, faults, err := refusalOf(failed)
	if err != nil {
		return err
	}
	trial, tried, err := s.tryRule(c, who, f, &refused, &faults)
	if err != nil {
		return err
	}
	sites, err := s.sitesOf(c.UserContext(), who)
	if err != nil {
		return err
	}
	view := ruleView{Page: rulesFrame(who.lang, "rule.title"), Name: who.Name, Form: f, Terms: strings.Join(f.draft.Terms, "\n"),
		Score: f.score, Until: f.until, Tomorrow: time.Now().AddDate(0, 0, 1).Format(time.DateOnly), Trial: trial, Tried: tried, Faults: map[string]string{}}
	if tried {
		view.Form.seen = trial.Seen
		view.tell(s.Queue, who.lang)
	}
	view.choose(who, f.draft, sites)
	for _, fault := range faults {
		view.Faults[fault.Field] = sentence(who.lang, fault)
	}
	view.Refused = s.Queue.refusal(who.lang, refused)
	if len(view.Refused.Hits) > 0 {
		view.Faults["override"] = view.T("refused.word")
	}
	return render(c, statusOf(refused, faults), "queue_rule", view)
}

// tryRule looks at the past for the page; what is wrong with the draft joins what is known.
func (s *Server) tryRule(c *fiber.Ctx, who caller, f ruleForm, refused **moderation.RuleRefused, faults *[]moderation.FieldFault) (moderation.RuleTrial, bool, error) {
	*faults = append(*faults, f.faults()...)
	trial, err := s.Queue.Rules.Try(c.UserContext(), who.Editor, f.kept())
	if err == nil {
		return trial, true, nil
	}
	broken, more, err := refusalOf(err)
	if broken != nil && *refused == nil {
		*refused = broken
	}
	for _, fault := range more {
		if !slices.Contains(*faults, fault) {
			*faults = append(*faults, fault)
		}
	}
	return trial, false, err
}

// statusOf is the answer's: what was looked at is well, what was refused is not.
func statusOf(refused *moderation.RuleRefused, faults []moderation.FieldFault) int {
	switch {
	case refused != nil:
		return status[moderation.CodeOf(refused)]
	case len(faults) > 0:
		return status[moderation.Invalid]
	default:
		return fiber.StatusOK
	}
}

// rulesFrame is a page about rules.
func rulesFrame(lang, title string) Page {
	page := staffPage(lang, title)
	page.Styles = append(page.Styles, "rules.css")
	return page
}

// choose lists what the form offers.
func (v *ruleView) choose(who caller, d moderation.RuleDraft, sites []moderation.Site) {
	for _, way := range moderation.RuleWays {
		v.Ways = append(v.Ways, choice{string(way), v.T("rule.way." + string(way)), way == d.Way})
	}
	for _, field := range []moderation.Field{moderation.FieldBody, moderation.FieldName, moderation.FieldWebsite} {
		v.Fields = append(v.Fields, choice{string(field), v.T("rule.in." + string(field)), slices.Contains(d.In, field)})
	}
	if who.May(moderation.ToShadow, moderation.AllSites) {
		v.Sites = append(v.Sites, choice{moderation.AllSites, v.T("filter.allsites"), len(d.Sites) == 0})
	}
	names := map[string]string{}
	for _, site := range sites {
		names[site.ID] = site.Name
		if who.May(moderation.ToShadow, site.ID) {
			v.Sites = append(v.Sites, choice{site.ID, site.Name, slices.Contains(d.Sites, site.ID)})
			v.MayLive = v.MayLive || who.May(moderation.ToRule, site.ID)
		}
	}
	v.Says = v.inWords(d, names)
}

// inWords is the rule as one sentence.
func (v *ruleView) inWords(d moderation.RuleDraft, names map[string]string) string {
	or := " " + v.T("rule.or") + " "
	var in, on []string
	for _, field := range d.In {
		in = append(in, v.T("rule.in."+string(field)))
	}
	for _, site := range d.Sites {
		on = append(on, names[site])
	}
	where := v.T("filter.allsites")
	if len(on) > 0 {
		where = strings.Join(on, or)
	}
	terms := make([]string, len(d.Terms))
	for i, term := range d.Terms {
		terms[i] = "“" + term + "”"
	}
	return v.T("rule.says", number(d.Score), where, strings.ToLower(strings.Join(in, or)), strings.Join(terms, or), v.T("rule.how."+string(d.Way)))
}

// tell puts a trial into words.
func (v *ruleView) tell(q Queue, lang string) {
	t := v.Trial
	v.Looked = v.T("trial.looked", t.Looked[moderation.Approved], t.Looked[moderation.IsSpam]+t.Looked[moderation.Trashed], t.Looked[moderation.Pending], t.Days)
	v.Precision = precisionWords(lang, t.Hits)
	v.Approved, v.Moved = q.hits(lang, t.Approved), q.hits(lang, t.Moved)
}

// Hit is how many comments of a state the rule noticed; refused ones are spam and trash.
func (v ruleView) Hit(state string) int {
	if state == "refused" {
		return v.Trial.Hits[moderation.IsSpam] + v.Trial.Hits[moderation.Trashed]
	}
	return v.Trial.Hits[moderation.State(state)]
}

// All is how many comments the rule noticed.
func (v ruleView) All() int { return v.Hit("approved") + v.Hit("refused") + v.Hit("pending") }

// Fields that a template reads of the form.
func (f ruleForm) Draft() moderation.RuleDraft { return f.draft }
func (f ruleForm) Keep() bool                  { return f.keep }
func (f ruleForm) Why() string                 { return f.why }
func (f ruleForm) Seen() string                { return f.seen }

func precisionWords(lang string, hits map[moderation.State]int) string {
	precision, known := moderation.Precision(hits)
	if !known {
		return "–"
	}
	return tr(lang, "trial.percent", strconv.FormatFloat(100*precision, 'f', 0, 64))
}

// maxHits is how many comments one list shows.
const maxHits = 10

// hits shows comments where a rule points at them.
func (q Queue) hits(lang string, all []moderation.RuleHit) []hitView {
	var views []hitView
	for _, h := range all[:min(len(all), maxHits)] {
		signal := []moderation.Signal{{Spans: h.Spans}}
		v := hitView{ID: h.ID, Name: q.marked(h.Name, moderation.FieldName, signal), Body: around(q.marked(h.Body, moderation.FieldBody, signal)), At: ago(lang, h.At)}
		if slices.ContainsFunc(h.Spans, func(s moderation.Span) bool { return s.Field == moderation.FieldWebsite }) {
			v.Website = around(q.marked(h.Website, moderation.FieldWebsite, signal))
		}
		if h.From != h.To {
			v.From, v.To = tr(lang, "outcome."+string(h.From)), tr(lang, "outcome."+string(h.To))
		}
		views = append(views, v)
	}
	return views
}

// around keeps of each piece what stands nearest to the marks.
func around(pieces []piece) []piece {
	const near = 90 // runes
	for i := range pieces {
		p := &pieces[i]
		if utf8.RuneCountInString(p.Text) <= 2*near {
			continue
		}
		r := []rune(p.Text)
		head, tail := string(r[:near])+" … ", " … "+string(r[len(r)-near:])
		switch {
		case i == 0 && len(pieces) > 1:
			p.Text = tail
		case i == len(pieces)-1:
			p.Text = head
		default:
			p.Text = head + tail
		}
	}
	return pieces
}

// refusal says in words why nothing was written.
func (q Queue) refusal(lang string, r *moderation.RuleRefused) (v refusalView) {
	switch {
	case r == nil:
	case r.Stale:
		v.Says = tr(lang, "refused.stale")
	case r.Broken != "":
		v.Says, v.Source = tr(lang, "refused.broken"), r.Broken
	case r.Locked != "":
		v.Says, v.Source = tr(lang, "refused.locked"), r.Locked
	case r.Late:
		v.Says = tr(lang, "refused.late")
	default:
		v.Says, v.Hits = trn(lang, "refused.approved", r.Total), q.hits(lang, r.Stopped)
	}
	return v
}
