package checker

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
)

// scene is a log and an end that keep every promise: three submissions, a retry, a misused key, a race
// of two editors that Ani wins, and readers before and after it.
type scene struct {
	*History
	end Final
}

func at(op Op, begun, ended int) Op {
	op.Begun, op.Ended = time.Duration(begun)*time.Millisecond, time.Duration(ended)*time.Millisecond
	return op
}

func sent(key, body, id string, outcome Outcome) Op {
	return Op{Kind: Submit, Page: "p", Key: key, Body: body, ID: id, Outcome: outcome}
}

func ruled(by, to string, outcome Outcome) Op {
	return Op{Kind: Decide, Comment: "1", From: "pending", To: to, By: by, Outcome: outcome, Batch: "batch-" + by}
}

func read(ids ...string) Op {
	return Op{Kind: ReadThread, Door: "d", Page: "p", Outcome: OK, Status: 200, Seen: ids, Whole: true}
}

func good() *scene {
	s := &scene{NewHistory(), Final{
		Comments: map[string]Comment{
			"1": {Page: "p", Body: "satu", State: "approved", Decided: []Decided{{"batch-Ani", "Ani", "pending", "approved"}}},
			"2": {Page: "p", Body: "dua", State: "pending"},
		},
		Threads: map[string][]string{"p": {"1"}},
		Counts:  map[string]int{"p": 1},
	}}
	late := ruled("Budi", "spam", Fail)
	late.Status, late.Lost, late.Batch = 409, Loss{"approved", "Ani"}, ""
	s.ops = []Op{
		at(sent("k1", "satu", "1", OK), 0, 10),
		at(sent("k1", "satu", "1", OK), 12, 15),
		at(sent("k1", "satu lain", "", Fail), 16, 17),
		at(sent("k2", "dua", "", Unknown), 0, 20),
		at(sent("k3", "tiga", "", Unknown), 0, 20),
		at(read(), 20, 21),
		at(ruled("Ani", "approved", OK), 30, 40),
		at(late, 30, 41),
		at(read("1"), 45, 46),
		at(read("1"), 50, 51),
	}
	return s
}

func TestWhatKeepsEveryPromisePasses(t *testing.T) {
	s := good()
	if broken := Check(s.History, s.end); len(broken) > 0 {
		t.Error(broken)
	}
}

