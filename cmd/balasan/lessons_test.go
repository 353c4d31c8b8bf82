package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"balasan/configs"
	running "balasan/internal/program"
	"balasan/moderation/learn"
)

// TestEditorsTeachTheirSite lets two programs on one folder learn what an editor of a site
// decides over the API: before 50 and 50 decisions nothing, then a new kind of spam is known on
// both by the same weights, and after an undo it is forgotten again.
func TestEditorsTeachTheirSite(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	first := serve(t, running.Open().With(running.Settings{"DATA": dir}))
	second := serve(t, running.Open().With(running.Settings{"DATA": dir}))
	desk := desk{t: t, dir: dir, base: first.Base}
	desk.bearer = strings.TrimSpace(desk.run("editor", "token", "owner"))

	var good, bad []string
	for n := range 60 {
		good = append(good, desk.send(first, fmt.Sprintf("Jalan kampung %s sudah bagus, terima kasih pak lurah", letters(n))))
		bad = append(bad, desk.send(second, fmt.Sprintf("ambil kupon panci %s di lapak zuvoli pratim", letters(n))))
	}
	desk.decide("approved", good)
	desk.decide("spam", bad[:49])
	desk.settle(109, first, second)
	if got := desk.probe(first); got.site != 0 {
		t.Errorf("heard after 49 and 60: %+v", got)
	}
	batch := desk.decide("spam", bad[49:])
	desk.settle(120, first, second)
	one, two := desk.probe(first), desk.probe(second)
	if one.site < 0.5 || one != two {
		t.Errorf("after 60 and 60: %+v and %+v", one, two)
	}
	if got := desk.innocent(first); got.site > 0 {
		t.Errorf("an innocent is taken for it: %+v", got)
	}
	desk.call("/v1/editor/decisions/"+batch+"/undo", "")
	desk.settle(131, first, second)
	if got := desk.probe(second); got.site != 0 {
		t.Errorf("after the undo: %+v", got)
	}
	for _, s := range []*running.Program{first, second} {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
	if out := desk.run("verify"); !strings.Contains(out, "in order") {
		t.Error(out)
	}
}

// letters spells a number as a word.
func letters(n int) string {
	return string([]byte{"bdgklmnprst"[n%11], "aeiou"[n/11%5], "kntr"[n%4], 'a' + byte(n/5)})
}

// desk is an editor's script.
type desk struct {
	t                 *testing.T
	dir, base, bearer string
	n                 int
}

func (d *desk) run(args ...string) string {
	d.t.Helper()
	cmd := exec.Command(self(d.t), args...)
	cmd.Args[0], cmd.Env = "balasan", []string{"BALASAN_DATA=" + d.dir}
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("%v: %v: %s", args, err, out)
	}
	return string(out)
}

func (d *desk) send(s *running.Program, body string) string {
	d.t.Helper()
	d.n++
	return d.post(s.Base+"/v1/sites/demo/comments", "",
		fmt.Sprintf(`{"page":"kabar","name":"Warga","email":"w%d@contoh.id","body":%q,"key":"k%d"}`, d.n, body, d.n))["id"].(string)
}

func (d *desk) decide(to string, ids []string) string {
	d.t.Helper()
	body, _ := json.Marshal(map[string]any{"ids": ids, "to": to})
	return d.call("/v1/editor/decisions", string(body))["batch"].(string)
}

func (d *desk) call(path, body string) map[string]any {
	d.t.Helper()
	return d.post(d.base+path, "Bearer "+d.bearer, body)
}

func (d *desk) post(url, auth, body string) map[string]any {
	d.t.Helper()
	req, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	resp, err := running.Browser.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	var answer map[string]any
	if err != nil || resp.StatusCode >= 300 || json.Unmarshal(text, &answer) != nil {
		d.t.Fatalf("%s: %d %s", url, resp.StatusCode, text)
	}
	return answer
}

// said is what the judge said of a comment.
type said struct {
	model string
	site  float64 // of the site's signal; 0 without one
}

func (d *desk) probe(s *running.Program) said {
	return d.judged(s, "ambil kupon panci gratis di lapak zuvoli pratim")
}

func (d *desk) innocent(s *running.Program) said {
	return d.judged(s, "Pak lurah, kapan jalan kampung diperbaiki?")
}

func (d *desk) judged(s *running.Program, body string) said {
	d.t.Helper()
	var view explanation
	if err := json.Unmarshal([]byte(d.run("explain", d.send(s, body), "--json")), &view); err != nil {
		d.t.Fatal(err)
	}
	out := said{model: view.Model}
	for _, sig := range view.Signals {
		if sig.Rule == "learn.site" {
			out.site = sig.Score
		}
	}
	return out
}

// settle waits until the log holds so many lessons and both programs judge by the weights that
// this process makes of them.
func (d *desk) settle(lessons int, all ...*running.Program) {
	d.t.Helper()
	version := d.taught(lessons)
	for end := time.Now().Add(patience); len(all) > 0; time.Sleep(50 * time.Millisecond) {
		if strings.HasSuffix(d.judged(all[0], "halo").model, "+"+version) {
			all = all[1:]
		} else if time.Now().After(end) {
			d.t.Fatalf("a program never learns %d lessons as %s", lessons, version)
		}
	}
}

// taught reads the log until it has so many lessons and names what they come to.
func (d *desk) taught(lessons int) string {
	d.t.Helper()
	cfg, err := configs.Load("", nil, "data="+d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	h, err := enter(d.t.Context(), cfg)
	if err != nil {
		d.t.Fatal(err)
	}
	defer h.close()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		steps, err := h.db.Lessons(d.t.Context(), 0, 1000)
		if err != nil || time.Now().After(end) {
			d.t.Fatalf("%d lessons, want %d: %v", len(steps), lessons, err)
		}
		if len(steps) == lessons {
			var all learn.Sites
			all.Follow(steps)
			return all.Site("demo").Version()
		}
	}
}
