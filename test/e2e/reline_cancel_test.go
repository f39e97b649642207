package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

// pictured is a description with video that flows in one direction, and sound in both.
func pictured(u *fakeua.UA, version int, direction string) string {
	text := seen(u, fakeua.Description{Version: version}, "40100")
	video := strings.LastIndex(text, "a=sendrecv")
	return text[:video] + "a=" + direction + "\r\n"
}

// Who was asked about a change of the video that was then taken back gives its video up with
// its late answer: the other party, which was told meanwhile that all is as it was, loses it
// too.
func TestALateNoToAnOfferThatWasTakenBack(t *testing.T) {
	for _, before := range []string{"sendrecv", "sendonly"} {
		t.Run(before, func(t *testing.T) {
			kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) { lateNo(t, g, a, b, before) })
		})
	}
}

func lateNo(t *testing.T, g *gateway, a, b *fakeua.UA, before string) {
	after := map[string]string{"sendrecv": "sendonly", "sendonly": "sendrecv"}[before]
	out, in := g.talk(a, b)
	branch := out.Send("INVITE", pictured(a, 3, before))
	in.Reinvited()
	in.Respond(200, "OK", seen(b, fakeua.Description{Setup: "active", Version: 3}, "40200"))
	in.Acked()
	out.Final("INVITE", branch)
	out.Ack("")
	a.Idle(time.Second)

	branch = out.Send("INVITE", pictured(a, 4, after))
	in.Reinvited()
	out.Cancel()
	if res := out.Final("INVITE", branch); res.Status() != 487 {
		t.Errorf("taken back, it is answered with\n%s", res.Raw)
	}
	out.Ack("")
	if res := out.Do("INVITE", pictured(a, 5, before)); picture(res) != "on" {
		t.Errorf("what was agreed is answered with\n%s", res.Raw)
	}
	for {
		in.Respond(200, "OK", seen(b, fakeua.Description{Setup: "active", Version: 4}, "0"))
		in.Acked()
		m := b.Await(time.Second, func(m *fakeua.Message) bool { return m.Method() == "INVITE" })
		if m == nil {
			break
		}
		in.Invite = m
	}
	if again := out.Reinvited(); picture(again) != "off" {
		t.Errorf("offered again\n%s", again.Raw)
	}
	out.Respond(200, "OK", seen(a, fakeua.Description{Setup: "active", Version: 6}, "0"))
	out.Acked()
	a.Quiet(10 * time.Second)
	b.Quiet(0)
	for n := range 2 {
		if s := g.studio.nth(n).agreed(); s.Line(sdp.KindVideo, 0) != nil {
			t.Errorf("leg %d has %+v", n, s)
		}
	}
	out.Bye()
	in.Hung()
}

// videoFlow is how the video of a description flows; "" is one that is off, or none.
func videoFlow(m *fakeua.Message) string {
	_, line, found := strings.Cut(m.Body(), "m=video ")
	if !found || strings.HasPrefix(line, "0 ") {
		return ""
	}
	for _, d := range []string{"sendrecv", "sendonly", "recvonly", "inactive"} {
		if strings.Contains(line, "a="+d) {
			return d
		}
	}
	return "sendrecv"
}

// RFC 3264 §8.2: a line is taken away by whoever wants it to go. Who refuses that has it as
// before (RFC 3261 §14.1), and is asked to let nothing flow in it; whatever it says to that,
// nobody is told of its line, and it comes back to life when the other party has one again.
func TestVideoThatIsNotGivenUp(t *testing.T) {
	for _, status := range []int{200, 488} {
		t.Run(map[int]string{200: "but stopped", 488: "nor stopped"}[status], func(t *testing.T) {
			kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) { notGivenUp(t, g, a, b, status) })
		})
	}
}

func notGivenUp(t *testing.T, g *gateway, a, b *fakeua.UA, status int) {
	out, in := g.talk(a, b)
	switched(t, out, in, 3, "40100", "40200")
	a.Idle(time.Second)
	branch := out.Send("INVITE", seen(a, fakeua.Description{Version: 4}, "0"))
	if offer := in.Reinvited(); picture(offer) != "off" {
		t.Errorf("offered\n%s", offer.Raw)
	}
	in.Refuse(488, "Not Acceptable Here")
	if res := out.Final("INVITE", branch); res.Status() != 200 || picture(res) != "off" {
		t.Errorf("answered with\n%s", res.Raw)
	}
	out.Ack("")
	if offer := in.Reinvited(); videoFlow(offer) != "inactive" {
		t.Errorf("then offered\n%s", offer.Raw)
	}
	if status == 200 {
		in.Respond(200, "OK", strings.ReplaceAll(pictured(b, 4, "inactive"), "a=setup:actpass", "a=setup:active"))
		in.Acked()
	} else {
		in.Refuse(488, "Not Acceptable Here")
	}
	a.Quiet(10 * time.Second)
	b.Quiet(0)
	if e := g.seen.last(bridge.VideoOff); e.Kind != bridge.VideoOff {
		t.Errorf("events: %s", g.seen.kinds())
	}
	hold := strings.ReplaceAll(seen(b, fakeua.Description{Version: 5}, "40200"), "a=sendrecv", "a=sendonly")
	if res := in.Do("INVITE", hold); videoFlow(res) != "inactive" {
		t.Errorf("its hold is answered with\n%s", res.Raw)
	}
	if status != 200 {
		if res := in.Do("INVITE", seen(b, fakeua.Description{Version: 6}, "40200")); videoFlow(res) != "inactive" {
			t.Errorf("its resume, with all as it was, is answered with\n%s", res.Raw)
		}
	}
	a.Quiet(time.Second)
	if res := in.Do("INVITE", seen(b, fakeua.Description{Version: 7}, "0")); picture(res) != "off" {
		t.Errorf("given up after all, it is answered with\n%s", res.Raw)
	}
	a.Quiet(time.Second)
	offer, res := switched(t, out, in, 8, "40100", "40200")
	if videoFlow(offer) != "sendrecv" || videoFlow(res) != "sendrecv" {
		t.Errorf("switched on:\n%s\n%s", offer.Raw, res.Raw)
	}
	out.Bye()
	in.Hung()
}
