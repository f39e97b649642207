package peers

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// WebPhone is our own web phone in a tab, worked as a person works it.
type WebPhone struct {
	*Tab
}

// WebPhone opens a link to the web phone and waits until it is registered.
func (c *Chromium) WebPhone(t testing.TB, link string) *WebPhone {
	t.Helper()
	p := c.phonePage(t, link)
	p.Shows("registration", "registered")
	return p
}

// SignIn opens the web phone of a gateway, signs a user in and waits until it is
// registered.
func (c *Chromium) SignIn(t testing.TB, gateway, user, password string) *WebPhone {
	t.Helper()
	p := c.phonePage(t, gateway)
	for testid, text := range map[string]string{"login-user": user, "login-password": password} {
		p.Write(testid, text)
	}
	p.Click("login-submit")
	p.Shows("registration", "registered")
	return p
}

// Write writes into the field with a test name.
func (p *WebPhone) Write(testid, text string) {
	p.t.Helper()
	field := fmt.Sprintf("[data-testid=%q]", testid)
	if _, err := chromedp.Run(p.ctx, chromedp.SendKeys(field, text)); err != nil {
		p.t.Fatalf("write %s: %v", testid, err)
	}
}

func (c *Chromium) phonePage(t testing.TB, link string) *WebPhone {
	t.Helper()
	ear, err := os.ReadFile(filepath.Join(pageDir(), "ear.js"))
	if err != nil {
		t.Fatal(err)
	}
	p := &WebPhone{c.Open(t, "about:blank")}
	early := func(ctx context.Context, target *chromedp.Target) (page.AddScriptToEvaluateOnNewDocumentResult, error) {
		return cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: string(ear)})
	}
	if _, err := chromedp.Run(p.ctx, early); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(p.ctx, chromedp.Navigate(link)); err != nil {
		t.Fatal(err)
	}
	return p
}

// Shows waits until the part with a test name shows a state.
func (p *WebPhone) Shows(testid, state string) {
	p.t.Helper()
	var now string
	Await(p.t, time.Minute, fmt.Sprintf("the web phone's %s shows %s", testid, state), func() bool {
		now = Eval[string](p.Tab, fmt.Sprintf("document.querySelector('[data-testid=%q]')?.dataset.state || ''", testid))
		return now == state
	})
}

// Click clicks the part with a test name.
func (p *WebPhone) Click(testid string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Click(fmt.Sprintf("[data-testid=%q]", testid))); err != nil {
		p.t.Fatalf("click %s: %v", testid, err)
	}
}

// Recorded implements Ear.
func (p *WebPhone) Recorded() int { return Eval[int](p.Tab, "ear.recorded()") }

// Heard implements Ear.
func (p *WebPhone) Heard(from int) ([]int16, int) {
	b, err := base64.StdEncoding.DecodeString(Eval[string](p.Tab, fmt.Sprintf("ear.heard(%d)", from)))
	if err != nil {
		p.t.Fatal(err)
	}
	return samples(b), 48000
}

// Inbound asks the browser about the sound that arrives.
func (p *WebPhone) Inbound() Inbound { return Eval[Inbound](p.Tab, "ear.inbound()") }
