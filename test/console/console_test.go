package console

import (
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeidp"
	"github.com/tandemgw/tandem/test/peers"
)

// The password of each of them is "of-the-test".
const people = `
admin "ann" {
  role          = "admin"
  password_hash = "$argon2id$v=19$m=19456,t=2,p=1$dGFuZGVtLXRlc3Qtc2FsdA$Aa8w0Yjcbv/FbtrrEJkPzmBj6wNkyZJyN5DOjwGWUQM"
}
admin "vera" {
  role          = "viewer"
  password_hash = "$argon2id$v=19$m=19456,t=2,p=1$dGFuZGVtLXRlc3Qtc2FsdA$Aa8w0Yjcbv/FbtrrEJkPzmBj6wNkyZJyN5DOjwGWUQM"
}
`

const setup = people + `
include_test_numbers = true
user "201" {
  name     = "Ann Archer"
  password = "secret-of-201"
}
user "202" {
  name     = "Ben Baker"
  password = "secret-of-202"
}
trunk "alpha" {
  host  = "127.0.0.1:9"
  allow = ["127.0.0.9"]
}
from "users" {
  calls = {
    "2XX" = [dial("user:${to}", "20s")]
    "9X." = [dial("trunk:alpha")]
  }
}
`

// operator is somebody at the console.
type operator struct {
	*peers.Console
	t     *testing.T
	shots string // where pictures go; empty: none are taken
}

// shotsOf is where pictures go; empty where nobody wants them, since a picture takes longer
// than all else that is done on a screen: `go test -artifacts`.
func shotsOf(t *testing.T) string {
	if kept := flag.Lookup("test.artifacts"); kept != nil && kept.Value.String() == "true" {
		return t.ArtifactDir()
	}
	return ""
}

// signIn opens the console and signs in with the name.
func signIn(t *testing.T, browser *peers.Chromium, g *peers.Gateway, name string) *operator {
	t.Helper()
	o := &operator{Console: browser.OpenPage(t, g.HTTP+"/console", 1280, 800), t: t, shots: shotsOf(t)}
	if name == "ann" { // somebody who mistypes at first
		o.Write("sign-in-name", name)
		o.Write("sign-in-password", "not-it")
		o.Click("sign-in-submit")
		o.Has("sign-in-message")
		o.look("sign-in")
	}
	o.Write("sign-in-name", name)
	o.Write("sign-in-password", "of-the-test")
	o.Click("sign-in-submit")
	o.Has("nav-calls")
	return o
}

// look has axe look at the screen in light and dark, looks whether it fits a tablet's window
// and a small telephone's, and takes pictures of all of them where somebody wants to see them.
func (o *operator) look(name string) {
	o.t.Helper()
	for _, v := range o.Violations() {
		o.t.Errorf("%s: axe: %s", name, v)
	}
	o.pictures(name + "-light")
	if peers.Eval[bool](o.Tab, "document.querySelector('[data-testid=theme-dark]') !== null") {
		o.Do("document.querySelector('[data-testid=theme-dark]').click()")
		for _, v := range o.Violations("color-contrast") { // what else there is does not depend on it
			o.t.Errorf("%s, dark: axe: %s", name, v)
		}
		o.pictures(name + "-dark")
		o.Do("document.querySelector('[data-testid=theme-light]').click()")
	}
	for _, width := range []int64{768, 360} {
		o.Size(width, 800)
		if over := peers.Eval[int](o.Tab, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			o.t.Errorf("%s is %d pixels wider than a window of %d", name, over, width)
		}
	}
	o.Size(1280, 800)
}

// pictures takes pictures of the whole screen on a computer, a tablet and a small telephone.
func (o *operator) pictures(name string) {
	o.t.Helper()
	if o.shots == "" {
		return
	}
	for _, width := range []int64{1280, 768, 360} {
		o.Size(width, 800)
		o.Size(width, max(800, min(4000, peers.Eval[int64](o.Tab, "document.documentElement.scrollHeight"))))
		o.Picture(filepath.Join(o.shots, fmt.Sprintf("%s-%d.png", name, width)))
	}
	o.Size(1280, 800)
}

