package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestHoldAndResumeStayOnOneLeg(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for _, side := range []struct {
			call  *fakeua.Call
			other *fakeua.UA
			leg   int
		}{{out, b, 0}, {in, a, 1}} {
			hold := func(version int, direction string) *fakeua.Message {
				return side.call.Do("INVITE", side.call.UA.Describe(fakeua.Description{Version: version, Direction: direction}))
			}
			first := g.studio.nth(side.leg)
			res := hold(3, "sendonly")
			if res.Status() != 200 || !strings.Contains(res.Body(), "a=recvonly") {
				t.Fatalf("hold is answered with\n%s", res.Raw)
			}
			if g.seen.last(bridge.Held).Party.User != side.call.UA.User {
				t.Errorf("held: %+v", g.seen.last(bridge.Held))
			}
			side.other.Quiet(time.Second)
			res = hold(4, "sendrecv")
			if res.Status() != 200 || !strings.Contains(res.Body(), "a=sendrecv") || first.agreed().Direction != sdp.SendRecv {
				t.Errorf("resume is answered with\n%s", res.Raw)
			}
			side.other.Quiet(time.Second)
		}
		if got := g.seen.kinds(); !strings.HasSuffix(got, "held resumed held resumed") {
			t.Errorf("events: %s", got)
		}
		out.Bye()
		in.Hung()
	})
}

func TestAReinviteThatFailsLeavesTheCall(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for _, bad := range []struct {
			sdp, warning string
			status       int
		}{
			{a.Describe(fakeua.Description{Version: 3, Codecs: []string{"g729"}}), "305", 488},
			{"rubbish", "399", 400},
		} {
			res := out.Do("INVITE", bad.sdp)
			if res.Status() != bad.status {
				t.Errorf("answered with\n%s", res.Raw)
			}
			field(t, res, "Warning", bad.warning)
		}
		a.Quiet(40 * time.Second)
		b.Quiet(0)
		if res := out.Do("INVITE", a.Describe(fakeua.Description{Version: 4})); res.Status() != 200 {
			t.Errorf("a good one after it is answered with\n%s", res.Raw)
		}
		in.Bye()
		out.Hung()
	})
}

func TestReinviteWithoutAnOffer(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		branch := out.Send("INVITE", "")
		res := out.Final("INVITE", branch)
		if res.Status() != 200 || !strings.Contains(res.Body(), "m=audio") {
			t.Fatalf("answered with\n%s", res.Raw)
		}
		out.Ack(a.Describe(fakeua.Description{Version: 3, Setup: "active"}))
		a.Quiet(40 * time.Second)
		out.Bye()
		in.Hung()
	})
}

func TestInviteWithoutAnOffer(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{SDP: "none"})
		in := b.Incoming()
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{Setup: "active"}))
		out.Response(180)
		in.Accept()
		res := out.Response(200)
		if !strings.Contains(res.Body(), "m=audio") {
			t.Fatalf("no offer in\n%s", res.Raw)
		}
		out.Ack(a.Describe(fakeua.Description{Setup: "active"}))
		a.Quiet(40 * time.Second)
		in.Bye()
		out.Hung()
	})
}

func TestInviteWithoutAnOfferAndAckWithoutAnAnswer(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{SDP: "none"})
		in := b.Incoming()
		in.Accept()
		out.Response(200)
		out.Ack("")
		out.Hung()
		in.Hung()
	})
}

func TestUpdateWithoutADescriptionRefreshes(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for _, c := range []*fakeua.Call{out, in} {
			if res := c.Do("UPDATE", ""); res.Status() != 200 || res.Body() != "" || res.Field("Contact") == "" {
				t.Errorf("answered with\n%s", res.Raw)
			}
		}
		res := out.Do("UPDATE", a.Describe(fakeua.Description{Version: 3, Direction: "sendonly"}))
		if res.Status() != 200 || !strings.Contains(res.Body(), "a=recvonly") {
			t.Errorf("UPDATE with an offer is answered with\n%s", res.Raw)
		}
		b.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
}

func TestGlareIsTriedAgain(t *testing.T) {
	// Number 606 puts the caller on hold every ten seconds.
	plan := func(_ *leg.Config, c *bridge.Config) { c.Plan = mustPlan(t, "include_test_numbers = true\n") }
	inBubbleWith(t, plan, func(g *gateway) {
		a := g.browser("1001")
		out := a.Invite("606", fakeua.Invitation{})
		out.Answered()
		re := out.Reinvited()
		if !strings.Contains(re.Body(), "a=sendonly") {
			t.Errorf("hold offers\n%s", re.Body())
		}
		branch := out.Send("INVITE", a.Describe(fakeua.Description{Version: 3})) // ours crosses it
		if res := out.Final("INVITE", branch); res.Status() != 491 {
			t.Errorf("a crossing re-INVITE is answered with\n%s", res.Raw)
		}
		began := time.Now()
		out.Respond(491, "Request Pending", "")
		out.Acked()
		re = out.Reinvited()
		if waited := time.Since(began); waited > 2100*time.Millisecond { // not the Call-ID's owner
			t.Errorf("tried again after %v, want at most 2 s", waited)
		}
		out.Respond(200, "OK", a.Describe(fakeua.Description{Version: 4, Direction: "recvonly", Setup: "active"}))
		ack := out.Acked()
		if seq, _ := ack.CSeq(); ack.FromTag() != re.FromTag() || seq == 0 {
			t.Errorf("ACK\n%s", ack.Raw)
		}
		re = out.Reinvited()
		if !strings.Contains(re.Body(), "a=sendrecv") {
			t.Errorf("resume offers\n%s", re.Body())
		}
		out.Respond(488, "Not Acceptable Here", "")
		out.Acked()
		a.Idle(time.Second)
		out.Bye()
	})
}
