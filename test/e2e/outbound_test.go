package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// twoFlows registers one device of 1002 on two connections.
func twoFlows(g *gateway) (old, newest *fakeua.UA) {
	old, newest = g.browser("1002"), g.browser("1002")
	old.Register(fakeua.Registration{Contacts: []string{"*"}, Expires: "0"}) // each came as a device of its own
	old.Instance, newest.Instance = "phone", "phone"
	old.Register(fakeua.Registration{Contacts: []string{"<" + old.Contact + `>;+sip.instance="<urn:uuid:phone>";reg-id=1`}})
	time.Sleep(time.Second)
	newest.Register(fakeua.Registration{Contacts: []string{"<" + newest.Contact + `>;+sip.instance="<urn:uuid:phone>";reg-id=2`}})
	return old, newest
}

func TestADeviceIsCalledByOneFlowAtATime(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		old, newest := twoFlows(g)
		out := a.Invite("1002", fakeua.Invitation{})
		in := newest.Incoming()
		if m := old.Await(0, func(m *fakeua.Message) bool { return strings.HasPrefix(m.Raw, "INVITE") }); m != nil {
			t.Error("both flows were called at once")
		}
		in.Refuse(430, "Flow Failed")
		again := old.Incoming()
		again.Accept()
		out.Answered()
		out.Bye()
		again.Hung()
	})
}

func TestAFlowThatIsGoneIsFollowedByTheNext(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		old, newest := twoFlows(g)
		out := a.Invite("1002", fakeua.Invitation{})
		newest.Incoming()
		newest.Close()
		again := old.Incoming()
		again.Accept()
		out.Answered()
		out.Bye()
		again.Hung()
	})
}

func TestACallFollowsThePath(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		b.Register(fakeua.Registration{Fields: []string{"Path: <sip:192.0.2.12:5060;lr>"}})
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		if route := in.Invite.Field("Route"); route != "<sip:192.0.2.12:5060;lr>" {
			t.Errorf("the INVITE has Route %q, want the Path", route)
		}
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestACallToAGRUURingsThatDeviceOnly(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		one, other := g.browser("1002"), g.browser("1002")
		one.Instance, other.Instance = "one", "other"
		one.Online()
		other.Online()
		out := a.Invite("1002", fakeua.Invitation{Host: a.Domain + ";gr=urn:uuid:one"})
		in := one.Incoming()
		if m := other.Await(0, func(m *fakeua.Message) bool { return m.Method() == "INVITE" }); m != nil {
			t.Error("the other device rings too")
		}
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}
