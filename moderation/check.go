package moderation

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	MaxName    = 80   // runes
	MaxWebsite = 300  // bytes
	MaxPage    = 1000 // bytes
	MaxTitle   = 300  // runes
	maxMarks   = 8    // combining marks on one base: more is zalgo, no script needs it
)

// Check tidies a submission and names every fault of its shape at once. It changes nothing a
// reader could see: what is stored is what was sent, but for space around it and line ends.
func Check(s *Submission, maxBody int) []FieldFault {
	s.Name = strings.Join(strings.Fields(s.Name), " ")
	s.Website = strings.TrimSpace(s.Website)
	s.Page = strings.TrimSpace(s.Page)
	s.PageTitle = strings.Join(strings.Fields(s.PageTitle), " ")
	s.Body = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(s.Body, "\r\n", "\n"), "\r", "\n"))

	var faults []FieldFault
	add := func(field string, fault Fault, limit int) {
		if fault != FaultTooLong {
			limit = 0
		}
		if fault != "" {
			faults = append(faults, FieldFault{field, fault, limit})
		}
	}
	add("body", textFault(s.Body, maxBody, "\n\t"), maxBody)
	add("name", textFault(s.Name, MaxName, ""), MaxName)
	add("email", s.readEmail(), MaxEmail)
	add("website", websiteFault(s.Website), MaxWebsite)
	add("page", pageFault(s.Page), MaxPage)
	if utf8.RuneCountInString(s.PageTitle) > MaxTitle || hasForbidden(s.PageTitle, "") {
		s.PageTitle = "" // a convenience, never worth a refusal
	}
	if len(s.Key) > MaxKey {
		add("key", FaultTooLong, MaxKey)
	} else if hasForbidden(s.Key, "") {
		add("key", FaultForbidden, 0)
	}
	return faults
}

func (s *Submission) readEmail() Fault {
	if strings.TrimSpace(s.EmailText) == "" {
		return FaultRequired
	}
	email, err := ParseEmail(s.EmailText)
	if err != nil {
		return FaultFormat
	}
	s.Email, s.EmailText = email, ""
	return ""
}

func textFault(s string, limit int, allowed string) Fault {
	switch {
	case !hasInk(s):
		return FaultRequired
	case utf8.RuneCountInString(s) > limit:
		return FaultTooLong
	case hasForbidden(s, allowed):
		return FaultForbidden
	}
	return ""
}

// hasInk tells whether anything in s can be seen.
func hasInk(s string) bool {
	for _, r := range s {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u2800' && r != '\u3164' && r != '\u115f' {
			return true
		}
	}
	return false
}

// hasForbidden finds control characters, invalid UTF-8 and stacks of marks that would paint
// over the lines around them.
func hasForbidden(s, allowed string) bool {
	marks := 0
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			return true
		case unicode.Is(unicode.Cc, r) && !strings.ContainsRune(allowed, r):
			return true
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > maxMarks {
				return true
			}
		default:
			marks = 0
		}
	}
	return false
}

func websiteFault(s string) Fault {
	if s == "" {
		return ""
	}
	if len(s) > MaxWebsite {
		return FaultTooLong
	}
	if !isWebURL(s) {
		return FaultFormat
	}
	return ""
}

func pageFault(s string) Fault {
	switch {
	case s == "":
		return FaultRequired
	case len(s) > MaxPage:
		return FaultTooLong
	case hasForbidden(s, ""), leadsElsewhere.MatchString(s) && !isWebURL(s):
		return FaultFormat
	}
	return ""
}

// leadsElsewhere finds what a browser would take for an address and not for an explicit id: a
// scheme (RFC 3986, 3.1), or another host without one.
var leadsElsewhere = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:|^[/\\]{2}|^\\|://`)

// isWebURL accepts absolute http and https addresses without credentials.
func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && !strings.ContainsAny(s, " \t\n\\\"<>")
}

// CanonicalPage names one page by one string, however it was linked: scheme and host in lower
// case, no fragment, no default port, none of the parameters that only count visitors. A page
// that is an explicit id comes back as it is.
func CanonicalPage(page string) string {
	page = strings.TrimSpace(page)
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return page
	}
	u.Fragment, u.RawFragment = "", ""
	u.Host = strings.ToLower(u.Host)
	u.Host = strings.TrimSuffix(u.Host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	if u.Path == "" {
		u.Path = "/"
	}
	query := u.Query()
	for name := range query {
		if strings.HasPrefix(name, "utm_") || trackers[name] {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

var trackers = map[string]bool{"fbclid": true, "gclid": true, "igshid": true, "mc_cid": true, "mc_eid": true, "balasan": true}

// PageOrigin is the scheme://host[:port] of a page that is a URL, empty for an explicit id.
func PageOrigin(page string) string {
	u, err := url.Parse(page)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Household is the narrowest network that senders are counted by: IPv4 /32, IPv6 /64.
func Household(addr netip.Addr) netip.Prefix { return prefix(addr, 32, 64) }

// Network is the part of an address that one subscriber cannot leave cheaply: IPv4 /24, IPv6 /48.
func Network(addr netip.Addr) netip.Prefix { return prefix(addr, 24, 48) }

func prefix(addr netip.Addr, four, six int) netip.Prefix {
	bits := four
	if addr.Is6() {
		bits = six
	}
	p, _ := addr.Prefix(bits)
	return p
}
