package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"regexp"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Receiver takes submissions in; moderation.Intake is the real one.
type Receiver interface {
	Receive(context.Context, moderation.Submission) (moderation.Receipt, error)
}

// Sites finds a site by its id; an unknown one is the Problem NotFound.
type Sites interface {
	Site(ctx context.Context, id string) (moderation.Site, error)
}

// Server answers everything that visitors and editors ask. The zero value of an optional field
// is safe: no proxy is trusted, every host is served, nothing is observed.
type Server struct {
	Intake     Receiver
	Sites      Sites
	Challenges Challenges
	Limits     moderation.Limiter
	Threads    Threads
	Reads      *Reads                              // counts readers of threads; nil counts nothing
	Hints      *Hints                              // what may have changed; nil hears nothing
	Queue      Queue                               // the editors' half
	Mail       Mail                                // nil sends none
	Asks       func(site string) moderation.Asking // what visitors must agree to; nil asks nothing

	FormKey    []byte         // signs form tokens and names honeypots; at least 32 bytes
	PublicURLs []string       // scheme://host[:port] that this instance is reached by; any when empty
	Proxies    []netip.Prefix // whose X-Forwarded-For is believed
	InFlight   int            // requests at once before new ones are shed; 0 is 512
	Deadline   time.Duration  // of one request; 0 is 10 s
	ReadLimit  time.Duration  // for a request to arrive; 0 is 10 s

	Ready   func(context.Context) []Degraded                   // what does not work now; nil is never asked
	Observe func(route string, status int, took time.Duration) // one call per answer, for metrics
	Log     *slog.Logger                                       // nil is slog.Default()

	table  []staffRoute  // the editors' routes, since the bar asks for them on every page
	places chan struct{} // one for each request in the house
	shed   struct{ overloaded, unavailable shed }
}

const (
	bodyLimit  = 64 << 10
	roomyLimit = 256 << 10 // where comments arrive: 20,000 emoji of 12 bytes each, as a form writes them
	headLimit  = 16 << 10  // a portal's cookies alone reach 8 kB
	readLimit  = 10 * time.Second
	idleLimit  = 60 * time.Second
	inFlight   = 512
	deadlineOf = 10 * time.Second
)

// App wires the routes. Listen with net.Listen and App.Listener: App.Listen is IPv4 only.
func (s *Server) App() *fiber.App {
	if s.Log == nil {
		s.Log = slog.Default()
	}
	if s.Hints == nil {
		s.Hints = NewHints()
	}
	s.places = make(chan struct{}, cmp.Or(s.InFlight, inFlight))
	app := fiber.New(fiber.Config{
		Immutable:             true, // without it kept strings change under their keepers
		BodyLimit:             bodyLimit,
		ReadBufferSize:        headLimit,
		ReadTimeout:           cmp.Or(s.ReadLimit, readLimit),
		IdleTimeout:           idleLimit,
		StrictRouting:         true,
		CaseSensitive:         true,
		ErrorHandler:          s.refused,
		RequestMethods:        []string{fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodOptions},
		DisableStartupMessage: true,
	})
	app.Server().Handler = anyMethod(app.Server().Handler)
	app.Server().HeaderReceived = room
	app.Server().KeepHijackedConns = true // live updates take their connections with them
	app.Use(s.door())
	app.All(wrongMethodPath, s.nowhere)
	s.threadRoutes(app) // cached: they set a deadline only when they must ask the store
	app.Use(s.bound)
	s.publicRoutes(app)
	s.queueRoutes(app)
	app.Use(s.nowhere)
	return app
}

// takesComments are the paths where a text may be as long as a site allows at most.
var takesComments = regexp.MustCompile(`^(/v1/sites/[^/?]+/comments|/sites/[^/?]+/form|/v1/editor/replies|/queue/reply|/queue/edit|/v1/editor/comments/[^/?]+/edits)(\?|$)`)

// room gives each request the body that its path can need, before a byte of it is read.
func room(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if !header.IsGet() && takesComments.Match(header.RequestURI()) {
		return fasthttp.RequestConfig{MaxRequestBodySize: roomyLimit}
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: bodyLimit}
}

// refused answers what fasthttp would not even hand to the door. Of such a request not even the
// path is left, so whoever sent it may read why.
func (s *Server) refused(c *fiber.Ctx, err error) error {
	secure(c)
	readable(c, "*")
	return s.fail(c, err)
}

// bound gives every request behind it a deadline; handlers pass c.UserContext() inward.
func (s *Server) bound(c *fiber.Ctx) error {
	ctx, cancel := s.deadline()
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

func (s *Server) deadline() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), cmp.Or(s.Deadline, deadlineOf))
}

// nowhere tells a wrong method from a wrong path.
func (s *Server) nowhere(c *fiber.Ctx) error {
	path, method := c.Path(), c.Method()
	if asked, ok := c.Locals(keyAsked).(string); ok {
		path, method = asked, ""
	}
	for _, other := range []string{fiber.MethodGet, fiber.MethodPost} {
		if other != method && known(c, other, path) {
			c.Append(fiber.HeaderAllow, other)
		}
	}
	if len(c.Response().Header.Peek(fiber.HeaderAllow)) > 0 {
		return &moderation.Problem{Code: moderation.WrongMethod}
	}
	return &moderation.Problem{Code: moderation.NotFound}
}

// known tells whether some route answers a path under a method.
func known(c *fiber.Ctx, method, path string) bool {
	for _, route := range c.App().GetRoutes(true) {
		if route.Method == method && fiber.RoutePatternMatch(path, route.Path, fiber.Config{StrictRouting: true, CaseSensitive: true}) {
			return true
		}
	}
	return false
}
