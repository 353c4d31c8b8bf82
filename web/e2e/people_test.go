package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
)

// patient lets one machine sign in as often as a test does.
var patient = []string{"BALASAN_LIMITS_SIGNIN_NARROW=1000/1m", "BALASAN_LIMITS_SIGNIN_WIDE=1000/1m"}

const phrase = "kopi hangat pagi hari"

// named is the same instance by a name: browsers make no passkeys on a bare IP address.
func (in *instance) named() string { return strings.Replace(in.Base, "127.0.0.1", "localhost", 1) }

// settle takes the owner's link at an address and sets a password.
func settle(t testing.TB, in *instance, ctx context.Context, base string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(base+strings.TrimPrefix(in.Link, in.Base)), chromedp.Click("button.main"))
	waitFor(t, ctx, `location.pathname == '/queue/password'`)
	do(t, ctx, chromedp.SendKeys(`[name=password]`, phrase), chromedp.Click("button.main"))
	waitFor(t, ctx, `location.pathname == '/queue'`)
}

func TestAPasskeySignsInWithoutAName(t *testing.T) {
	in, ctx := start(t, patient...), browser(t)
	base := in.named()
	settle(t, in, ctx, base)
	var id webauthn.AuthenticatorID
	do(t, ctx, command(webauthn.Enable, webauthn.EnableParams{}), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		made, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		id = made.AuthenticatorID
		return err
	}))
	do(t, ctx, chromedp.Navigate(base+"/queue/account"), chromedp.SendKeys(`form[data-passkey] [name=name]`, "Ponsel Sari"), chromedp.Click(`form[data-passkey] button`))
	waitFor(t, ctx, `document.querySelector('#passkeys .passes')?.textContent.includes('Ponsel Sari')`)
	before := len(ask[string](t, ctx, `document.querySelector('#sessions .passes').textContent`))

	out := func() {
		do(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/queue/signout"]').submit()`))
		waitFor(t, ctx, `location.pathname == '/queue/signin'`)
	}
	out()
	do(t, ctx, chromedp.Navigate(base+"/queue/signin?next=/queue/account"), chromedp.Click(`.bypasskey button`))
	waitFor(t, ctx, `location.pathname == '/queue/account' && document.querySelector('#passkeys')`)
	if text := ask[string](t, ctx, `document.querySelector('#passkeys').textContent`); strings.Contains(text, "belum dipakai") {
		t.Errorf("the use of a passkey is not noted (%d): %s", before, text)
	}

	for name, bad := range map[string]webauthn.SetResponseOverrideBitsParams{
		"a signature that is none":  {AuthenticatorID: id, IsBogusSignature: new(true)},
		"a user who was not asked":  {AuthenticatorID: id, IsBadUV: new(true)},
		"a user who is not present": {AuthenticatorID: id, IsBadUP: new(true)},
	} {
		out()
		do(t, ctx, command(webauthn.SetResponseOverrideBits, bad), chromedp.Navigate(base+"/queue/signin"), chromedp.Click(`.bypasskey button`))
		waitFor(t, ctx, `location.pathname == '/queue/signin/passkey'`)
		if says := ask[string](t, ctx, `document.querySelector('.door > .fault').textContent`); says == "" {
			t.Errorf("%s: nothing is said", name)
		}
		do(t, ctx, command(webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: id}),
			chromedp.Navigate(base+"/queue/signin"), chromedp.Click(`.bypasskey button`))
		waitFor(t, ctx, `location.pathname == '/queue'`)
	}

	do(t, ctx, chromedp.Navigate(base+"/queue/account"), chromedp.Click(`form[action$="/passkeys/end"] button`))
	waitFor(t, ctx, `document.querySelector('.told')`)
	out()
	do(t, ctx, chromedp.Click(`.bypasskey button`))
	waitFor(t, ctx, `location.pathname == '/queue/signin/passkey' || document.querySelector('.bypasskey .fault').textContent`)
	if ask[bool](t, ctx, `location.pathname == '/queue'`) {
		t.Error("a passkey that was removed signs in")
	}
}

func TestNoPasskeysOnABareAddress(t *testing.T) {
	in, ctx := start(t, patient...), browser(t)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/signin"))
	if ask[bool](t, ctx, `!!document.querySelector('.bypasskey')`) {
		t.Error("the button stands where it cannot work")
	}
	settle(t, in, ctx, in.Base)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/account?lang=en"))
	if text := ask[string](t, ctx, `document.querySelector('#passkeys').textContent`); !strings.Contains(text, "https") {
		t.Errorf("it is not said why: %s", text)
	}
}

