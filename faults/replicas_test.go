package faults

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"balasan/captcha"
	"balasan/internal/mailtest"
	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
	"balasan/moderation"
)

// triplet are three programs on one PostgreSQL and one Redis, each with a data folder of its own that
// holds the same keys.
type triplet struct {
	r        []*program.Program
	settings program.Settings
	cookie   string // the owner's
	redis    *redistest.Server
	db       *sql.DB // for looking, and for moving a claim into the past
	hook     *receiver
	lately   map[string]sight
	post     *mailtest.Box
	n        int // submissions
}

func newTriplet(t *testing.T) *triplet {
	t.Helper()
	_, url := pgtest.Own(t, "fsync=off")
	x := &triplet{redis: redistest.Start(t), hook: newReceiver(t), post: mailtest.Start(t, "none"), lately: map[string]sight{}}
	x.settings = program.Settings{"DATABASE_URL": url, "REDIS_URL": x.redis.URL(), "REDIS_REPLICAS": "3", "MAIL_HOST": "127.0.0.1",
		"MAIL_PORT": fmt.Sprint(x.post.Port), "MAIL_ENCRYPTION": "none", "MAIL_FROM": "balasan@desa.example", "MAIL_HOURLY": "100000",
		"BLIND_CHECKS": "0", "METRICS_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "info", "CONFIG": x.hook.config(t)}.With(unlimited())
	for range 3 {
		x.r = append(x.r, x.another(t, x.settings))
	}
	x.cookie = x.r[0].SignedIn(t)
	var err error
	if x.db, err = sql.Open("pgx", url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.db.Close() })
	return x
}

// late starts one more replica, which announces nothing.
func (x *triplet) late(t *testing.T) *program.Program {
	t.Helper()
	quiet := x.settings.With(program.Settings{"MAIL_HOST": ""})
	delete(quiet, "CONFIG")
	return x.another(t, quiet)
}

// another starts one more replica.
func (x *triplet) another(t *testing.T, settings program.Settings) *program.Program {
	t.Helper()
	dir := t.TempDir()
	if len(x.r) > 0 {
		sameKeys(t, x.r[0].Dir, dir)
	}
	return program.Serve(t, settings.With(program.Settings{"DATA": dir}))
}

// of is one of the replicas, in turn.
func (x *triplet) of(n int) *program.Program { return x.r[n%len(x.r)] }

// submit sends a comment to the next replica under a key and an address of its own.
func (x *triplet) submit(t *testing.T, page, body string) string {
	t.Helper()
	x.n++
	return x.send(t, x.of(x.n), fmt.Sprintf("w%d@contoh.id", x.n), page, body, "")
}

func (x *triplet) send(t *testing.T, p *program.Program, email, page, body, more string) string {
	t.Helper()
	x.n++
	answer, err := p.Post("/v1/sites/demo/comments",
		fmt.Sprintf(`{"page":%q,"name":"Warga","email":%q,"body":%q,"key":"replika-%d"%s}`, page, email, body, x.n, more))
	var receipt struct{ ID string }
	if err != nil || answer.Status != http.StatusAccepted || answer.Into(&receipt) != nil {
		t.Fatalf("not taken in: %v %d %s", err, answer.Status, answer.Body)
	}
	return receipt.ID
}

func (x *triplet) decide(t *testing.T, p *program.Program, to string, ids ...string) {
	t.Helper()
	x.move(t, p, "pending", to, ids...)
}

func (x *triplet) move(t *testing.T, p *program.Program, from, to string, ids ...string) {
	t.Helper()
	for len(ids) > 0 {
		some := ids[:min(50, len(ids))]
		ids = ids[len(some):]
		text, _ := json.Marshal(map[string]any{"ids": some, "from": from, "to": to})
		if answer, err := p.Do(http.MethodPost, "/v1/editor/decisions", x.cookie, string(text)); err != nil || answer.Status != http.StatusOK {
			t.Fatalf("not decided: %v %d %s", err, answer.Status, answer.Body)
		}
	}
}

// call asks one replica as the owner.
func (x *triplet) call(t *testing.T, p *program.Program, method, path, body string, into any) {
	t.Helper()
	answer, err := p.Do(method, path, x.cookie, body)
	if err != nil || answer.Status >= 300 || into != nil && answer.Into(into) != nil {
		t.Fatalf("%s %s: %v %d %s", method, path, err, answer.Status, answer.Body)
	}
}

func (x *triplet) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := x.db.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// await waits until something is so and tells how long that took.
func await(t *testing.T, what string, so func() bool) time.Duration {
	t.Helper()
	return awaitFor(t, what, program.Patience, so)
}

