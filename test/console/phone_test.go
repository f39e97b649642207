package console

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// windows are a telephone's, a small one's, and that of the picture of the documents.
var windows = [...]struct{ width, height int64 }{{390, 844}, {360, 640}, {1000, 780}}

// inView says whether a thing is whole within the window, and nothing is before it.
const inView = `(() => {
	const b = document.querySelector('[data-testid=%s]')
	if (!b) return 'it is not there'
	const r = b.getBoundingClientRect()
	if (r.top < 0 || r.left < 0 || r.bottom > innerHeight || r.right > innerWidth) return 'it is at ' + [r.left, r.top, r.right, r.bottom].map(Math.round) + ' of ' + innerWidth + ' by ' + innerHeight
	const top = document.elementFromPoint((r.left + r.right) / 2, (r.top + r.bottom) / 2)
	return b.contains(top) ? '' : 'it is behind ' + top?.outerHTML.slice(0, 80)
})()`

// Whoever is called, calls or talks finds the button that ends it without scrolling, on
// a telephone, a small one, and a computer. Colors move nothing: light and dark are for
// who looks at the pictures.
func TestTheButtonThatEndsACallIsInView(t *testing.T) {
	g := peers.StartGateway(t, setup)
	browser := peers.StartChromium(t, "")
	ann, ben := sit(t, browser, g, "201"), sit(t, browser, g, "202")
	shots, schemes := shotsOf(t), []string{"light"}
	if shots != "" {
		schemes = append(schemes, "dark")
	}
	look := func(p *peers.Console, state, button string) {
		for _, w := range windows {
			p.Size(w.width, w.height)
			for _, scheme := range schemes {
				p.Scheme(scheme)
				if where := peers.Eval[string](p.Tab, fmt.Sprintf(inView, button)); where != "" {
					t.Errorf("%s, %d by %d: %s: %s", state, w.width, w.height, button, where)
				}
				if over := peers.Eval[int](p.Tab, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
					t.Errorf("%s, %d by %d: it is %d pixels too wide", state, w.width, w.height, over)
				}
				if shots != "" {
					p.Picture(filepath.Join(shots, fmt.Sprintf("phone-%s-%dx%d-%s.png", state, w.width, w.height, scheme)))
				}
			}
		}
	}
	look(ann, "idle", "call")
	ann.Write("number", "202")
	ann.Click("call")
	ben.Has("answer")
	ann.Has("call-card")
	look(ann, "calling", "hangup")
	look(ben, "called", "decline")
	ben.Click("answer")
	ann.Sees("that they talk", "document.querySelector('[data-testid=call-card][data-state=talking]')")
	look(ann, "talking", "hangup")
}

// cutOff are the words that do not fit where they stand.
const cutOff = `[...document.querySelectorAll('button, label, h1, h2, p, span, b, small, li')].filter((e) => e.offsetParent && !e.closest('.visually-hidden') && getComputedStyle(e).overflow !== 'visible' && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 2)).map((e) => e.innerText.slice(0, 60))`

// Words are longer in some languages: on a small telephone all of them are whole.
func TestNoWordIsCutOffInAnyLanguage(t *testing.T) {
	g := peers.StartGateway(t, setup)
	p := sit(t, peers.StartChromium(t, ""), g, "201")
	p.Size(360, 740)
	p.Click("tab-settings")
	p.Sees("the languages", "document.querySelector('[data-testid=language]')")
	for _, tag := range peers.Eval[[]string](p.Tab, "[...document.querySelector('[data-testid=language]').options].map((o) => o.value)") {
		p.Click("tab-settings")
		p.Sees("the languages", "document.querySelector('[data-testid=language]')")
		p.Do(fmt.Sprintf("(() => { const s = document.querySelector('[data-testid=language]'); s.value = %q; s.dispatchEvent(new Event('change', { bubbles: true })) })()", tag))
		p.Sees("that it is registered, in "+tag, fmt.Sprintf("document.documentElement.lang === %q && document.querySelector('[data-testid=registration][data-state=registered]')", tag))
		for _, tab := range []string{"people", "calls", "messages", "settings"} {
			p.Click("tab-" + tab)
			p.Sees("the panel "+tab, fmt.Sprintf("document.querySelector('[data-testid=panel-%s]')", tab))
			for _, words := range peers.Eval[[]string](p.Tab, cutOff) {
				t.Errorf("%s, %s: cut off: %s", tag, tab, words)
			}
			if over := peers.Eval[int](p.Tab, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
				t.Errorf("%s, %s: it is %d pixels too wide", tag, tab, over)
			}
		}
	}
}
