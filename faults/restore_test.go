package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"balasan/faults/checker"
	"balasan/internal/keys"
	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultRestoreSQLite makes a backup while clients submit and decide, ruins the database and restores it,
// by the commands of docs/operate.md.
func TestFaultRestoreSQLite(t *testing.T) {
	settings := checked(t)
	settings["DATA"] = t.TempDir()
	p := program.Serve(t, settings)
	safe := t.TempDir()
	backup, database := filepath.Join(safe, "balasan.db"), filepath.Join(p.Dir, "balasan.db")
	r := crowd(t, p, "cadang", 32, checker.Everything)
	var before []checker.Op
	var plain []plainCopy
	during(t, r, drilled(), func() {
		for range 4 { // one may come when the log has just been folded into the file
			plain = append(plain, plainCopy{t.TempDir(), r.Ops()})
			copied(t, database, filepath.Join(plain[len(plain)-1].dir, "balasan.db"))
			awaitAcked(t, r, r.Acked.Load()+50)
		}
		before = r.Ops()
		if _, err := p.Command("backup", backup); err != nil {
			t.Fatal(err)
		}
		sameKeys(t, p.Dir, safe)
	})
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	ruined(t, database)
	if _, err := p.Command("verify"); err == nil {
		t.Error("the control: a ruined database is found to be in order")
	}
	began := time.Now()
	for _, old := range []string{database, database + "-wal", database + "-shm"} {
		_ = os.Remove(old) // of the last two a program that has stopped leaves none
	}
	copied(t, backup, database)
	if err := os.Remove(filepath.Join(p.Dir, keys.File)); err != nil {
		t.Fatal(err)
	}
	sameKeys(t, safe, p.Dir)
	if out, err := p.Command("verify"); err != nil {
		t.Fatal(out, err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	kept := heldAgainst(t, p, r.Editors[0], before)
	p.Kill()
	for _, one := range plain {
		sameKeys(t, p.Dir, one.dir)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.SQLite, Promises: "P1 P2 P3",
		Fault: "a backup made while 32 clients submit and decide; the database is ruined and restored from it",
		Seen: fmt.Sprintf("%d comments and %d decisions restored in %v, all that was acknowledged before the backup began among them; verify finds no fault, every address opens, a retry of each submission gets its old receipt",
			kept.comments, kept.decisions, took.Round(100*time.Millisecond)),
		Control: withoutTheLog(t, settings, plain)})
}

// drilled is how many submissions a backup finds at least.
func drilled() int64 {
	if reliability.Long() {
		return 4_000
	}
	return 300
}

// ruined writes over the middle of a file.
func ruined(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(text) / 4; i < len(text)*3/4; i++ {
		text[i] = 0xa5
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// restored is how much is there again.
type restored struct{ comments, decisions int }

// heldAgainst holds what a program that was restored keeps against what had been heard when the backup began.
func heldAgainst(t *testing.T, p *program.Program, e checker.Editor, before []checker.Op) (kept restored) {
	t.Helper()
	door := checker.Door{Name: p.Base, Base: p.Base, Site: "demo"}
	end, err := checker.ReadFinal(door, e)
	if err != nil {
		t.Fatal(err)
	}
	if lost := missing(before, end); len(lost) > 0 {
		t.Errorf("%d are missing: %v", len(lost), lost[0])
	}
	seen := map[string]bool{}
	for id, c := range end.Comments {
		if seen[c.Body] {
			t.Errorf("%s is kept twice: %s", id, c.Body)
		}
		seen[c.Body] = true
		kept.comments++
		kept.decisions += len(c.Decided)
	}
	retries := checker.NewHistory()
	for _, op := range acknowledged(before, checker.Submit) {
		var visitor int
		_, _ = fmt.Sscanf(op.Client, "cadang-c%d", &visitor)
		if again := retries.Submit(door, visitor, op.Client, op.Page, op.Key, op.Body); again.ID != op.ID {
			t.Fatalf("the retry of %s was %s and is %d %q", op.Key, op.ID, again.Status, again.ID)
		}
	}
	addressOpens(t, p, e, acknowledged(before, checker.Submit)[0].ID)
	return kept
}

func acknowledged(ops []checker.Op, kind checker.Kind) []checker.Op {
	return slices.DeleteFunc(slices.Clone(ops), func(op checker.Op) bool { return op.Kind != kind || op.Outcome != checker.OK })
}

// missing are the submissions and decisions that were acknowledged and are not there.
func missing(before []checker.Op, end checker.Final) (lost []string) {
	for _, op := range acknowledged(before, checker.Submit) {
		if end.Comments[op.ID].Body != op.Body {
			lost = append(lost, op.Key+" as "+op.ID)
		}
	}
	for _, op := range acknowledged(before, checker.Decide) {
		if !slices.ContainsFunc(end.Comments[op.Comment].Decided, func(d checker.Decided) bool { return d.Batch == op.Batch && d.By == op.By }) {
			lost = append(lost, "batch "+op.Batch)
		}
	}
	return lost
}

// addressOpens looks at the address of a comment, as an editor does.
func addressOpens(t *testing.T, p *program.Program, e checker.Editor, id string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.Base+"/v1/editor/comments/"+id+"/address", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.Token)
	answer, err := program.Browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var address struct{ Email string }
	if err := json.NewDecoder(answer.Body).Decode(&address); err != nil || address.Email == "" {
		t.Errorf("the address of %s: %v %d", id, err, answer.StatusCode)
	}
}

// plainCopy is a copy of balasan.db alone, made by cp, and what was acknowledged before.
type plainCopy struct {
	dir    string
	before []checker.Op
}

// withoutTheLog is the control: what such copies lack.
func withoutTheLog(t *testing.T, settings program.Settings, copies []plainCopy) string {
	t.Helper()
	for _, one := range copies {
		settings := settings.With(program.Settings{"DATA": one.dir})
		if out, err := beside(t, settings).Command("verify"); err != nil {
			t.Log(out, err)
			return "a copy of the file alone, made by cp meanwhile, is torn: verify says so"
		}
		p := program.Serve(t, settings)
		end, err := checker.ReadFinal(checker.Door{Base: p.Base, Site: "demo"}, twoEditors(t, p)[0])
		if err != nil {
			t.Fatal(err)
		}
		p.Kill()
		if lost := missing(one.before, end); len(lost) > 0 {
			return fmt.Sprintf("a copy of the file alone, made by cp meanwhile, lacks %d acknowledged comments and decisions", len(lost))
		}
	}
	t.Errorf("the control: %d copies of the file without its log lack nothing", len(copies))
	return ""
}

// TestFaultRestorePostgres dumps PostgreSQL while clients submit and decide, and restores the dump into another
// server, by the commands of docs/operate.md.
func TestFaultRestorePostgres(t *testing.T) {
	if !reliability.Long() {
		t.Skip("starts two servers: make test-faults")
	}
	server, url := pgtest.Own(t)
	settings := checked(t)
	settings["DATABASE_URL"], settings["DATA"] = url, t.TempDir()
	p := program.Serve(t, settings)
	dir := t.TempDir()
	dump, partial := filepath.Join(dir, "balasan.dump"), filepath.Join(dir, "partial.dump")
	r := crowd(t, p, "cadang", 32, checker.Everything)
	var before []checker.Op
	during(t, r, drilled(), func() {
		before = r.Ops()
		dumped(t, url, dump)
		dumped(t, url, partial, "--exclude-table-data=decision")
	})
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	fresh, into := pgtest.Own(t)
	settings["DATABASE_URL"] = into
	began := time.Now()
	if err := fromDump(into, dump); err != nil {
		t.Fatal(err)
	}
	if out, err := beside(t, settings).Command("verify"); err != nil {
		t.Fatal(out, err)
	}
	again := program.Serve(t, settings)
	took := time.Since(began)
	kept := heldAgainst(t, again, r.Editors[0], before)
	again.Kill()
	reliability.Tell(t, reliability.Line{Area: reliability.PostgreSQL, Promises: "P1 P2 P3",
		Fault: "pg_dump while 32 clients submit and decide; the server is killed and the dump restored into a new one",
		Seen: fmt.Sprintf("%d comments and %d decisions restored in %v, all that was acknowledged before the dump began among them; verify finds no fault, every address opens, a retry of each submission gets its old receipt",
			kept.comments, kept.decisions, took.Round(100*time.Millisecond)),
		Control: incomplete(t, fresh, settings, dump, partial)})
}

func dumped(t *testing.T, url, path string, args ...string) {
	t.Helper()
	if err := pgtest.Tool("pg_dump", append([]string{"--format=custom", "--file=" + path, "--dbname=" + url}, args...)...); err != nil {
		t.Fatal(err)
	}
}

func fromDump(url, path string) error {
	return pgtest.Tool("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--dbname="+url, path)
}

// beside is a program that is not started: for its other commands.
func beside(t *testing.T, settings program.Settings) *program.Program {
	t.Helper()
	env := []string{"BALASAN_DATA=" + settings["DATA"], "BALASAN_DATABASE_URL=" + settings["DATABASE_URL"]}
	return program.New(program.Binary(t), settings["DATA"], filepath.Join(t.TempDir(), "log"), env)
}

// incomplete is the control: a dump that was cut off, and one that lacks the decisions.
func incomplete(t *testing.T, server *pgtest.Server, settings program.Settings, whole, partial string) string {
	t.Helper()
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.dump")
	if err := os.WriteFile(cut, text[:len(text)*9/10], 0o600); err != nil {
		t.Fatal(err)
	}
	url, err := server.Create("cut")
	if err != nil {
		t.Fatal(err)
	}
	if fromDump(url, cut) == nil {
		t.Error("the control: a dump that was cut off is restored")
	}
	if url, err = server.Create("partial"); err == nil {
		err = fromDump(url, partial)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := beside(t, settings.With(program.Settings{"DATABASE_URL": url})).Command("verify"); err == nil {
		t.Error("the control: without its decisions a database is in order: ", out)
	}
	return "a dump that was cut off is refused by pg_restore; without its decisions verify finds faults"
}
