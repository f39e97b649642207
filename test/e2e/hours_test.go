package e2e

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

const hoursPlan = `
timezone = "Europe/London"
hours "office" {
  open   = ["mon-fri 09:00-17:30"]
  closed = ["2000-01-04"]
}
from "users" {
  calls = { "100" = open("office") ? [dial("user:1002", "20s")] : [reject(480, "Closed")] }
}
`

// TestByDayAnOfficeByNightSomethingElse calls one number again and again over four days of virtual time, and asks of each call
// why it went so. The clock begins at midnight UTC of Saturday, 1 January 2000.
func TestByDayAnOfficeByNightSomethingElse(t *testing.T) {
	w := &calledUp{}
	inBubbleWith(t, func(_ *leg.Config, c *bridge.Config) {
		c.Plan = mustPlan(t, hoursPlan)
		c.Observers = append(c.Observers, w)
	}, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		for _, c := range []struct {
			at   string
			open bool
			why  string
		}{
			{"2000-01-01T12:00:00Z", false, "none of its times"},
			{"2000-01-03T08:59:00Z", false, "none of its times"},
			{"2000-01-03T09:00:30Z", true, `open by "mon-fri 09:00-17:30"`},
			{"2000-01-03T17:31:00Z", false, "none of its times"},
			{"2000-01-04T12:00:00Z", false, `closed by "2000-01-04"`},
		} {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Until(at))
			a.Online() // their registrations have lapsed
			b.Online()
			out := a.Invite("100", fakeua.Invitation{})
			if c.open {
				in := b.Incoming()
				in.Accept()
				out.Answered()
				out.Bye()
				in.Hung()
			} else {
				out.Response(480)
			}
			all, ok := g.bridge.Explain(w.call())
			if !ok || !strings.Contains(all[0].String(), c.why) {
				t.Errorf("the call at %s is explained as %v, want %s", c.at, all, c.why)
			}
		}
	})
}

// calledUp remembers the last call.
type calledUp struct {
	mu   sync.Mutex
	last tandem.CallID // guarded by mu
}

// Observe implements bridge.Observer.
func (c *calledUp) Observe(e bridge.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = e.Call
}

func (c *calledUp) call() tandem.CallID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}
