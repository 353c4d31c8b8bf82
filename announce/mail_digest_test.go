package announce

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

// hired is an office with an editor who gets a digest each morning at seven, in Jakarta.
func hired(t *testing.T) *office {
	o := newOffice(t)
	must(t, o.AddEditor(t.Context(), sari))
	o.at = o.at.Truncate(time.Hour)
	o.set(func(*moderation.Digest) {})
	l := o.wants("sari@contoh.id: Konfirmasi alamat untuk ringkasan antrean")[0]
	must(t, o.ConfirmDigest(t.Context(), token(l), o.at))
	return o
}

func (o *office) set(change func(*moderation.Digest)) {
	o.t.Helper()
	d := moderation.Digest{Editor: sari.ID, Email: email(o.t, "sari@contoh.id"), Language: "id", Cadence: moderation.Daily, At: 7 * 60, Zone: "Asia/Jakarta"}
	change(&d)
	must(o.t, o.SetDigest(o.t.Context(), d, o.at))
}

// morning goes on to the next seven o'clock in Jakarta and lets digests be made.
func (o *office) morning() {
	o.t.Helper()
	o.at = moderation.Digest{Cadence: moderation.Daily, At: 7 * 60, Zone: "Asia/Jakarta"}.Next(o.at)
	o.make()
}

func (o *office) make() {
	o.t.Helper()
	_, err := o.mail.Step(o.t.Context(), o.at)
	must(o.t, err)
}

const digestOf = "sari@contoh.id: Antrean komentar: %s menunggu"

func TestADigestTellsOnlyWhatNeedsAPerson(t *testing.T) {
	o := hired(t)
	o.morning()
	o.wants() // nothing waits
	ids := []string{o.write("Wayan", "wayan@contoh.id", false), o.write("Made wayan@contoh.id", "wayan@contoh.id", false)}
	o.morning()
	l := o.wants(fmt.Sprintf(digestOf, "2"))[0]
	for _, want := range []string{"Ragu: 2", "Perlu dibaca", "Tulisan Wayan", "Desa Kita", "https://komentar.example/queue", "WIB"} {
		if !strings.Contains(l.Text, want) {
			t.Errorf("no %q in %s", want, l.Text)
		}
	}
	for _, personal := range []string{"wayan@contoh.id", "198.51.100."} {
		if strings.Contains(l.Raw+l.HTML+l.Text, personal) {
			t.Errorf("a visitor's %s stands in the digest", personal)
		}
	}
	o.morning()
	o.wants() // nothing new, though both wait
	o.write("Ketut", "ketut@contoh.id", false)
	o.morning()
	o.wants(fmt.Sprintf(digestOf, "3"))
	o.write("Putu", "putu@contoh.id", false)
	o.rule(moderation.Approved, append(ids, o.write("Komang", "komang@contoh.id", false))...)
	o.morning()
	o.wants(fmt.Sprintf(digestOf, "2"))
}

func TestADigestIsOfTheMomentItIsSent(t *testing.T) {
	o := hired(t)
	id := o.write("Wayan", "wayan@contoh.id", false)
	o.morning()
	o.rule(moderation.Approved, id)
	o.wants() // nothing waits any more
}

func TestADigestSleepsInQuietHours(t *testing.T) {
	o := hired(t)
	o.set(func(d *moderation.Digest) {
		d.Cadence = moderation.Hourly
		must(t, d.Quiet.UnmarshalText([]byte("21:00-06:00")))
	})
	zone, err := time.LoadLocation("Asia/Jakarta")
	must(t, err)
	var told []string
	o.at = time.Date(2026, 11, 25, 18, 0, 0, 0, zone)
	for range 16 {
		o.write("Wayan", "wayan@contoh.id", false)
		o.pass(time.Hour)
		o.make()
		for range o.letters() {
			told = append(told, o.at.In(zone).Format("15"))
		}
	}
	if got := strings.Join(told, " "); got != "19 20 06 07 08 09 10" {
		t.Errorf("told at %s", got)
	}
}

func TestADigestEnds(t *testing.T) {
	for name, end := range map[string]func(o *office, link string){
		"by the link in a letter": func(o *office, link string) { must(o.t, o.EndDigest(o.t.Context(), link)) },
		"on the page":             func(o *office, _ string) { must(o.t, o.DropDigest(o.t.Context(), sari.ID)) },
		"with another address": func(o *office, _ string) {
			o.set(func(d *moderation.Digest) { d.Email = email(o.t, "baru@contoh.id") })
		},
		"with the editor": func(o *office, link string) {
			must(o.t, o.Dismiss(o.t.Context(), sari.ID, true))
			_, err := o.Purge(o.t.Context(), o.at)
			must(o.t, err)
			if _, err := o.DigestBy(o.t.Context(), link); moderation.CodeOf(err) != moderation.NotFound {
				o.t.Errorf("the address is kept: %v", err)
			}
		},
		"with the role": func(o *office, _ string) { must(o.t, o.Grant(o.t.Context(), sari.ID, moderation.AllSites, "", true)) },
		"at an address that is not there": func(o *office, _ string) {
			o.box.Refuse("sari@contoh.id", 550, 5, 1, 1)
			o.write("Made", "made@contoh.id", false)
			o.morning()
			o.wants()
			o.box.Refuse("sari@contoh.id", 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := hired(t)
			d, err := o.Digest(t.Context(), sari.ID)
			must(t, err)
			end(o, d.Token)
			o.write("Wayan", "wayan@contoh.id", false)
			o.morning()
			for _, l := range o.letters() {
				if strings.Contains(l.Subject(), "Antrean") {
					t.Errorf("sent to %s", l.To)
				}
			}
		})
	}
}

func TestTheSameAddressIsAskedOnce(t *testing.T) {
	o := hired(t)
	o.set(func(d *moderation.Digest) { d.At = 9 * 60 })
	o.wants()
	d, err := o.Digest(t.Context(), sari.ID)
	must(t, err)
	if d.ConfirmedAt.IsZero() || d.At != 9*60 {
		t.Errorf("got %+v", d)
	}
}
