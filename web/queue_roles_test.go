package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

// acts are what a route may declare. The empty act is none of them: a new line of the table says
// what it asks of its caller.
var acts = []moderation.Act{anyone, signedIn, moderation.ToRead, moderation.ToDecide, moderation.ToAddress, moderation.ToManage, moderation.ToShadow, moderation.ToRule}

// bodies are what succeeds for whoever is allowed it, by path; %s is the comment. A call that is
// not here is sent an empty object and need only refuse whom it must.
var bodies = map[string]string{
	"/queue/comments/:id":             "",
	"/queue/comments/:id/address":     "",
	"/v1/editor/comments/:id":         "",
	"/v1/editor/comments/:id/address": "{}",
	"/v1/editor/decisions":            `{"ids":["%s"],"to":"approved"}`,
	"/v1/editor/replies":              `{"to":"%s","body":"ya"}`,
	"/v1/editor/threads":              `{"site":"warta","page":"https://warta.example/x","mode":"closed"}`,
}

// request is a well-meant call of a route about one comment of the site warta.
func (r staffRoute) request(id string) ask {
	a := ask{method: r.method, path: strings.NewReplacer(":id", id, ":batch", newID(), ":secret", "x").Replace(r.path)}
	switch {
	case r.method == http.MethodGet:
	case r.page: // all that any form of ours sends
		a.form = url.Values{"id": {id}, "from": {"pending"}, "to": {"spam"}, "body": {"ya"}, "note": {"ya"}, "site": {"warta"}, "batch": {newID()}}
	default:
		a.json = strings.ReplaceAll(bodies[r.path], "%s", id)
		if a.json == "" {
			a.json = "{}"
		}
	}
	return a
}

// refused tells whether an answer lets the caller do nothing here.
func (a answer) refused() bool {
	to := a.header.Get("Location")
	return slices.Contains([]int{401, 403, 404, 422}, a.status) || a.status == http.StatusSeeOther && strings.HasPrefix(to, "/queue/signin")
}

// TestRolesRoutesSites walks every line of the table as every role on the own site, on another
// and everywhere, and signed out.
func TestRolesRoutesSites(t *testing.T) {
	h := newHouse(t)
	for _, r := range h.server.staffRoutes() {
		if !slices.Contains(acts, r.act) {
			t.Errorf("%s %s declares no act", r.method, r.path)
			continue
		}
		id := h.keep(nil)
		if got := h.send(r.request(id)); r.act != anyone && !got.refused() {
			t.Errorf("signed out, %s %s: %d", r.method, r.path, got.status)
		}
		for _, role := range []moderation.Role{moderation.Owner, moderation.Redact, moderation.Viewer} {
			for _, site := range []string{"warta", "kampung", moderation.AllSites} {
				t.Run(fmt.Sprintf("%s of %s: %s %s", role, site, r.method, r.path), func(t *testing.T) {
					h.walk(t, r, moderation.Editor{Roles: map[string]moderation.Role{site: role}}, ask{session: h.hire(newID(), role, site)})
				})
			}
		}
	}
}

// TestScopesRoutesSites walks every line of the table with tokens of every act, alone and all
// together, of one site and of all, of who may do everything and of who may only read.
func TestScopesRoutesSites(t *testing.T) {
	h := newHouse(t)
	scopes := [][]moderation.Act{moderation.Acts()}
	for _, act := range moderation.Acts() {
		scopes = append(scopes, []moderation.Act{act})
	}
	for _, role := range []moderation.Role{moderation.Owner, moderation.Viewer} {
		owner := newID()
		h.hire(owner, role, moderation.AllSites)
		for _, acts := range scopes {
			for _, site := range []string{"", "warta", "kampung"} {
				scope := moderation.Scope{Acts: acts, Site: site}
				editor := moderation.Editor{Roles: map[string]moderation.Role{moderation.AllSites: role}}.Within(scope)
				token, err := h.accounts.NewToken(t.Context(), owner, "skrip", scope, time.Hour)
				if err != nil { // of a viewer, what reads alone
					continue
				}
				for _, r := range h.server.staffRoutes() {
					t.Run(fmt.Sprintf("%s, %v on %q: %s %s", role, acts, site, r.method, r.path), func(t *testing.T) {
						if r.page { // a page knows sessions alone
							a := r.request(h.keep(nil))
							if a.token = token; r.act != anyone && !h.send(a).refused() {
								t.Error("a token opens a page")
							}
							return
						}
						h.walk(t, r, editor, ask{token: token})
					})
				}
			}
		}
	}
}

// walk calls a route about a comment of warta and compares with the table of roles.
func (h *house) walk(t *testing.T, r staffRoute, editor moderation.Editor, as ask) {
	id := h.keep(func(c *moderation.Comment) { c.Body = "Teks rahasia situs warta." })
	a := r.request(id)
	a.session, a.token = as.session, as.token
	got := h.send(a)
	if got.status >= 500 {
		t.Errorf("answered %d %s", got.status, got.body)
	}
	here, reads, somewhere := editor.May(r.act, "warta"), editor.May(moderation.ToRead, "warta"), caller{Editor: editor}.mayCall(r)
	if !somewhere && got.status != http.StatusForbidden {
		t.Errorf("may not %s anywhere, and is answered %d", r.act, got.status)
	}
	if here && reads && (got.status == http.StatusForbidden || got.status == http.StatusUnauthorized) {
		t.Errorf("may %s here, and is answered %d %s", r.act, got.status, got.body)
	}
	if !reads && strings.Contains(got.body, "Teks rahasia") {
		t.Errorf("may not read warta, and reads it")
	}
	if !editor.May(moderation.ToDecide, "warta") {
		h.unchanged(t, id)
	}
	if _, succeeds := bodies[r.path]; succeeds && (here && reads && got.refused() || !here && !got.refused()) {
		t.Errorf("may %s here: %v, and is answered %d %s", r.act, here, got.status, got.body)
	}
}

// unchanged fails when the comment was decided on or answered.
func (h *house) unchanged(t *testing.T, id string) {
	t.Helper()
	entry, err := h.db.Entry(t.Context(), id, nil)
	if err != nil || entry.State != moderation.Pending || len(entry.Decided) > 0 {
		t.Errorf("the comment is %s now, %d decisions, %v", entry.State, len(entry.Decided), err)
	}
}

func TestARouteWithoutAnActIsShut(t *testing.T) {
	owner := caller{Editor: moderation.Editor{Roles: map[string]moderation.Role{moderation.AllSites: moderation.Owner}}}
	if owner.mayCall(staffRoute{method: http.MethodGet, path: "/queue/new"}) {
		t.Error("a line that declares nothing lets an owner in")
	}
}
