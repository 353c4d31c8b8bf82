package announce

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"balasan/internal/mailtest"
	"balasan/moderation"
	"balasan/store/storetest"
)

// office is a desk whose announcements are letters, with a real server that takes them.
type office struct {
	*desk
	box  *mailtest.Box
	mail *Mail
	n    int
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{desk: newDesk(t), box: mailtest.Start(t, MailPlain)}
	o.mail = &Mail{Server: reached(o.box, MailPlain), Subscribers: o.DB, Digests: o.DB, Requests: o.DB, Base: "https://komentar.example", SiteName: func(string) string { return "Desa Kita" }}
	o.desk.Follower = Follower{Name: "mail", Outbox: o.DB, Kinds: []moderation.FactKind{moderation.FactReceived, moderation.FactDecided}, Wait: window, Plan: o.mail.Plan, Log: silent}
	o.follow()
	return o
}

// write keeps a comment; notify is whether its sender asks to hear of replies.
func (o *office) write(name, address string, notify bool, below ...string) string {
	o.t.Helper()
	o.n++
	c := storetest.Comment(o.n)
	c.Name, c.Email, c.At, c.Body, c.Addr = name, email(o.t, address), o.at, "Tulisan "+name, netip.AddrFrom4([4]byte{198, 51, 100, byte(o.n)})
	if notify {
		c.Consent = "id 1"
	}
	if len(below) > 0 {
		parent, err := o.Entry(o.t.Context(), below[0], nil)
		must(o.t, err)
		c = storetest.Below(parent.Comment, c)
	}
	_, err := o.Keep(o.t.Context(), c)
	must(o.t, err)
	return c.ID
}

// answer is an editor's reply.
func (o *office) answer(to, body string) {
	o.t.Helper()
	o.n++
	parent, err := o.Entry(o.t.Context(), to, nil)
	must(o.t, err)
	id := storetest.NewID(o.n)
	c := moderation.Comment{ID: id, Root: parent.Root, Depth: parent.Depth + 1, Staff: true, State: moderation.Approved,
		Submission: moderation.Submission{Site: "desa", Page: storetest.Page, Parent: to, Name: "Sari", Body: body, At: o.at}}
	_, err = o.Answer(o.t.Context(), c, sari, uuid.NewString())
	must(o.t, err)
}

// letters follows, sends all that is due and empties the box.
func (o *office) letters() []mailtest.Letter {
	o.t.Helper()
	o.follow()
	s := &Sender{Target: moderation.MailTarget, Post: o.DB, Send: o.mail.Send, Log: silent}
	for n := 1; n > 0; {
		var err error
		n, err = s.Step(o.t.Context(), o.at)
		must(o.t, err)
	}
	return o.box.Take()
}

// wants compares whom the letters went to, and what they are about.
func (o *office) wants(want ...string) []mailtest.Letter {
	o.t.Helper()
	all := o.letters()
	var got []string
	for _, l := range all {
		got = append(got, l.To+": "+l.Subject())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		o.t.Fatalf("got  %q\nwant %q", got, want)
	}
	return all
}

const (
	asksWayan  = "wayan@contoh.id: Konfirmasi: kabar balasan untuk komentar di Desa Kita"
	tellsWayan = "wayan@contoh.id: Balasan untuk komentar Anda di Desa Kita"
)

// token reads the link out of a letter.
func token(l mailtest.Letter) string {
	_, rest, _ := strings.Cut(l.Text, "/subscriptions/")
	return strings.Fields(rest)[0]
}

// subscribed is an office where Wayan asked below an approved comment, and confirmed.
func subscribed(t *testing.T) (o *office, comment, link string) {
	o = newOffice(t)
	comment = o.write("Wayan", "wayan@contoh.id", true)
	o.rule(moderation.Approved, comment)
	o.pass(window)
	link = token(o.wants(asksWayan)[0])
	must(t, o.Confirm(t.Context(), link, o.at))
	return o, comment, link
}

