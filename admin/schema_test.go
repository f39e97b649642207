package admin

import "testing"

func TestTheSchemaIsServedToEditors(t *testing.T) {
	g := newGateway(t, func(c *Config) { c.Schema = []byte(`{"type": "object"}`) })
	w := g.ask("GET", "/schema.json", "", nil)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/schema+json" || w.Body.String() != `{"type": "object"}` {
		t.Errorf("%d %s %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if w := newGateway(t, nil).ask("GET", "/schema.json", "", nil); w.Code != 404 {
		t.Errorf("without one: %d", w.Code)
	}
}
