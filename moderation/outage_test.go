package moderation

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAnOutageIsToldOnceHoweverOftenItIsMet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o Outage
		if o.Lasts() || o.Worked() {
			t.Error("it begins with an outage")
		}
		began, ended := 0, 0
		for n := range 1000 { // ten seconds in which every other one fails
			if n%2 == 0 && o.Failed() {
				began++
			}
			if o.Worked() {
				ended++
			}
			time.Sleep(10 * time.Millisecond)
		}
		if began != 1 || ended != 0 || !o.Lasts() {
			t.Errorf("told %d times that it begins and %d times that it is over", began, ended)
		}
		time.Sleep(outageRest - 30*time.Millisecond)
		if o.Worked() {
			t.Error("it was over too soon")
		}
		time.Sleep(10 * time.Millisecond)
		if !o.Worked() || o.Worked() || o.Lasts() || !o.Failed() {
			t.Error("it does not end once, or does not begin again")
		}
	})
}
