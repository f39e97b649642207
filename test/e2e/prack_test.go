package e2e

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// reliable is an invitation of a caller that knows of reliable responses.
var reliable = fakeua.Invitation{Fields: []string{"Supported: 100rel"}}

func TestEarlyMediaIsReliableWhereTheCallerSupportsIt(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", reliable)
		in := b.Incoming()
		in.Ring()
		if ringing := out.Response(180); ringing.Field("RSeq") != "" {
			t.Errorf("a 180 without a description is reliable:\n%s", ringing.Raw)
		}
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{Setup: "active"}))
		early := out.Response(183)
		field(t, early, "Require", "100rel")
		if !strings.Contains(early.Body(), "m=audio") {
			t.Errorf("no description in\n%s", early.Raw)
		}
		a.Idle(4 * time.Second)
		if n := a.Repeats(early); n != 3 { // 0.5, 1.5, 3.5 s
			t.Errorf("repeated %d times in 4 s, want 3", n)
		}
		if res := out.Do("PRACK", "", "RAck: 1 1 INVITE"); res.Status() != 481 {
			t.Errorf("a PRACK for another response is answered with\n%s", res.Raw)
		}
		if res := out.Prack(early, ""); res.Status() != 200 || res.Body() != "" {
			t.Errorf("PRACK is answered with\n%s", res.Raw)
		}
		if res := out.Prack(early, ""); res.Status() != 481 {
			t.Errorf("a second PRACK is answered with\n%s", res.Raw)
		}
		a.Idle(10 * time.Second)
		if n := a.Repeats(early); n != 3 {
			t.Errorf("repeated %d times although acknowledged", n)
		}
		in.Accept()
		if ok := out.Answered(); ok.Body() != "" { // RFC 6337 §3.1.1
			t.Errorf("the description comes again in\n%s", ok.Raw)
		}
		a.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
}

func TestTheAnswerWaitsForThePrack(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", reliable)
		in := b.Incoming()
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
		early := out.Response(183)
		in.Accept()
		a.Quiet(5 * time.Second)
		if res := out.Prack(early, ""); res.Status() != 200 {
			t.Errorf("PRACK is answered with\n%s", res.Raw)
		}
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestNoPrackRefusesTheInvite(t *testing.T) {
	for name, answered := range map[string]bool{"while it rings": false, "when it is answered": true} {
		t.Run(name, func(t *testing.T) {
			inBubbleWith(t, longRinging(t), func(g *gateway) {
				a, b := g.phone("1001", 11), g.phone("1002", 12)
				began := time.Now()
				out := a.Invite("1002", reliable)
				in := b.Incoming()
				in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
				early := out.Response(183)
				if answered {
					in.Accept()
				}
				res := out.Response(504)
				field(t, res, "Warning", "100rel")
				if took := time.Since(began).Round(time.Second); took != 32*time.Second {
					t.Errorf("refused after %v, want 64*T1", took)
				}
				if n := a.Repeats(early); n != 6 {
					t.Errorf("repeated %d times, want 6", n)
				}
				if answered {
					in.Hung()
				} else {
					in.Canceled()
				}
			})
		})
	}
}

// longRinging lets phones ring for longer than any timer.
func longRinging(t *testing.T) func(*leg.Config, *bridge.Config) {
	return func(_ *leg.Config, c *bridge.Config) {
		c.Plan = mustPlan(t, strings.Replace(plan, `"20s"`, `"90s"`, 1))
	}
}

func TestEveryProvisionalIsReliableWhereRequired(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{Fields: []string{"Require: 100rel"}})
		in := b.Incoming()
		if strings.Contains(in.Invite.Raw, "Require:") {
			t.Errorf("Require has crossed:\n%s", in.Invite.Raw)
		}
		in.Ring()
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
		ringing := out.Response(180)
		field(t, ringing, "Require", "100rel")
		a.Quiet(3 * time.Second) // the 183 waits
		out.Prack(ringing, "")
		early := out.Response(183)
		field(t, early, "Require", "100rel")
		if early.Field("RSeq") == ringing.Field("RSeq") {
			t.Errorf("RSeq %s twice", early.Field("RSeq"))
		}
		out.Prack(early, "")
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestPrackWithAnOfferIsAnswered(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", reliable)
		in := b.Incoming()
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
		early := out.Response(183)
		res := out.Prack(early, a.Describe(fakeua.Description{Version: 2, Port: 41000}))
		if res.Status() != 200 || !strings.Contains(res.Body(), "m=audio") {
			t.Fatalf("PRACK with an offer is answered with\n%s", res.Raw)
		}
		if got := g.studio.nth(0).agreed().Remote.RTP.Port(); got != 41000 {
			t.Errorf("media goes to port %d, want 41000", got)
		}
		res = out.Do("UPDATE", a.Describe(fakeua.Description{Version: 3, Codecs: []string{"g729"}}))
		if res.Status() != 488 {
			t.Errorf("UPDATE that cannot be is answered with\n%s", res.Raw)
		}
		res = out.Do("UPDATE", a.Describe(fakeua.Description{Version: 4, Port: 42000}))
		if res.Status() != 200 || g.studio.nth(0).agreed().Remote.RTP.Port() != 42000 {
			t.Errorf("UPDATE before the answer is answered with\n%s", res.Raw)
		}
		in.Accept()
		if ok := out.Answered(); ok.Body() != "" {
			t.Errorf("a description in\n%s", ok.Raw)
		}
		out.Bye()
		in.Hung()
	})
}

