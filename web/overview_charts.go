package web

import (
	"math"
	"strconv"

	"balasan/moderation"
)

// A chart here is geometry only: html/template writes it as SVG whose colours are classes, since
// the pages' policy allows no style in the markup. Texts stand beside it as HTML, so that they
// keep their size however narrow the chart becomes.

// bar is a rectangle of a chart; Class says what it stands for.
type bar struct {
	X, Y, W, H float64
	Class      string
}

// column is one day of the chart of days.
type column struct {
	Says string // the whole day in words, for a pointer that rests on it
	Bars []bar
}

// columns are stacked, one for each day, in a box that is Width wide and 100 high.
type columns struct {
	Width int
	Days  []column
	Ticks []string // from the top down
	From  string
	Half  string
	To    string
}

// series are the parts of a day from the ground up, as a reader of the chart meets them.
var series = []struct {
	key string
	of  func(moderation.DayTally) int
}{
	{"approved", func(d moderation.DayTally) int { return d.Approved }},
	{"passed", func(d moderation.DayTally) int { return d.Passed }},
	{"waiting", func(d moderation.DayTally) int { return d.Waiting }},
	{"trashed", func(d moderation.DayTally) int { return d.Trashed }},
	{"spam", func(d moderation.DayTally) int { return d.Spam }},
	{"refused", func(d moderation.DayTally) int { return d.Refused }},
}

const columnWidth = 10

func newColumns(lang string, days []moderation.DayTally) columns {
	most := 0
	for _, d := range days {
		most = max(most, height(d))
	}
	top := niceTop(most)
	c := columns{Width: columnWidth * len(days), Ticks: []string{grouped(lang, top), grouped(lang, top/2), "0"},
		From: dayText(lang, days[0].Day), Half: dayText(lang, days[len(days)/2].Day), To: dayText(lang, days[len(days)-1].Day)}
	for i, d := range days {
		c.Days = append(c.Days, newColumn(lang, d, float64(columnWidth*i), float64(top)))
	}
	return c
}

func newColumn(lang string, d moderation.DayTally, x, top float64) column {
	c := column{Says: tr(lang, "over.days.one", dayText(lang, d.Day), grouped(lang, d.Received))}
	ground := 100.0
	for _, s := range series {
		n := max(s.of(d), 0)
		if n == 0 {
			continue
		}
		tall := 100 * float64(n) / top
		ground -= tall
		c.Bars = append(c.Bars, bar{round(x + 1), round(max(ground, 0)), columnWidth - 2, round(tall), "c-" + s.key})
		c.Says += " · " + tr(lang, "over.part."+s.key) + " " + grouped(lang, n)
	}
	return c
}

// height is what the parts of a day add up to.
func height(d moderation.DayTally) (n int) {
	for _, s := range series {
		n += max(s.of(d), 0)
	}
	return n
}

// niceTop is the first of 2, 4, 6, 8, 10, 20, 40 … that is not below n; its half is a whole number.
func niceTop(n int) int {
	for unit := 2; ; unit *= 10 {
		for _, top := range []int{unit, 2 * unit, 3 * unit, 4 * unit, 5 * unit} {
			if top >= n || top > math.MaxInt/100 {
				return top
			}
		}
	}
}

// strip is what one editor decided, hour by hour.
type strip struct {
	Name, Total string
	Hours       []hourBar
}

type hourBar struct {
	bar
	Hour, Count string
}

func newStrips(lang string, work []moderation.WorkTally) (all []strip) {
	most := 1
	for _, w := range work {
		for _, n := range w.Hours {
			most = max(most, n)
		}
	}
	for _, w := range work {
		s := strip{Name: w.Name, Total: grouped(lang, w.Total)}
		for hour, n := range w.Hours {
			heat := int(math.Ceil(5 * float64(max(n, 0)) / float64(most)))
			s.Hours = append(s.Hours, hourBar{bar{float64(10 * hour), 0, 9, 10, "h" + strconv.Itoa(heat)}, hourText(lang, hour), grouped(lang, n)})
		}
		all = append(all, s)
	}
	return all
}

func hourText(lang string, hour int) string {
	text := strconv.Itoa(hour)
	if hour < 10 {
		text = "0" + text
	}
	if lang == "en" {
		return text + ":00"
	}
	return text + ".00"
}

// dot is a tenth of what the classifier said, in a box of 100 by 100.
type dot struct {
	X, Y, R, Low, High float64
	Said, Seen, Count  string
}

func newDots(lang string, all [10]moderation.ChanceTally) (dots []dot) {
	most := 1
	for _, t := range all {
		most = max(most, t.Total())
	}
	for _, t := range all {
		n := t.Total()
		if n <= 0 {
			continue
		}
		seen := float64(t.Spam) / float64(n)
		low, high := moderation.Wilson(t.Spam, n)
		dots = append(dots, dot{X: round(100 * t.Mean), Y: round(100 - 100*seen), R: round(1.5 + 3*math.Sqrt(float64(n)/float64(most))),
			Low: round(100 - 100*low), High: round(100 - 100*high),
			Said: percent(lang, t.Mean), Seen: percent(lang, seen), Count: grouped(lang, n)})
	}
	return dots
}

// round keeps two decimals; a chart has no use for more.
func round(x float64) float64 { return math.Round(100*x) / 100 }
