package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestNothingOfOneLegIsInTheOther(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{Fields: []string{
			"X-Secret: from-a", "P-Asserted-Identity: <sip:president@example.org>", "Remote-Party-ID: <sip:president@example.org>",
			"User-Agent: agent-of-a", "Subject: subject-of-a", "Supported: timer, replaces, x-of-a", "Session-Expires: 777",
			"Alert-Info: <http://a.example/ring.wav>", "Call-Info: <http://a.example/me.jpg>", "Organization: org-of-a", "Priority: urgent",
		}})
		in := b.Incoming()
		invite := in.Invite
		for _, secret := range []string{
			out.ID, "Forged Name", "from-a", "president", "agent-of-a", "subject-of-a", "x-of-a", "Expires: 777", "a.example", "org-of-a", "urgent",
			a.Contact, a.Flow().Local().Addr().String(), fakeua.SSRC, fakeua.Ufrag, fakeua.Fingerprint[8:], "203.0.113.20", " 4711 ", "4611731400430051336", " 54609 ",
		} {
			if strings.Contains(invite.Raw, secret) {
				t.Errorf("the callee was sent %q:\n%s", secret, invite.Raw)
			}
		}
		if n := len(invite.Fields("Via")); n != 1 {
			t.Errorf("%d Via fields", n)
		}
		if invite.Field("Max-Forwards") != "69" {
			t.Errorf("Max-Forwards %s, want 69", invite.Field("Max-Forwards"))
		}
		if from := invite.Field("From"); !strings.HasPrefix(from, `"Number 1001" <sip:1001@example.org>;tag=`) {
			t.Errorf("From: %s", from)
		}
		sdp := b.Describe(fakeua.Description{Setup: "active"})
		in.Respond(183, "Going on", sdp, "X-Secret: from-b", "Server: agent-of-b")
		in.Respond(200, "Fine", sdp, "X-Secret: from-b", "Server: agent-of-b", "Supported: timer, x-of-b", "Require: timer", "Session-Expires: 888;refresher=uas", "P-Asserted-Identity: <sip:b@b.example>")
		in.Acked()
		ok := out.Answered()
		for _, secret := range []string{
			in.ID, in.Tag, "from-b", "agent-of-b", "x-of-b", "Expires: 888", "b.example", b.Contact, fakeua.Ufrag, fakeua.Fingerprint[8:], "203.0.113.20", "Fine", " 4711 ", "4611731400430051336",
		} {
			if strings.Contains(ok.Raw, secret) {
				t.Errorf("the caller was sent %q:\n%s", secret, ok.Raw)
			}
		}
		out.Bye("X-Secret: from-a", `Reason: Q.850;cause=16;text="bye\"\ of a"`)
		bye := in.Hung()
		if strings.Contains(bye.Raw, "from-a") || strings.Contains(bye.Raw, out.ID) {
			t.Errorf("BYE passed on:\n%s", bye.Raw)
		}
	})
}

func TestASniffedDialogIsNoUseToOthers(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		// A phone may have moved: it is asked for the password. Somebody else's
		// connection is not.
		thieves, want := []*fakeua.UA{g.stranger("thief", 66), g.browser("1003")}, []int{401, 481}
		for i, thief := range thieves {
			spoof := out.Spoof(thief)
			for j, method := range []string{"BYE", "INVITE", "UPDATE", "INFO", "OPTIONS"} {
				spoof.Seq = 100 + 10*i + j
				if res := spoof.Do(method, ""); res.Status() != want[i] {
					t.Errorf("%s of %s is answered with\n%s", method, thief.User, res.Raw)
				}
			}
		}
		a.Quiet(time.Second)
		b.Quiet(0)
		out.Bye()
		in.Hung()
	})
}