func TestUpdateWhileAnOfferIsOpen(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
		out.Response(183)
		res := out.Do("UPDATE", a.Describe(fakeua.Description{Version: 2}))
		if res.Status() != 500 || res.Field("Retry-After") == "" { // RFC 3311 §5.2
			t.Errorf("UPDATE of the caller is answered with\n%s", res.Raw)
		}
		if res := in.Do("UPDATE", b.Describe(fakeua.Description{Version: 2})); res.Status() != 491 {
			t.Errorf("UPDATE of the callee is answered with\n%s", res.Raw)
		}
		for _, c := range []*fakeua.Call{out, in} {
			if res := c.Do("UPDATE", ""); res.Status() != 200 {
				t.Errorf("UPDATE without an offer is answered with\n%s", res.Raw)
			}
		}
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestAnOfferlessInviteGetsItsOfferEarly(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{SDP: "none", Fields: []string{"Supported: 100rel"}})
		in := b.Incoming()
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
		early := out.Response(183)
		if !strings.Contains(early.Body(), "m=audio") {
			t.Fatalf("no offer in\n%s", early.Raw)
		}
		if res := out.Do("UPDATE", a.Describe(fakeua.Description{})); res.Status() != 491 {
			t.Errorf("UPDATE while our offer waits is answered with\n%s", res.Raw)
		}
		in.Accept()
		a.Quiet(time.Second)
		if res := out.Prack(early, a.Describe(fakeua.Description{Port: 43000})); res.Status() != 200 || res.Body() != "" {
			t.Errorf("PRACK with the answer is answered with\n%s", res.Raw)
		}
		if got := g.studio.nth(0).agreed().Remote.RTP.Port(); got != 43000 {
			t.Errorf("media goes to port %d, want 43000", got)
		}
		if ok := out.Answered(); ok.Body() != "" {
			t.Errorf("a description in\n%s", ok.Raw)
		}
		a.Quiet(40 * time.Second)
		out.Bye()
		in.Hung()
	})
}

