package main

import (
	"strings"
	"testing"
	"time"

	"balasan/internal/reliability"
)

func TestTheTableHoldsWhatRanAndWhatCouldNot(t *testing.T) {
	all, err := parse([]byte(`{"Area":"SQLite","Fault":"disk full","Promises":"P1","Seen":"1 refused"}
{"Area":"The program","Fault":"kill -9","Promises":"P1 P2","Seen":"0 lost","Control":"a|b"}
{"Area":"SQLite","Fault":"disk full","Promises":"P1","Seen":"2 refused"}
{"Area":"Redis","Fault":"slots","Skipped":"no redis-server"}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := replace("before\n"+begin+"old\n"+end+"after\n", table(all, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 rows ran and 1 could not, on 2026-11-25", "| The program | kill -9 | P1 P2 | 0 lost | a\\|b |\n| SQLite | disk full | P1 | 2 refused | – |\n| Redis | slots | – | **not run here**: no redis-server | – |", "before\n", "after\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "old") {
		t.Error("the old table stands")
	}
	if _, err := replace("no marks", ""); err == nil {
		t.Error("a document without marks is taken")
	}
}

func TestEveryAreaIsInTheTable(t *testing.T) {
	for _, area := range areas {
		if got := table([]reliability.Line{{Area: area, Fault: "x"}}, time.Now()); !strings.Contains(got, area) {
			t.Errorf("%s is missing", area)
		}
	}
}