// awaitLong waits for what takes as long as a claim of two minutes.
func awaitLong(t *testing.T, what string, so func() bool) {
	t.Helper()
	awaitFor(t, what, program.Patience+2*time.Minute, so)
}

func awaitFor(t *testing.T, what string, patience time.Duration, so func() bool) time.Duration {
	t.Helper()
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if so() {
			return time.Since(start)
		}
		if time.Since(start) > patience {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestFaultReplicasAreOne asks three replicas for what one alone would do.
func TestFaultReplicasAreOne(t *testing.T) {
	x := newTriplet(t)
	t.Run("a challenge is redeemed once", x.challenges)
	x.call(t, x.r[0], http.MethodGet, "/v1/editor/rules", "", nil)
	if _, err := x.r[1].Command("site", "change", "demo", "--challenge", "never"); err != nil {
		t.Fatal(err)
	}
	await(t, "every replica sees that the site asks no challenge", func() bool {
		for i, p := range x.r {
			if p.Submit("awal", fmt.Sprintf("Salam dari awal nomor %d", i), fmt.Sprintf("awal-%d", i)) == "" {
				return false
			}
		}
		return true
	})
	t.Run("a rule saved on one runs on all", x.rules)
	t.Run("live updates reach any", x.live)
	t.Run("editors are taught on all", x.lessons)
	t.Run("campaigns join", x.campaigns)
	t.Run("bans and ended sessions hold on all", x.bans)
	t.Run("a decision is seen by all", func(t *testing.T) { x.seen(t, "with Redis") })
	t.Run("mail goes out once, and later while its server is down", x.mail)
	t.Run("announcements go out once", x.announced)
	t.Run("counted once", x.tallies)
	t.Run("a decision is seen by all without Redis", x.seenWithoutRedis)
}

// challenges lets all three redeem one challenge at the same moment.
func (x *triplet) challenges(t *testing.T) {
	const races = 100
	for race := range races {
		one := solve(t, x.of(race), "tantangan", race)
		var answers [3]program.Answer
		var all sync.WaitGroup
		for i, p := range x.r {
			all.Go(func() {
				answers[i], _ = one.send(p, fmt.Sprintf("tantangan-%d-%d", race, i))
			})
		}
		all.Wait()
		taken, refused := 0, 0
		for _, a := range answers {
			if a.Status == http.StatusAccepted {
				taken++
			} else if a.Code() == "captcha_reused" {
				refused++
			}
		}
		if taken != 1 || refused != 2 {
			t.Fatalf("race %d: %d took it, %d refused it: %s %s %s", race, taken, refused, answers[0].Body, answers[1].Body, answers[2].Body)
		}
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "one challenge redeemed on three replicas at the same moment", Promises: "P2",
		Seen:    fmt.Sprintf("%d races, one took it and two refused it in each", races),
		Control: fmt.Sprintf("with spent marks in each process %d of 3 take it", forgetful(t, challengeKeys(t, x.r[0])))})
}

// forgetful is the control: how many take an answer that each remembers for itself.
func forgetful(t *testing.T, own captcha.Keys) (taken int) {
	t.Helper()
	now, binding := time.Now(), moderation.Binding{Site: "demo", Page: "tantangan"}
	token := captcha.Challenges{Keys: own}.Issue(binding, now).Token
	solved, err := own.Answer(token)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if (captcha.Challenges{Keys: own, Marks: marks{}}).Redeem(t.Context(), binding, token, solved, "", now) == nil {
			taken++
		}
	}
	if taken != 3 {
		t.Errorf("with a memory of each process %d take it: the test sees nothing", taken)
	}
	return taken
}

// marks are spent marks of one process.
type marks map[[12]byte]bool

func (m marks) Spend(_ context.Context, id [12]byte, _ string, right bool, _ time.Time) (moderation.Code, error) {
	if m[id] {
		return moderation.CaptchaReused, nil
	}
	m[id] = right
	return "", nil
}

