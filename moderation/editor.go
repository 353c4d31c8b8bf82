package moderation

import (
	"slices"
	"time"
)

// Role is what an editor may do on one site, or on all of them.
type Role string

const (
	Owner  Role = "owner"  // decides, and looks after people and sites
	Redact Role = "editor" // decides
	Viewer Role = "viewer" // reads the queue
)

// AllSites is the site of a role that holds everywhere.
const AllSites = "*"

// Act is something that a role may or may not do.
type Act string

const (
	ToRead    Act = "read"    // see the queue, reasons included
	ToDecide  Act = "decide"  // approve, spam, trash, restore, reply, close a thread
	ToAddress Act = "address" // reveal an e-mail address; the look is logged
	ToManage  Act = "manage"  // people and sites
	ToShadow  Act = "shadow"  // make rules that watch, and turn them off
	ToRule    Act = "rule"    // put rules in force, and take them out
)

// may is the one table of who may do what.
var may = map[Role]map[Act]bool{
	Owner:  {ToRead: true, ToDecide: true, ToAddress: true, ToManage: true, ToShadow: true, ToRule: true},
	Redact: {ToRead: true, ToDecide: true, ToAddress: true, ToShadow: true},
	Viewer: {ToRead: true},
}

// Valid tells whether r is one of the three.
func (r Role) Valid() bool { return may[r] != nil }

// Editor is a person who decides.
type Editor struct {
	ID    string
	Name  string          // what colleagues read and, in replies, the public
	Roles map[string]Role // by site; AllSites counts everywhere
	Only  []Act           // what a token bounds them to; nil is all that the roles allow
}

// May tells whether the editor may do it on that site.
func (e Editor) May(act Act, site string) bool {
	return e.unbound(act) && (may[e.Roles[site]][act] || may[e.Roles[AllSites]][act])
}

func (e Editor) unbound(act Act) bool { return e.Only == nil || slices.Contains(e.Only, act) }

// MayGive tells whether the editor may give that role on that site: nobody gives what they do not
// have. The empty role takes a role back.
func (e Editor) MayGive(role Role, site string) bool {
	for act := range may[role] {
		if !e.May(act, site) {
			return false
		}
	}
	return e.May(ToManage, site)
}

// Sites lists where the editor may act; nil with all true means everywhere.
func (e Editor) Sites(act Act) (sites []string, all bool) {
	for site, role := range e.Roles {
		switch {
		case !may[role][act], !e.unbound(act):
		case site == AllSites:
			return nil, true
		default:
			sites = append(sites, site)
		}
	}
	return sites, false
}

// Acts lists all of them, the least first.
func Acts() []Act { return []Act{ToRead, ToDecide, ToAddress, ToShadow, ToRule, ToManage} }

// Scope bounds what a token may do. The zero value bounds nothing.
type Scope struct {
	Acts []Act  // nil is all
	Site string // empty is all
}

// Within is the editor as far as the scope reaches. It never reaches beyond the roles.
func (e Editor) Within(s Scope) Editor {
	e.Only = s.Acts
	if s.Site != "" {
		role := e.Roles[s.Site]
		if everywhere := e.Roles[AllSites]; len(may[everywhere]) > len(may[role]) {
			role = everywhere
		}
		e.Roles = map[string]Role{s.Site: role}
	}
	return e
}

// PassKind says what a pass opens.
type PassKind string

const (
	SignInLink PassKind = "link"    // good once
	Session    PassKind = "session" // a browser's
	Token      PassKind = "token"   // a script's
	FeedKey    PassKind = "feed"    // a feed reader's: reads the feed of the queue and nothing else
)

// Pass is something that an editor holds instead of a password. Only its SHA-256 is stored: the
// secret itself has 256 random bits, so that a plain hash cannot be guessed back.
type Pass struct {
	Hash      [32]byte
	Kind      PassKind
	Editor    string // ID
	Label     string // what the editor reads in the list of passes
	CreatedAt time.Time
	SeenAt    time.Time // zero: never used
	ProvedAt  time.Time // of a session: when its holder last proved who they are
	ExpiresAt time.Time
	Scope     Scope // of a token
}