// screens are those that the menu offers, by their test names.
func (o *operator) screens() []string {
	return peers.Eval[[]string](o.Tab, "[...document.querySelectorAll('[data-testid^=\"nav-\"]')].map((a) => a.dataset.testid)")
}

func TestConsole(t *testing.T) {
	idp := fakeidp.Start(t)
	g := peers.StartGateway(t, setup+service(idp))
	browser := peers.StartChromium(t, "")
	t.Run("an admin sees everything and ends a call", func(t *testing.T) { testAdmin(t, browser, g) })
	t.Run("a viewer is offered nothing that he may not do", func(t *testing.T) { testViewer(t, browser, g) })
	t.Run("somebody comes by a sign-in service", func(t *testing.T) { testService(t, browser, g, idp) })
}

func testAdmin(t *testing.T, browser *peers.Chromium, g *peers.Gateway) {
	o := signIn(t, browser, g, "ann")
	o.Click("nav-calls")
	o.Has("empty")
	o.Sees("that it is live", "document.querySelector('[data-testid=link][data-state=live]')")

	phone := browser.Phone(t, g.Page(), peers.WebPeerConfig{WS: g.WS(), User: "201", Password: "secret-of-201", Domain: "127.0.0.1"})
	phone.Call("sip:600@127.0.0.1")
	phone.Event("confirmed", 20*time.Second)
	o.Sees("the call that came", "[...document.querySelectorAll('tbody tr')].some((r) => /201[^]*600[^]*talking/.test(r.innerText))")

	o.makeATokenABanAndAUser()
	for _, s := range o.screens() {
		o.Click(s)
		o.Sees("the screen "+s, fmt.Sprintf("document.querySelector('[data-testid=%q][aria-current=page]') && document.querySelector('main h1') && !document.querySelector('main [role=status].empty')", s))
		if n := peers.Eval[int](o.Tab, "document.querySelectorAll('main .banner.error').length"); n > 0 && s != "nav-overview" {
			t.Errorf("%s says that something is wrong: %s", s, peers.Eval[string](o.Tab, "document.querySelector('main .banner.error').innerText"))
		}
		o.look(strings.TrimPrefix(s, "nav-"))
	}
	o.seeTheCall()
	o.takeBackWhatWasMade()

	o.Click("nav-calls")
	o.Click("hang-up")
	o.Click("ask-yes")
	phone.Event("ended", 20*time.Second)
	o.Click("nav-calls")
	o.Sees("that there is no call any more", "document.querySelector('[data-testid=empty]')")

	o.Click("sign-out")
	o.Has("sign-in")
	for _, a := range o.Asked() {
		if !strings.HasPrefix(a, g.HTTP+"/") {
			t.Errorf("the console asked %s, which is not the gateway", a)
		}
	}
	for _, trouble := range o.Troubles() {
		t.Errorf("the browser says: %s", trouble)
	}
}

// seeTheCall opens the call from the list with the keyboard, and each of its tabs.
func (o *operator) seeTheCall() {
	o.t.Helper()
	o.Click("nav-calls")
	o.Sees("the call", "document.querySelector('[data-testid=table] [data-row=\"0\"]')")
	o.Do("document.querySelector('[data-testid=table]').focus()")
	o.Press("j")
	o.Sees("that the first row has the focus", "document.activeElement?.dataset.row === '0'")
	o.Press("\r")
	o.Has("call-head")
	tabs := peers.Eval[[]string](o.Tab, "[...document.querySelectorAll('[data-testid^=\"tab-\"]')].map((a) => a.dataset.testid)")
	for _, tab := range tabs {
		o.Click(tab)
		o.Has("in-" + strings.TrimPrefix(tab, "tab-"))
		o.Sees("the tab "+tab, "!document.querySelector('.tab [role=status].empty')")
		o.look("call-" + strings.TrimPrefix(tab, "tab-"))
	}
	if slices.Contains(tabs, "tab-ladder") {
		o.readTheLadder()
	}
}

