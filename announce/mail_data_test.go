package announce

import (
	"strings"
	"testing"
	"time"

	"balasan/internal/mailtest"
	"balasan/moderation"
)

const asksForData = "wayan@contoh.id: Tautan ke data Anda di Desa Kita"

// ask asks for a link in an address's name.
func (o *office) ask(address, language string) {
	o.t.Helper()
	must(o.t, o.AskData(o.t.Context(), "desa", email(o.t, address), language, o.at))
}

// ownLink reads the token of a data request out of a letter.
func ownLink(l mailtest.Letter) string {
	_, rest, _ := strings.Cut(l.Text, "https://komentar.example/me/")
	return strings.Fields(rest)[0]
}

func TestWhoAskedForTheirDataGetsALink(t *testing.T) {
	o := newOffice(t)
	o.write("Wayan", "wayan@contoh.id", false)
	o.ask("wayan@contoh.id", "id")
	l := o.wants(asksForData)[0]
	r, err := o.DataRequestBy(t.Context(), ownLink(l))
	if err != nil || !r.ExpiresAt.Equal(o.at.Add(moderation.DataLinkLife)) {
		t.Errorf("the link is %+v %v", r, err)
	}
	for _, kept := range []string{"Tulisan Wayan", "Wayan", "198.51.100"} {
		if strings.Contains(l.Text, kept) || strings.Contains(l.HTML, kept) {
			t.Errorf("the letter repeats what is kept: %s", l.Text)
		}
	}
	if l.Header.Get("List-Unsubscribe") != "" || l.Header.Get("Auto-Submitted") != "auto-generated" || !strings.Contains(l.Text, "satu jam") {
		t.Errorf("%v %s", l.Header, l.Text)
	}
	o.pass(moderation.DataAskGap)
	o.ask("wayan@contoh.id", "en")
	if l := o.wants("wayan@contoh.id: A link to your data on Desa Kita")[0]; !strings.Contains(l.Text, "lasts an hour") {
		t.Errorf("%s", l.Text)
	}
}

func TestWhoRefusesMailGetsTheLetterThatTheyAskFor(t *testing.T) {
	o, comment, link := subscribed(t)
	must(t, o.Unsubscribe(t.Context(), link, true, o.at))
	o.answer(comment, "Tidak dikabarkan.")
	o.pass(window)
	o.wants()
	o.ask("wayan@contoh.id", "id")
	o.wants(asksForData)
}

func TestStrangersGetNoLetterAboutData(t *testing.T) {
	o := newOffice(t)
	o.write("Wayan", "wayan@contoh.id", false)
	o.ask("orang@lain.example", "id")
	o.wants()
}

func TestALetterThatWaitedKeepsItsHour(t *testing.T) {
	o := newOffice(t)
	o.write("Wayan", "wayan@contoh.id", false)
	o.box.Refuse("wayan@contoh.id", 451)
	o.ask("wayan@contoh.id", "id")
	o.wants()
	o.box.Refuse("wayan@contoh.id", 0)
	o.pass(3 * time.Hour)
	token := ownLink(o.wants(asksForData)[0])
	o.pass(moderation.DataLinkLife - time.Second)
	if r, err := o.DataRequestBy(t.Context(), token); err != nil || !r.Open(o.at) || r.Open(o.at.Add(time.Second)) {
		t.Errorf("%+v %v", r, err)
	}
}

func TestAnAddressThatDoesNotExistIsNotTriedAgain(t *testing.T) {
	o := newOffice(t)
	o.write("Wayan", "wayan@contoh.id", false)
	o.box.Refuse("wayan@contoh.id", 550, 5, 1, 1)
	o.ask("wayan@contoh.id", "id")
	o.wants()
	o.box.Refuse("wayan@contoh.id", 0)
	o.pass(12 * time.Hour)
	o.wants()
}

func TestAnErasureEndsLettersAndIsTold(t *testing.T) {
	o, comment, _ := subscribed(t)
	o.ask("wayan@contoh.id", "id")
	token := ownLink(o.wants(asksForData)[0])
	o.answer(comment, "Terlambat: ini tidak lagi dikabarkan.")
	r, err := o.EraseData(t.Context(), token, o.at)
	must(t, err)
	_, err = o.CarryOut(t.Context(), r.ID, o.at)
	must(t, err)
	o.pass(window)
	o.wants()
	log, err := o.Decisions(t.Context(), comment)
	if err != nil || !Stands(log, r.ID, window) {
		t.Errorf("a receiver that was told of the text does not hear that it is gone: %+v %v", log, err)
	}
	e, err := o.Entry(t.Context(), comment, nil)
	must(t, err)
	told := newEvent(moderation.Delivery{Fact: moderation.Fact{Kind: moderation.FactDecided, To: e.State}}, e)
	if !told.Comment.Removed || told.By+told.Comment.Name+told.Comment.Body+told.Comment.Website != "" {
		t.Errorf("it is told %+v", told)
	}
}
