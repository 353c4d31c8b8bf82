package moderation

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"
)

var (
	inIndonesian = NewWording("id", "Saya setuju nama dan tulisan saya ditampilkan.")
	inEnglish    = NewWording("en", "I agree that my name and text are shown.")
)

func TestAWordingIsKnownByItsCanonicalText(t *testing.T) {
	sum := sha256.Sum256([]byte("id\nSaya setuju.\nBaca https://desa.id/privasi"))
	want := hex.EncodeToString(sum[:])
	for name, text := range map[string]string{
		"as it is":                 "Saya setuju.\nBaca https://desa.id/privasi",
		"with space around":        "\n  Saya setuju.\nBaca https://desa.id/privasi\n",
		"with line ends of others": "Saya setuju.\r\nBaca https://desa.id/privasi\r",
	} {
		if got := NewWording("id", text).Hash; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for name, other := range map[string]Wording{
		"another language": NewWording("en", "Saya setuju.\nBaca https://desa.id/privasi"),
		"another text":     NewWording("id", "Saya setuju. Baca https://desa.id/privasi"),
	} {
		if other.Hash == want {
			t.Errorf("%s has the same hash", name)
		}
	}
}

func TestWhatIsAgreedTo(t *testing.T) {
	box, notice := Asking{Wordings: []Wording{inIndonesian, inEnglish}, Required: true}, Asking{Wordings: []Wording{inIndonesian, inEnglish}}
	for name, tc := range map[string]struct {
		asks  Asking
		tick  bool
		sent  string
		fault Fault
		want  Agreement
	}{
		"nothing where nothing is asked":                 {Asking{}, true, inEnglish.Hash, "", Agreement{}},
		"the box in the language that was read":          {box, true, inEnglish.Hash, "", Agreement{Wording: inEnglish, Ticked: true}},
		"a box that is not ticked is a fault":            {box, false, "", FaultRequired, Agreement{}},
		"a wording from before is unknown":               {box, true, NewWording("id", "Saya setuju.").Hash, FaultUnknown, Agreement{}},
		"what was a notice when it was shown is no tick": {box, false, inEnglish.Hash, FaultRequired, Agreement{}},
		"what was a box when it was shown is one":        {notice, true, inEnglish.Hash, "", Agreement{Wording: inEnglish, Ticked: true}},
		"the notice that was shown":                      {notice, false, inIndonesian.Hash, "", Agreement{Wording: inIndonesian}},
		"who was shown no notice agreed to none":         {notice, false, "", "", Agreement{}},
		"a notice from before must be read once more":    {notice, false, NewWording("id", "Saya setuju.").Hash, FaultUnknown, Agreement{}},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := newRoom(), good()
			s.AgreedTo, s.Ticked = tc.sent, tc.tick
			in := r.intake()
			in.Asks = func(string) Asking { return tc.asks }
			_, err := in.Receive(t.Context(), s)
			if tc.fault != "" {
				want := []FieldFault{{Field: "consent", Fault: tc.fault}}
				if p, _ := err.(*Problem); p == nil || p.Code != Invalid || !slices.Equal(p.Fields, want) {
					t.Errorf("got %v", err)
				}
				if last := r.asked[len(r.asked)-1]; last != "recall" {
					t.Errorf("it cost a challenge: %v", r.asked)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tc.want.Hash != "" {
				tc.want.At = s.At
			}
			if got := r.kept[0].Agreed; got != tc.want {
				t.Errorf("kept %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestARetryUnderTheWordingBeforeGetsItsReceiptAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		replay error
		change func(*Submission)
		want   Code
	}{
		"what was kept":              {nil, func(*Submission) {}, ""},
		"what was not":               {Refuse(NotFound, nil), func(*Submission) {}, Invalid},
		"another text under its key": {Refuse(KeyReused, nil), func(*Submission) {}, Invalid},
		"what has no key":            {nil, func(s *Submission) { s.Key = "" }, Invalid},
		"what lacks something else":  {nil, func(s *Submission) { s.Name = "" }, Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := newRoom(), good()
			r.replay, r.replayErr = Receipt{ID: "first"}, tc.replay
			s.Key, s.AgreedTo = "k", NewWording("id", "Yang lama.").Hash
			tc.change(&s)
			in := r.intake()
			in.Asks = func(string) Asking { return Asking{Wordings: []Wording{inIndonesian}, Required: true} }
			receipt, err := in.Receive(t.Context(), s)
			if tc.want == "" && (err != nil || receipt.ID != "first") || tc.want != "" && CodeOf(err) != tc.want || len(r.kept) > 0 {
				t.Errorf("%+v %v", receipt, err)
			}
		})
	}
}

func TestASiteOfItsOwnAsksForItself(t *testing.T) {
	asks := &Askings{Own: map[string]Asking{"desa": {Wordings: []Wording{inIndonesian}}}, Others: Asking{Wordings: []Wording{inEnglish}}}
	for site, want := range map[string]Wording{"desa": inIndonesian, "kota": inEnglish} {
		if got, asked := asks.Of(site).In("id"); !asked || got != want {
			t.Errorf("%s asks %+v", site, got)
		}
	}
	if _, asked := new(Askings).Of("desa").In("id"); asked {
		t.Error("nothing is something")
	}
}