// lessons teaches on different replicas and compares what each makes of the same text.
func (x *triplet) lessons(t *testing.T) {
	var good, bad []string
	for n := range 60 {
		word := string([]byte{"bdgklmnprst"[n%11], "aeiou"[n/11%5], "kntr"[n%4], 'a' + byte(n/5)})
		good = append(good, x.submit(t, "ajar", "Jalan kampung "+word+" sudah bagus, terima kasih pak lurah"))
		bad = append(bad, x.submit(t, "ajar", "ambil kupon panci "+word+" di lapak zuvoli pratim"))
	}
	for i := range 3 {
		x.decide(t, x.r[i], "approved", good[20*i:20*i+20]...)
		x.decide(t, x.of(i+1), "spam", bad[20*i:20*i+20]...)
	}
	var verdicts [3]string
	took := await(t, "all three judge by what was learned", func() bool {
		for i, p := range x.r {
			verdicts[i] = x.siteScore(t, p)
		}
		return verdicts[0] != "" && verdicts[0] == verdicts[1] && verdicts[1] == verdicts[2] && x.count(t, `SELECT count(*) FROM lesson`) >= 120
	})
	late := x.late(t)
	await(t, "a replica that starts later agrees", func() bool { return x.siteScore(t, late) == verdicts[0] })
	late.Kill()
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "120 decisions spread over three replicas, one more starts later",
		Seen: fmt.Sprintf("the same site score for the same text (%s) on all after %v, and on the late one", verdicts[0], took.Round(100*time.Millisecond))})
}

// siteScore is what the site's lessons say of one text on one replica; empty while they say nothing.
func (x *triplet) siteScore(t *testing.T, p *program.Program) string {
	t.Helper()
	x.n++
	id := x.send(t, p, fmt.Sprintf("nilai%d@contoh.id", x.n), "nilai", "ambil kupon panci gratis di lapak zuvoli pratim", "")
	var entry struct {
		Reasons []struct {
			Rule  string
			Score float64
		}
	}
	x.call(t, p, http.MethodGet, "/v1/editor/comments/"+id, "", &entry)
	for _, r := range entry.Reasons {
		if r.Rule == "learn.site" {
			return fmt.Sprintf("%.6f", r.Score)
		}
	}
	return ""
}

// campaigns sends one campaign to all three and settles it with one decision.
func (x *triplet) campaigns(t *testing.T) {
	const size = 30
	ours := map[string]bool{}
	for n := range size {
		ours[x.submit(t, fmt.Sprintf("promo-%d", n%7), fmt.Sprintf("Daftar sekarang di https://gacorzuv.example bonus seratus persen member baru %d", n%3))] = true
	}
	of := func(id string) (campaign, state string) {
		_ = x.db.QueryRowContext(t.Context(), `SELECT coalesce((SELECT m.campaign FROM campaign_member m WHERE m.comment = c.id), 0)::text, c.state FROM comment c WHERE c.id = $1`, id).Scan(&campaign, &state)
		return campaign, state
	}
	found := map[string]int{}
	await(t, "all of them are in a campaign", func() bool {
		found = map[string]int{}
		for id := range ours {
			campaign, _ := of(id)
			found[campaign]++
		}
		return found["0"] == 0
	})
	if len(found) != 1 {
		t.Errorf("one campaign became several: %v", found)
	}
	var lane struct {
		Groups []struct {
			ID      string
			Pending int
			Members []struct{ ID string }
		}
	}
	x.call(t, x.r[2], http.MethodGet, "/v1/editor/groups?lane=campaign", "", &lane)
	for _, g := range lane.Groups {
		if len(g.Members) > 0 && ours[g.Members[0].ID] {
			x.call(t, x.r[1], http.MethodPost, "/v1/editor/campaigns/"+g.ID+"/decisions", `{"to":"spam"}`, nil)
		}
	}
	settled := 0
	for id := range ours {
		if _, state := of(id); state == "spam" {
			settled++
		}
	}
	if settled != size {
		t.Errorf("one decision settled %d of %d", settled, size)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "one campaign sent to three replicas",
		Seen: fmt.Sprintf("%d comments became one campaign, one decision settled all", size)})
}

