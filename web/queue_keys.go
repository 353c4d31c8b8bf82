package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// keyActs are what a key may do in the queue, in the order of the help.
var keyActs = []string{"next", "prev", "open", "approve", "spam", "trash", "leave", "reply", "edit", "note", "sender", "why",
	"rule", "ban", "undo", "history", "lane1", "lane2", "lane3", "search", "fresh", "help"}

// keyMap says which keys do what: by act, codes of KeyboardEvent.code with "Shift+" before them.
type keyMap map[string][]string

// presets are whole maps by name. Coral's are those of its admin's help (f approves, d rejects, b
// bans); WordPress' those of its comment screen (wp-admin/js/edit-comments.js), where u takes an
// approval back and q edits in place.
var presets = map[string]keyMap{
	"balasan": {"next": {"KeyJ"}, "prev": {"KeyK"}, "open": {"Enter"}, "approve": {"KeyA"}, "spam": {"KeyS"}, "trash": {"KeyD"}, "leave": {"KeyX"},
		"reply": {"KeyR"}, "edit": {"KeyE"}, "note": {"KeyN"}, "sender": {"KeyH"}, "why": {"KeyW"}, "rule": {"KeyM"}, "ban": {"KeyB"},
		"undo": {"KeyZ"}, "history": {"Shift+KeyZ"}, "lane1": {"Digit1"}, "lane2": {"Digit2"}, "lane3": {"Digit3"},
		"search": {"Slash"}, "fresh": {"Period"}, "help": {"Shift+Slash"}},
	"coral":     {"approve": {"KeyF"}, "spam": {"KeyD"}, "trash": {"Shift+KeyD"}},
	"wordpress": {"edit": {"KeyQ", "KeyE"}, "undo": {"KeyZ", "KeyU"}},
}

// presetNames are in the order of the page.
var presetNames = []string{"balasan", "coral", "wordpress"}

// preset is a whole map: what it does not say is as in the first.
func preset(name string) keyMap {
	m := keyMap{}
	for _, act := range keyActs {
		m[act] = presets[presetNames[0]][act]
		if own, says := presets[name][act]; says {
			m[act] = own
		}
	}
	return m
}

// keysCookie holds what the editor chose: "coral", or with changes of their own "coral&spam=KeyX".
const keysCookie = "balasan-keys"

func keysOf(c *fiber.Ctx) keyMap {
	name, changes, _ := strings.Cut(c.Cookies(keysCookie), "&")
	m := preset(name)
	query, err := url.ParseQuery(changes)
	if err != nil {
		return m
	}
	for act, codes := range query {
		if slices.Contains(keyActs, act) && !slices.ContainsFunc(codes, func(code string) bool { return keyName(code) == "" }) {
			m[act] = codes
		}
	}
	if len(m.twice()) > 0 {
		return preset(name)
	}
	return m
}

// twice lists acts that share a key with another one.
func (m keyMap) twice() (acts []string) {
	by := map[string]string{}
	for _, act := range keyActs {
		for _, code := range m[act] {
			if other, taken := by[code]; taken {
				acts = append(acts, other, act)
			}
			by[code] = act
		}
	}
	return acts
}

// Of is the first key of an act as a person reads it.
func (m keyMap) Of(act string) string { return m.All(act)[0] }

// All are the keys of an act as a person reads them.
func (m keyMap) All(act string) []string {
	names := []string{}
	for _, code := range m[act] {
		names = append(names, keyName(code))
	}
	return append(names, make([]string, max(0, 1-len(names)))...)
}

// Acts are in the order of the help.
func (m keyMap) Acts() []string { return keyActs }

// Codes are for the script: "approve=KeyA spam=KeyS …".
func (m keyMap) Codes() string {
	var all []string
	for _, act := range keyActs {
		for _, code := range m[act] {
			all = append(all, act+"="+code)
		}
	}
	return strings.Join(all, " ")
}

// signs are keys whose name is no letter and no digit.
var signs = map[string]string{"Slash": "/", "Period": ".", "Comma": ",", "Semicolon": ";", "Minus": "-", "Equal": "=",
	"BracketLeft": "[", "BracketRight": "]", "Enter": "Enter", "Space": "Space", "Shift+Slash": "?"}