// makeATokenABanAndAUser does what only an admin may, so that every screen has
// something on it.
func (o *operator) makeATokenABanAndAUser() {
	o.t.Helper()
	o.Click("nav-tokens")
	o.Click("make-token")
	o.Write("ask-name", "billing")
	o.Click("ask-yes")
	o.Sees("the token, once", "/^tandem_[a-z0-9]{20,}$/.test(document.querySelector('[data-testid=token-secret]')?.innerText ?? '')")
	o.Click("ask-yes")
	o.Sees("the token in the list", "!document.querySelector('[data-testid=token-secret]') && "+row("billing"))

	o.Click("nav-security")
	o.Click("ban")
	o.Write("ask-address", "192.0.2.66")
	o.Click("ask-yes")
	o.Sees("the ban", row("192.0.2.66"))

	o.Click("nav-users")
	o.Click("add-user")
	o.Write("ask-name", "204")
	o.Write("ask-displayName", "Dora Dane")
	o.Write("ask-password", "secret-of-204")
	o.Click("ask-yes")
	o.Sees("the new user", row("204 Dora Dane"))
	o.Click("change-204")
	o.Has("ask-state")
	o.Do("document.querySelector('[data-testid=ask-state]').value = 'no'")
	o.Click("ask-yes")
	o.Sees("that the user is locked out", row("204 Dora Dane[^]*locked out"))
}

// takeBackWhatWasMade does, and finds all of it in the audit log.
func (o *operator) takeBackWhatWasMade() {
	o.t.Helper()
	o.Click("nav-tokens")
	o.Click("remove-token")
	o.Click("ask-yes")
	o.Has("empty")
	o.Click("nav-users")
	o.Click("remove-204")
	o.Click("ask-yes")
	o.Sees("that the user is gone", "!"+row("204"))
	o.Click("nav-audit")
	for _, did := range []string{"make token", "ban", "add user users", "change user users/204", "remove token", "remove user"} {
		o.Sees("that somebody did: "+did, row(did))
	}
}

// row is true while the table has one that a regular expression finds.
func row(has string) string {
	return fmt.Sprintf("[...document.querySelectorAll('main tbody tr')].some((r) => /%s/.test(r.innerText))", strings.ReplaceAll(has, "/", `\/`))
}

// readTheLadder works the ladder with sngrep's keys.
func (o *operator) readTheLadder() {
	o.t.Helper()
	o.Click("tab-ladder")
	o.Sees("the call's first message", "/^INVITE /.test(document.querySelector('[data-testid=raw] pre')?.innerText ?? '')")
	rows := peers.Eval[int](o.Tab, "document.querySelectorAll('[data-testid=ladder-rows] [role=option]').length")
	o.Do("document.querySelector('[data-testid=ladder-rows]').focus()")
	o.Press("D")
	o.Sees("fewer messages with SDP only", fmt.Sprintf("document.querySelectorAll('[data-testid=ladder-rows] [role=option]').length < %d", rows))
	o.Press(" ")
	o.Press("j")
	o.Press(" ")
	o.Has("diff")
	o.Press("D")
	o.Sees("all messages again", fmt.Sprintf("document.querySelectorAll('[data-testid=ladder-rows] [role=option]').length >= %d", rows))
}

// testViewer: what may not be done is not shown, and is refused where it is tried.
func testViewer(t *testing.T, browser *peers.Chromium, g *peers.Gateway) {
	o := signIn(t, browser, g, "vera")
	o.Click("nav-calls")
	o.Has("empty")
	if peers.Eval[bool](o.Tab, "/Make a call/.test(document.body.innerText)") {
		t.Error("a viewer is offered to make a call")
	}
	if status := peers.Eval[int](o.Tab, "fetch('/api/v1/calls/x', {method: 'DELETE'}).then((r) => r.status)"); status != 403 {
		t.Errorf("a viewer who hangs up by the API is answered %d, want 403", status)
	}
	o.seeMany()
	o.Click("sign-out")
	o.Has("sign-in")
}