func TestAForeignCancelCancelsNothing(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b, thief := g.browser("1001"), g.phone("1002", 12), g.stranger("thief", 66)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		if res := out.Spoof(thief).Cancel(); res.Status() != 481 {
			t.Errorf("answered with\n%s", res.Raw)
		}
		b.Quiet(time.Second)
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestAForeignAckAcknowledgesNothing(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b, thief := g.phone("1001", 11), g.phone("1002", 12), g.stranger("thief", 66)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		ok := out.Response(200)
		out.Spoof(thief).Ack("")
		a.Idle(3 * time.Second)
		if n := a.Repeats(ok); n < 2 {
			t.Errorf("the 200 was repeated %d times only", n)
		}
		out.Ack("")
		out.Bye()
		in.Hung()
	})
}

func TestRequestsOutOfOrder(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		out.Seq = 50
		out.Do("OPTIONS", "")
		out.Seq = 20
		if res := out.Do("BYE", ""); res.Status() != 500 {
			t.Errorf("an old BYE is answered with\n%s", res.Raw)
		}
		out.Seq = 60
		out.Bye()
		in.Hung()
	})
}

func TestStrangersGetNothing(t *testing.T) {
	inBubble(t, func(g *gateway) {
		thief := g.stranger("thief", 66)
		for method, want := range map[string]int{
			"MESSAGE": 405, "SUBSCRIBE": 405, "NOTIFY": 405, "PUBLISH": 405, "REFER": 403, "PRACK": 481, "BYE": 481, "INFO": 481, "UPDATE": 481, "OPTIONS": 200,
		} {
			thief.Send(strings.Join([]string{
				method + " sip:1002@example.org SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.66:5060;branch=z9hG4bK" + method, "Max-Forwards: 70",
				"From: <sip:1001@example.org>;tag=x", "To: <sip:1002@example.org>", "Call-ID: " + method, "CSeq: 1 " + method, "Content-Length: 0", "", "",
			}, "\r\n"))
			res := thief.Next("an answer to "+method, func(m *fakeua.Message) bool { return m.Status() > 100 && m.Field("Call-ID") == method })
			if res.Status() != want {
				t.Errorf("%s is answered with %d, want %d", method, res.Status(), want)
			}
		}
	})
}

func TestATrunkIsKnownByItsAddress(t *testing.T) {
	inBubble(t, func(g *gateway) {
		pbx, b := g.carrier(), g.phone("1002", 12)
		out := pbx.Invite("+15550100", fakeua.Invitation{From: "+15559999"})
		in := b.Incoming()
		if from := in.Invite.Field("From"); !strings.HasPrefix(from, `"Forged Name" <sip:+15559999@example.org>`) {
			t.Errorf("From: %s", from)
		}
		in.Accept()
		out.Answered()
		in.Bye()
		out.Hung()
	})
}

func TestATrunkIsCalledAndBounded(t *testing.T) {
	inBubble(t, func(g *gateway) {
		pbx := g.carrier()
		a := g.browser("1001")
		var outs, ins []*fakeua.Call
		for i := range 2 {
			out := a.Invite(fmt.Sprintf("40%d", i), fakeua.Invitation{})
			in := pbx.Incoming()
			if uri := in.Invite.First(); uri != fmt.Sprintf("INVITE sip:40%d@192.0.2.200:5060 SIP/2.0", i) {
				t.Errorf("asked for %s", uri)
			}
			in.Accept()
			out.Answered()
			outs, ins = append(outs, out), append(ins, in)
		}
		third := a.Invite("409", fakeua.Invitation{})
		field(t, third.Response(503), "Warning", "max_calls")
		if res := pbx.Invite("+15550100", fakeua.Invitation{}).Response(503); res.Field("Warning") == "" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		outs[0].Bye()
		ins[0].Hung()
		a.Idle(time.Second)
		again := a.Invite("409", fakeua.Invitation{})
		in := pbx.Incoming()
		in.Refuse(486, "Busy Here")
		again.Response(486)
		outs[1].Bye()
		ins[1].Hung()
	})
}

func TestCredentialsAreGivenToNobody(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Refuse(407, "Proxy Authentication Required", `Proxy-Authenticate: Digest realm="example.org", nonce="abc", algorithm=MD5, qop="auth"`)
		res := out.Response(403)
		if strings.Contains(res.Raw, "nonce") {
			t.Errorf("a challenge was passed on:\n%s", res.Raw)
		}
		b.Quiet(time.Second)
	})
}