func TestAReplyIsToldOnceAfterItsWindow(t *testing.T) {
	o := newOffice(t)
	id := o.write("Wayan", "wayan@contoh.id", true)
	o.pass(window)
	o.wants() // nothing before the comment is approved
	o.rule(moderation.Approved, id)
	o.pass(window - time.Second)
	o.wants()
	o.pass(time.Second)
	l := o.wants(asksWayan)[0]
	for _, written := range []string{"Tulisan Wayan", "Wayan", storetest.Page, storetest.Comment(1).PageTitle} {
		if strings.Contains(l.Text, written) {
			t.Errorf("the question repeats what its sender wrote: %s", l.Text)
		}
	}
	o.answer(id, "Sudah kami teruskan.")
	o.pass(window)
	o.wants() // not confirmed
	must(t, o.Confirm(t.Context(), token(l), o.at))
	o.answer(id, "Sudah diperbaiki, terima kasih.")
	o.pass(window - time.Second)
	o.wants()
	o.pass(time.Second)
	l = o.wants(tellsWayan)[0]
	if !strings.Contains(l.Text, "Sari (Redaksi):\n> Sudah diperbaiki, terima kasih.") || !strings.Contains(l.Text, storetest.Page+"#balasan-") {
		t.Errorf("got %s", l.Text)
	}
	o.pass(time.Hour)
	o.wants()
}

func TestAReplyIsNotTold(t *testing.T) {
	for name, test := range map[string]func(o *office, comment, link string){
		"that was taken back within its window": func(o *office, comment, _ string) {
			reply := o.write("Made", "made@contoh.id", false, comment)
			batch := o.rule(moderation.Approved, reply)
			o.pass(window / 2)
			o.undo(batch)
		},
		"that waits": func(o *office, comment, _ string) { o.write("Made", "made@contoh.id", false, comment) },
		"that was refused between the window and the letter": func(o *office, comment, _ string) {
			reply := o.write("Made", "made@contoh.id", false, comment)
			o.rule(moderation.Approved, reply)
			o.pass(window)
			o.follow()
			o.ruleFrom(moderation.Approved, moderation.IsSpam, reply)
		},
		"that is their own": func(o *office, comment, _ string) {
			o.rule(moderation.Approved, o.write("Wayan", "Wayan@contoh.id", false, comment))
		},
		"beside their comment": func(o *office, _, _ string) { o.rule(moderation.Approved, o.write("Made", "made@contoh.id", false)) },
		"to a comment that was taken down": func(o *office, comment, _ string) {
			reply := o.write("Made", "made@contoh.id", false, comment)
			o.rule(moderation.Approved, reply)
			o.ruleFrom(moderation.Approved, moderation.Trashed, comment)
		},
		"after they stopped": func(o *office, comment, link string) {
			must(o.t, o.Unsubscribe(o.t.Context(), link, false, o.at))
			o.answer(comment, "Halo")
		},
		"once they stopped while the letter waited": func(o *office, comment, link string) {
			o.answer(comment, "Halo")
			o.pass(window)
			o.follow()
			must(o.t, o.Unsubscribe(o.t.Context(), link, true, o.at))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, comment, link := subscribed(t)
			test(o, comment, link)
			o.pass(window)
			o.wants()
		})
	}
}

func TestAReplyThatIsApprovedTwiceIsToldOnce(t *testing.T) {
	o, comment, _ := subscribed(t)
	reply := o.write("Made", "made@contoh.id", false, comment)
	o.rule(moderation.Approved, reply)
	o.pass(window)
	l := o.wants(tellsWayan)[0]
	if strings.Contains(l.Raw, "made@contoh.id") {
		t.Error("the address of who replied stands in the letter")
	}
	o.ruleFrom(moderation.Approved, moderation.IsSpam, reply)
	o.pass(window)
	o.ruleFrom(moderation.IsSpam, moderation.Approved, reply)
	o.pass(window)
	o.wants()
}

func TestReplyBelowAReplyIsToldToEveryoneAbove(t *testing.T) {
	o, comment, _ := subscribed(t)
	first := o.write("Made", "made@contoh.id", true, comment)
	o.rule(moderation.Approved, first)
	o.pass(window)
	all := o.wants(tellsWayan, strings.ReplaceAll(asksWayan, "wayan", "made"))
	must(t, o.Confirm(t.Context(), token(all[1]), o.at))
	o.answer(first, "Untuk Anda berdua.")
	o.pass(window)
	got := map[string]bool{}
	for _, l := range o.letters() {
		got[l.To] = true
		for _, other := range []string{"wayan@contoh.id", "made@contoh.id"} {
			if l.To != other && strings.Contains(l.Raw, other) {
				t.Errorf("the letter to %s names %s", l.To, other)
			}
		}
	}
	if len(got) != 2 {
		t.Errorf("told %v", got)
	}
}

