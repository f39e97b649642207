package admin

import "testing"

// A link of the console leads to the page, whichever of its screens it names; without
// a console there is none.
func TestTheConsoleIsOnePageAtAllItsAddresses(t *testing.T) {
	g := newGateway(t, func(c *Config) { c.Console = true })
	first := g.ask("GET", "/console", "", nil)
	deep := g.ask("GET", "/console/calls/abc/media", "", nil)
	if first.Code != 200 || deep.Code != 200 || first.Body.String() != deep.Body.String() {
		t.Errorf("GET /console is %d, /console/calls/abc/media %d, want the same page", first.Code, deep.Code)
	}
	if first.Header().Get("Content-Security-Policy") == "" || first.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("the console's header is %v", first.Header())
	}
	if w := newGateway(t, nil).ask("GET", "/console", "", nil); w.Code != 404 {
		t.Errorf("without a console GET /console is %d, want 404", w.Code)
	}
}
