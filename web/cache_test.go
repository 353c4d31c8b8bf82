package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// shelf is a store of one body that counts how often it is asked.
type shelf struct {
	number       atomic.Int64
	asked, loads atomic.Int64
	err          atomic.Value
}

func (s *shelf) version(context.Context, place) (int64, error) {
	s.asked.Add(1)
	err, _ := s.err.Load().(error)
	return s.number.Load(), err
}

func (s *shelf) load(context.Context, place) ([]byte, error) {
	s.loads.Add(1)
	return fmt.Appendf(nil, "body %d", s.number.Load()), nil
}

func noDeadline() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.Background())
}

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s, p := &cache{}, &shelf{}, place{site: "desa", page: "x"}
		read := func() (string, bool) {
			t.Helper()
			b, stale, err := c.get(p, s, noDeadline)
			if err != nil {
				t.Fatal(err)
			}
			return string(b.plain), stale
		}
		for range 100 {
			read()
		}
		if s.asked.Load() != 1 || s.loads.Load() != 1 {
			t.Fatalf("within a second: asked %d times, loaded %d", s.asked.Load(), s.loads.Load())
		}
		time.Sleep(trustFor)
		read()
		if s.asked.Load() != 2 || s.loads.Load() != 1 {
			t.Fatalf("the same version: asked %d times, loaded %d", s.asked.Load(), s.loads.Load())
		}
		s.number.Add(1)
		time.Sleep(trustFor)
		if got, _ := read(); got != "body 1" {
			t.Fatalf("a new version: %s", got)
		}

		s.err.Store(errors.New("gone"))
		time.Sleep(trustFor)
		for range 2 {
			if got, stale := read(); got != "body 1" || !stale {
				t.Fatalf("a sick store: %s, stale %v", got, stale)
			}
		}
		if s.asked.Load() != 4 {
			t.Errorf("a sick store was asked %d times", s.asked.Load())
		}
		time.Sleep(staleFor)
		if _, _, err := c.get(p, s, noDeadline); err == nil {
			t.Error("after ten minutes it is still served")
		}
	})
}

func TestTheCacheForgetsTheLeastRead(t *testing.T) {
	c, big := &cache{}, make([]byte, cacheBytes/3)
	for i := range 5 {
		c.keep(place{page: fmt.Sprint(i)}, &body{plain: big}, 1)
		c.find(place{page: "0"})
	}
	if c.bytes > cacheBytes || c.recent.Len() != len(c.by) || c.find(place{page: "0"}) == nil || c.find(place{page: "1"}) != nil {
		t.Errorf("%d bytes in %d places", c.bytes, len(c.by))
	}
}

func TestTakes(t *testing.T) {
	for header, want := range map[string]bool{
		"gzip, br": true, "br;q=0.5": true, " br ; q=1.0": true, "br;q=0": false, "br;q=0.000": false, "gzip": false, "": false, "brotli": false,
	} {
		if takes([]byte(header), "br") != want {
			t.Errorf("takes(%q) is not %v", header, want)
		}
	}
}

// one is a thread with fifty comments.
type one struct{ Threads }

func (one) ThreadVersion(context.Context, string, string) (int64, error) { return 1, nil }

func (one) ThreadPage(context.Context, string, string, moderation.Order, string, int) (moderation.ThreadPage, error) {
	page := moderation.ThreadPage{Count: 50}
	for i := range 50 {
		page.Comments = append(page.Comments, moderation.Published{ID: fmt.Sprint(i), Name: "Sari", Body: "Terima kasih infonya, sangat membantu warga.", Avatar: make([]byte, 8)})
	}
	return page, nil
}

func (one) Site(_ context.Context, id string) (moderation.Site, error) {
	return moderation.Site{ID: id}, nil
}

// BenchmarkThread reads one thread over real TCP, beside a bare fiber handler that sends the
// same bytes.
func BenchmarkThread(b *testing.B) {
	s := &Server{Threads: one{}, Sites: one{}, FormKey: make([]byte, 32)}
	uri := "/v1/sites/desa/threads?page=https%3A%2F%2Fdesa.id%2F1"
	real := serve(b, s.App())
	_, same := fetch(b, real+uri)
	bare := fiber.New(fiber.Config{DisableStartupMessage: true})
	bare.Get("/v1/sites/desa/threads", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
		return c.Send(same)
	})
	plain := serve(b, bare)
	for _, run := range []struct{ name, at string }{{"bare", plain + uri}, {"thread", real + uri}, {"bare-again", plain + uri}, {"thread-again", real + uri}} {
		b.Run(run.name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					fetch(b, run.at)
				}
			})
		})
	}
}

func serve(b *testing.B, app *fiber.App) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = app.Listener(ln) }()
	b.Cleanup(func() { _ = app.Shutdown() })
	return "http://" + ln.Addr().String()
}

func fetch(b *testing.B, at string) (int, []byte) {
	status, body, err := fasthttp.Get(nil, at)
	if err != nil || status != 200 {
		b.Fatal(status, err)
	}
	return status, body
}
