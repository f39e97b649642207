package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

// answering is a description with video, as an answer has it.
func answering(u *fakeua.UA, version int, direction string) string {
	return strings.ReplaceAll(pictured(u, version, direction), "a=setup:actpass", "a=setup:active")
}

// videoOf is the video that a leg has agreed to; nil for none.
func (g *gateway) videoOf(n int) *sdp.StreamLine {
	s := g.studio.nth(n).agreed()
	return s.Line(sdp.KindVideo, 0)
}

// bothSee checks that video is agreed with both parties, and flows.
func bothSee(t *testing.T, g *gateway) {
	t.Helper()
	for n := range 2 {
		if l := g.videoOf(n); l == nil || l.Direction == sdp.Inactive {
			t.Errorf("leg %d has %+v", n, l)
		}
	}
}

// allIsSaid sees that nobody is asked anything more and both see each other, and ends the call.
func allIsSaid(t *testing.T, g *gateway, out, in *fakeua.Call) {
	t.Helper()
	out.UA.Quiet(10 * time.Second)
	in.UA.Quiet(0)
	bothSee(t, g)
	out.Bye()
	in.Hung()
}

// A change that was taken back, and to which the other party has said yes all the same, is
// undone there: it is offered what the first party has, which way it flows included.
func TestAYesToAnOfferThatWasTakenBackIsUndone(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		branch := out.Send("INVITE", pictured(a, 3, "sendonly"))
		in.Reinvited()
		in.Respond(200, "OK", answering(b, 3, "recvonly"))
		in.Acked()
		if res := out.Final("INVITE", branch); videoFlow(res) != "recvonly" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		out.Ack("")
		a.Idle(time.Second)

		branch = out.Send("INVITE", pictured(a, 4, "sendrecv"))
		in.Reinvited()
		out.Cancel()
		out.Final("INVITE", branch)
		in.Respond(200, "OK", answering(b, 4, "sendrecv"))
		in.Acked()
		if again := in.Reinvited(); videoFlow(again) != "sendonly" {
			t.Errorf("then offered\n%s", again.Raw)
		}
		in.Respond(200, "OK", answering(b, 5, "recvonly"))
		in.Acked()
		allIsSaid(t, g, out, in)
	})
}

// Who refuses to give its video up, which the other party has taken back meanwhile, has what
// it is to have: it is asked nothing more.
func TestANoToWhatWasTakenBackLeavesAllAsItWas(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		a.Idle(time.Second)
		branch := out.Send("INVITE", seen(a, fakeua.Description{Version: 4}, "0"))
		in.Reinvited()
		out.Cancel()
		out.Final("INVITE", branch)
		in.Refuse(488, "Not Acceptable Here")
		allIsSaid(t, g, out, in)
	})
}

// Who was to be asked once more to let nothing flow, and offers something else first that the
// other party takes, is not asked any more.
func TestWhatTheTwoHaveAgreedToMeanwhileCounts(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		a.Idle(time.Second)
		branch := in.Send("INVITE", seen(b, fakeua.Description{Version: 4}, "0"))
		out.Reinvited()
		out.Refuse(488, "Not Acceptable Here")
		if res := in.Final("INVITE", branch); picture(res) != "off" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		in.Ack("")
		if still := out.Reinvited(); videoFlow(still) != "inactive" {
			t.Errorf("then offered\n%s", still.Raw)
		}
		out.Refuse(491, "Request Pending")

		branch = out.Send("INVITE", pictured(a, 5, "sendonly"))
		if offer := in.Reinvited(); videoFlow(offer) != "sendonly" {
			t.Errorf("the other is offered\n%s", offer.Raw)
		}
		in.Respond(200, "OK", answering(b, 5, "recvonly"))
		in.Acked()
		if res := out.Final("INVITE", branch); videoFlow(res) != "recvonly" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		out.Ack("")
		allIsSaid(t, g, out, in)
	})
}

// holding is a description with which a party holds, with its video on (port) or off.
func holding(u *fakeua.UA, version int, port string) string {
	return strings.ReplaceAll(seen(u, fakeua.Description{Version: version}, port), "a=sendrecv", "a=sendonly")
}

