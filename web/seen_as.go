package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Seen is what an instance saw of a request: who it came from and what was claimed on the way.
type Seen struct {
	Peer      netip.Addr `json:"peer"`      // the other end of the connection
	Trusted   bool       `json:"trusted"`   // the peer is one of the trusted proxies
	Forwarded []string   `json:"forwarded"` // X-Forwarded-For, left to right
	Client    netip.Addr `json:"client"`    // whom it is counted under
}

const (
	seenPath   = "/readyz/seen"
	seenHeader = "Balasan-Doctor"
	seenLife   = 2 * time.Minute
)

// AskSeen makes a request that the instance with this form key answers with a [Seen]. It answers
// nobody else: what stands between visitors and the instance is not theirs to know.
func AskSeen(base string, formKey []byte, at time.Time) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodGet, base+seenPath, nil)
	if err == nil {
		stamp := strconv.FormatInt(at.Unix(), 10)
		r.Header.Set(seenHeader, stamp+" "+seenProof(formKey, stamp))
	}
	return r, err
}

func seenProof(formKey []byte, stamp string) string {
	h := hmac.New(sha256.New, formKey)
	h.Write([]byte("doctor\x00" + stamp))
	return hex.EncodeToString(h.Sum(nil))
}

// SeenAs explains which client a request with this peer and this X-Forwarded-For is counted under.
func SeenAs(peer netip.Addr, forwarded string, trusted []netip.Prefix) Seen {
	peer = peer.Unmap().WithZone("")
	at := Seen{Peer: peer, Trusted: trusts(trusted, peer), Client: walk(peer, []byte(forwarded), trusted)}
	for hop := range strings.SplitSeq(forwarded, ",") {
		if hop = strings.TrimSpace(hop); hop != "" {
			at.Forwarded = append(at.Forwarded, hop)
		}
	}
	return at
}

func (s *Server) seenAs(c *fiber.Ctx) error {
	stamp, proof, _ := strings.Cut(c.Get(seenHeader), " ")
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || len(s.FormKey) == 0 || !hmac.Equal([]byte(proof), []byte(seenProof(s.FormKey, stamp))) || time.Since(time.Unix(at, 0)).Abs() > seenLife {
		return moderation.Refuse(moderation.NotFound, errors.New("not asked by this instance's doctor"))
	}
	private(c)
	var forwarded []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		forwarded = append(forwarded, string(line))
	}
	return c.JSON(SeenAs(peerAddr(c.Context().RemoteAddr()), strings.Join(forwarded, ","), s.Proxies))
}
