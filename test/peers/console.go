package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Console is a page of ours in a tab, under its own content security policy, with
// what it asked for and what went wrong in it.
type Console struct {
	*Tab
	mu       sync.Mutex
	asked    []string // addresses
	troubles []string
}

// OpenPage opens a page of ours in a tab, in a window of a width, and without
// movement so that what is looked at stands still.
func (c *Chromium) OpenPage(t testing.TB, url string, width, height int64) *Console {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx)
	t.Cleanup(cancel)
	p := &Console{Tab: &Tab{t: t, ctx: ctx, cancel: cancel}}
	if err := chromedp.Listen(ctx, p.note); err != nil {
		t.Fatal(err)
	}
	still := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}
	prepare := func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
			return cdp.Empty{}, err
		}
		if _, err := cdp.Call(ctx, target, log.Enable, cdp.Empty{}); err != nil {
			return cdp.Empty{}, err
		}
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, still)
	}
	if _, err := chromedp.Run(ctx, prepare); err != nil {
		t.Fatal(err)
	}
	p.Size(width, height)
	if _, err := chromedp.Run(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("open %s: %v", url, err)
	}
	return p
}

// note keeps what the page asks for and complains of; it is called by chromedp's
// reader of the tab.
func (p *Console) note(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.asked = append(p.asked, e.Request.URL)
	case *runtime.EventExceptionThrown:
		p.troubles = append(p.troubles, fmt.Sprintf("%s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" && e.Entry.Source != "network" { // answers of 4xx are the page's to say
			p.troubles = append(p.troubles, e.Entry.Text)
		}
	}
}

// Asked returns the addresses that the page has asked for, but those that it made
// itself.
func (p *Console) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, a := range p.asked {
		if !strings.HasPrefix(a, "data:") && !strings.HasPrefix(a, "blob:") {
			out = append(out, a)
		}
	}
	return out
}

// Troubles returns exceptions and what the browser has refused the page.
func (p *Console) Troubles() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.troubles...)
}

// Scheme has the page believe that the system is "light" or "dark", and without movement.
func (p *Console) Scheme(name string) {
	p.t.Helper()
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}, {Name: "prefers-color-scheme", Value: name}}}
	set := func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, params)
	}
	if _, err := chromedp.Run(p.ctx, set); err != nil {
		p.t.Fatal(err)
	}
}

// Sees waits until an expression holds in the page. The page may be on its way to
// another address, when nothing can be asked of it.
func (p *Console) Sees(what, expression string) {
	p.t.Helper()
	deadline, tick := time.NewTimer(20*time.Second), time.NewTicker(60*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
		seen, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		cancel()
		if err == nil && seen {
			return
		}
		select {
		case <-deadline.C:
			text := ""
			if err == nil {
				text = Eval[string](p.Tab, "document.body.innerText")
			}
			p.t.Fatalf("the page does not show %s (%v); it shows:\n%.1500s", what, err, text)
		case <-tick.C:
		}
	}
}

// Has waits for the part with a test name.
func (p *Console) Has(testid string) {
	p.t.Helper()
	p.Sees("the part "+testid, selector(testid))
}

func selector(testid string) string {
	return fmt.Sprintf("document.querySelector('[data-testid=%q]')", testid)
}

// Click clicks the first part with a test name, once it is there.
func (p *Console) Click(testid string) {
	p.t.Helper()
	p.Has(testid)
	p.Do(selector(testid) + ".click()")
}

// Write writes into the field with a test name, as somebody who types.
func (p *Console) Write(testid, text string) {
	p.t.Helper()
	p.Has(testid)
	quoted, _ := json.Marshal(text)
	p.Do(fmt.Sprintf("(() => { const f = %s; f.focus(); f.value = %s; f.dispatchEvent(new Event('input', {bubbles: true})) })()", selector(testid), quoted))
}

// Press presses a key where the focus is.
func (p *Console) Press(key string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.KeyEvent(key)); err != nil {
		p.t.Fatal(err)
	}
}

// Picture writes what is seen into a file.
func (p *Console) Picture(path string) {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
	if err := os.WriteFile(path, png, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// Violations returns what axe-core finds wrong with the page as it is: of all rules,
// or of those that are named, when only the content below the menu is looked at.
func (p *Console) Violations(rules ...string) []string {
	p.t.Helper()
	if !Eval[bool](p.Tab, "typeof axe === 'object'") {
		script, err := os.ReadFile(filepath.Join(root(), "web", "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			p.t.Fatalf("axe-core is not installed: make test installs it (npm ci in web): %v", err)
		}
		Eval[string](p.Tab, string(script)+"; ''")
	}
	options, of := map[string]any{"resultTypes": []string{"violations"}}, "document"
	if len(rules) > 0 {
		options["runOnly"], of = rules, "document.querySelector('main') ?? document"
	}
	asked, _ := json.Marshal(options)
	return Eval[[]string](p.Tab, "axe.run("+of+", "+string(asked)+").then((r) => r.violations.map((v) => v.id + ' at ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' (' + (n.any[0]?.message ?? v.help) + ')').join(', ')))")
}
