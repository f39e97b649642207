package peers

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/tandemgw/tandem/test/sound"
)

// Chromium is a running browser; Page opens a tab of it.
type Chromium struct {
	ctx context.Context
}

// StartChromium runs a headless Chromium until the test ends. spki are the
// SHA-256 hashes (base64) of public keys whose certificates it shall believe; more
// are options of the command line.
func StartChromium(t testing.TB, spki string, more ...chromedp.ExecAllocatorOption) *Chromium {
	t.Helper()
	path := program(t, "chromium", "chromium")
	profile := t.TempDir()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoFirstRun,
	}
	for _, f := range []string{
		"headless", "no-sandbox", "disable-gpu", "disable-quic", "disable-background-networking", "disable-component-update",
		"disable-sync", "use-fake-device-for-media-stream", "use-fake-ui-for-media-stream", "allow-loopback-in-peer-connection",
		"disable-background-timer-throttling", "disable-renderer-backgrounding", "disable-backgrounding-occluded-windows", "mute-audio",
	} {
		options = append(options, chromedp.Flag(f, true))
	}
	options = append(options, chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	if spki != "" {
		options = append(options, chromedp.Flag("ignore-certificate-errors-spki-list", spki))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { cancel(); stop(); removeSocket(profile) })
	if _, err := chromedp.Run(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	return &Chromium{ctx: ctx}
}

// removeSocket removes the folder of the socket by which a second Chromium of the profile
// would find the first: it is not in the profile, whose path may be too long for one, and
// a browser that is stopped leaves it behind.
func removeSocket(profile string) {
	socket, err := os.Readlink(filepath.Join(profile, "SingletonSocket"))
	if folder := filepath.Dir(socket); err == nil && strings.HasPrefix(filepath.Base(folder), "org.chromium.") {
		_ = os.RemoveAll(folder)
	}
}

// Microphone is an option of StartChromium: a sound file instead of the beeps that
// the microphone gives else.
func Microphone(t testing.TB, m sound.Melody) chromedp.ExecAllocatorOption {
	t.Helper()
	file := filepath.Join(t.TempDir(), "microphone.wav")
	if err := sound.WriteWAV(file, m.PCM(48000, 20*time.Second), 48000); err != nil {
		t.Fatal(err)
	}
	return chromedp.Flag("use-file-for-fake-audio-capture", file)
}

// Tab is one page of a browser.
type Tab struct {
	t        testing.TB
	ctx      context.Context
	cancel   context.CancelFunc
	evaluate func(ctx context.Context, expression string) ([]byte, error) // where it is not Chromium's; the value as JSON
}

// Open opens a tab at an address.
func (c *Chromium) Open(t testing.TB, url string) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx)
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx, cancel: cancel}
	bypass := func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) { // the recorder's worklet is a blob
		return cdp.Call(ctx, target, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	}
	if _, err := chromedp.Run(ctx, bypass); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("open %s: %v", url, err)
	}
	return tab
}

// Eval evaluates an expression (a promise is awaited) and decodes its value.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, 20*time.Second)
	defer cancel()
	v, err := evaluate[T](ctx, tab, expression)
	if err != nil {
		tab.t.Fatalf("in the page: %v\nof %.200s", err, expression)
	}
	return v
}

func evaluate[T any](ctx context.Context, tab *Tab, expression string) (T, error) {
	if tab.evaluate == nil {
		return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	}
	var v T
	b, err := tab.evaluate(ctx, expression)
	if err != nil || len(b) == 0 { // an undefined value has no JSON
		return v, err
	}
	return v, json.Unmarshal(b, &v)
}

// Do evaluates an expression and forgets its value.
func (tab *Tab) Do(expression string) {
	tab.t.Helper()
	Eval[string](tab, "(async () => { await ("+expression+"); return '' })()")
}

