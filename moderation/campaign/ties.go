package campaign

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"balasan/moderation"
)

// maxShared is how many bits of one submission may tie it.
const maxShared = 8

// Ties reads what ties submissions together; see [moderation.Tying].
type Ties struct {
	// Links finds the hosts and the handles (“wa:62812…”, “tg:name”) in a folded text.
	Links func(folded string) (hosts, handles []string)
	// Own lists the origins of a site, which tie nothing; nil lists none.
	Own func(site string) []string

	readers sync.Pool
}

// Print is pure: the same comment always has the same print.
func (t *Ties) Print(c moderation.Comment) moderation.Print {
	p := t.print(c.Submission, true)
	p.Doubted = c.Verdict.Outcome != moderation.Approve
	p.Excused = p.Objects || !p.Doubted || slices.ContainsFunc(c.Verdict.Signals, func(s moderation.Signal) bool { return !s.Shadow && s.Score < 0 })
	return p
}

// Lookup is what leads a submission to its campaign in a store: all but the bands of a sketch.
func (t *Ties) Lookup(s moderation.Submission) []moderation.Tie { return t.print(s, false).Ties }

func (t *Ties) print(s moderation.Submission, sketch bool) moderation.Print {
	r := t.reader()
	defer t.readers.Put(r)
	var p printing
	r.read(s.Body)
	p.words(r, sketch)
	p.Objects = p.Objects || isQuoting(s.Body)
	hosts, handles := t.links(r, s)
	p.shared(r.words)
	for _, host := range hosts {
		p.add(moderation.TieHost, hash(host))
	}
	for _, handle := range handles {
		p.add(moderation.TieHandle, hash(handle))
	}
	r.read(s.Name)
	p.shared(r.words)
	return p.Print
}

// reader is one that nobody else uses; it goes back to readers.
func (t *Ties) reader() *reader {
	if r, _ := t.readers.Get().(*reader); r != nil {
		return r
	}
	return &reader{}
}

// links finds the hosts of a submission that say something, and its handles. r has read its body.
func (t *Ties) links(r *reader, s moderation.Submission) (hosts, handles []string) {
	hosts, handles = t.Links(r.text.Channel(0))
	hosts = slices.DeleteFunc(append(hosts, hostOf(s.Website)), func(host string) bool { return isCommon(host) || t.isOwn(host, s) })
	return hosts, handles
}

// Holds verifies near texts, and lets a shared bit tie only what is doubted and not common.
func (t *Ties) Holds(p moderation.Print, f moderation.Found) bool {
	switch {
	case f.Tie.Kind == moderation.TieNear:
		return p.Sketch.Alike(&f.Sketch) >= nearly
	case f.Tie.Kind.Shared():
		return p.Doubted && !f.Common()
	default:
		return true
	}
}

// printing is a print while it is taken.
type printing struct {
	moderation.Print
	bits int
}

func (p *printing) add(kind moderation.TieKind, h uint64) {
	tie := moderation.Tie{Kind: kind, Hash: h}
	if slices.Contains(p.Ties, tie) || kind.Shared() && p.bits == maxShared {
		return
	}
	if kind.Shared() {
		p.bits++
	}
	p.Ties = append(p.Ties, tie)
}

// words adds what the text itself ties to.
func (p *printing) words(r *reader, sketch bool) {
	pairs := 0
	if sketch {
		p.Sketch, pairs = sketched(r.words)
	}
	p.Objects = objects(r.words)
	digest := r.text.Digest()
	if digest == 0 || polite(r.words) {
		return
	}
	p.add(moderation.TieText, digest)
	if h := template(r.words); h != 0 {
		p.add(moderation.TieTemplate, h)
	}
	if pairs < minPairs {
		return
	}
	for n := range bands {
		p.add(moderation.TieNear, band(&p.Sketch, n))
	}
}

// shared adds the brands among words.
func (p *printing) shared(words []word) {
	for _, w := range words {
		if len(w.brand) >= 5 {
			p.add(moderation.TieBrand, hash(w.brand))
		}
	}
}

// isOwn tells whether a host is where the comment was written, or another of the site's.
func (t *Ties) isOwn(host string, s moderation.Submission) bool {
	if host == hostOf(s.Page) {
		return true
	}
	return t.Own != nil && slices.ContainsFunc(t.Own(s.Site), func(origin string) bool { return host == hostOf(origin) })
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// isCommon tells hosts that say nothing by themselves; behind some of them the handle does.
func isCommon(host string) bool {
	for host != "" {
		if commons[host] {
			return true
		}
		_, rest, sub := strings.Cut(host, ".")
		if !sub {
			return false
		}
		host = rest
	}
	return true
}

var commons = set(`youtube.com youtu.be facebook.com fb.com fb.watch instagram.com twitter.com x.com tiktok.com threads.net
	wa.me whatsapp.com t.me telegram.me telegram.org google.com goo.gl g.co bit.ly tinyurl.com s.id cutt.ly t.co is.gd
	linktr.ee lynk.id heylink.me wikipedia.org wikimedia.org github.com gitlab.com medium.com
	detik.com kompas.com tempo.co tribunnews.com liputan6.com cnnindonesia.com cnbcindonesia.com antaranews.com kumparan.com
	merdeka.com okezone.com sindonews.com republika.co.id jawapos.com suara.com viva.co.id tirto.id go.id ac.id sch.id desa.id
	shopee.co.id tokopedia.com lazada.co.id bukalapak.com gmail.com yahoo.com outlook.com hotmail.com linkedin.com
	pinterest.com reddit.com archive.org bbc.com bbc.co.uk cnn.com nytimes.com theguardian.com reuters.com apple.com
	microsoft.com spotify.com zoom.us change.org kitabisa.com imgur.com discord.gg discord.com twitch.tv`)
