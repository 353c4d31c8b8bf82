package fold

import "testing"

func TestReading(t *testing.T) {
	for in, want := range map[string]string{
		"𝐒𝐋𝟎𝐓 𝐆𝐀𝐂𝐎𝐑":               "slot gacor",
		"ＡＬＥＸＩＳ１７":                 "alexis17",
		"m4xw1n":                   "maxwin",
		"KUSUMAT0T0":               "kusumatoto",
		"P͓̽U͓̽L͓̽A͓̽U͓̽7͓̽7͓̽7͓̽": "pulau777",
		"RT 04 nomor 5":            "rt 04 nomor 5",
		"mp3":                      "mp3",
		"":                         "",
	} {
		if got := Reading(in); got != want {
			t.Errorf("Reading(%q) = %q, want %q", in, got, want)
		}
	}
}