// Size makes the window as wide and high as that.
func (tab *Tab) Size(width, height int64) {
	tab.t.Helper()
	if _, err := chromedp.Run(tab.ctx, chromedp.EmulateViewport(width, height)); err != nil {
		tab.t.Fatal(err)
	}
}

// Context is for acts of chromedp's own.
func (tab *Tab) Context() context.Context { return tab.ctx }

// WebPeer is JsSIP in a tab: a browser's phone without its looks.
type WebPeer struct {
	*Tab
}

// WebPeerConfig is its account. WS is the address of the WebSocket.
type WebPeerConfig struct {
	WS       string       `json:"ws"`
	User     string       `json:"user"`
	Password string       `json:"password"`
	Domain   string       `json:"domain"`
	Melody   sound.Melody `json:"melody"`
	Codecs   []string     `json:"codecs,omitempty"`   // only these, in lower case
	Answer   int          `json:"answer,omitempty"`   // answers by itself after so many ms
	Timers   int          `json:"timers,omitempty"`   // session timers (RFC 4028), refreshed after half of so many seconds
	Instance string       `json:"instance,omitempty"` // a UUID that a page keeps over a reload
	Refused  bool         `json:"-"`                  // will not be let in: do not wait for it
}

// WebEvent is what JsSIP said.
type WebEvent struct {
	Type                                                       string
	At                                                         int64
	Originator, Cause, Reason, Warning, Text, Kind, Tone, CSeq string
	From, Name, Date, Diversion                                string
	Status                                                     int
}

// Phone opens a page of the gateway's own origin, puts JsSIP into it, and
// registers. url is an address such as http://localhost:8080/healthz.
func (c *Chromium) Phone(t testing.TB, url string, w WebPeerConfig) *WebPeer {
	t.Helper()
	return phoneIn(t, c.Open(t, url), w)
}

func phoneIn(t testing.TB, tab *Tab, w WebPeerConfig) *WebPeer {
	t.Helper()
	p := &WebPeer{tab}
	if w.Melody == nil {
		w.Melody = sound.High()
	}
	script := pageScript(t)
	Eval[string](p.Tab, script+"; ''")
	config, _ := json.Marshal(w)
	p.Do("peer.register(" + string(config) + ")")
	if !w.Refused {
		p.Event("registered", 20*time.Second)
	}
	return p
}

// Events returns what was said so far.
func (p *WebPeer) Events() []WebEvent {
	p.t.Helper()
	return Eval[[]WebEvent](p.Tab, "peer.events")
}

// Wire returns the messages sent (local) or received (remote) whose CSeq names a
// method, by their first lines.
func (p *WebPeer) Wire(originator, method string) []string {
	p.t.Helper()
	var out []string
	for _, e := range p.Events() {
		if e.Type == "wire" && e.Originator == originator && strings.HasSuffix(e.CSeq, " "+method) {
			out = append(out, e.Text)
		}
	}
	return out
}

