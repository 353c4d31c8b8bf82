package moderation

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Quiet are hours of each day in minutes after midnight, the end not included; they may reach over
// midnight. The zero value is none.
type Quiet struct{ From, To int }

// String is the form that UnmarshalText reads.
func (q Quiet) String() string {
	if q == (Quiet{}) {
		return ""
	}
	return Clock(q.From) + "-" + Clock(q.To)
}

// UnmarshalText reads "21:30-05:00".
func (q *Quiet) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*q = Quiet{}
		return nil
	}
	from, to, _ := strings.Cut(string(text), "-")
	begin, err := ParseClock(from)
	end, endErr := ParseClock(to)
	if err != nil || endErr != nil || begin == end {
		return errors.New("must be two times of the day, such as 21:00-06:00")
	}
	*q = Quiet{begin, end}
	return nil
}

// Open is when the quiet hours around t are over: t itself outside of them.
func (q Quiet) Open(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	at := local.Hour()*60 + local.Minute()
	since := (at - q.From + 24*60) % (24 * 60)
	length := (q.To - q.From + 24*60) % (24 * 60)
	if q == (Quiet{}) || since >= length {
		return t
	}
	day := 0
	if q.To <= at {
		day = 1
	}
	return onDay(local, day, q.To)
}

// onDay is a time of the day, so many days after local; by the clock on the wall, whatever summer
// time does meanwhile.
func onDay(local time.Time, days, minutes int) time.Time {
	return time.Date(local.Year(), local.Month(), local.Day()+days, 0, minutes, 0, 0, local.Location())
}

// Clock is "21:30" for minutes after midnight.
func Clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// ParseClock reads what Clock writes.
func ParseClock(s string) (minutes int, err error) {
	at, err := time.Parse("15:04", strings.TrimSpace(s))
	return at.Hour()*60 + at.Minute(), err
}
