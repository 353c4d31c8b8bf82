package checker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Run is clients at work: visitors who submit, retry and misuse their keys, editors in pairs who race
// for the same comment, and readers. The same seed asks for the same things; what comes of them is
// for the program and the fault to say.
type Run struct {
	*History
	Seed    uint64
	Name    string // begins every key, so that several runs share a database
	Clients int
	Pages   int
	Doors   []Door
	Editors []Editor // two at least, or nobody decides
	Mix     Mix

	mu     sync.Mutex
	recent []string // ids that were acknowledged lately
	Acked  atomic.Int64
}

// Mix is how often clients do what, in parts of the whole.
type Mix struct{ Submit, Retry, Misuse, Decide, Read, Count int }

// Everything is a day of a busy portal, with more races than it would have.
var Everything = Mix{Submit: 8, Retry: 2, Misuse: 1, Decide: 4, Read: 4, Count: 1}

// Uncounted is Everything but for what no replica keeps, so that it is not there while the database is away.
var Uncounted = Mix{Submit: 8, Retry: 2, Misuse: 1, Decide: 4, Read: 4}

// Open reads every page at every door, which then has it whatever happens.
func (r *Run) Open() {
	for _, d := range r.Doors {
		for n := range r.Pages {
			r.ReadThread(d, r.Name, r.page(n))
		}
	}
}

func (r *Run) page(n int) string { return fmt.Sprintf("%s-%d", r.Name, n) }

// Work lets the clients work until ctx ends and returns when the last of them has heard its answer.
// A client whose door is shut waits in front of it, and one who was sent away a while longer.
func (r *Run) Work(ctx context.Context) {
	var wait sync.WaitGroup
	for n := range r.Clients {
		wait.Go(func() {
			c := newClient(r, n)
			for ctx.Err() == nil {
				switch op := c.act(); {
				case errors.Is(op.Err, syscall.ECONNREFUSED):
					time.Sleep(5 * time.Millisecond)
				case op.Status == http.StatusServiceUnavailable: // or there is more to guess than can be judged
					time.Sleep(100 * time.Millisecond)
				}
			}
		})
	}
	wait.Wait()
}

// client is one of them.
type client struct {
	*Run
	n    int
	name string
	dice *rand.Rand
	sent []Op
}

func newClient(r *Run, n int) *client {
	return &client{Run: r, n: n, name: fmt.Sprintf("%s-c%d", r.Name, n), dice: rand.New(rand.NewPCG(r.Seed, uint64(n)))}
}

// act does one thing.
func (c *client) act() Op {
	d := c.Doors[c.dice.IntN(len(c.Doors))]
	page := c.page(c.dice.IntN(c.Pages))
	m := c.Mix
	roll := c.dice.IntN(m.Submit + m.Retry + m.Misuse + m.Decide + m.Read + m.Count)
	before := func(part int) bool { roll -= part; return roll < 0 }
	switch {
	case before(m.Submit):
		return c.submit(d, page)
	case before(m.Retry):
		return c.again(d, page, "")
	case before(m.Misuse):
		return c.again(d, page, " dan lain lagi")
	case before(m.Decide):
		return c.race(d)
	case before(m.Read):
		return c.ReadThread(d, c.name, page)
	default:
		return c.ReadCounts(d, c.name, page)
	}
}

func (c *client) submit(d Door, page string) Op {
	key := fmt.Sprintf("%s-n%d", c.name, len(c.sent))
	op := c.Submit(d, c.n, c.name, page, key, "Kiriman "+key+" untuk warga desa")
	c.sent = append(c.sent, op)
	if op.Outcome == OK {
		c.Acked.Add(1)
		c.remember(op.ID)
	}
	return op
}

// again sends something under a key that was used before: the same, or with more behind it.
func (c *client) again(d Door, page, more string) Op {
	if len(c.sent) == 0 {
		return c.submit(d, page)
	}
	was := c.sent[c.dice.IntN(len(c.sent))]
	return c.Submit(d, c.n, c.name, was.Page, was.Key, was.Body+more)
}

// ways are the decisions that editors race with; most comments are found good.
var ways = [][2]string{{"pending", "approved"}, {"pending", "approved"}, {"pending", "approved"}, {"pending", "spam"},
	{"pending", "trashed"}, {"approved", "trashed"}, {"spam", "approved"}, {"approved", "pending"}}

// race lets two editors decide on one comment at once, each in an own way and at an own door.
func (c *client) race(d Door) Op {
	id := c.recall()
	if id == "" || len(c.Editors) < 2 {
		return c.ReadThread(d, c.name, c.page(0))
	}
	other := c.Doors[c.dice.IntN(len(c.Doors))]
	mine, theirs := ways[c.dice.IntN(len(ways))], ways[c.dice.IntN(len(ways))]
	var wait sync.WaitGroup
	wait.Go(func() { c.Decide(other, c.Editors[1], c.name+"-b", id, theirs[0], theirs[1]) })
	op := c.Decide(d, c.Editors[0], c.name+"-a", id, mine[0], mine[1])
	wait.Wait()
	return op
}

// recentMax is how many comments editors look at: few, so that they meet.
const recentMax = 64

func (r *Run) remember(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.recent = append(r.recent, id); len(r.recent) > recentMax {
		r.recent = r.recent[1:]
	}
}

func (c *client) recall() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.recent) == 0 {
		return ""
	}
	return c.recent[c.dice.IntN(len(c.recent))]
}

// Settle lets every visitor of the run send everything again under the same keys, as people do after an
// error. When it is over nothing that they want is unknown; what is refused now is told.
func (r *Run) Settle() []string {
	sent := map[string][]Op{} // by key: each text once
	for _, op := range of(r.Ops(), Submit) {
		if !slices.ContainsFunc(sent[op.Key], func(was Op) bool { return was.Body == op.Body }) {
			sent[op.Key] = append(sent[op.Key], op)
		}
	}
	var mu sync.Mutex
	var refused []string
	var wait sync.WaitGroup
	turns := make(chan struct{}, 32)
	for _, texts := range sent {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			if told := r.resend(texts); told != "" {
				mu.Lock()
				refused = append(refused, told)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return refused
}

// resend sends what was sent under one key until one text is taken: the one that the key belongs to.
func (r *Run) resend(texts []Op) (refused string) {
	for _, op := range texts {
		var n int
		_, _ = fmt.Sscanf(op.Key, r.Name+"-c%d-", &n) // the visitor who sent it
		again := r.Submit(r.Doors[0], n, op.Client, op.Page, op.Key, op.Body)
		if again.Outcome == OK {
			return ""
		}
		refused = fmt.Sprintf("P2 the retry of %s: %d %s %v", op.Key, again.Status, again.Code, again.Err)
	}
	return refused
}
