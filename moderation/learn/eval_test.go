package learn

import (
	"math"
	"testing"
)

func TestFigures(t *testing.T) {
	judged := []Judged{{Spam: true, Score: 0.95}, {Spam: true, Score: 0.8}, {Spam: true, Score: 0.2}, {Score: 0.85}, {Score: 0.1}, {Score: 0.1}, {Score: 0.1}}
	f := Measure(judged, 0.8)
	if f.Hits != 2 || f.Misses != 1 || f.Alarms != 1 || f.FalsePositives != 0.25 || math.Abs(f.F1-2.0/3) > 1e-9 {
		t.Errorf("got %+v", f)
	}
	if at := f.At[0]; at.Recall != 1.0/3 || at.Threshold != 0.95 {
		t.Errorf("without false positives: %+v", at)
	}
	alarms, misses := Worst(judged, 0.8, 5)
	if len(alarms) != 1 || len(misses) != 1 || alarms[0].Score != 0.85 || misses[0].Score != 0.2 {
		t.Errorf("worst %v %v", alarms, misses)
	}
}

func TestEqualScoresCrossTheLineTogether(t *testing.T) {
	f := Measure([]Judged{{Spam: true, Score: 0.5}, {Score: 0.5}}, 0.9)
	if f.At[0].Recall != 0 {
		t.Errorf("recall %v at no false positive, though ham has the same score", f.At[0].Recall)
	}
}

func TestFiguresOfNothing(t *testing.T) {
	if f := Measure(nil, 0.9); f.Recall != 0 || f.FalsePositives != 0 || f.Precision != 0 {
		t.Errorf("got %+v", f)
	}
}

func TestAPerfectProbabilityIsCalibrated(t *testing.T) {
	c := Calibrated([]Judged{{Spam: true, Score: 1}, {Score: 0}})
	if c.Brier != 0 || c.ECE != 0 || c.Bins[9].Seen != 1 {
		t.Errorf("got %+v", c)
	}
	c = Calibrated([]Judged{{Score: 0.95}, {Score: 0.95}})
	if math.Abs(c.ECE-0.95) > 1e-9 {
		t.Errorf("certain and wrong, ECE %v", c.ECE)
	}
}
