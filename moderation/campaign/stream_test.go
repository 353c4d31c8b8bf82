package campaign

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"balasan/configs"
	"balasan/moderation"
	"balasan/moderation/campaign/streamtest"
	"balasan/moderation/fold"
	"balasan/moderation/learn"
	"balasan/moderation/rules"
)

// screen is how many members of a campaign an editor sees at once, and how many likely good
// singles are approved in one strip.
const screen = 20

// TestStream settles streams as an editor would who never errs about what they read: a campaign
// with one decision, after a look at its first screen of members, and the next one as long as
// there was an innocent to take out, which is one more decision each; other comments one by one,
// likely good ones in strips of a screen. Everything waits.
// BALASAN_SHARED_DATA names a folder of labelled comments (see the docs); without it the ham is
// made up.
func TestStream(t *testing.T) {
	judge := wholeJudge(t)
	dir := os.Getenv("BALASAN_SHARED_DATA")
	ham, spam := labelled(t, dir, "comments-dev.tsv")
	reviews, _ := labelled(t, dir, "ham-reviews.tsv")
	if dir == "" {
		ham = streamtest.Ham(rand.New(rand.NewPCG(5, 5)), 2000)
	}
	ham = append(ham, reviews...)
	t.Run("repeated templates", func(t *testing.T) {
		got := settle(judge, mixed(streamtest.Spam(rand.New(rand.NewPCG(7, 7)), 2000), ham[:min(len(ham), 2000)]))
		t.Log(got)
		if got.per100() > 8 || got.lost > 0 {
			t.Error("the aims are 8 decisions per 100 pending and no good comment lost")
		}
	})
	t.Run("innocents who quote the spam", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(8, 8))
		sent := streamtest.Spam(rng, 2000)
		got := settle(judge, mixed(sent, append(streamtest.Quotes(rng, sent, 40), ham[:min(len(ham), 1960)]...)))
		t.Log(got)
		if got.lost > 0 {
			t.Error("a good comment is lost")
		}
	})
	if dir == "" {
		return
	}
	t.Run("comments as they came", func(t *testing.T) {
		t.Log(settle(judge, mixed(spam, ham[:min(len(ham), 3700)])))
	})
	t.Run("honest readers alone", func(t *testing.T) {
		more, _ := labelled(t, dir, "comments-train.tsv")
		stream := mixed(nil, append(more, ham...))
		all, byText := 0, 0
		for bits, n := range map[bool]*int{true: &all, false: &byText} {
			campaigns, _ := gathered(judge, stream, bits)
			for _, members := range campaigns {
				*n += len(members)
			}
		}
		t.Logf("%d of %d comments are tied to another, %d of them by a shared bit alone", all, len(stream), all-byText)
	})
}

func wholeJudge(t *testing.T) moderation.Judge {
	t.Helper()
	set, err := rules.Load(configs.RuleFiles(""))
	if err != nil {
		t.Fatal(err)
	}
	prior, err := learn.Prior()
	if err != nil {
		t.Fatal(err)
	}
	return moderation.Judge{Rules: set, Model: prior}
}

