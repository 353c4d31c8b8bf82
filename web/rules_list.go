package web

import (
	"cmp"
	"regexp"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// rulesView lists the desk's rules, to be changed, and all others, to be read.
type rulesView struct {
	Page
	Name    string
	File    string
	Seen    string
	Looked  string
	Said    string
	Refused refusalView
	Asked   string // the rule that a change was refused for
	Desk    []ruleEntryView
	Others  []ruleEntryView
}

type ruleEntryView struct {
	moderation.RuleEntry
	Lang      string
	Says      string // its reason
	Story     []madeView
	On        string // sites, in words
	Ends      string
	Expired   bool
	Added     string
	Seen      int // hits
	Refused   int
	Passed    int // approved
	Precision string
	Next      []moderation.RuleStatus // what this editor may make of it
}

// T is the sentence for key in the page's language.
func (v ruleEntryView) T(key string, args ...any) string { return tr(v.Lang, key, args...) }

func (s *Server) rulesPage(c *fiber.Ctx, who caller) error { return s.showRules(c, who, "", nil) }

// showRules shows the list and, when a change of one rule failed, why.
func (s *Server) showRules(c *fiber.Ctx, who caller, asked string, failed error) error {
	refused, faults, err := refusalOf(failed)
	if err != nil {
		return err
	}
	list, err := s.Queue.Rules.List(c.UserContext(), who.Editor)
	if broken, _, rest := refusalOf(err); rest != nil {
		return rest
	} else if broken != nil {
		refused = broken
	}
	names := map[string]string{}
	sites, err := s.sitesOf(c.UserContext(), who)
	if err != nil {
		return err
	}
	for _, site := range sites {
		names[site.ID] = site.Name
	}
	view := rulesView{Page: rulesFrame(who.lang, "rules.title"), Name: who.Name, Seen: list.Seen, Asked: asked,
		Looked: tr(who.lang, "rules.looked", list.Looked, list.Days), Refused: s.Queue.refusal(who.lang, refused)}
	if where, all := who.Sites(moderation.ToRule); all || len(where) > 0 {
		view.File = list.File // where things lie is for owners
	}
	if len(faults) > 0 {
		view.Refused.Says = sentence(who.lang, faults[0])
	}
	for _, r := range list.Rules {
		if e := entryOf(who, r, names); r.Desk {
			view.Desk = append([]ruleEntryView{e}, view.Desk...) // the newest first
		} else {
			view.Others = append(view.Others, e)
		}
	}
	view.Said = saidOf(who.lang, c, list)
	return render(c, statusOf(refused, faults), "queue_rules", view)
}

// saidOf repeats after a redirect what was done, of rules that are there.
func saidOf(lang string, c *fiber.Ctx, list moderation.RuleList) string {
	query := queryOf(c)
	for _, r := range list.Rules {
		if said, known := lookup(lang, "rules.said."+query.Get("said")); known && r.ID == query.Get("rule") {
			return strings.ReplaceAll(said, "%s", r.ID)
		}
	}
	return ""
}

// madeView is one remark above a rule: who did what to it, and when.
type madeView struct{ Says, Comment string }

// madeRemark is how the desk writes remarks; what people write otherwise is shown as it stands.
var madeRemark = regexp.MustCompile(`^(?:(live|shadow|off) )?by (.+), (\d{4}-\d\d-\d\d)(?:, from comment ([0-9a-f-]{36}))?$`)

func madeOf(lang string, remarks []string) (all []madeView) {
	for _, remark := range remarks {
		v := madeView{Says: remark}
		if m := madeRemark.FindStringSubmatch(remark); m != nil {
			v = madeView{tr(lang, "rules.made."+cmp.Or(m[1], "new"), m[2], m[3]), m[4]}
		}
		all = append(all, v)
	}
	return all
}

func entryOf(who caller, r moderation.RuleEntry, names map[string]string) ruleEntryView {
	v := ruleEntryView{RuleEntry: r, Lang: who.lang, Says: strings.ReplaceAll(r.Reason.In(who.lang), "{{match}}", "…"),
		Story: madeOf(who.lang, r.Made), On: tr(who.lang, "filter.allsites"), Added: signed(r.Score),
		Passed: r.Hits[moderation.Approved], Refused: r.Hits[moderation.IsSpam], Precision: precisionWords(who.lang, r.Hits)}
	v.Seen = v.Passed + v.Refused + r.Hits[moderation.Pending]
	if len(r.Sites) > 0 {
		var on []string
		for _, site := range r.Sites {
			on = append(on, cmp.Or(names[site], site))
		}
		v.On = strings.Join(on, ", ")
	}
	if !r.Until.IsZero() {
		v.Ends, v.Expired = r.Until.Format(time.DateOnly), time.Now().After(r.Until.AddDate(0, 0, 1))
	}
	for _, next := range []moderation.RuleStatus{moderation.RuleLive, moderation.RuleShadow, moderation.RuleOff} {
		if r.Desk && next != r.Status && who.MayRule(moderation.RuleActFor(r.Status, next), r.Sites) {
			v.Next = append(v.Next, next)
		}
	}
	return v
}