var recoveryCode = regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}`)

// TestCodesAndTheirSecretsStayInside walks an app's codes, a token and an invitation through real
// pages, and then searches all that anyone could read for what was shown once.
func TestCodesAndTheirSecretsStayInside(t *testing.T) {
	in, ctx := start(t, append(patient, "BALASAN_LOG_LEVEL=debug")...), browser(t)
	settle(t, in, ctx, in.Base)
	do(t, ctx, withScripts(false), chromedp.Navigate(in.Base+"/queue/account/codes"))
	secret := strings.ReplaceAll(ask[string](t, ctx, `document.querySelector('.secret').textContent`), " ", "")
	code := func(at time.Time) string {
		c, err := totp.GenerateCode(secret, at)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	now := time.Now()
	do(t, ctx, chromedp.SendKeys(`[name=code]`, "000000"), chromedp.Click("button.main"), shows("#f-code"))
	do(t, ctx, chromedp.SendKeys(`[name=code]`, code(now)), chromedp.Click("button.main"), shows(".once #secret"))
	recovery := recoveryCode.FindAllString(ask[string](t, ctx, `document.querySelector('#secret').textContent`), -1)
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes", len(recovery))
	}

	enter := func(code, lands string) {
		t.Helper()
		do(t, ctx, chromedp.Navigate(in.Base+"/queue/signin"))
		if ask[string](t, ctx, `location.pathname`) != "/queue/signin" {
			do(t, ctx, chromedp.Click(`form[action="/queue/signout"] button`), shows(`[name=password]`))
		}
		do(t, ctx, chromedp.SendKeys(`[name=name]`, "owner"), chromedp.SendKeys(`[name=password]`, phrase), chromedp.Click("button.main"), shows(`[name=code]`))
		do(t, ctx, chromedp.SendKeys(`[name=code]`, code), chromedp.Click("button.main"), shows(lands))
	}
	do(t, ctx, window(390, "dark"))
	enter(code(now), "#f-code") // it confirmed the app and is spent
	fits(t, ctx, "code")
	picture(ctx, "code dark 390")
	do(t, ctx, withScripts(true))
	accessible(t, ctx, "code")
	do(t, ctx, withScripts(false))
	enter(recovery[3], "main.queue")
	enter(strings.ToUpper(recovery[3]), "#f-code")
	enter(code(now.Add(30*time.Second)), "main.queue")

	do(t, ctx, chromedp.Navigate(in.Base+"/queue/people"), chromedp.SendKeys(`[name=name]`, "Budi"), chromedp.Click("button.main"), shows(".once #secret"))
	link := strings.TrimSpace(ask[string](t, ctx, `document.querySelector('#secret').textContent`))
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/account"), chromedp.Click("#tokens summary"), chromedp.SendKeys(`#tokens [name=label]`, "cadangan"),
		chromedp.Click("#tokens button.main"), shows(".once #secret"))
	token := strings.TrimSpace(ask[string](t, ctx, `document.querySelector('#secret').textContent`))
	if status, _ := in.get("/v1/editor/queue", "Authorization", "Bearer "+token); status != 200 {
		t.Errorf("the token reads: %d", status)
	}
	hidden := append([]string{secret, token, link[strings.LastIndex(link, "/")+1:]}, recovery...)
	for _, page := range []string{"/queue", "/queue/account", "/queue/people"} {
		do(t, ctx, chromedp.Navigate(in.Base+page))
		if found := sighting(ask[string](t, ctx, `document.documentElement.outerHTML`), hidden); found != "" {
			t.Errorf("%s shows %q again", page, found)
		}
	}
	if found := sighting(in.Log(), hidden); found != "" {
		t.Errorf("the log shows %q", found)
	}
	err := filepath.WalkDir(in.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if found := sighting(string(content), traces(hidden...)); found != "" {
			t.Errorf("%s holds %q", filepath.Base(path), found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if listed := in.run("editor", "list"); !strings.Contains(listed, "password + codes") {
		t.Errorf("the list does not tell of codes: %s", listed)
	}
	in.run("editor", "reset", "owner")
	if listed := in.run("editor", "list"); strings.Contains(listed, "password + codes") {
		t.Errorf("a reset leaves the codes: %s", listed)
	}
}

func TestPeoplesPagesInEveryLook(t *testing.T) {
	in, ctx := start(t, patient...), browser(t)
	base := in.named()
	in.run("site", "add", "desa", "--name", "Desa Sukamaju Permai", "https://desa.example")
	settle(t, in, ctx, base)
	for _, who := range []string{"Sari Wulandari --site desa --role editor", "Budi --role viewer", "Nama<b>yang</b>sangatpanjangsekalitanpaspasisatupunjuga --site desa --role owner"} {
		name, rest, _ := strings.Cut(who, " --")
		in.run(append([]string{"editor", "add", name}, strings.Fields("--"+rest)...)...)
	}
	in.run("editor", "token", "owner", "--label", "cadangan malam", "--scope", "read,decide", "--site", "desa")
	look := func(name, path string, steps ...step) {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int{320, 390, 1280} {
				do(t, ctx, window(width, scheme), chromedp.Navigate(base+path))
				do(t, ctx, steps...)
				named := fmt.Sprintf("%s %s %d", name, scheme, width)
				fits(t, ctx, named)
				accessible(t, ctx, named)
				picture(ctx, named)
			}
		}
	}
	open := chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => d.open = true)`)
	look("people", "/queue/people?lang=id", open)
	look("account", "/queue/account?lang=id", open)
	look("codes", "/queue/account/codes?lang=en")
	look("prove", "/queue/account/prove?lang=id")
	do(t, ctx, chromedp.Navigate(base+"/queue/people"), chromedp.SendKeys(`[name=name]`, "Dewi"), chromedp.Click("button.main"), shows(".once #secret"))
	accessible(t, ctx, "once")
	picture(ctx, "once dark 1280")
	do(t, ctx, chromedp.Click("[data-copy]"))
	do(t, ctx, chromedp.Navigate(base+"/queue/account"), chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/queue/signout"]').submit()`))
	waitFor(t, ctx, `location.pathname == '/queue/signin'`)
	look("signin", "/queue/signin")
}
