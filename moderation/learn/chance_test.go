package learn

import (
	"math"
	"testing"

	"balasan/moderation"
)

func TestASignalTellsTheProbabilityThatMadeIt(t *testing.T) {
	m, err := Prior()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Terima kasih infonya, semoga lancar", "slot gacor maxwin deposit receh", "mohon info harga"} {
		signals := m.Weigh(moderation.Case{Submission: moderation.Submission{Body: text}}).Signals
		got, ok := Chance(moderation.Verdict{Signals: signals})
		want := min(max(m.Probability(text), 1/(1+math.Exp(1-least))), 1/(1+math.Exp(1-most)))
		if !ok || math.Abs(got-want) > 0.02 {
			t.Errorf("%q: %.3f, want %.3f", text, got, want)
		}
	}
	if _, ok := Chance(moderation.Verdict{}); ok {
		t.Error("a verdict without the model has a probability")
	}
}
