package moderation_test

import (
	"testing"
	"time"

	"balasan/moderation"
)

func TestADigestIsDueAtItsTimeOutsideOfQuietHours(t *testing.T) {
	jakarta, err := time.LoadLocation("Asia/Jakarta")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, jakarta) }
	to, err := moderation.ParseEmail("sari@contoh.id")
	if err != nil {
		t.Fatal(err)
	}
	daily := moderation.Digest{To: to, Cadence: moderation.Daily, Hour: 7, QuietFrom: 21, QuietTo: 6, Zone: "Asia/Jakarta", Confirmed: true, LookedAt: at(24, 7, 0)}
	hourly := daily
	hourly.Cadence, hourly.LookedAt = moderation.Hourly, at(24, 20, 30)
	night := daily
	night.Hour, night.LookedAt = 23, at(24, 6, 0)
	for name, c := range map[string]struct {
		digest moderation.Digest
		at     time.Time
		due    bool
	}{
		"the same day":                     {daily, at(24, 20, 59), false},
		"just before its hour":             {daily, at(25, 6, 59), false},
		"at its hour, whatever the server": {daily, at(25, 7, 0).UTC(), true},
		"later, after an outage":           {daily, at(27, 12, 0), true},
		"an hour later in quiet hours":     {hourly, at(24, 21, 30), false},
		"at the end of quiet hours":        {hourly, at(25, 6, 0), true},
		"within the hour":                  {hourly, at(24, 20, 59), false},
		"an hour that is quiet":            {night, at(24, 23, 0), false},
		"after an hour that was quiet":     {night, at(25, 6, 0), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.digest.Due(c.at); got != c.due {
				t.Errorf("due %t", got)
			}
		})
	}
	for _, change := range []func(*moderation.Digest){
		func(d *moderation.Digest) { d.Confirmed = false },
		func(d *moderation.Digest) { d.Cadence = moderation.Off },
	} {
		d := daily
		if change(&d); d.Due(at(27, 12, 0)) {
			t.Errorf("%+v is due", d)
		}
	}
}
