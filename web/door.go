package web

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

type local int

const (
	keyRequest local = iota
	keyClient
	keyAsked // the path of a method that fiber does not route
)

// door is what every request passes, in this order: security headers, recover, gate, client address, in-flight limiter.
// It is one handler with plain calls, since each handler of its own would make the router walk once more.
func (s *Server) door() fiber.Handler {
	return func(c *fiber.Ctx) error {
		began := time.Now()
		secure(c)
		err := s.enter(c)
		if err != nil {
			err = s.fail(c, err)
		}
		s.seen(c, began)
		return err
	}
}

func (s *Server) enter(c *fiber.Ctx) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	if err := s.gate(c); err != nil {
		return err
	}
	if path := c.Path(); path == alivePath || isCached(path) {
		return c.Next() // a full house is alive, and shows what it has ready, whoever asks
	}
	forwarded := c.Request().Header.PeekAll(fiber.HeaderXForwardedFor)
	c.Locals(keyClient, clientAddr(c.Context().RemoteAddr(), forwarded, s.Proxies))
	return s.seated(c.Next)
}

// seated runs what needs a place in the house; a full one refuses at once.
func (s *Server) seated(work func() error) error {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
		return work()
	default:
		return &moderation.Problem{Code: moderation.Overloaded}
	}
}

// requestID ties an answer to its lines in the log. It is drawn when first asked for: most
// answers never need one.
func requestID(c *fiber.Ctx) string {
	id, ok := c.Locals(keyRequest).(string)
	if !ok {
		id = uuid.NewString()
		c.Locals(keyRequest, id)
		c.Set(fiber.HeaderXRequestID, id)
	}
	return id
}

// gate refuses what no handler should have to think of.
func (s *Server) gate(c *fiber.Ctx) error {
	header := &c.Request().Header
	if encoding := header.Peek(fiber.HeaderContentEncoding); len(encoding) > 0 && !strings.EqualFold(string(encoding), "identity") {
		return &moderation.Problem{Code: moderation.MediaType} // fiber would inflate it without limit
	}
	if header.IsPost() && twoLengths(header.RawHeaders()) {
		c.Response().SetConnectionClose() // two lengths: what follows on this connection is in doubt
		return moderation.Refuse(moderation.Malformed, errors.New("both Content-Length and Transfer-Encoding"))
	}
	if !clean(c.Request().URI().Path()) || !cleanArgs(c.Request().URI().QueryArgs()) {
		return moderation.Refuse(moderation.Malformed, errors.New("control characters or invalid UTF-8 in the address"))
	}
	if !s.serves(header.Host()) && c.Path() != alivePath && c.Path() != readyPath { // machines ask by address
		return &moderation.Problem{Code: moderation.WrongHost}
	}
	return nil
}

// twoLengths finds Content-Length beside Transfer-Encoding (RFC 9112, 6.1).
func twoLengths(raw []byte) bool {
	raw = append([]byte{'\n'}, bytes.ToLower(raw)...)
	return bytes.Contains(raw, []byte("\ncontent-length:")) && bytes.Contains(raw, []byte("\ntransfer-encoding:"))
}

// anyMethod answers methods that fiber does not route in our own words.
func anyMethod(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		switch string(ctx.Method()) {
		case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodOptions:
			next(ctx)
		default:
			ctx.SetUserValue(keyAsked, string(ctx.Path()))
			ctx.Request.Header.SetMethod(fiber.MethodPost) // fiber keeps no context for others
			ctx.Request.SetRequestURI(wrongMethodPath)
			next(ctx)
		}
	}
}

const wrongMethodPath = "/.wrong-method"
