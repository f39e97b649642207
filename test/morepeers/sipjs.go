package morepeers

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// SIPJS is SIP.js in a tab: its SessionManager, with its defaults.
type SIPJS struct {
	*peers.Tab
	t testing.TB
}

// SIPJSConfig is its account. WS is the address of the WebSocket.
type SIPJSConfig struct {
	WS       string       `json:"ws"`
	User     string       `json:"user"`
	Password string       `json:"password"`
	Domain   string       `json:"domain"`
	Melody   sound.Melody `json:"melody"`
	Reliable bool         `json:"reliable"` // supports 100rel (RFC 3262)
}

// Said is something that SIP.js has said, or the first line of a message that it
// has sent or got.
type Said struct{ Type, Text string }

// OpenSIPJS opens a page of the gateway's own origin, puts SIP.js into it, and
// registers.
func OpenSIPJS(t testing.TB, chrome *peers.Chromium, page string, c SIPJSConfig) *SIPJS {
	t.Helper()
	p := &SIPJS{Tab: chrome.Open(t, page), t: t}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("SIP.js said %q", p.Events())
		}
	})
	peers.Eval[string](p.Tab, phoneScript(t)+"; ''")
	config, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	p.do("register(" + string(config) + ")")
	p.Says("registered", 20*time.Second)
	return p
}

func (p *SIPJS) do(act string) {
	p.t.Helper()
	p.Do("phone." + act)
}

// Events returns what was said since Forget.
func (p *SIPJS) Events() []Said {
	p.t.Helper()
	return peers.Eval[[]Said](p.Tab, "phone.events")
}

// Says waits until something was said and returns what was said last of it.
func (p *SIPJS) Says(kind string, within time.Duration) Said {
	p.t.Helper()
	var found Said
	peers.Await(p.t, within, "SIP.js says "+kind, func() bool {
		for _, e := range p.Events() {
			if e.Type == kind {
				found = e
			}
		}
		return found.Type != ""
	})
	return found
}

// Gets waits until a message has come whose first line begins so.
func (p *SIPJS) Gets(first string, within time.Duration) {
	p.t.Helper()
	peers.Await(p.t, within, "SIP.js gets "+first, func() bool {
		for _, e := range p.Events() {
			if e.Type == "got" && strings.HasPrefix(e.Text, first) {
				return true
			}
		}
		return false
	})
}

// The acts of somebody at the browser.
func (p *SIPJS) Call(uri string) { p.do(fmt.Sprintf("call(%q)", uri)) }
func (p *SIPJS) Answer()         { p.do("answer()") }
func (p *SIPJS) Decline()        { p.do("decline()") }
func (p *SIPJS) Hangup()         { p.do("hangup()") }
func (p *SIPJS) Hold()           { p.do("hold()") }
func (p *SIPJS) Resume()         { p.do("unhold()") }
func (p *SIPJS) Unregister()     { p.do("unregister()") }

// Transfer hands the call over to a number.
func (p *SIPJS) Transfer(uri string) { p.do(fmt.Sprintf("transfer(%q)", uri)) }

// Press presses keys; they are sent as INFO or as RFC 4733.
func (p *SIPJS) Press(keys string, byInfo bool) { p.do(fmt.Sprintf("press(%q, %v)", keys, byInfo)) }

// Forget forgets what was said and heard so far.
func (p *SIPJS) Forget() { p.do("reset()") }

// Recorded implements peers.Ear.
func (p *SIPJS) Recorded() int { return peers.Eval[int](p.Tab, "phone.recorded()") }

// Heard implements peers.Ear.
func (p *SIPJS) Heard(from int) ([]int16, int) {
	p.t.Helper()
	b, err := base64.StdEncoding.DecodeString(peers.Eval[string](p.Tab, fmt.Sprintf("phone.heard(%d)", from)))
	if err != nil {
		p.t.Fatal(err)
	}
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm, 48000
}

// script is the bundle of page/phone.js, made once for a test process.
var script = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // a cache of a build
	if found, _ := filepath.Glob("page/node_modules/sip.js"); len(found) == 0 {
		return "", fmt.Errorf("the page's packages are not installed: npm ci in test/morepeers/page")
	}
	cmd := exec.Command("npx", "--no-install", "esbuild", "phone.js", "--bundle", "--format=iife", "--log-level=warning")
	cmd.Dir = "page"
	out, err := cmd.Output()
	return string(out), err
})

func phoneScript(t testing.TB) string {
	t.Helper()
	text, err := script()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
