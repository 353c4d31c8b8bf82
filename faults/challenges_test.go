package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"balasan/captcha"
	"balasan/internal/keys"
	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
)

// TestFaultRedisGoesAwayUnderChallenges solves challenges under idempotency keys while Redis is away: they are
// marked in the database then, whichever it is, and still are when Redis is back.
func TestFaultRedisGoesAwayUnderChallenges(t *testing.T) {
	const each = 5
	for name, database := range map[string]func(*testing.T) string{
		reliability.SQLite:     func(*testing.T) string { return "" },
		reliability.PostgreSQL: func(t *testing.T) string { _, url := pgtest.Own(t, "fsync=off"); return url },
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			p := program.Serve(t, unlimited().With(program.Settings{"REDIS_URL": server.URL(), "DATABASE_URL": database(t)}))
			var all []solved
			for n := range each {
				all = append(all, solve(t, p, "sebelum", n).taken(t))
			}
			server.Kill()
			for n := range each {
				all = append(all, solve(t, p, "selama", n).taken(t))
			}
			server.Run()
			for n := range each {
				all = append(all, solve(t, p, "sesudah", n).taken(t))
			}
			for _, s := range all[each:] {
				s.again(t)
			}
			forgotten := 0
			for _, s := range all[:each] { // the control: these Redis alone had marked
				if a, err := s.send(p, "lain "+s.text); err == nil && a.Status == http.StatusAccepted {
					forgotten++
				}
			}
			if forgotten != each {
				t.Errorf("of %d marks that Redis lost %d are missed: the test sees nothing", each, forgotten)
			}
			reliability.Tell(t, reliability.Line{Area: reliability.Redis, Fault: "Redis is killed while challenges are solved under a key, database " + name, Promises: "P2 P5",
				Seen:    fmt.Sprintf("%d taken before, %d meanwhile, %d once it is back; sent again each hears its receipt, under another key its challenge is used up", each, each, each),
				Control: fmt.Sprintf("%d of %d that only the killed Redis had marked are free once more", forgotten, each)})
		})
	}
}

// unlimited are settings under which no allowance ends.
func unlimited() program.Settings {
	all := program.Settings{}
	for _, what := range []string{"SUBMIT", "CHALLENGE", "UNSOLVED", "SIGNIN"} {
		all["LIMITS_"+what+"_NARROW"], all["LIMITS_"+what+"_WIDE"] = "1000000/1s", "1000000/1s"
	}
	return all
}

// solved is a submission with the answer to its challenge.
type solved struct {
	p           *program.Program
	page, text  string
	token, word string
	id          string // of what it became
}

// solve asks for a challenge and finds its answer as only who holds the keys can.
func solve(t *testing.T, p *program.Program, page string, n int) solved {
	t.Helper()
	s := solved{p: p, page: page, text: fmt.Sprintf("Kabar %s nomor %d", page, n)}
	var challenge struct{ Token string }
	answer, err := p.Post("/v1/sites/demo/challenges", fmt.Sprintf(`{"page":%q}`, page))
	if err != nil || answer.Into(&challenge) != nil || answer.Status != http.StatusCreated {
		t.Fatal(err, answer.Status, string(answer.Body))
	}
	s.token = challenge.Token
	if s.word, err = challengeKeys(t, p).Answer(s.token); err != nil {
		t.Fatal(err)
	}
	return s
}

// challengeKeys are what a program seals its challenges with.
func challengeKeys(t *testing.T, p *program.Program) captcha.Keys {
	t.Helper()
	ring, err := keys.Open(p.Dir, false)
	if err != nil {
		t.Fatal(err)
	}
	return captcha.Keys{Current: ring.Newest, Secret: ring.Of("challenge")}
}

// send submits it under a key.
func (s solved) send(p *program.Program, key string) (program.Answer, error) {
	text, err := json.Marshal(map[string]string{"page": s.page, "name": "Wati", "email": "wati@contoh.id", "body": s.text, "key": key,
		"challenge": s.token, "answer": s.word})
	if err != nil {
		return program.Answer{}, err
	}
	return p.Post("/v1/sites/demo/comments", string(text))
}

// taken wants it to be taken in.
func (s solved) taken(t *testing.T) solved {
	t.Helper()
	a, err := s.send(s.p, s.text)
	var receipt struct{ ID string }
	if err != nil || a.Status != http.StatusAccepted || a.Into(&receipt) != nil {
		t.Fatalf("%s: %v %d %s", s.text, err, a.Status, a.Body)
	}
	s.id = receipt.ID
	return s
}

// again wants its receipt for who sends it again, and nothing for who uses its challenge for another key.
func (s solved) again(t *testing.T) {
	t.Helper()
	if first := s.id; s.taken(t).id != first {
		t.Errorf("%s: sent again it is another comment", s.text)
	}
	if a, err := s.send(s.p, "lain "+s.text); err != nil || a.Code() != "captcha_reused" {
		t.Errorf("%s: under another key: %v %d %s", s.text, err, a.Status, a.Body)
	}
}
