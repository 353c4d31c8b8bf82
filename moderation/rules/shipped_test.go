package rules_test

import (
	"os"
	"testing"

	"balasan/moderation/rules"
)

func shipped(t testing.TB) *rules.Set {
	t.Helper()
	set, err := rules.Load(os.DirFS("../../configs"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEveryShippedRuleKeepsItsExamples(t *testing.T) {
	for _, result := range shipped(t).Test() {
		if !result.Pass {
			t.Errorf("%s:%d %s: %s: %q", result.File, result.Line, result.Rule, result.Why, result.Text)
		}
	}
}

func TestEveryShippedRuleHasExamplesAndAReason(t *testing.T) {
	for _, rule := range shipped(t).List() {
		if rule.Tests < 2 || rule.Reason.ID == "" || rule.Reason.EN == "" {
			t.Errorf("%s:%d %s: %d examples, reason %q / %q", rule.File, rule.Line, rule.ID, rule.Tests, rule.Reason.ID, rule.Reason.EN)
		}
	}
}