// labelled reads the ham and spam of a file; nothing without a folder.
func labelled(t *testing.T, dir, name string) (ham, spam []string) {
	t.Helper()
	if dir == "" {
		return nil, nil
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := learn.ReadRows(name, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Spam {
			spam = append(spam, row.Text)
		} else {
			ham = append(ham, row.Text)
		}
	}
	return ham, spam
}

// sent is a comment of a stream and what it is.
type sent struct {
	moderation.Comment
	spam  bool
	print moderation.Print
	into  string
}

// mixed shuffles both kinds into one stream of senders with names and networks of their own.
func mixed(spam, ham []string) []*sent {
	rng := rand.New(rand.NewPCG(9, 9))
	var all []*sent
	add := func(texts []string, spam bool) {
		for _, text := range texts {
			s := &sent{spam: spam, Comment: comment(text)}
			s.Name = streamtest.Pick(rng, strings.Fields("Sari Budi Dewi Agus Rina Joko Putri Andi Wati Eko Fitri Dian Yanto Lina Bayu"))
			s.Addr = netip.AddrFrom4([4]byte{10, byte(rng.IntN(250)), byte(rng.IntN(250)), byte(1 + rng.IntN(250))})
			s.Page = fmt.Sprintf("https://desa.id/berita/%d", rng.IntN(60))
			all = append(all, s)
		}
	}
	add(spam, true)
	add(ham, false)
	rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	for n, s := range all {
		s.ID, s.At = fmt.Sprintf("%06d", n), noon.Add(time.Duration(n)*time.Minute)
	}
	return all
}

// settled is what settling a stream took.
type settled struct {
	pending, spam, decisions, campaigns, grouped int
	apart                                        int // members that the editor saw and took out
	lost                                         int // innocents whom the editor did not see
	slipped                                      int // spam in campaigns of innocents that was not seen
	hamTied                                      int // innocents in campaigns of whatever kind
}

func (s settled) per100() float64 { return 100 * float64(s.decisions) / float64(s.pending) }

func (s settled) String() string {
	return fmt.Sprintf("%d pending, %d of them spam: %.1f decisions per 100 pending, %d good comments lost; "+
		"%d campaigns of %d comments, %d innocents among them, %d taken out, %d spam approved",
		s.pending, s.spam, s.per100(), s.lost, s.campaigns, s.grouped, s.hamTied, s.apart, s.slipped)
}

func settle(judge moderation.Judge, stream []*sent) (s settled) {
	campaigns, singles := gathered(judge, stream, true)
	s.pending = len(stream)
	for _, c := range stream {
		s.spam += one(c.spam)
	}
	for _, members := range campaigns {
		s.campaigns++
		s.grouped += len(members)
		s.decide(members)
	}
	strip, good := 0, 0
	for _, c := range singles {
		if c.Verdict.Level() != moderation.LikelyGood || c.spam {
			s.decisions++
		} else if good++; good%screen == 1 {
			strip++
		}
	}
	s.decisions += strip
	return s
}

// gathered joins the stream as the store does, with shared bits or without; the least alike come
// first in each campaign.
func gathered(judge moderation.Judge, stream []*sent, bits bool) (campaigns map[string][]*sent, singles []*sent) {
	tying := ties()
	x := Index{Tying: tying, Max: 1 << 20}
	for _, c := range stream {
		c.Verdict = judge.Weigh(moderation.Case{Submission: c.Submission}, moderation.DefaultPolicy())
		c.print = tying.Print(c.Comment)
		if !bits {
			c.print.Ties = slices.DeleteFunc(c.print.Ties, func(t moderation.Tie) bool { return t.Kind.Shared() })
		}
		x.Join(c.ID, c.print, c.At)
	}
	campaigns = map[string][]*sent{}
	for _, c := range stream {
		c.into = x.Campaign(c.ID)
		campaigns[c.into] = append(campaigns[c.into], c)
	}
	for id, members := range campaigns {
		if len(members) == 1 {
			singles = append(singles, members...)
			delete(campaigns, id)
			continue
		}
		slices.SortStableFunc(members, func(a, b *sent) int { return cmp.Compare(x.Place(a.ID), x.Place(b.ID)) })
	}
	return campaigns, singles
}

// decide settles one campaign as what most of it is.
func (s *settled) decide(members []*sent) {
	s.decisions++
	spam := 0
	for _, m := range members {
		spam += one(m.spam)
	}
	s.hamTied += len(members) - spam
	main := 2*spam >= len(members)
	seen := screen
	for place, m := range members {
		switch {
		case m.spam == main:
		case place < seen:
			s.decisions++
			s.apart++
			seen = (place/screen + 2) * screen
		default:
			s.lost += one(!m.spam)
			s.slipped += one(m.spam)
		}
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestTheStreamsDisguisesCanBeUndone(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		if name := streamtest.Disguise(rng, "RAJATOTO"); fold.Term(fold.Squash, name) != fold.Term(fold.Squash, "RAJATOTO") {
			t.Errorf("%q reads %q", name, fold.Term(fold.Squash, name))
		}
	}
}
