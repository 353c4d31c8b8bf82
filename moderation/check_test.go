package moderation

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func good() Submission {
	return Submission{Site: "desa", Page: "https://desa.id/berita/1", Name: "Sari",
		EmailText: "sari@contoh.id", Body: "Terima kasih infonya, sangat membantu warga."}
}

func TestCheckNamesEveryFaultAtOnce(t *testing.T) {
	s := Submission{EmailText: "bukan email", Website: "javascript:alert(1)"}
	var got []string
	for _, f := range Check(&s, 100) {
		got = append(got, f.Field+" "+string(f.Fault))
	}
	want := []string{"body required", "name required", "email format", "website format", "page required"}
	if !slices.Equal(got, want) {
		t.Errorf("faults %v, want %v", got, want)
	}
}

func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Submission)
		want   string // "field fault", empty for none
	}{
		"a good one has no fault":               {func(s *Submission) {}, ""},
		"a Javanese name passes":                {func(s *Submission) { s.Name = "ꦱꦫꦶ" }, ""},
		"an Arabic text passes":                 {func(s *Submission) { s.Body = "السَّلَامُ عَلَيْكُمْ" }, ""},
		"emoji pass":                            {func(s *Submission) { s.Body = "👨‍👩‍👧 mantap 🇮🇩" }, ""},
		"line breaks in the text pass":          {func(s *Submission) { s.Body = "a\r\nb\rc" }, ""},
		"exactly the limit passes":              {func(s *Submission) { s.Body = strings.Repeat("é", 100) }, ""},
		"one rune more is too long":             {func(s *Submission) { s.Body = strings.Repeat("é", 101) }, "body too_long"},
		"only spaces are no text":               {func(s *Submission) { s.Body = " \n\t " }, "body required"},
		"only invisible characters are none":    {func(s *Submission) { s.Body = "\u200b\u200d\u2060\u3164" }, "body required"},
		"NUL is refused":                        {func(s *Submission) { s.Body = "a\x00b" }, "body forbidden"},
		"invalid UTF-8 is refused":              {func(s *Submission) { s.Body = "a\xffb" }, "body forbidden"},
		"an escape sequence is refused":         {func(s *Submission) { s.Name = "a\x1b[31mb" }, "name forbidden"},
		"eight marks on a letter pass":          {func(s *Submission) { s.Body = "a" + strings.Repeat("\u0301", 8) }, ""},
		"nine marks are zalgo":                  {func(s *Submission) { s.Body = "a" + strings.Repeat("\u0301", 9) }, "body forbidden"},
		"a line break in the name is a space":   {func(s *Submission) { s.Name = "Sari\nDewi" }, ""},
		"a long name is named":                  {func(s *Submission) { s.Name = strings.Repeat("n", 81) }, "name too_long"},
		"a missing e-mail is named":             {func(s *Submission) { s.EmailText = "" }, "email required"},
		"https passes as website":               {func(s *Submission) { s.Website = "https://sari.id/tentang" }, ""},
		"credentials in a website are not":      {func(s *Submission) { s.Website = "https://a:b@sari.id" }, "website format"},
		"data: is no website":                   {func(s *Submission) { s.Website = "data:text/html,x" }, "website format"},
		"a website without host is none":        {func(s *Submission) { s.Website = "https://" }, "website format"},
		"an explicit id is a page":              {func(s *Submission) { s.Page = "berita-17" }, ""},
		"a ftp page is none":                    {func(s *Submission) { s.Page = "ftp://desa.id/x" }, "page format"},
		"a script is no page":                   {func(s *Submission) { s.Page = "javascript:alert(1)" }, "page format"},
		"a script in capitals is none":          {func(s *Submission) { s.Page = "JavaScript:alert(1)" }, "page format"},
		"data: is no page":                      {func(s *Submission) { s.Page = "data:text/html,x" }, "page format"},
		"another host without a scheme is none": {func(s *Submission) { s.Page = "//evil.example" }, "page format"},
		"a disguised one is none":               {func(s *Submission) { s.Page = "/\\evil.example" }, "page format"},
		"backslashes alone are none":            {func(s *Submission) { s.Page = "\\\\evil.example" }, "page format"},
		"http without a host is none":           {func(s *Submission) { s.Page = "http:///x" }, "page format"},
		"a query as an id is a page":            {func(s *Submission) { s.Page = "p=123" }, ""},
		"a path is a page":                      {func(s *Submission) { s.Page = "/berita/17" }, ""},
		"a number with a colon is a page":       {func(s *Submission) { s.Page = "2026:berita" }, ""},
		"a slug of any script is a page":        {func(s *Submission) { s.Page = "berita/ꦱꦫꦶ-日本" }, ""},
		"dots and dashes are a page":            {func(s *Submission) { s.Page = "v1.2_berita-17" }, ""},
		"a control character in the key is":     {func(s *Submission) { s.Key = "a\x01b" }, "key forbidden"},
		"a long key is named":                   {func(s *Submission) { s.Key = strings.Repeat("k", 129) }, "key too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good()
			tc.change(&s)
			got := ""
			for _, f := range Check(&s, 100) {
				got = strings.TrimSpace(got + " " + f.Field + " " + string(f.Fault))
			}
			if got != tc.want {
				t.Errorf("faults %q, want %q", got, tc.want)
			}
		})
	}
}