func TestReliableResponsesAreAcknowledgedOnceAndInOrder(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		field(t, in.Invite, "Supported", "100rel")
		description := b.Describe(fakeua.Description{Setup: "active"})
		in.Reliable(180, "Ringing", "", 10, "Allow: INVITE, UPDATE")
		prack := in.Pracked()
		if got := prack.Field("RAck"); got != "10 1 INVITE" {
			t.Errorf("RAck %s", got)
		}
		ringing := out.Response(180)
		if ringing.Field("Require") != "" {
			t.Errorf("Require has crossed:\n%s", ringing.Raw)
		}
		in.Reliable(180, "Ringing", "", 10) // a repetition
		in.Reliable(183, "Session Progress", description, 12)
		b.Quiet(time.Second)
		in.Reliable(181, "Call Is Being Forwarded", "", 11)
		in.Pracked()
		in.Reliable(183, "Session Progress", description, 12)
		if got := in.Pracked().Field("RAck"); got != "12 1 INVITE" {
			t.Errorf("RAck %s", got)
		}
		if early := out.Response(183); early.Field("Require") != "" || !strings.Contains(early.Body(), "m=audio") {
			t.Errorf("the caller gets\n%s", early.Raw)
		}
		res := in.Do("UPDATE", b.Describe(fakeua.Description{Version: 5, Setup: "actpass"}))
		if res.Status() != 200 || !strings.Contains(res.Body(), "m=audio") {
			t.Errorf("UPDATE of the callee before its answer is answered with\n%s", res.Raw)
		}
		in.Respond(200, "OK", "")
		in.Acked()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestEachForkIsAcknowledgedInItsOwnDialog(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		second := *in
		second.Tag, second.Local = "second", in.Invite.Field("To")+";tag=second"
		in.Reliable(183, "Session Progress", b.Describe(fakeua.Description{Port: 41000}), 7, "Record-Route: <sip:q1.example;lr>")
		second.Reliable(183, "Session Progress", b.Describe(fakeua.Description{Port: 42000}), 7, "Record-Route: <sip:q2.example;lr>")
		for _, c := range []*fakeua.Call{in, &second} {
			prack := c.Pracked()
			if seq, _ := prack.CSeq(); seq != 2 {
				t.Errorf("CSeq %d in a dialog of its own", seq)
			}
			if route := prack.Field("Route"); (route == "<sip:q2.example;lr>") != (c == &second) {
				t.Errorf("%s is routed %s", c.Tag, route)
			}
		}
		out.Response(183)
		res := in.Do("UPDATE", b.Describe(fakeua.Description{Version: 2, Port: 41002}))
		if res.Status() != 200 || g.studio.nth(1).agreed().Remote.RTP.Port() != 42000 {
			t.Errorf("UPDATE in a fork that is not heard is answered with\n%s", res.Raw)
		}
		in.Respond(200, "OK", "")
		in.Acked()
		out.Answered()
		if got := g.studio.nth(1).agreed().Remote.RTP.Port(); got != 41002 {
			t.Errorf("media goes to port %d, want that of the fork that has answered", got)
		}
		out.Bye()
		in.Hung()
	})
}

func TestEarlyMediaIsHeardThoughTheCallFails(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Reliable(183, "Session Progress", b.Describe(fakeua.Description{Setup: "active"}), 1)
		in.Pracked()
		out.Response(183)
		if s := g.studio.nth(0).agreed(); !s.Direction.Sends() {
			t.Errorf("nothing is heard: %v", s.Direction)
		}
		a.Idle(5 * time.Second)
		in.Refuse(404, "Not Found", `Reason: Q.850;cause=1;text="unallocated"`)
		field(t, out.Response(404), "Reason", "Q.850;cause=1")
	})
}

// carrierWith is the trunk of newGateway, configured in another way.
func carrierWith(change func(*trunk.Config)) *trunk.Trunks {
	c := trunk.Config{Name: "carrier", Host: "192.0.2.200", Port: 5060, Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.200/32")}}
	change(&c)
	return trunk.New([]trunk.Config{c}, trunk.Deps{Domain: domain})
}

func TestReliableResponsesOfATrunkAsConfigured(t *testing.T) {
	for mode, want := range map[trunk.Reliable][2]string{
		trunk.ReliableSupported: {"100rel", ""}, trunk.ReliableRequired: {"100rel", "100rel"}, trunk.ReliableOff: {"", ""},
	} {
		change := func(c *leg.Config, _ *bridge.Config) {
			c.Trunks = carrierWith(func(t *trunk.Config) { t.Reliable = mode })
		}
		inBubbleWith(t, change, func(g *gateway) {
			pbx, a := g.carrier(), g.phone("1001", 11)
			out := a.Invite("400", fakeua.Invitation{})
			in := pbx.Incoming()
			if got := in.Invite.Field("Supported"); strings.Contains(got, "100rel") != (want[0] != "") {
				t.Errorf("mode %d: Supported: %s", mode, got)
			}
			if got := in.Invite.Field("Require"); got != want[1] {
				t.Errorf("mode %d: Require: %s", mode, got)
			}
			in.Refuse(486, "Busy Here")
			out.Response(486)
		})
	}
}

func TestACallerIsRemindedEveryMinute(t *testing.T) {
	inBubbleWith(t, longRinging(t), func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		ringing := out.Response(180)
		a.Idle(65 * time.Second)
		if n := a.Repeats(ringing); n != 1 {
			t.Errorf("the 180 was repeated %d times in 65 s, want once", n)
		}
		in.Accept()
		out.Answered()
		a.Quiet(time.Minute)
		out.Bye()
		in.Hung()
	})
}
