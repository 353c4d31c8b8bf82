package program

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Browser keeps its connections, as browsers do.
var Browser = &http.Client{Timeout: Patience, Transport: &http.Transport{MaxIdleConnsPerHost: 512}}

// Answer is what a call heard.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into reads the body as JSON.
func (a Answer) Into(v any) error { return json.Unmarshal(a.Body, v) }

// Code is the code of a problem; empty for everything else.
func (a Answer) Code() string {
	var problem struct{ Code string }
	_ = a.Into(&problem) // what is no JSON has no code
	return problem.Code
}

// Get asks for a path.
func (p *Program) Get(path string) (Answer, error) {
	return p.Do(http.MethodGet, path, "", "")
}

// Post sends JSON.
func (p *Program) Post(path, body string) (Answer, error) {
	return p.Do(http.MethodPost, path, "", body)
}

// Do sends one request; cookie is a session's, empty for a visitor.
func (p *Program) Do(method, path, cookie, body string) (Answer, error) {
	req, err := http.NewRequest(method, p.Base+path, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := Browser.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header, text}, err
}

// Submission is the JSON of a comment under a key.
func Submission(page, body, key string) string {
	text, _ := json.Marshal(map[string]string{"page": page, "name": "Wati", "email": "wati@contoh.id", "body": body, "key": key})
	return string(text) // strings always marshal
}

// Submit sends a comment to the demo site and returns its id; empty when it is unknown whether it was kept.
func (p *Program) Submit(page, body, key string) (id string) {
	answer, err := p.Post("/v1/sites/demo/comments", Submission(page, body, key))
	var receipt struct{ ID string }
	if err != nil || answer.Status != http.StatusAccepted || answer.Into(&receipt) != nil {
		return ""
	}
	return receipt.ID
}

// Decide moves comments to a state as the editor of the session and returns the answer.
func (p *Program) Decide(cookie, to string, ids ...string) (Answer, error) {
	text, _ := json.Marshal(map[string]any{"ids": ids, "to": to})
	return p.Do(http.MethodPost, "/v1/editor/decisions", cookie, string(text))
}

// SignedIn follows the owner's link and returns the session's cookie, which every replica knows.
func (p *Program) SignedIn(t testing.TB) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.SignIn, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", p.Base)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, cookie := range resp.Cookies() {
		return cookie.Name + "=" + cookie.Value
	}
	t.Fatalf("signing in: %d without a cookie", resp.StatusCode)
	return ""
}

// Events opens the stream of live updates as the editor of a session; it ends with the test.
func (p *Program) Events(t testing.TB, cookie string) net.Conn {
	t.Helper()
	host := strings.TrimPrefix(p.Base, "http://")
	conn, err := net.Dial("tcp", host)
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
		_, err = fmt.Fprintf(conn, "GET /v1/editor/events HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", host, cookie)
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// Await asks for a path until the answer satisfies what is asked of it.
func (p *Program) Await(t testing.TB, path, cookie string, satisfied func(Answer) bool) Answer {
	t.Helper()
	var last Answer
	var err error
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if last, err = p.Do(http.MethodGet, path, cookie, ""); err == nil && satisfied(last) {
			return last
		}
	}
	t.Fatalf("%s never answers as it should: %v %d %s", path, err, last.Status, last.Body[:min(len(last.Body), 500)])
	return last
}

// Thread is the address of a page's public thread on the demo site.
func Thread(page string) string { return fmt.Sprintf("/v1/sites/demo/threads?page=%s", page) }

var metrics = regexp.MustCompile(`metrics.*(http://\S+)/metrics`)

// Metrics is where the program tells its figures; it must log at level info.
func (p *Program) Metrics(t testing.TB) *Program {
	t.Helper()
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if found := metrics.FindSubmatch(p.Log()); found != nil {
			return &Program{Base: string(found[1])}
		}
	}
	t.Fatalf("no address of metrics in\n%s", p.Log())
	return nil
}
