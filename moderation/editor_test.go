package moderation

import (
	"slices"
	"strings"
	"testing"
)

func TestRoles(t *testing.T) {
	for name, tc := range map[string]struct {
		roles map[string]Role
		site  string
		want  string // what the editor may do there
	}{
		"an owner everywhere does everything":    {map[string]Role{AllSites: Owner}, "desa", "read decide address manage shadow rule"},
		"an editor decides":                      {map[string]Role{"desa": Redact}, "desa", "read decide address shadow"},
		"an editor of one site is nobody else":   {map[string]Role{"desa": Redact}, "kota", ""},
		"a viewer reads":                         {map[string]Role{"desa": Viewer}, "desa", "read"},
		"the better of two roles counts":         {map[string]Role{AllSites: Viewer, "desa": Redact}, "desa", "read decide address shadow"},
		"no role is no right":                    {nil, "desa", ""},
		"an unknown role is no right":            {map[string]Role{"desa": "king"}, "desa", ""},
		"a role on the empty site opens nothing": {map[string]Role{"": Owner}, "desa", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, act := range []Act{ToRead, ToDecide, ToAddress, ToManage, ToShadow, ToRule} {
				if (Editor{Roles: tc.roles}).May(act, tc.site) {
					got = append(got, string(act))
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("may %v, want %q", got, tc.want)
			}
		})
	}
}

func TestAnOwnerMayEveryAct(t *testing.T) {
	if len(Acts()) != len(may[Owner]) {
		t.Errorf("Acts lists %v, an owner may %v", Acts(), may[Owner])
	}
}

func TestAScopeNarrowsAndNeverWidens(t *testing.T) {
	e := Editor{Roles: map[string]Role{AllSites: Viewer, "desa": Owner}}
	for name, tc := range map[string]struct {
		scope Scope
		site  string
		want  []Act
	}{
		"no scope":                        {Scope{}, "desa", Acts()},
		"one act":                         {Scope{Acts: []Act{ToDecide}}, "desa", []Act{ToDecide}},
		"one act where it is not allowed": {Scope{Acts: []Act{ToDecide}}, "kota", nil},
		"one site":                        {Scope{Site: "kota"}, "kota", []Act{ToRead}},
		"one site, looked at elsewhere":   {Scope{Site: "kota"}, "desa", nil},
		"the better of two roles counts":  {Scope{Site: "desa"}, "desa", Acts()},
		"everywhere is not a site":        {Scope{Site: "desa"}, AllSites, nil},
	} {
		var got []Act
		for _, act := range Acts() {
			if e.Within(tc.scope).May(act, tc.site) {
				got = append(got, act)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: may %v, want %v", name, got, tc.want)
		}
	}
}

func TestNobodyGivesWhatTheyDoNotHave(t *testing.T) {
	owner, editor := Editor{Roles: map[string]Role{"desa": Owner}}, Editor{Roles: map[string]Role{"desa": Redact}}
	for name, tc := range map[string]struct {
		by   Editor
		role Role
		site string
		want bool
	}{
		"an owner gives on the own site":        {owner, Owner, "desa", true},
		"and takes back":                        {owner, "", "desa", true},
		"but not on another":                    {owner, Viewer, "kota", false},
		"nor everywhere":                        {owner, Viewer, AllSites, false},
		"an editor gives nothing":               {editor, Viewer, "desa", false},
		"an owner bound to managing gives none": {owner.Within(Scope{Acts: []Act{ToManage}}), Redact, "desa", false},
	} {
		if got := tc.by.MayGive(tc.role, tc.site); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSitesAreThoseWhereTheRoleReaches(t *testing.T) {
	e := Editor{Roles: map[string]Role{"desa": Redact, "kota": Viewer, "sekolah": Owner}}
	sites, all := e.Sites(ToDecide)
	slices.Sort(sites)
	if all || !slices.Equal(sites, []string{"desa", "sekolah"}) {
		t.Errorf("sites %v, all %v", sites, all)
	}
	if _, all := (Editor{Roles: map[string]Role{AllSites: Viewer}}).Sites(ToRead); !all {
		t.Error("a role on all sites does not reach all")
	}
}
