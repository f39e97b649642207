package dialplan

import (
	"strings"
	"testing"
)

// TestNobodyForwardsToWhereHeMayNotCall lets 201 call 202, who forwards abroad: what 202 may decides, and not what the
// caller may.
func TestNobodyForwardsToWhereHeMayNotCall(t *testing.T) {
	const source = `
from "users" {
  calls = {
    "emergency" = [dial("trunk:alpha")]
    "2XX"       = [forward("trunk:beta/+33142345678", "20s", { by = to })]
  }
}
`
	abroad := map[string]*Permission{"abroad": {Name: "abroad", Countries: []string{"FR"}}}
	for _, c := range []struct {
		who  map[string]UserNumbers
		want string
	}{
		{map[string]UserNumbers{"202": {Permissions: "abroad"}}, "forward trunk:beta 0033142345678 > answered"},
		{map[string]UserNumbers{"201": {Permissions: "abroad"}}, "reject 403"},
	} {
		p, _ := withNumbers(t, source, british(Numbers{Users: c.who, Permissions: abroad}))
		if got := strings.Join(p.Simulate(user("201", "202"), nil), " > "); got != c.want {
			t.Errorf("permissions %v: %s, want %s", c.who, got, c.want)
		}
		d := p.Route(user("201", "202"))
		if refused := d.Steps[0].(ForwardStep).Targets[0].Refused; c.want == "reject 403" && !strings.Contains(refused, "user:202 may not call +33142345678") {
			t.Errorf("refused since %q", refused)
		}
	}
}
