package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// A re-INVITE without a description has our offer in its 200, and the far end's answer in its
// ACK (RFC 3264 §4): what that gives up the other party gives up, too, and which way it flows
// is told.
func TestVideoThatAnACKChanges(t *testing.T) {
	for _, then := range []string{"off", "sendonly", "sendrecv"} {
		t.Run(then, func(t *testing.T) {
			kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) { ackChanges(t, g, a, b, then) })
		})
	}
}

func ackChanges(t *testing.T, g *gateway, a, b *fakeua.UA, then string) {
	out, in := g.talk(a, b)
	switched(t, out, in, 3, "40100", "40200")
	a.Idle(time.Second)
	branch := out.Send("INVITE", "")
	res := out.Final("INVITE", branch)
	if videoFlow(res) != "sendrecv" {
		t.Errorf("offered\n%s", res.Raw)
	}
	if then == "off" {
		out.Ack(seen(a, fakeua.Description{Version: 4, Setup: "active"}, "0"))
	} else {
		out.Ack(answering(a, 4, then))
	}
	switch then {
	case "off":
		if offer := in.Reinvited(); picture(offer) != "off" {
			t.Errorf("the other is offered\n%s", offer.Raw)
		}
		in.Respond(200, "OK", seen(b, fakeua.Description{Version: 4, Setup: "active"}, "0"))
		in.Acked()
	case "sendonly":
		if offer := in.Reinvited(); videoFlow(offer) != "sendonly" {
			t.Errorf("the other is offered\n%s", offer.Raw)
		}
		in.Respond(200, "OK", answering(b, 4, "recvonly"))
		in.Acked()
	}
	a.Quiet(10 * time.Second)
	b.Quiet(0)
	for n := range 2 {
		if l := g.videoOf(n); (l == nil) != (then == "off") {
			t.Errorf("leg %d has %+v", n, l)
		}
	}
	out.Bye()
	in.Hung()
}

// The session timer is a leg's own affair (RFC 4028 §7.4), whoever refreshes, and however: with
// video on, and while one holds the other, it changes nothing on either side.
func TestARefreshWithVideoOn(t *testing.T) {
	for _, c := range []struct {
		name, timer, allow string
		held               bool
	}{
		{"ours by UPDATE", "Session-Expires: 200;refresher=uac", "Allow: INVITE, ACK, BYE, UPDATE", false},
		{"ours by re-INVITE", "Session-Expires: 200;refresher=uac", "Allow: INVITE, ACK, BYE", false},
		{"ours by UPDATE, held", "Session-Expires: 200;refresher=uac", "Allow: INVITE, ACK, BYE, UPDATE", true},
		{"ours by re-INVITE, held", "Session-Expires: 200;refresher=uac", "Allow: INVITE, ACK, BYE", true},
		{"theirs", "Session-Expires: 200;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE", false},
		{"theirs, held", "Session-Expires: 200;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) { refreshed(t, g, a, b, c.timer, c.allow, c.held) })
		})
	}
}

// turned names the same refresher in a request the other way.
func turned(timer string) string {
	return strings.NewReplacer("=uac", "=uas", "=uas", "=uac").Replace(timer)
}

func refreshed(t *testing.T, g *gateway, a, b *fakeua.UA, timer, allow string, held bool) {
	out := a.Invite("1002", fakeua.Invitation{SDP: seen(a, fakeua.Description{}, "40100")})
	in := b.Incoming()
	now := seen(b, answers, "40200")
	in.Respond(200, "OK", now, timer, "Require: timer", allow)
	in.Acked()
	out.Answered()
	last := in.Invite.Body()
	if held {
		hold := strings.ReplaceAll(seen(b, fakeua.Description{Version: 3}, "40200"), "a=sendrecv", "a=sendonly")
		last = in.Do("INVITE", hold, "Supported: timer", turned(timer)).Body()
		now = strings.ReplaceAll(hold, "a=setup:actpass", "a=setup:active")
	}
	b.Patience = time.Hour
	for range 3 {
		switch {
		case strings.HasSuffix(timer, "uas"): // by turns
			b.Idle(90 * time.Second)
			for _, method := range []string{"UPDATE", "INVITE"} {
				body := ""
				if method == "INVITE" {
					body = strings.ReplaceAll(now, "a=setup:active", "a=setup:actpass")
				}
				res := in.Do(method, body, "Supported: timer", turned(timer))
				if res.Status() != 200 || method == "INVITE" && picture(res) != "on" {
					t.Errorf("answered with\n%s", res.Raw)
				}
			}
		case strings.Contains(allow, "UPDATE"):
			update := in.Request("UPDATE")
			if update.Body() != "" {
				t.Errorf("the refresh is\n%s", update.Raw)
			}
			in.Reply(update, "", timer)
		default:
			if re := in.Reinvited(); re.Body() != last {
				t.Errorf("the refresh says\n%s\nwant\n%s", re.Body(), last)
			}
			in.Respond(200, "OK", now, timer, "Require: timer")
			in.Acked()
		}
	}
	a.Quiet(0)
	for n := range 2 {
		if l := g.videoOf(n); l == nil {
			t.Errorf("leg %d has no video", n)
		}
	}
	if got := strings.Count(g.seen.kinds(), "video"); got != 1 {
		t.Errorf("events: %s", g.seen.kinds())
	}
	out.Bye()
	in.Hung()
}

// A far end may give its video up in any answer (RFC 3264 §6), also in that to a refresh.
func TestVideoThatIsGivenUpInTheAnswerToARefresh(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{SDP: seen(a, fakeua.Description{}, "40100")})
		in := b.Incoming()
		in.Respond(200, "OK", seen(b, answers, "40200"), "Session-Expires: 200;refresher=uac", "Require: timer", "Allow: INVITE, ACK, BYE")
		in.Acked()
		out.Answered()
		b.Patience = time.Hour
		in.Reinvited()
		in.Respond(200, "OK", seen(b, fakeua.Description{Setup: "active", Version: 2}, "0"))
		in.Acked()
		if offer := out.Reinvited(); picture(offer) != "off" {
			t.Errorf("the other is offered\n%s", offer.Raw)
		}
		out.Respond(200, "OK", seen(a, fakeua.Description{Setup: "active", Version: 2}, "0"))
		out.Acked()
		a.Quiet(10 * time.Second)
		b.Quiet(0)
		for n := range 2 {
			if l := g.videoOf(n); l != nil {
				t.Errorf("leg %d has %+v", n, l)
			}
		}
		out.Bye()
		in.Hung()
	})
}
