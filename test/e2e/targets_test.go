package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

const targetPlan = `
from "users" {
  calls = {
    "1"  = [dial("sip:bob@carrier.example", "60s")]
    "2"  = [dial("sip:bob@pair.example", "60s")]
    "3"  = [dial(["sip:bob@pair.example", "user:1002"], "60s")]
    "4"  = [dial("sips:bob@carrier.example")]
    "5"  = [dial("sip:bob@nowhere.example")]
    "6"  = [dial("sip:bob@carrier.example;transport=tcp")]
    "7"  = [dial("sip:bob@both.example", "60s")]
    "10XX" = [dial("user:${to}", "20s")]
  }
}
from "trunk:carrier" { calls = { "*" = [dial("user:1002")] } }
`

// onTargets runs fn with a gateway whose rows lead to names.
func onTargets(t *testing.T, fn func(g *gateway)) {
	t.Helper()
	inBubbleWith(t, func(_ *leg.Config, bc *bridge.Config) { bc.Plan = mustPlan(t, targetPlan) }, fn)
}

// bob is what a name of the plan leads to.
func (g *gateway) bob(addr string) *fakeua.UA {
	g.t.Helper()
	u := fakeua.Phone(g.t, g.net, "bob", addr, g.socket.Addr())
	u.Password = ""
	g.uas = append(g.uas, u)
	return u
}

func TestACallDoesNotWaitForTheDNS(t *testing.T) {
	onTargets(t, func(g *gateway) {
		g.places.slow = 3 * time.Second
		a, bob := g.phone("1001", 11), g.bob(carrierAddr)
		began := time.Now()
		out := a.Invite("1", fakeua.Invitation{})
		in := bob.Incoming()
		if d := time.Since(began); d != 3*time.Second {
			t.Errorf("the INVITE came after %v", d)
		}
		in.Accept()
		out.Answered()
		bob.Quiet(time.Second)
		in.Bye()
		out.Hung()
		// The name is known now.
		began = time.Now()
		out = a.Invite("1", fakeua.Invitation{})
		bob.Incoming().Refuse(486, "Busy Here")
		out.Response(486)
		if d := time.Since(began); d > time.Second {
			t.Errorf("a name that is known took %v", d)
		}
	})
}

func TestTheCallerGivesUpWhileTheNameIsLookedFor(t *testing.T) {
	onTargets(t, func(g *gateway) {
		g.places.slow = 10 * time.Second
		a, bob := g.phone("1001", 11), g.bob(carrierAddr)
		out := a.Invite("1", fakeua.Invitation{})
		time.Sleep(time.Second)
		out.Cancel()
		out.Response(487)
		bob.Quiet(time.Minute)
	})
}

func TestANameThatIsNotThere(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a := g.phone("1001", 11)
		out := a.Invite("5", fakeua.Invitation{})
		field(t, out.Response(503), "Warning", "nowhere.example")
	})
}

func TestTheNextAddressIsCalledWhenOneIsSilent(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, bob := g.phone("1001", 11), g.bob("192.0.2.211:5060")
		began := time.Now()
		out := a.Invite("2", fakeua.Invitation{})
		in := bob.Incoming()
		if d := time.Since(began); d != 5*time.Second {
			t.Errorf("the second address was called after %v", d)
		}
		in.Ring()
		out.Response(180)
		in.Accept() // its ACK comes here, too
		out.Answered()
		in.Bye()
		out.Hung()
		// The first one rests.
		began = time.Now()
		out = a.Invite("2", fakeua.Invitation{})
		in = bob.Incoming()
		if d := time.Since(began); d != 0 {
			t.Errorf("the address that answers was called after %v", d)
		}
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestEachFamilyIsToldAnAddressThatItReaches(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, bob := g.phone("1001", 11), g.bob("192.0.2.211:5060")
		out := a.Invite("7", fakeua.Invitation{})
		in := bob.Incoming() // after IPv6 was silent
		if b := in.Invite.Body(); strings.Contains(b, "IP6") || strings.Count(b, "IN IP4 192.0.2.1\r\n") != 2 {
			t.Errorf("offered\n%s", b)
		}
		in.Accept()
		out.Answered()
		if to := g.studio.nth(1).options.Toward; to.String() != "192.0.2.211" {
			t.Errorf("the media is with %s", to)
		}
		in.Bye()
		out.Hung()
	})
}