func TestOnlyATextThatIsTooLongHasALimit(t *testing.T) {
	s := good()
	s.Body, s.Name, s.Website = "a\x00b", strings.Repeat("n", 81), "data:x"
	want := []FieldFault{{"body", FaultForbidden, 0}, {"name", FaultTooLong, MaxName}, {"website", FaultFormat, 0}}
	if got := Check(&s, 100); !slices.Equal(got, want) {
		t.Errorf("faults %v, want %v", got, want)
	}
}

func TestATitleIsNeverWorthARefusal(t *testing.T) {
	s := good()
	s.PageTitle = strings.Repeat("t", MaxTitle+1)
	if faults := Check(&s, 100); len(faults) > 0 || s.PageTitle != "" {
		t.Errorf("faults %v, title of %d bytes", faults, len(s.PageTitle))
	}
}

func TestCanonicalPage(t *testing.T) {
	for in, want := range map[string]string{
		"https://Desa.ID/a":                        "https://desa.id/a",
		"https://desa.id":                          "https://desa.id/",
		"https://desa.id:443/a#komentar":           "https://desa.id/a",
		"http://desa.id:8080/a?utm_source=wa&id=3": "http://desa.id:8080/a?id=3",
		"https://desa.id/a?fbclid=xyz":             "https://desa.id/a",
		"https://desa.id/a?b=2&a=1":                "https://desa.id/a?a=1&b=2",
		"berita-17":                                "berita-17",
		"  berita-17 ":                             "berita-17",
		"https://desa.id/%E2%9C%93":                "https://desa.id/%E2%9C%93",
	} {
		if got := CanonicalPage(in); got != want {
			t.Errorf("CanonicalPage(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Sari", "sari@contoh.id", "https://sari.id", "halo", "https://desa.id/?utm_x=1#y")
	f.Add("\xff", "a@b@c", "http://[::1", "\u0301\u0301", "://")
	f.Fuzz(func(t *testing.T, name, email, website, body, page string) {
		s := Submission{Name: name, EmailText: email, Website: website, Body: body, Page: CanonicalPage(page)}
		if len(Check(&s, 5000)) > 0 {
			return
		}
		for _, kept := range []string{s.Name, s.Email.Reveal(), s.Website, s.Body, s.Page} {
			if !utf8.ValidString(kept) || strings.ContainsRune(kept, 0) {
				t.Errorf("kept %q", kept)
			}
		}
		if again := CanonicalPage(s.Page); again != s.Page {
			t.Errorf("page %q is not stable: %q", s.Page, again)
		}
	})
}
