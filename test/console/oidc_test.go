package console

import (
	"fmt"
	"testing"

	"github.com/tandemgw/tandem/test/fakeidp"
	"github.com/tandemgw/tandem/test/peers"
)

// service is the block of a sign-in service.
func service(idp *fakeidp.IDP) string {
	return fmt.Sprintf("oidc {\n  issuer = %q\n  client_id = %q\n  client_secret = %q\n  name = \"Office\"\n  rules = { operator = [\"groups=helpdesk\"] }\n}\n",
		idp.URL, idp.ClientID, idp.ClientSecret)
}

// testService: somebody goes to the sign-in service, which is another site, and comes
// back; first without a role.
func testService(t *testing.T, browser *peers.Chromium, g *peers.Gateway, idp *fakeidp.IDP) {
	o := &operator{Console: browser.OpenPage(t, g.HTTP+"/console", 1280, 800), t: t}
	o.Sees("the service by its name", "document.querySelector('[data-testid=sign-in-service]')?.innerText === 'Sign in with Office'")
	o.Click("sign-in-service")
	o.Sees("that he has no role", "/nobody here has given you a role/.test(document.querySelector('[data-testid=sign-in-message]')?.innerText)")
	if left := peers.Eval[string](o.Tab, "location.search"); left != "" {
		t.Errorf("the address keeps %s", left)
	}
	if all := o.Violations(); len(all) > 0 {
		t.Errorf("axe finds %v", all)
	}
	idp.Say(map[string]any{"sub": "f3a1", "email": "bob@example.com", "email_verified": true, "groups": []string{"helpdesk"}})
	o.Click("sign-in-service")
	o.Has("nav-calls")
	if me := peers.Eval[string](o.Tab, "fetch('/api/v1/me').then((r) => r.json()).then((m) => m.name + ' ' + m.role)"); me != "bob@example.com operator" {
		t.Errorf("signed in as %s", me)
	}
	o.Click("sign-out")
	o.Has("sign-in-service")
}
