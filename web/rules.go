package web

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Rulebook makes rules of what editors see in the queue. Every method asks the table of roles.
// A [moderation.RuleRefused] says that nothing was written, and why.
type Rulebook interface {
	// Propose fills in a rule for something seen in a comment; NotFound, Forbidden.
	Propose(ctx context.Context, by moderation.Editor, comment string, kind moderation.RuleKind, value string) (moderation.RuleDraft, error)
	// Try tells what the rule would have done, and changes nothing.
	Try(context.Context, moderation.Editor, moderation.RuleDraft) (moderation.RuleTrial, error)
	// Save writes a rule; why is the editor's word where approved comments would be stopped, and
	// seen names the file that they looked at.
	Save(ctx context.Context, by moderation.Editor, d moderation.RuleDraft, status moderation.RuleStatus, why, seen string) (moderation.RuleSaved, error)
	List(context.Context, moderation.Editor) (moderation.RuleList, error)
	// Change turns one of the desk's rules live, into a shadow, or off.
	Change(ctx context.Context, by moderation.Editor, id string, status moderation.RuleStatus, why, seen string) (moderation.RuleSaved, error)
}

func (s *Server) ruleRoutes() []staffRoute {
	const get, post = fiber.MethodGet, fiber.MethodPost
	const page, call = true, false
	return []staffRoute{
		{get, "/queue/rules", page, moderation.ToRead, s.withRules(s.rulesPage)},
		{get, "/queue/rules/new", page, moderation.ToShadow, s.withRules(s.rulePage)},
		{post, "/queue/rules/new", page, moderation.ToShadow, s.withRules(s.tryRuleForm)}, // looks, and changes nothing
		{post, "/queue/rules", page, moderation.ToShadow, s.withRules(s.saveRuleForm)},
		{post, "/queue/rules/change", page, moderation.ToShadow, s.withRules(s.changeRuleForm)},

		{get, "/v1/editor/rules", call, moderation.ToRead, s.withRules(s.rulesCall)},
		{post, "/v1/editor/rules", call, moderation.ToShadow, s.withRules(s.saveRuleCall)},
		{post, "/v1/editor/rules/trials", call, moderation.ToShadow, s.withRules(s.tryRuleCall)},
		{post, "/v1/editor/rules/:id/status", call, moderation.ToShadow, s.withRules(s.changeRuleCall)},
	}
}

// withRules answers NotFound where nobody makes rules.
func (s *Server) withRules(handle func(*fiber.Ctx, caller) error) func(*fiber.Ctx, caller) error {
	return func(c *fiber.Ctx, who caller) error {
		if s.Queue.Rules == nil {
			return &moderation.Problem{Code: moderation.NotFound}
		}
		return handle(c, who)
	}
}

// rulePage proposes a rule for a chip and shows what it would have done.
func (s *Server) rulePage(c *fiber.Ctx, who caller) error {
	query := queryOf(c)
	d, err := s.Queue.Rules.Propose(c.UserContext(), who.Editor, query.Get("comment"), moderation.RuleKind(query.Get("kind")), query.Get("value"))
	if err != nil {
		return err
	}
	return s.showRule(c, who, ruleForm{draft: d, score: number(d.Score)}, nil)
}

func (s *Server) tryRuleForm(c *fiber.Ctx, who caller) error {
	return s.showRule(c, who, readRuleForm(c), nil)
}

func (s *Server) saveRuleForm(c *fiber.Ctx, who caller) error {
	f := readRuleForm(c)
	if len(f.faults()) > 0 {
		return s.showRule(c, who, f, nil)
	}
	saved, err := s.Queue.Rules.Save(c.UserContext(), who.Editor, f.kept(), f.status, f.why, f.seen)
	if err != nil {
		return s.showRule(c, who, f, err)
	}
	return toRules(c, saved, f.status)
}

func (s *Server) changeRuleForm(c *fiber.Ctx, who caller) error {
	id, status := formValue(c, "rule"), moderation.RuleStatus(formValue(c, "status"))
	saved, err := s.Queue.Rules.Change(c.UserContext(), who.Editor, id, status, formValue(c, "override"), formValue(c, "seen"))
	if err != nil {
		return s.showRules(c, who, id, err)
	}
	return toRules(c, saved, status)
}

// toRules leads to the list, which says what was done.
func toRules(c *fiber.Ctx, saved moderation.RuleSaved, status moderation.RuleStatus) error {
	query := url.Values{"rule": {saved.ID}, "said": {string(status)}}
	if !saved.InForce {
		query.Set("said", "waits")
	}
	return c.Redirect("/queue/rules?"+query.Encode(), fiber.StatusSeeOther)
}

// isID tells the ids of comments.
var isID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// ruleForm is what the form of one rule holds.
type ruleForm struct {
	draft     moderation.RuleDraft
	score     string // as typed
	until     string // as typed
	keep      bool   // the editor has read the example and keeps it
	status    moderation.RuleStatus
	why, seen string
}

func readRuleForm(c *fiber.Ctx) ruleForm {
	f := ruleForm{score: formValue(c, "score"), until: strings.TrimSpace(formValue(c, "until")), keep: formValue(c, "keep") != "",
		status: moderation.RuleStatus(formValue(c, "status")), why: formValue(c, "override"), seen: formValue(c, "seen")}
	d := &f.draft
	d.Comment, d.Way, d.Group = formValue(c, "comment"), moderation.RuleWay(formValue(c, "way")), strings.TrimSpace(formValue(c, "group"))
	if !isID.MatchString(d.Comment) {
		d.Comment = "" // it is a remark, no more
	}
	for line := range strings.Lines(strings.ReplaceAll(formValue(c, "terms"), "\r", "\n")) {
		if line = strings.TrimSpace(line); line != "" {
			d.Terms = append(d.Terms, line)
		}
	}
	for _, field := range formValues(c, "in") {
		d.In = append(d.In, moderation.Field(field))
	}
	if d.Sites = formValues(c, "site"); slices.Contains(d.Sites, moderation.AllSites) {
		d.Sites = nil
	} else if len(d.Sites) == 0 {
		d.Sites = []string{""} // nowhere is not everywhere
	}
	d.Score, _ = strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(f.score), ",", "."), 64)
	d.Reason = moderation.Text{ID: strings.TrimSpace(formValue(c, "reason_id")), EN: strings.TrimSpace(formValue(c, "reason_en"))}
	d.Until = dayOf(f.until)
	d.Example = strings.TrimSpace(formValue(c, "example"))
	return f
}

// kept is the draft with its example only if the editor wants it kept.
func (f ruleForm) kept() moderation.RuleDraft {
	d := f.draft
	if !f.keep {
		d.Example = ""
	}
	return d
}

// faults are those of what was typed into fields that a draft holds otherwise.
func (f ruleForm) faults() []moderation.FieldFault {
	if f.until != "" && f.draft.Until.IsZero() {
		return []moderation.FieldFault{{Field: "until", Fault: moderation.FaultFormat}}
	}
	return nil
}

// dayOf reads a day as <input type=date> sends it; zero for none.
func dayOf(s string) time.Time {
	day, _ := time.Parse(time.DateOnly, s)
	return day
}

// refusalOf sorts an error into what the page tells; another one comes back.
func refusalOf(err error) (refused *moderation.RuleRefused, faults []moderation.FieldFault, rest error) {
	if refused, ok := errors.AsType[*moderation.RuleRefused](err); ok {
		return refused, nil, nil
	}
	if p, ok := errors.AsType[*moderation.Problem](err); ok && p.Code == moderation.Invalid {
		return nil, p.Fields, nil
	}
	return nil, nil, err
}