func TestTheNextAddressIsCalledAfter503(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, first, second := g.phone("1001", 11), g.bob("192.0.2.210:5060"), g.bob("192.0.2.211:5060")
		out := a.Invite("2", fakeua.Invitation{})
		first.Incoming().Refuse(503, "Service Unavailable", "Retry-After: 30")
		second.Incoming().Refuse(486, "Busy Here")
		out.Response(486)
	})
}

func TestTheDialogGoesOnCountingWhereTheWalkEnded(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, first, second := g.phone("1001", 11), g.bob("192.0.2.210:5060"), g.bob("192.0.2.211:5060")
		out := a.Invite("2", fakeua.Invitation{})
		first.Incoming().Refuse(503, "Service Unavailable")
		in := second.Incoming()
		field(t, in.Invite, "CSeq", "2 INVITE")
		field(t, in.Accept(), "CSeq", "2 ACK")
		out.Answered()
		out.Bye()
		field(t, in.Hung(), "CSeq", "3 BYE")
	})
}

func TestALateAnswerOfTheFirstAddressHasTheCall(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, first, second := g.phone("1001", 11), g.bob("192.0.2.210:5060"), g.bob("192.0.2.211:5060")
		out := a.Invite("2", fakeua.Invitation{})
		late := first.Incoming()
		in := second.Incoming()
		in.Ring()
		out.Response(180)
		time.Sleep(time.Second)
		late.Accept()
		out.Answered()
		in.Canceled()
		out.Bye()
		late.Hung()
	})
}

func TestAnAnswerThatIsTooLateIsEnded(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, first, second := g.phone("1001", 11), g.bob("192.0.2.210:5060"), g.bob("192.0.2.211:5060")
		out := a.Invite("2", fakeua.Invitation{})
		late := first.Incoming()
		second.Incoming().Refuse(486, "Busy Here")
		out.Response(486)
		late.Accept()
		late.Hung()
		a.Quiet(time.Minute)
	})
}

func TestASilentTargetIsGivenUpSoonWhereThereIsAnother(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		began := time.Now()
		out := a.Invite("3", fakeua.Invitation{})
		in := b.Incoming()
		if d := time.Since(began); d != 10*time.Second { // two addresses, 5 s each
			t.Errorf("the next target was called after %v", d)
		}
		in.Refuse(486, "Busy Here")
		out.Response(486)
	})
}

func TestNothingForTLSGoesInTheClear(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, bob := g.phone("1001", 11), g.bob(carrierAddr)
		for _, to := range []string{"4", "6"} {
			out := a.Invite(to, fakeua.Invitation{})
			out.Response(503)
		}
		bob.Quiet(time.Second)
	})
}

func TestForwardingByARedirection(t *testing.T) {
	for _, c := range []struct {
		name, contact string
		follows       bool
	}{
		{"to another user", "<sip:1003@example.org>", true},
		{"by tel", "<tel:1003;phone-context=example.org>", true},
		{"the better of two", "<sip:9@example.org>;q=0.1, <sip:1003@example.org:5060;user=phone>;q=0.9", true},
		{"to a stranger", "<sip:1003@evil.example>", false},
		{"to an address of its own", "<sip:1003@192.0.2.66>", false},
		{"back to itself", "<sip:1002@example.org>", false},
		{"to where no row leads", "<sip:77@example.org>", false},
		{"to nothing", "<sip:example.org>", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			onTargets(t, func(g *gateway) {
				a, b, third := g.phone("1001", 11), g.phone("1002", 12), g.browser("1003")
				out := a.Invite("1002", fakeua.Invitation{})
				b.Incoming().Refuse(302, "Moved Temporarily", "Contact: "+c.contact)
				if !c.follows {
					out.Response(480)
					third.Quiet(time.Second)
					return
				}
				in := third.Incoming()
				field(t, in.Invite, "From", "1001@")
				in.Accept()
				out.Answered()
				out.Bye()
				in.Hung()
			})
		})
	}
}

func TestForwardingInACircleEnds(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, b, third := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
		out := a.Invite("1002", fakeua.Invitation{})
		b.Incoming().Refuse(301, "Moved Permanently", "Contact: <sip:1003@example.org>")
		third.Incoming().Refuse(302, "Moved Temporarily", "Contact: <sip:1002@example.org>")
		out.Response(480)
		b.Quiet(time.Second)
	})
}

