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
