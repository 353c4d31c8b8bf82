package web

import (
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// ruleDoc is a proposed rule as a script writes it.
type ruleDoc struct {
	Comment  string   `json:"comment"` // that it was made from; may be empty
	Terms    []string `json:"terms"`
	Way      string   `json:"way"`
	In       []string `json:"in"`
	Sites    []string `json:"sites"` // empty is all
	Score    float64  `json:"score"`
	Group    string   `json:"group"`
	ReasonID string   `json:"reason_id"`
	ReasonEN string   `json:"reason_en"`
	Until    string   `json:"until"` // a day; empty is never
	Example  string   `json:"example"`
	Status   string   `json:"status"`
	Override string   `json:"override"`
	Seen     string   `json:"seen"`
}

func readRuleDoc(c *fiber.Ctx) (doc ruleDoc, d moderation.RuleDraft, err error) {
	if err := readCall(c, &doc); err != nil {
		return doc, d, err
	}
	d = moderation.RuleDraft{Terms: doc.Terms, Way: moderation.RuleWay(doc.Way), Sites: doc.Sites, Score: doc.Score, Group: doc.Group,
		Reason: moderation.Text{ID: doc.ReasonID, EN: doc.ReasonEN}, Until: dayOf(doc.Until), Example: doc.Example}
	for _, field := range doc.In {
		d.In = append(d.In, moderation.Field(field))
	}
	if isID.MatchString(doc.Comment) {
		d.Comment = doc.Comment
	}
	if doc.Until != "" && d.Until.IsZero() {
		err = &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "until", Fault: moderation.FaultFormat}}}
	}
	return doc, d, err
}

// hitDoc is a stored comment that a rule notices.
type hitDoc struct {
	ID   string    `json:"id"`
	Site string    `json:"site"`
	Body string    `json:"body"`
	From string    `json:"from"`
	To   string    `json:"to"`
	At   time.Time `json:"at"`
}

func hitDocs(all []moderation.RuleHit) []hitDoc {
	docs := []hitDoc{}
	for _, h := range all {
		docs = append(docs, hitDoc{h.ID, h.Site, h.Body, string(h.From), string(h.To), h.At})
	}
	return docs
}

func (s *Server) tryRuleCall(c *fiber.Ctx, who caller) error {
	_, d, err := readRuleDoc(c)
	if err != nil {
		return err
	}
	t, err := s.Queue.Rules.Try(c.UserContext(), who.Editor, d)
	if err != nil {
		return err
	}
	return c.JSON(struct {
		ID       string                   `json:"id"`
		YAML     string                   `json:"yaml"`
		Seen     string                   `json:"seen"`
		Days     int                      `json:"days"`
		Looked   map[moderation.State]int `json:"looked"`
		Cut      bool                     `json:"cut"`
		Hits     map[moderation.State]int `json:"hits"`
		Held     int                      `json:"held"`
		Spam     int                      `json:"spam"`
		Missed   bool                     `json:"missed"`
		Approved []hitDoc                 `json:"approved"`
		Moved    []hitDoc                 `json:"moved"`
	}{t.ID, t.YAML, t.Seen, t.Days, t.Looked, t.Cut, t.Hits, t.Held, t.Spam, t.Missed, hitDocs(t.Approved), hitDocs(t.Moved)})
}

func (s *Server) saveRuleCall(c *fiber.Ctx, who caller) error {
	doc, d, err := readRuleDoc(c)
	if err == nil {
		err = given("status", doc.Status, "seen", doc.Seen)
	}
	if err != nil {
		return err
	}
	saved, err := s.Queue.Rules.Save(c.UserContext(), who.Editor, d, moderation.RuleStatus(doc.Status), doc.Override, doc.Seen)
	return answerSaved(c, saved, err)
}

func (s *Server) changeRuleCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		Status   string `json:"status"`
		Override string `json:"override"`
		Seen     string `json:"seen"`
	}
	err := readCall(c, &asked)
	if err == nil {
		err = given("status", asked.Status, "seen", asked.Seen)
	}
	if err != nil {
		return err
	}
	saved, err := s.Queue.Rules.Change(c.UserContext(), who.Editor, c.Params("id"), moderation.RuleStatus(asked.Status), asked.Override, asked.Seen)
	return answerSaved(c, saved, err)
}

// given names the fields that are empty; they come as name and value.
func given(fields ...string) error {
	var faults []moderation.FieldFault
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] == "" {
			faults = append(faults, moderation.FieldFault{Field: fields[i], Fault: moderation.FaultRequired})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return &moderation.Problem{Code: moderation.Invalid, Fields: faults}
}

func answerSaved(c *fiber.Ctx, saved moderation.RuleSaved, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(struct {
		ID      string `json:"id"`
		InForce bool   `json:"in_force"`
		Why     string `json:"why,omitempty"` // why it is not
	}{saved.ID, saved.InForce, saved.Why})
}

type ruleEntryDoc struct {
	ID       string   `json:"id"`
	Status   string   `json:"status"`
	Score    float64  `json:"score"`
	Reason   string   `json:"reason"`
	Sites    []string `json:"sites"` // empty is all
	Where    string   `json:"where"`
	Desk     bool     `json:"desk"`
	Made     []string `json:"made"`
	InForce  bool     `json:"in_force"`
	Approved int      `json:"approved"`
	Refused  int      `json:"refused"`
	Pending  int      `json:"undecided"`
}

func (s *Server) rulesCall(c *fiber.Ctx, who caller) error {
	list, err := s.Queue.Rules.List(c.UserContext(), who.Editor)
	if err != nil {
		return err
	}
	docs := []ruleEntryDoc{}
	for _, r := range list.Rules {
		docs = append(docs, ruleEntryDoc{r.ID, string(r.Status), r.Score, r.Reason.In(who.lang), append([]string{}, r.Sites...), r.Where, r.Desk,
			append([]string{}, r.Made...), r.InForce, r.Hits[moderation.Approved], r.Hits[moderation.IsSpam], r.Hits[moderation.Pending]})
	}
	return c.JSON(struct {
		Seen  string         `json:"seen"`
		Runs  string         `json:"fingerprint"` // of the rules that this replica runs
		Rules []ruleEntryDoc `json:"rules"`
	}{list.Seen, list.Runs, docs})
}