func TestEveryBrokenPromiseIsFound(t *testing.T) {
	decided := func(s *scene, state string, log ...Decided) {
		c := s.end.Comments["1"]
		c.State, c.Decided = state, log
		s.end.Comments["1"] = c
	}
	for name, tc := range map[string]struct {
		plant func(*scene)
		want  string
	}{
		"an acknowledged comment is lost": {func(s *scene) { delete(s.end.Comments, "1"); s.end.Threads["p"], s.end.Counts["p"] = nil, 0 }, "P1 k1: acknowledged"},
		"a comment that nobody sent":      {func(s *scene) { s.end.Comments["9"] = Comment{Page: "p", Body: "hantu", State: "pending"} }, "P1 9 is stored"},
		"a refused one is stored":         {func(s *scene) { s.end.Comments["9"] = Comment{Page: "p", Body: "satu lain", State: "pending"} }, "P1 satu lain: refused"},
		"an unknown one is stored twice":  {func(s *scene) { s.end.Comments["9"] = Comment{Page: "p", Body: "dua", State: "pending"} }, "P2 k2: stored as"},
		"a retry gets another receipt":    {func(s *scene) { s.ops[1].ID = "7" }, "P2 k1: receipts"},
		"both editors hear ok":            {func(s *scene) { s.ops[7] = at(ruled("Budi", "spam", OK), 30, 41) }, "P3 1: Budi heard"},
		"both hear ok and the log knows both": {func(s *scene) {
			s.ops[7] = at(ruled("Budi", "spam", OK), 30, 41)
			decided(s, "spam", Decided{"batch-Ani", "Ani", "pending", "approved"}, Decided{"batch-Budi", "Budi", "pending", "spam"})
		}, "cannot all be true"},
		"the loser is told nobody":         {func(s *scene) { s.ops[7].Lost = Loss{} }, "P3 1: Budi lost"},
		"the loser is told another winner": {func(s *scene) { s.ops[7].Lost.By = "Cici" }, "cannot all be true"},
		"an acknowledged decision is gone": {func(s *scene) { decided(s, "pending") }, "P3 1: Ani heard"},
		"a decision that nobody made": {func(s *scene) {
			s.end.Comments["2"] = Comment{Page: "p", Body: "dua", State: "spam", Decided: []Decided{{"b", "Ani", "pending", "spam"}}}
		}, "P3 2: nobody decided"},
		"approved by nobody":                 {func(s *scene) { s.end.Comments["2"] = Comment{Page: "p", Body: "dua", State: "approved"} }, "P5 2 is approved"},
		"the log has a gap":                  {func(s *scene) { decided(s, "approved", Decided{"batch-Ani", "Ani", "spam", "approved"}) }, "P3 1: the log goes"},
		"public before it was approved":      {func(s *scene) { s.ops[5] = at(read("1"), 20, 21) }, "P4 1 was public"},
		"a pending one is public":            {func(s *scene) { s.ops[9] = at(read("1", "2"), 50, 51) }, "P4 2 was public"},
		"a pending one is public in the end": {func(s *scene) { s.end.Threads["p"] = []string{"1", "2"} }, "P4 2 is pending"},
		"it vanishes":                        {func(s *scene) { s.ops[9] = at(read(), 50, 51) }, "P3 1 was public on p and vanished"},
		"a wrong count":                      {func(s *scene) { s.end.Counts["p"] = 2 }, "P4 p counts 2"},
		"a read is answered 5xx":             {func(s *scene) { s.ops[9].Outcome, s.ops[9].Status = Unknown, 503 }, "P5 read thread"},
		"an e-mail is public":                {func(s *scene) { s.add(read("1"), []byte("dari "+email(3))) }, "P4 read thread of p: "},
		"an address is public":               {func(s *scene) { s.add(read("1"), []byte(address(3))) }, "P4 read thread of p: "},
		"an e-mail's MD5 is public, in capitals": {func(s *scene) {
			sum := md5.Sum([]byte(email(3)))
			s.add(read("1"), []byte(`"avatar":"`+strings.ToUpper(hex.EncodeToString(sum[:]))))
		}, "P4 read thread of p: a hash"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good()
			tc.plant(s)
			for _, broken := range Check(s.History, s.end) {
				if strings.Contains(broken, tc.want) {
					return
				}
			}
			t.Errorf("not found among %q", Check(s.History, s.end))
		})
	}
}

func TestADecisionOfUnknownOutcomeMayHaveComeOrNot(t *testing.T) {
	s := good()
	s.ops[6].Outcome, s.ops[6].Batch, s.ops[6].Err = Unknown, "", errors.New("cut off")
	if broken := Check(s.History, s.end); len(broken) > 0 {
		t.Errorf("it came: %v", broken)
	}
	s.ops = append(s.ops[:7], s.ops[7+1:8]...) // nobody lost to it, nobody read it
	s.end.Comments["1"] = Comment{Page: "p", Body: "satu", State: "pending"}
	s.end.Threads["p"], s.end.Counts["p"] = nil, 0
	if broken := Check(s.History, s.end); len(broken) > 0 {
		t.Errorf("it did not come: %v", broken)
	}
}

func TestOneSeedAsksForTheSame(t *testing.T) {
	asked := func() string {
		r := &Run{History: NewHistory(), Seed: 7, Name: "r", Clients: 1, Pages: 3, Mix: Everything,
			Doors: []Door{{Base: "http://127.0.0.1:1", Site: "demo"}}} // nobody listens there
		c := newClient(r, 0)
		var all []string
		for range 50 {
			op := c.act()
			all = append(all, string(op.Kind)+op.Page+op.Body)
		}
		return strings.Join(all, "\n")
	}
	if one, two := asked(), asked(); one != two {
		t.Errorf("%s\n\n%s", one, two)
	}
}
