package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"balasan/configs"
	"balasan/moderation"
	"balasan/moderation/learn"
	"balasan/moderation/rules"
)

// BenchmarkVerdict is one whole verdict on one core: a list of 1,000 terms and 100 rules, one in
// four with an expression, together with the classifier; and the shipped rules with it.
func BenchmarkVerdict(b *testing.B) {
	model, err := learn.Prior()
	if err != nil {
		b.Fatal(err)
	}
	thousand, err := rules.Load(thousandTerms())
	if err != nil {
		b.Fatal(err)
	}
	shipped, err := loadRules(configs.Rules{})
	if err != nil {
		b.Fatal(err)
	}
	for name, set := range map[string]*rules.Set{"1000-terms-100-rules": thousand, "shipped": shipped} {
		b.Run(name, func(b *testing.B) {
			judge, policy := moderation.Judge{Rules: set, Model: model}, moderation.DefaultPolicy()
			var took []float64
			for i := 0; b.Loop(); i++ {
				c := moderation.Case{Submission: moderation.Submission{Name: "Pembaca", Website: "https://contoh.example",
					Body: weighed[i%len(weighed)], At: time.Unix(0, 0), Form: moderation.Form{Signed: true, Age: time.Minute}}}
				begun := time.Now()
				judge.Weigh(c, policy)
				took = append(took, float64(time.Since(begun).Nanoseconds()))
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2]/1000, "µs-median")
			b.ReportMetric(took[len(took)*99/100]/1000, "µs-99th")
		})
	}
}

// weighed are texts as they come: short, long, disguised, with links.
var weighed = []string{
	"Terima kasih infonya pak, semoga jalan ke pasar segera diperbaiki sebelum musim hujan datang lagi, kasihan warga yang lewat.",
	"mantap",
	"Setiap spin di 𝐌𝐀𝐖𝐀𝐑𝐉𝐈𝐓𝐔 tuh gacor, langsung daftar bosku https://mawar.example/daftar",
	"Great post! We had the same flood in 2014 and nobody helped us for weeks; the council promised a wall and built a car park.",
	"P͓̽U͓̽L͓̽A͓̽U͓̽7͓̽7͓̽7͓̽ maxwin tiap hari, cuma modal receh",
}

// thousandTerms is a folder with one list of 1,000 made-up terms and 100 rules.
func thousandTerms() fstest.MapFS {
	var list, yaml strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&list, "merek%04d\n", i)
	}
	yaml.WriteString("version: 1\nlists: {merek: {file: merek.txt, match: class-word}}\nrules:\n")
	for i := range 100 {
		cond := `match: {body+name: "@merek", links.count: ">= 1"}`
		if i%4 == 0 {
			cond = `if: 'links.count > 2 && sender.approved == 0 && form.age < duration("5s") || hits("merek") > 3'`
		}
		fmt.Fprintf(&yaml, "  - {id: r%d, score: 1, %s}\n", i, cond)
	}
	return fstest.MapFS{"merek.txt": {Data: []byte(list.String())}, "rules/a.yaml": {Data: []byte(yaml.String())}}
}
