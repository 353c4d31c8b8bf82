package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// overviewView is the work of the desk seen as a whole.
type overviewView struct {
	Page
	Name    string
	Sites   []siteChoice
	Days    int
	Spans   []spanLink
	Tiles   []tile
	Empty   bool // nothing came in these days
	Columns columns
	Legend  []string
	Table   []dayRow
	Strips  []strip
	Rules   []ruleRow
	More    []ruleRow // beyond the first ruleRows
	Dots    []dot
	Blind   string
	BlindLow, BlindHigh,
	BlindAt float64 // of 100: what is known of how often the machine is right
	Checked bool
}

type spanLink struct {
	Says, URL string
	Current   bool
}

// tile is one number that matters now.
type tile struct {
	Label, Value, Hint string
	Lanes              []laneCount
	At                 string // machine-readable time; empty without one
}

type laneCount struct{ Name, Count string }

type dayRow struct {
	Day, Received string
	Parts         []string // in the order of the legend
}

// ruleRow is one rule in one of its voices.
type ruleRow struct {
	Rule, Voice, Lang       string
	Hits, Decided, Reversed string
	Right                   string  // empty where nothing is decided
	Bar                     float64 // of 100
	Ready, Poor             bool
}

// T is the sentence for key in the page's language.
func (r ruleRow) T(key string, args ...any) string { return tr(r.Lang, key, args...) }

// spans are how far back one can look, in days.
var spans = []int{7, 30, 90}

const ruleRows = 15 // that are shown before the rest is folded away

// overviewPage shows what came, what became of it and how well the machine does.
func (s *Server) overviewPage(c *fiber.Ctx, who caller) error {
	query, ctx, now := queryOf(c), c.UserContext(), time.Now()
	days, err := strconv.Atoi(query.Get("days"))
	if err != nil || !slices.Contains(spans, days) {
		days = 30
	}
	site := query.Get("site")
	o, err := s.Queue.Lookout.Overview(ctx, who.Editor, site, days, now)
	if err != nil {
		return err
	}
	sites, err := s.sitesOf(ctx, who)
	if err != nil {
		return err
	}
	view := overviewView{Page: staffPage(who.lang, "over.title"), Name: who.Name, Days: days}
	view.Styles = append(view.Styles, "overview.css")
	for _, one := range sites {
		view.Sites = append(view.Sites, siteChoice{one.ID, cmp.Or(one.Name, one.ID), one.ID == site})
	}
	for _, span := range spans {
		to := url.Values{"days": {strconv.Itoa(span)}}
		if site != "" {
			to.Set("site", site)
		}
		view.Spans = append(view.Spans, spanLink{tr(who.lang, "over.span", span), "/queue/overview?" + to.Encode(), span == days})
	}
	view.fill(o)
	return render(c, fiber.StatusOK, "overview", view)
}

func (v *overviewView) fill(o moderation.Overview) {
	lang := v.Lang
	v.Tiles = newTiles(lang, o)
	v.Columns = newColumns(lang, o.Days)
	v.Empty = true
	for _, s := range series {
		v.Legend = append(v.Legend, s.key)
	}
	for _, d := range slices.Backward(o.Days) {
		row := dayRow{Day: dayText(lang, d.Day), Received: grouped(lang, d.Received)}
		for _, s := range series {
			row.Parts = append(row.Parts, grouped(lang, s.of(d)))
		}
		v.Table = append(v.Table, row)
		v.Empty = v.Empty && height(d) == 0
	}
	v.Strips = newStrips(lang, o.Work)
	for _, r := range o.Rules {
		v.Rules = append(v.Rules, newRuleRow(lang, r))
	}
	if len(v.Rules) > ruleRows {
		v.Rules, v.More = v.Rules[:ruleRows], v.Rules[ruleRows:]
	}
	v.Dots = newDots(lang, o.Chance)
	v.blind(o.Blind)
}

// blind says how often the machine is wrong when it refuses, and how well that is known.
func (v *overviewView) blind(said moderation.Said) {
	n := said.Total()
	if v.Checked = n > 0; !v.Checked {
		v.Blind = v.T("over.blind.none")
		return
	}
	low, high := moderation.Wilson(said.Good, n)
	v.Blind = v.T("over.blind.says", grouped(v.Lang, n), grouped(v.Lang, said.Good), percent(v.Lang, high))
	v.BlindAt, v.BlindLow, v.BlindHigh = round(100*float64(said.Good)/float64(n)), round(100*low), round(100*high)
}

// Pct is the mark of a scale.
func (v overviewView) Pct(n int) string { return percent(v.Lang, float64(n)/100) }

// BlindWidth is how wide the range is that the share lies in.
func (v overviewView) BlindWidth() float64 { return round(max(v.BlindHigh-v.BlindLow, 0)) }

func newTiles(lang string, o moderation.Overview) []tile {
	today := o.Days[len(o.Days)-1]
	waiting := tile{Label: tr(lang, "over.tile.waiting"), Value: count(o.Pending), Hint: tr(lang, "over.tile.waiting.none")}
	if o.Pending > 0 {
		age := ago(lang, o.Oldest)
		waiting.Hint, waiting.At = tr(lang, "over.tile.oldest", age.Words), age.ISO
	}
	if o.Lanes != nil {
		for _, lane := range moderation.Lanes {
			waiting.Lanes = append(waiting.Lanes, laneCount{tr(lang, "over.lane."+string(lane)), count(o.Lanes.Of(lane))})
		}
	}
	came := tile{Label: tr(lang, "over.tile.today"), Value: grouped(lang, today.Received), Hint: tr(lang, "over.tile.usual.none")}
	if o.Usual > 0 {
		came.Hint = tr(lang, "over.tile.usual", grouped(lang, o.Usual))
	}
	hour := tile{Label: tr(lang, "over.tile.hour"), Value: grouped(lang, o.HourNow), Hint: tr(lang, "over.tile.hour.before", grouped(lang, o.HourLast))}
	wait := tile{Label: tr(lang, "over.tile.wait"), Value: "–", Hint: tr(lang, "over.tile.wait.none")}
	if o.Wait > 0 {
		wait.Value, wait.Hint = lasting(lang, o.Wait), tr(lang, "over.tile.wait.half")
	}
	undone := tile{Label: tr(lang, "over.tile.undone"), Value: grouped(lang, o.Undone),
		Hint: tr(lang, "over.tile.undone.of", grouped(lang, o.Undone+o.Decided))}
	return []tile{waiting, came, hour, wait, undone}
}

const poor = 0.5 // who is surely right less often than this should be looked at

func newRuleRow(lang string, r moderation.RuleTally) ruleRow {
	row := ruleRow{Lang: lang, Rule: r.Rule, Voice: r.Voice, Hits: grouped(lang, r.Hits), Decided: grouped(lang, r.Total()), Reversed: grouped(lang, r.Reversed)}
	if n := r.Total(); n > 0 {
		share := float64(r.Right()) / float64(n)
		_, high := moderation.Wilson(r.Right(), n)
		row.Right, row.Bar = percent(lang, share), round(100*share)
		row.Ready, row.Poor = r.Ready(), high < poor
	}
	return row
}