// Which way video flows while a party holds is nobody else's affair: whom the other party is
// offered it anew meanwhile has it both ways, since nobody is told when the hold is over.
func TestVideoThatComesBackWhileTheOtherPartyHolds(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		a.Idle(time.Second)
		in.Do("INVITE", holding(b, 4, "40200"))
		branch := in.Send("INVITE", seen(b, fakeua.Description{Version: 5}, "0"))
		out.Reinvited()
		in.Cancel()
		in.Final("INVITE", branch)
		in.Ack("")
		out.Respond(200, "OK", seen(a, fakeua.Description{Setup: "active", Version: 4}, "0"))
		out.Acked()
		if again := out.Reinvited(); videoFlow(again) != "sendrecv" {
			t.Errorf("then offered\n%s", again.Raw)
		}
		out.Respond(200, "OK", answering(a, 5, "sendrecv"))
		out.Acked()
		if res := in.Do("INVITE", seen(b, fakeua.Description{Version: 6}, "40200")); videoFlow(res) != "sendrecv" {
			t.Errorf("the resume is answered with\n%s", res.Raw)
		}
		a.Quiet(10 * time.Second)
		b.Quiet(0)
		for n := range 2 {
			if l := g.videoOf(n); l == nil || l.Direction != sdp.SendRecv {
				t.Errorf("leg %d has %+v", n, l)
			}
		}
		out.Bye()
		in.Hung()
	})
}

// What was given up on hold the other party gives up when the hold is over, also where that
// ends with an answer in an ACK.
func TestVideoThatWasGivenUpOnHold(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		a.Idle(time.Second)
		in.Do("INVITE", holding(b, 4, "0"))
		a.Quiet(time.Second)
		branch := in.Send("INVITE", "")
		in.Final("INVITE", branch)
		in.Ack(seen(b, fakeua.Description{Version: 5, Setup: "active"}, "0"))
		if offer := out.Reinvited(); picture(offer) != "off" {
			t.Errorf("the other is offered\n%s", offer.Raw)
		}
		out.Respond(200, "OK", seen(a, fakeua.Description{Setup: "active", Version: 4}, "0"))
		out.Acked()
		a.Quiet(10 * time.Second)
		b.Quiet(0)
		out.Bye()
		in.Hung()
	})
}

// Who gets its video back by itself, in a hold, while the other party is asked to give its up,
// loses it when that has done so.
func TestVideoThatComesBackWhileTheOtherPartyGivesItUp(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		a.Idle(time.Second)
		branch := in.Send("INVITE", seen(b, fakeua.Description{Version: 4}, "0"))
		out.Reinvited()
		in.Cancel()
		in.Final("INVITE", branch)
		in.Ack("")
		in.Do("INVITE", holding(b, 5, "0"))
		out.Respond(200, "OK", seen(a, fakeua.Description{Setup: "active", Version: 4}, "0"))
		out.Acked()
		out.Reinvited()
		out.Respond(200, "OK", answering(a, 5, "sendrecv"))
		out.Acked()
		if offer := out.Reinvited(); picture(offer) != "off" {
			t.Errorf("offered\n%s", offer.Raw)
		}
		in.Do("INVITE", holding(b, 6, "40200"))
		in.Do("INVITE", seen(b, fakeua.Description{Version: 7}, "40200"))
		out.Respond(200, "OK", seen(a, fakeua.Description{Setup: "active", Version: 6}, "0"))
		out.Acked()
		if offer := in.Reinvited(); picture(offer) != "off" {
			t.Errorf("the other is offered\n%s", offer.Raw)
		}
		in.Respond(200, "OK", seen(b, fakeua.Description{Setup: "active", Version: 8}, "0"))
		in.Acked()
		a.Quiet(10 * time.Second)
		b.Quiet(0)
		out.Bye()
		in.Hung()
	})
}

// An answer in an ACK is none to what the other party has offered meanwhile: that is asked
// first, and what comes of it counts for both.
func TestAnACKThatCrossesAnOffer(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		branch := in.Send("INVITE", seen(b, fakeua.Description{Version: 3}, "40200"))
		out.Reinvited()
		out.Respond(200, "OK", seen(a, fakeua.Description{Setup: "active", Version: 3}, "0"))
		out.Acked()
		in.Final("INVITE", branch)
		in.Ack("")
		branch = in.Send("INVITE", "")
		in.Final("INVITE", branch)
		branch = out.Send("INVITE", seen(a, fakeua.Description{Version: 4}, "40100"))
		b.Idle(100 * time.Millisecond)
		in.Ack(seen(b, fakeua.Description{Version: 4, Setup: "active"}, "0"))
		if offer := in.Reinvited(); picture(offer) != "on" {
			t.Errorf("offered\n%s", offer.Raw)
		}
		in.Respond(200, "OK", answering(b, 5, "sendrecv"))
		in.Acked()
		if res := out.Final("INVITE", branch); picture(res) != "on" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		out.Ack("")
		allIsSaid(t, g, out, in)
	})
}