func TestOtherDevicesRingOnWhenOneRedirects(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, b, other, third := g.phone("1001", 11), g.phone("1002", 12), g.browser("1002"), g.browser("1003")
		out := a.Invite("1002", fakeua.Invitation{})
		b.Incoming().Refuse(302, "Moved Temporarily", "Contact: <sip:1003@example.org>")
		rings := other.Incoming()
		rings.Ring()
		in := third.Incoming()
		in.Ring()
		out.Response(180)
		in.Accept()
		out.Answered()
		if !strings.Contains(rings.Canceled().Field("Reason"), "200") {
			t.Error("the device that rang on was not told that the call was taken elsewhere")
		}
		out.Bye()
		in.Hung()
	})
}

func TestATrunksRedirectionIsFollowedWhereItSaysSo(t *testing.T) {
	for _, c := range []struct {
		name, contact string
		follow        bool
		want          string // Request-URI of the next INVITE at the trunk; "" for none
	}{
		{"to a number of the trunk's", "<sip:4930777@carrier.example;npdi>", true, "sip:4930777@carrier.example;npdi"},
		{"to another host", "<sip:4930777@evil.example>", true, ""},
		{"to another host by maddr", "<sip:4930777@carrier.example;maddr=203.0.113.9>", true, ""},
		{"not configured", "<sip:4930777@carrier.example>", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			onTrunks(t, func(tc *trunk.Config) { tc.Follow = c.follow }, func(l *line) {
				l.contact()
				caller := l.browser("1001")
				out := caller.Invite("4030999", fakeua.Invitation{})
				l.pbx.Phone.Incoming().Refuse(302, "Moved Temporarily", "Contact: "+c.contact)
				if c.want == "" {
					out.Response(480)
					return
				}
				in := l.pbx.Phone.Incoming()
				if got := strings.Fields(in.Invite.Raw)[1]; got != c.want {
					t.Errorf("called %s, want %s", got, c.want)
				}
				in.Refuse(486, "Busy Here")
				out.Response(486)
			})
		})
	}
	t.Run("by the trunk's rows", func(t *testing.T) {
		onTrunks(t, func(tc *trunk.Config) { tc.Follow = true }, func(l *line) {
			l.contact()
			caller, callee := l.browser("1001"), l.browser("1002")
			out := caller.Invite("4030999", fakeua.Invitation{})
			l.pbx.Phone.Incoming().Refuse(302, "Moved Temporarily", "Contact: <sip:+4930555@example.org>")
			in := callee.Incoming()
			in.Accept()
			out.Answered()
			out.Bye()
			in.Hung()
		})
	})
}

func TestRequestsGoToTheContactOfATrunkOrURI(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, bob, desk := g.phone("1001", 11), g.bob(carrierAddr), g.bob("192.0.2.99:5060")
		bob.Contact = desk.Contact
		is := func(method string) func(m *fakeua.Message) bool {
			return func(m *fakeua.Message) bool { return m.Method() == method }
		}
		out := a.Invite("1", fakeua.Invitation{})
		in := bob.Incoming()
		in.Respond(200, "OK", bob.Describe(fakeua.Description{}))
		desk.Next("the ACK", is("ACK"))
		out.Answered()
		out.Bye()
		desk.Answer(desk.Next("the BYE", is("BYE")), 200, "OK")
		bob.Quiet(0)

		out = a.Invite("1", fakeua.Invitation{})
		in = bob.Incoming()
		in.Respond(200, "OK", bob.Describe(fakeua.Description{}))
		desk.Next("the ACK", is("ACK"))
		out.Answered()
		in.Spoof(desk).Bye() // from there it is no stranger
		out.Hung()
	})
}

func TestAContactBehindATranslatorIsNotBelieved(t *testing.T) {
	onTargets(t, func(g *gateway) {
		a, bob := g.phone("1001", 11), g.bob(carrierAddr)
		bob.Contact = "sip:bob@10.1.2.3:5060"
		out := a.Invite("1", fakeua.Invitation{})
		in := bob.Incoming()
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestATrunkIsToldWhoHasForwarded(t *testing.T) {
	onTrunks(t, func(tc *trunk.Config) { tc.Identity.Diversion = trunk.DiversionHeader }, func(l *line) {
		l.contact()
		caller, b := l.browser("1001"), l.phone("1002", 12)
		out := caller.Invite("1002", fakeua.Invitation{})
		b.Incoming().Refuse(302, "Moved Temporarily", "Contact: <sip:4030777@example.org>", "Diversion: <sip:1002@example.org>;reason=user-busy")
		in := l.pbx.Phone.Incoming()
		field(t, in.Invite, "Diversion", "<sip:1002@")
		field(t, in.Invite, "Diversion", "reason=user-busy")
		field(t, in.Invite, "Max-Forwards", "68")
		in.Refuse(486, "Busy Here")
		out.Response(486)
	})
}
