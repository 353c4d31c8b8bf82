package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/web"
)

func TestAThreadIsTheSameBytesHoweverItIsAskedFor(t *testing.T) {
	d := open(t)
	_, kept := d.submit(d.solved())
	d.approve(kept.ID)
	for _, path := range []string{"/v1/sites/desa/threads?page=", "/sites/desa/threads?page="} {
		at := path + url.QueryEscape(page)
		got, body := d.ask("GET", at, "")
		etag := got.Header.Get("ETag")
		if got.StatusCode != 200 || etag == "" || body == "" || got.Header.Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%s: %d %v", at, got.StatusCode, got.Header)
		}
		for _, coding := range []string{"br", "gzip"} {
			packed, content := d.ask("GET", at, "", "Accept-Encoding: "+coding)
			if packed.Header.Get("Content-Encoding") != coding || packed.Header.Get("ETag") != etag || len(content) >= len(body) {
				t.Errorf("%s in %s: %d bytes for %d, %v", at, coding, len(content), len(body), packed.Header)
			}
		}
		head, none := d.ask("HEAD", at, "")
		if head.StatusCode != 200 || none != "" || head.Header.Get("ETag") != etag || head.Header.Get("Content-Length") != strconv.Itoa(len(body)) {
			t.Errorf("HEAD %s: %d %q %v", at, head.StatusCode, none, head.Header)
		}
		for _, tag := range []string{etag, `"x", ` + etag, "*"} {
			same, none := d.ask("GET", at, "", "If-None-Match: "+tag)
			if same.StatusCode != 304 || none != "" || same.Header.Get("ETag") != etag || same.Header.Get("Cache-Control") == "" {
				t.Errorf("%s with %s: %d %q %v", at, tag, same.StatusCode, none, same.Header)
			}
		}
		if _, again := d.ask("GET", at+"&utm_source=x", ""); again != body && path[1] == 'v' {
			t.Errorf("%s with a campaign's name is another body", at)
		}
	}
}

// moody is a store that fails or hangs when it is told to.
type moody struct {
	web.Threads
	mu      sync.Mutex
	err     error
	hangs   chan struct{} // until it is closed
	hanging chan struct{} // told when somebody waits
}

func (m *moody) ThreadVersion(ctx context.Context, site, page string) (int64, error) {
	m.mu.Lock()
	err, hangs := m.err, m.hangs
	m.mu.Unlock()
	if hangs != nil {
		m.hanging <- struct{}{}
		select {
		case <-hangs:
		case <-ctx.Done():
			return 0, &moderation.Problem{Code: moderation.Unavailable, Err: ctx.Err()}
		}
	}
	if err != nil {
		return 0, err
	}
	return m.Threads.ThreadVersion(ctx, site, page)
}

// TestAThreadHealsWithTheStore reads while the store fails. Once it answers again the body is asked for anew, whether its
// page is written as the cache knows it or not.
func TestAThreadHealsWithTheStore(t *testing.T) {
	mood := &moody{}
	d := open(t, func(s *web.Server) {
		mood.Threads = s.Threads
		s.Threads = mood
	})
	for _, at := range []string{"/v1/sites/desa/threads?page=" + url.QueryEscape(page), "/v1/sites/desa/threads?page=" + url.QueryEscape(page+"?utm_source=x")} {
		read := func(until func(stale bool, body string) bool) {
			t.Helper()
			stale, body := false, ""
			for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				var got *http.Response
				got, body = d.ask("GET", at, "")
				if got.StatusCode != 200 {
					t.Fatal(got.StatusCode)
				}
				if stale = got.Header.Get("Warning") != ""; until(stale, body) {
					return
				}
			}
			t.Errorf("%s: stale %v, %s", at, stale, body)
		}
		read(func(stale bool, _ string) bool { return !stale })
		mood.feel(errors.New("gone"))
		read(func(stale bool, _ string) bool { return stale })
		_, kept := d.submit(d.solved())
		d.approve(kept.ID)
		mood.feel(nil)
		read(func(stale bool, body string) bool { return !stale && strings.Contains(body, kept.ID) })
	}
}

func (m *moody) feel(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func TestAThreadIsReadWhileTheStoreFailsAndTheHouseIsFull(t *testing.T) {
	mood := &moody{}
	d := open(t, func(s *web.Server) {
		mood.Threads = s.Threads
		s.Threads, s.InFlight = mood, 1
	})
	at := "/v1/sites/desa/threads?page=" + url.QueryEscape(page)
	if got, _ := d.ask("GET", at, ""); got.StatusCode != 200 || got.Header.Get("Warning") != "" {
		t.Fatal(got.StatusCode, got.Header)
	}
	mood.feel(errors.New("gone"))
	stale := false
	for end := time.Now().Add(10 * time.Second); !stale && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got, _ := d.ask("GET", at, "")
		if got.StatusCode != 200 {
			t.Fatal(got.StatusCode)
		}
		stale = got.Header.Get("Warning") == `110 - "Response is Stale"`
	}
	if !stale {
		t.Error("it is never marked as stale")
	}

	mood.mu.Lock()
	mood.err, mood.hangs, mood.hanging = nil, make(chan struct{}), make(chan struct{}, 9)
	mood.mu.Unlock()
	gone := make(chan struct{})
	go func() { // takes the one place there is
		defer close(gone)
		d.ask("GET", at+"2", "")
	}()
	<-mood.hanging
	if got, _ := d.ask("GET", "/demo", ""); got.StatusCode != 503 || got.Header.Get("Retry-After") == "" {
		t.Errorf("a full house answers %d %v", got.StatusCode, got.Header)
	}
	if got, _ := d.ask("GET", at, ""); got.StatusCode != 200 {
		t.Errorf("a full house answers %d to who reads what is ready", got.StatusCode)
	}
	if got, _ := d.ask("POST", "/v1/editor/threads", "{}", "Content-Type: application/json"); got.StatusCode != 503 {
		t.Errorf("a full house answers %d to an editor who would close a thread", got.StatusCode)
	}
	close(mood.hangs)
	<-gone
}
