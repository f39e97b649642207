package e2e

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// An address of this machine's goes and another one comes while calls are up: each far end is
// told the new one, in Contact and in the description, once.
func TestCallsFollowAChangeOfOurAddress(t *testing.T) {
	const first, second = "192.0.2.1", "192.0.2.77"
	var now atomic.Pointer[netip.Addr]
	become := func(a string) { at := netip.MustParseAddr(a); now.Store(&at) }
	inBubbleWith(t, func(lc *leg.Config, _ *bridge.Config) {
		become(first)
		lc.Announce = func(f *flow.Flow) netip.AddrPort {
			if f.Kind() != flow.UDP {
				return f.Local()
			}
			return netip.AddrPortFrom(*now.Load(), f.Local().Port())
		}
	}, func(g *gateway) {
		g.studio.at = func() netip.Addr { return *now.Load() }
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		a.Patience, b.Patience = time.Hour, time.Hour
		out, in := g.talk(a, b)
		field(t, in.Invite, "Contact", "@"+first+":")
		g.core.Readdress(nil)
		a.Quiet(time.Minute)
		become(second)
		g.core.Readdress(nil)
		follows := func(call *fakeua.Call) {
			t.Helper()
			re := call.Reinvited()
			field(t, re, "Contact", "@"+second+":")
			if !strings.Contains(re.Body(), "c=IN IP4 "+second) || !strings.Contains(re.Body(), "a=sendrecv") {
				t.Errorf("offered\n%s", re.Raw)
			}
			call.Respond(200, "OK", call.UA.Describe(fakeua.Description{Version: 2}))
			field(t, call.Acked(), "Call-ID", call.ID)
		}
		out.Reinvited()
		out.Refuse(491, "Request Pending") // and it is asked again
		follows(out)
		in.Reinvited()
		in.Refuse(488, "Not Acceptable Here") // and it is asked when we look again
		b.Quiet(time.Minute)
		g.core.Readdress(nil)
		follows(in)
		g.core.Readdress(nil)
		a.Quiet(time.Minute)
		out.Bye()
		in.Hung()
	})
}