// Event waits for an event of a type and returns the last one.
func (p *WebPeer) Event(kind string, within time.Duration) WebEvent {
	p.t.Helper()
	deadline := time.After(within)
	for {
		var seen []string
		events := p.Events()
		for i := len(events) - 1; i >= 0; i-- {
			if events[i].Type == kind {
				return events[i]
			}
			if events[i].Type != "sdp" && events[i].Type != "wire" {
				seen = append([]string{fmt.Sprintf("%s %s %d %s", events[i].Type, events[i].Cause, events[i].Status, events[i].Warning)}, seen...)
			}
		}
		select {
		case <-deadline:
			p.t.Fatalf("the browser did not say %q within %v; it said %q", kind, within, seen)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// Recorded implements Ear.
func (p *WebPeer) Recorded() int { return Eval[int](p.Tab, "peer.recorded()") }

// Heard implements Ear: what the browser has heard in its last call.
func (p *WebPeer) Heard(from int) ([]int16, int) {
	p.t.Helper()
	b, err := base64.StdEncoding.DecodeString(Eval[string](p.Tab, fmt.Sprintf("peer.heard(%d)", from)))
	if err != nil {
		p.t.Fatal(err)
	}
	return samples(b), 48000
}

func samples(b []byte) []int16 {
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

// Inbound is what the browser says of the sound that arrives.
type Inbound struct {
	State   string  `json:"state"`
	SSRC    uint32  `json:"ssrc"`
	Packets int     `json:"packets"`
	Energy  float64 `json:"energy"`
}

// Inbound asks the browser about the sound that arrives.
func (p *WebPeer) Inbound() Inbound { return Eval[Inbound](p.Tab, "peer.inbound()") }

// The acts of somebody at the browser.
func (p *WebPeer) Call(uri string) { p.Do(fmt.Sprintf("peer.call(%q)", uri)) }
func (p *WebPeer) Answer()         { p.Do("peer.answer()") }
func (p *WebPeer) Hangup()         { p.Do("peer.hangup()") }
func (p *WebPeer) Hold()           { p.Do("peer.hold()") }
func (p *WebPeer) Resume()         { p.Do("peer.unhold()") }

// Decline refuses the call that rings, with a status.
func (p *WebPeer) Decline(status int) { p.Do(fmt.Sprintf("peer.hangup({status_code: %d})", status)) }

// Press sends digits as RFC2833 or as INFO.
func (p *WebPeer) Press(digits, transport string) {
	p.Do(fmt.Sprintf("peer.dtmf(%q, %q)", digits, transport))
}

// Refer hands the call over to a number, and ReferToOther hands the first of two
// calls to whom the second is with.
func (p *WebPeer) Refer(uri string)        { p.Do(fmt.Sprintf("peer.refer(%q, false)", uri)) }
func (p *WebPeer) ReferToOther(uri string) { p.Do(fmt.Sprintf("peer.refer(%q, true)", uri)) }

// Message sends a text.
func (p *WebPeer) Message(uri, text string) { p.Do(fmt.Sprintf("peer.message(%q, %q)", uri, text)) }

// Dialog is the newest call as a page keeps it for after its reload; TakeBack
// calls in its place.
func (p *WebPeer) Dialog() string { return Eval[string](p.Tab, "JSON.stringify(peer.dialog())") }

// TakeBack calls in place of a call that a former page had; see Dialog.
func (p *WebPeer) TakeBack(uri, dialog string) {
	p.Do(fmt.Sprintf("peer.takeBack(%q, %s)", uri, dialog))
}

// Drop breaks the WebSocket; JsSIP comes back by itself after a second or two.
func (p *WebPeer) Drop() { p.Do("peer.drop()") }

// Calls is how many calls are not over.
func (p *WebPeer) Calls() int { return Eval[int](p.Tab, "peer.count()") }

// Forget forgets what was said and heard so far, so that the next Event waits for
// a new one. It is for the time between calls.
func (p *WebPeer) Forget() { p.Do("peer.reset()") }

// Close closes the page without a word to the gateway.
func (tab *Tab) Close() { tab.cancel() }

// bundle is the script that pageScript builds once for a test process.
type bundle struct {
	once   sync.Once
	script string
	err    error
}

var built bundle //nolint:gochecknoglobals // a cache of a build

// pageDir is where the pages' scripts are.
func pageDir() string { return filepath.Join(root(), "test", "peers", "page") }

// pageScript bundles page/peer.js, whose packages make test has installed.
func pageScript(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		dir := pageDir()
		if _, err := os.Stat(filepath.Join(dir, "node_modules", "jssip")); err != nil {
			built.err = fmt.Errorf("the test page's packages are not installed: make test installs them (npm ci in test/peers/page)")
			return
		}
		cmd := exec.Command("npx", "--no-install", "esbuild", "peer.js", "--bundle", "--format=iife", "--log-level=warning")
		cmd.Dir = dir
		out, err := cmd.Output()
		built.script, built.err = string(out), err
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.script
}
