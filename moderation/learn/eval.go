package learn

import (
	"cmp"
	"math"
	"slices"
)

// Judged is one labelled text with what a judge made of it.
type Judged struct {
	Spam  bool
	Score float64
	Row   Row
}

// Figures say how well scores tell spam from ham.
type Figures struct {
	Threshold             float64 // a text is called spam from it on
	Texts, Spam           int
	Hits, Misses          int // spam called spam, spam let through
	Alarms                int // ham called spam
	Precision, Recall, F1 float64
	FalsePositives        float64 // share of ham that is called spam
	At                    []AtRate
}

// AtRate is the recall that is left when at most Rate of the ham may be called spam.
type AtRate struct {
	Rate, Recall, Threshold float64
}

// Point is one line that could be drawn: what share of ham and of spam lies above it.
type Point struct{ FalsePositives, Recall, Precision float64 }

// Rates are the shares of ham at which figures give the recall.
var Rates = []float64{0.001, 0.005, 0.01, 0.02}

// Measure counts at the threshold and at fixed rates of false positives. What cannot be
// measured, such as the recall of a file without spam, is 0.
func Measure(judged []Judged, threshold float64) Figures {
	f := Figures{Threshold: threshold, Texts: len(judged)}
	for _, j := range judged {
		switch called := j.Score >= threshold; {
		case j.Spam && called:
			f.Hits++
		case j.Spam:
			f.Misses++
		case called:
			f.Alarms++
		}
	}
	f.Spam = f.Hits + f.Misses
	f.Precision = share(f.Hits, f.Hits+f.Alarms)
	f.Recall = share(f.Hits, f.Spam)
	f.F1 = share(2*f.Hits, 2*f.Hits+f.Misses+f.Alarms)
	f.FalsePositives = share(f.Alarms, f.Texts-f.Spam)
	for _, rate := range Rates {
		f.At = append(f.At, atRate(judged, rate))
	}
	return f
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// atRate finds the lowest line with no more than rate of the ham on or above it.
func atRate(judged []Judged, rate float64) AtRate {
	best := AtRate{Rate: rate, Threshold: math.MaxFloat64}
	sweep(judged, func(score float64, p Point) {
		if p.FalsePositives <= rate {
			best.Recall, best.Threshold = p.Recall, score
		}
	})
	return best
}

// Curve is every line that could be drawn, from the strictest to the laxest.
func Curve(judged []Judged) (points []Point) {
	sweep(judged, func(_ float64, p Point) { points = append(points, p) })
	return points
}

// sweep lowers the line past each score that occurs.
func sweep(judged []Judged, at func(score float64, p Point)) {
	sorted := slices.SortedFunc(slices.Values(judged), func(a, b Judged) int { return cmp.Compare(b.Score, a.Score) })
	spam := 0
	for _, j := range sorted {
		if j.Spam {
			spam++
		}
	}
	hits, alarms := 0, 0
	for i, j := range sorted {
		if j.Spam {
			hits++
		} else {
			alarms++
		}
		if i+1 == len(sorted) || sorted[i+1].Score != j.Score {
			at(j.Score, Point{share(alarms, len(sorted)-spam), share(hits, spam), share(hits, hits+alarms)})
		}
	}
}

// Bin is one step of a reliability table: of the texts whose probability is from From to To,
// Said is the mean probability and Seen the share that is spam.
type Bin struct {
	From, To   float64
	Texts      int
	Said, Seen float64
}

// Calibration tells whether a probability can be taken at its word.
type Calibration struct {
	Brier float64 // mean squared error; 0 is best
	ECE   float64 // expected calibration error over the bins
	Bins  []Bin
}

// Calibrated measures scores that are probabilities in ten bins.
func Calibrated(judged []Judged) Calibration {
	c := Calibration{Bins: make([]Bin, 10)}
	for i := range c.Bins {
		c.Bins[i].From, c.Bins[i].To = float64(i)/10, float64(i+1)/10
	}
	for _, j := range judged {
		b := &c.Bins[min(int(j.Score*10), 9)]
		truth := 0.0
		if j.Spam {
			truth = 1
		}
		b.Texts++
		b.Said += j.Score
		b.Seen += truth
		c.Brier += (j.Score - truth) * (j.Score - truth)
	}
	total := float64(max(len(judged), 1))
	c.Brier /= total
	for i := range c.Bins {
		b := &c.Bins[i]
		if b.Texts == 0 {
			continue
		}
		c.ECE += math.Abs(b.Said-b.Seen) / total
		b.Said /= float64(b.Texts)
		b.Seen /= float64(b.Texts)
	}
	return c
}

// Worst lists the most mistaken texts, at most n of each kind: ham far above the line, spam
// far below it.
func Worst(judged []Judged, threshold float64, n int) (alarms, misses []Judged) {
	for _, j := range judged {
		switch {
		case !j.Spam && j.Score >= threshold:
			alarms = append(alarms, j)
		case j.Spam && j.Score < threshold:
			misses = append(misses, j)
		}
	}
	slices.SortStableFunc(alarms, func(a, b Judged) int { return cmp.Compare(b.Score, a.Score) })
	slices.SortStableFunc(misses, func(a, b Judged) int { return cmp.Compare(a.Score, b.Score) })
	return alarms[:min(len(alarms), n)], misses[:min(len(misses), n)]
}