func TestTheFormCannotFloodAnAddress(t *testing.T) {
	o := newOffice(t)
	page := func(n int, id string) { // another page: a thread of its own
		o.n++
		c := storetest.Comment(o.n)
		c.ID, c.Root, c.Page, c.At, c.Consent, c.Email = id, id, fmt.Sprintf("https://desa.id/%d", n), o.at, "id 1", email(t, "Korban@contoh.id")
		_, err := o.Keep(t.Context(), c)
		must(t, err)
		o.rule(moderation.Approved, id)
	}
	for n := range 5 { // one thread
		id := o.write(fmt.Sprint("Orang ", n), "korban@contoh.id", true)
		o.rule(moderation.Approved, id)
	}
	o.pass(window)
	if all := o.letters(); len(all) != 1 {
		t.Fatalf("%d letters for one thread", len(all))
	}
	for n := range 10 { // many threads
		page(n, storetest.NewID(100+n))
	}
	o.pass(window)
	if all := o.letters(); len(all) != moderation.AsksPerDay-1 {
		t.Fatalf("%d more letters in a day", len(all))
	}
	o.pass(25 * time.Hour)
	id := o.write("Lagi", "korban@contoh.id", true)
	o.rule(moderation.Approved, id)
	o.pass(window)
	all := o.letters()
	if len(all) != 1 {
		t.Fatalf("%d letters the day after", len(all))
	}
	must(t, o.Unsubscribe(t.Context(), token(all[0]), true, o.at))
	o.pass(48 * time.Hour)
	o.rule(moderation.Approved, o.write("Lagi", "korban@contoh.id", true))
	page(77, storetest.NewID(200))
	o.pass(window)
	o.wants()
}

func TestWhatTheServerRefusesForGoodIsForgotten(t *testing.T) {
	o, comment, link := subscribed(t)
	o.box.Refuse("wayan@contoh.id", 550, 5, 1, 1)
	o.answer(comment, "Halo")
	o.pass(window)
	o.wants()
	if _, err := o.SubscriptionBy(t.Context(), link); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("the address is kept: %v", err)
	}
	if o.mail.Trouble() != "" {
		t.Errorf("the server is blamed: %s", o.mail.Trouble())
	}
}

func TestAServerThatIsDownLosesNothing(t *testing.T) {
	o, comment, _ := subscribed(t)
	o.box.Refuse("from", 421)
	o.answer(comment, "Halo")
	o.pass(window)
	o.wants()
	if !strings.Contains(o.mail.Trouble(), "does not answer") {
		t.Errorf("trouble: %q", o.mail.Trouble())
	}
	o.box.Refuse("from", 0)
	o.pass(10 * time.Minute)
	o.wants(tellsWayan)
	if o.mail.Trouble() != "" {
		t.Errorf("trouble: %q", o.mail.Trouble())
	}
}

func TestOneFullMailboxDoesNotHoldUpOthers(t *testing.T) {
	o, comment, _ := subscribed(t)
	made := o.write("Made", "made@contoh.id", true)
	o.rule(moderation.Approved, made)
	o.box.Refuse("wayan@contoh.id", 452, 4, 2, 2)
	o.answer(comment, "Halo")
	o.pass(window)
	o.wants(strings.ReplaceAll(asksWayan, "wayan", "made"))
	o.wants()
	o.box.Refuse("wayan@contoh.id", 0)
	o.pass(time.Minute)
	o.wants(tellsWayan)
}

// keepsMail lets go of what nobody confirmed, and of nothing else.
var keepsMail = moderation.Retention{Address: forEver, Network: forEver, Refused: forEver, Email: forEver, Unconfirmed: moderation.AskLife}

const forEver = 100 * 365 * 24 * time.Hour

func TestAddressesAreForgotten(t *testing.T) {
	o := newOffice(t)
	o.rule(moderation.Approved, o.write("Wayan", "wayan@contoh.id", true))
	o.pass(window)
	link := token(o.wants(asksWayan)[0])
	known := func() bool {
		_, err := o.Purge(t.Context(), o.at)
		must(t, err)
		_, err = o.Retain(t.Context(), keepsMail, nil, o.at)
		must(t, err)
		_, err = o.SubscriptionBy(t.Context(), link)
		return err == nil
	}
	o.pass(moderation.AskLife - time.Hour)
	if !known() {
		t.Error("forgotten before the question ran out")
	}
	o.pass(2 * time.Hour)
	if known() {
		t.Error("an address that never answered is kept")
	}
	o, _, link = subscribed(t)
	o.pass(moderation.SubscriptionLife - time.Hour)
	if !known() {
		t.Error("a subscription ended early")
	}
	o.pass(2 * time.Hour)
	if known() {
		t.Error("a subscription without use is kept")
	}
}