// keyName is the name of a code; empty for what is none.
func keyName(code string) string {
	if sign, known := signs[code]; known {
		return sign
	}
	if plain, shifted := strings.CutPrefix(code, "Shift+"); shifted {
		if name := keyName(plain); name != "" {
			return "Shift " + name
		}
		return ""
	}
	letter, isLetter := strings.CutPrefix(code, "Key")
	digit, isDigit := strings.CutPrefix(code, "Digit")
	switch {
	case isLetter && len(letter) == 1 && letter[0] >= 'A' && letter[0] <= 'Z':
		return strings.ToLower(letter)
	case isDigit && len(digit) == 1 && digit[0] >= '0' && digit[0] <= '9':
		return digit
	}
	return ""
}

// keyCode reads a key as a person types it: "x", "shift x", "Shift+X", "?".
func keyCode(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	for code, sign := range signs {
		if name == strings.ToLower(sign) {
			return code
		}
	}
	if rest, shifted := strings.CutPrefix(name, "shift"); shifted {
		if code := keyCode(strings.TrimLeft(rest, " +")); code != "" && !strings.HasPrefix(code, "Shift+") {
			return "Shift+" + code
		}
		return ""
	}
	for _, code := range []string{"Key" + strings.ToUpper(name), "Digit" + name} {
		if keyName(code) != "" {
			return code
		}
	}
	return ""
}

// keysView is the page where an editor chooses keys.
type keysView struct {
	Page
	Name    string
	Presets []choice
	Keys    keyMap
	Typed   map[string]string
	Faults  map[string]string // by act
	Saved   bool
}

func (s *Server) keysPage(c *fiber.Ctx, who caller) error {
	name, _, _ := strings.Cut(c.Cookies(keysCookie), "&")
	view := newKeysView(who, name, keysOf(c))
	view.Saved = c.Query("said") != ""
	return render(c, fiber.StatusOK, "queue_keys", view)
}

func newKeysView(who caller, name string, keys keyMap) keysView {
	view := keysView{Page: staffPage(who.lang, "keys.title"), Name: who.Name, Keys: keys, Typed: map[string]string{}, Faults: map[string]string{}}
	for _, one := range presetNames {
		view.Presets = append(view.Presets, choice{ID: one, Name: tr(who.lang, "keys.preset."+one), Chosen: one == name || name == "" && one == presetNames[0]})
	}
	for _, act := range keyActs {
		view.Typed[act] = strings.Join(keys.All(act), ", ")
	}
	return view
}

// keysForm keeps a whole preset, or the keys as they were typed. It remembers them in a cookie of
// this browser: keys belong to a keyboard.
func (s *Server) keysForm(c *fiber.Ctx, who caller) error {
	name := cmp.Or(formValue(c, "preset"), presetNames[0])
	if !slices.Contains(presetNames, name) {
		name = presetNames[0]
	}
	value := name
	if formValue(c, "act") != "preset" {
		keys, view := keyMap{}, newKeysView(who, name, preset(name))
		for _, act := range keyActs {
			view.Typed[act] = formValue(c, act)
			keys[act] = view.read(act)
		}
		for _, act := range keys.twice() {
			view.Faults[act] = view.T("keys.twice")
		}
		if len(view.Faults) > 0 {
			return render(c, fiber.StatusUnprocessableEntity, "queue_keys", view)
		}
		value += keys.changes(preset(name))
	}
	c.Cookie(&fiber.Cookie{Name: keysCookie, Value: value, Path: "/queue", MaxAge: 4 * cookieLife,
		Secure: s.isSecure(c), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode})
	return c.Redirect("/queue/keys?said=saved", fiber.StatusSeeOther)
}

// read is the codes that were typed for an act.
func (v *keysView) read(act string) (codes []string) {
	for one := range strings.SplitSeq(v.Typed[act], ", ") {
		code := keyCode(one)
		if code == "" {
			v.Faults[act] = v.T("keys.unknown")
			return nil
		}
		codes = append(codes, code)
	}
	return codes
}

// changes are what differs from a preset, as the cookie has it.
func (m keyMap) changes(from keyMap) string {
	var out strings.Builder
	for _, act := range keyActs {
		if slices.Equal(m[act], from[act]) {
			continue
		}
		for _, code := range m[act] {
			out.WriteString("&" + url.Values{act: {code}}.Encode())
		}
	}
	return out.String()
}
