package web

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// eventsCall opens a stream. The connection leaves the server for the hub, so that neither a
// buffer nor a goroutine stays behind for it.
func (s *Server) eventsCall(c *fiber.Ctx, who caller) error {
	if s.Queue.Live == nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	one := &listener{who: who.Editor, site: c.Query("site"), last: lastEvent(c),
		until: time.Now().Add(s.Queue.Live.life())}
	one.view = viewOf(one.who, one.site)
	head := streamHead(c)
	c.Context().HijackSetNoResponse(true)
	c.Context().Hijack(func(conn net.Conn) {
		one.conn = unwrapped(conn)
		_ = one.conn.SetDeadline(time.Now().Add(liveWrite))
		if _, err := one.conn.Write(head); err != nil || !s.Queue.Live.join(one) {
			_ = one.conn.Close()
		}
	})
	return nil
}

// viewOf is the same for all who see the same sites.
func viewOf(who moderation.Editor, site string) string {
	sites, all := who.Sites(moderation.ToRead)
	slices.Sort(sites)
	return fmt.Sprint(all, sites, site)
}

// lastEvent is the fact that a browser heard last, -1 when it did not say.
func lastEvent(c *fiber.Ctx) int64 {
	last, err := strconv.ParseInt(c.Get("Last-Event-ID", c.Query("last")), 10, 64)
	if err != nil || last < 0 {
		return -1
	}
	return last
}

// unwrapped is the connection itself: the wrapper would keep a buffer of 16 KiB alive.
func unwrapped(conn net.Conn) net.Conn {
	if inner, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
		return inner.UnsafeConn()
	}
	return conn
}

// streamHead is the answer's head, with all headers that the door has set.
func streamHead(c *fiber.Ctx) []byte {
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	for key, value := range c.Response().Header.All() {
		if name := string(key); name != fiber.HeaderContentType && name != fiber.HeaderContentLength && name != fiber.HeaderConnection {
			head.WriteString(name + ": " + string(value) + "\r\n")
		}
	}
	head.WriteString("Content-Type: text/event-stream; charset=utf-8\r\nX-Accel-Buffering: no\r\nConnection: close\r\n\r\n")
	return head.Bytes()
}