// bans looks at what holds on the others, and how soon.
func (x *triplet) bans(t *testing.T) {
	const email = "pengganggu@contoh.id"
	first := x.send(t, x.r[0], email, "larangan", "Halo semua, salam kenal dari saya", "")
	x.call(t, x.r[0], http.MethodPost, "/v1/editor/standing/ban", fmt.Sprintf(`{"comment":%q,"what":"email","days":1,"note":"uji"}`, first), nil)
	banned := time.Now()
	for i, p := range x.r {
		await(t, "the ban holds", func() bool {
			id := x.send(t, p, email, "larangan", fmt.Sprintf("Saya lagi, kabar %d-%d", i, x.n), "")
			var entry struct{ State string }
			x.call(t, p, http.MethodGet, "/v1/editor/comments/"+id, "", &entry)
			return entry.State == "spam"
		})
	}
	ban := time.Since(banned)
	if _, err := x.r[0].Command("editor", "add", "Tamu", "--role", "editor"); err != nil {
		t.Fatal(err)
	}
	token, err := x.r[0].Command("editor", "token", "Tamu")
	if err != nil {
		t.Fatal(err)
	}
	asks := func(p *program.Program) int {
		req, _ := http.NewRequest(http.MethodGet, p.Base+"/v1/editor/queue", http.NoBody)
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
		answer, err := program.Browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	for _, p := range x.r {
		if status := asks(p); status != http.StatusOK {
			t.Errorf("a token is not known on every replica: %d", status)
		}
	}
	if _, err := x.r[1].Command("editor", "remove", "Tamu"); err != nil {
		t.Fatal(err)
	}
	for _, p := range x.r {
		if status := asks(p); status != http.StatusUnauthorized {
			t.Errorf("a dismissed editor is answered %d", status)
		}
	}
	if reliability.Long() && ban > 2*time.Second {
		t.Errorf("the ban took %v", ban)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "a ban and a dismissal on one replica",
		Seen: fmt.Sprintf("the ban holds on all three after %v, the dismissed editor is locked out of all at once", ban.Round(10*time.Millisecond))})
}

// rules saves a rule on one replica and waits until all run it.
func (x *triplet) rules(t *testing.T) {
	type book struct {
		Seen, Fingerprint string
		Rules             []struct {
			ID      string
			InForce bool `json:"in_force"`
		}
	}
	read := func(p *program.Program) (b book) {
		x.call(t, p, http.MethodGet, "/v1/editor/rules", "", &b)
		return b
	}
	before := read(x.r[0])
	rule := func(seen, term string) string {
		text, _ := json.Marshal(map[string]any{"terms": []string{term}, "way": "word", "in": []string{"body"}, "sites": []string{"demo"}, "score": 4,
			"reason_id": "Menyebut “{{match}}”", "reason_en": "Says “{{match}}”", "status": "live", "seen": seen})
		return string(text)
	}
	x.call(t, x.r[0], http.MethodPost, "/v1/editor/rules", rule(before.Seen, "bonanzaku"), nil)
	saved := time.Now()
	after := read(x.r[0])
	if after.Fingerprint == before.Fingerprint {
		t.Fatal("the rule is not in force where it was saved")
	}
	await(t, "all run the rule", func() bool {
		return read(x.r[1]).Fingerprint == after.Fingerprint && read(x.r[2]).Fingerprint == after.Fingerprint
	})
	took := time.Since(saved)
	var answers [3]program.Answer
	var all sync.WaitGroup
	for i, p := range x.r {
		all.Go(func() {
			answers[i], _ = p.Do(http.MethodPost, "/v1/editor/rules", x.cookie, rule(after.Seen, fmt.Sprintf("serempak%d", i)))
		})
	}
	all.Wait()
	won := 0
	for _, a := range answers {
		if a.Status == http.StatusOK {
			won++
		}
	}
	if won != 1 {
		t.Errorf("of three who saved at once %d did: %s %s %s", won, answers[0].Body, answers[1].Body, answers[2].Body)
	}
	late := x.late(t)
	await(t, "all run what one of them saved", func() bool {
		now := read(x.r[0]).Fingerprint
		return now != after.Fingerprint && now == read(x.r[1]).Fingerprint && now == read(x.r[2]).Fingerprint && now == read(late).Fingerprint
	})
	late.Kill()
	if reliability.Long() && took > 3*time.Second {
		t.Errorf("the rule took %v", took)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "a rule saved on one replica, and three at once", Promises: "P6",
		Seen: fmt.Sprintf("the same fingerprint on all three after %v; of three who saved at once one did and two were told that their page is old; a replica that started later agrees", took.Round(10*time.Millisecond))})
}

// tallies compares what was counted by whoever counts with what there is.
func (x *triplet) tallies(t *testing.T) {
	await(t, "all is counted", func() bool {
		return x.count(t, `SELECT (SELECT max(id) FROM outbox) - (SELECT outbox FROM tally_position)`) == 0
	})
	counted := x.count(t, `SELECT coalesce(sum(n), 0) FROM tally WHERE what = 'came' AND part = 'received'`)
	there := x.count(t, `SELECT count(*) FROM comment WHERE NOT staff`)
	if counted != there {
		t.Errorf("%d were counted of %d", counted, there)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "three replicas fold one log into the overview",
		Seen: fmt.Sprintf("%d comments, each counted once", there)})
}
