package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestRefusalsReachTheCaller(t *testing.T) {
	for _, c := range []struct {
		status int
		reason string
		want   int
		q850   int
	}{
		{486, "Busy Here", 486, 17},
		{603, "Decline", 603, 21},
		{480, "Temporarily Unavailable", 480, 18},
		{404, "Not Found", 404, 1},
		{408, "Request Timeout", 408, 102},
		{488, "Not Acceptable Here", 488, 65},
		{500, "Server Internal Error", 500, 41},
		{503, "Service Unavailable", 503, 41},
		{600, "Busy Everywhere", 600, 17},
		{302, "Moved Temporarily", 480, 18},
		{401, "Unauthorized", 403, 21},
		{407, "Proxy Authentication Required", 403, 21},
		{499, "Odd", 499, 127},
	} {
		t.Run(fmt.Sprint(c.status), func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a, b := g.phone("1001", 11), g.browser("1002")
				out := a.Invite("1002", fakeua.Invitation{})
				in := b.Incoming()
				in.Refuse(c.status, c.reason)
				res := out.Response(c.want)
				field(t, res, "Reason", fmt.Sprintf("Q.850;cause=%d", c.q850))
				b.Quiet(40 * time.Second)
				a.Quiet(0)
			})
		})
	}
}

func TestTheFarEndsReasonIsPassedOn(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		b.Incoming().Refuse(480, "Lunch\u0080 break", `Reason: Q.850;cause=31;text="gone; \"fishing\""`)
		res := out.Response(480)
		field(t, res, "Reason", "Q.850;cause=31")
	})
}

func TestCallsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name, to string
		inv      fakeua.Invitation
		status   int
		warning  string
	}{
		{"nobody registered", "1003", fakeua.Invitation{}, 480, "1003"},
		{"no row", "99", fakeua.Invitation{}, 404, ""},
		{"no such user", "1009", fakeua.Invitation{}, 404, "no user 1009"},
		{"rejected by a row", "602", fakeua.Invitation{}, 403, "dialplan"},
		{"foreign domain", "1002", fakeua.Invitation{Host: "example.com"}, 404, "serves example.org"},
		{"another From", "1002", fakeua.Invitation{From: "1003"}, 403, "From"},
		{"no hops left", "1003", fakeua.Invitation{Hops: "0"}, 483, ""},
		{"unknown extension", "1002", fakeua.Invitation{Fields: []string{"Require: 100rel, foo"}}, 420, ""},
		{"description without media", "1002", fakeua.Invitation{SDP: "v=0\r\nrubbish\r\n"}, 488, "304"},
		{"no description at all", "1002", fakeua.Invitation{SDP: "hello"}, 400, "399"},
		{"no common codec", "1002", fakeua.Invitation{SDP: "v=0\r\no=- 1 1 IN IP4 192.0.2.11\r\ns=-\r\nc=IN IP4 192.0.2.11\r\nt=0 0\r\nm=audio 4000 RTP/AVP 97\r\na=rtpmap:97 made-up/8000\r\n"}, 488, "305"},
		{"video only", "1002", fakeua.Invitation{SDP: "v=0\r\no=- 1 1 IN IP4 192.0.2.11\r\ns=-\r\nc=IN IP4 192.0.2.11\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"}, 488, "304"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a, b := g.phone("1001", 11), g.phone("1002", 12)
				out := a.Invite(c.to, c.inv)
				res := out.Response(c.status)
				field(t, res, "Warning", c.warning)
				b.Quiet(time.Second)
			})
		})
	}
}

func TestABodyThatIsNoDescription(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		out := a.Invite("600", fakeua.Invitation{SDP: "none", Fields: []string{"Content-Type: text/plain", "X-Body: 1"}})
		out.Response(200) // no body: the type says nothing
		out.Ack(a.Describe(fakeua.Description{}))
		out.Bye()
	})
}

func TestWrongPasswordsMakeNoCall(t *testing.T) {
	inBubble(t, func(g *gateway) {
		b := g.phone("1002", 12)
		for _, user := range []string{"1001", "1999"} {
			a := g.stranger(user, 20+len(g.uas))
			a.Password = "guess"
			out := a.Invite("1002", fakeua.Invitation{})
			out.Response(403)
		}
		a := g.stranger("1001", 40)
		out := a.Invite("1002", fakeua.Invitation{NoAuth: true})
		out.Response(407)
		b.Quiet(time.Second)
	})
}

func TestNobodyAnswersInTime(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		began := time.Now()
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		cancel := in.Canceled()
		if took := time.Since(began); took < 20*time.Second || took > 21*time.Second {
			t.Errorf("canceled after %v, want 20 s", took)
		}
		for _, r := range cancel.Fields("Reason") {
			if strings.Contains(r, "elsewhere") {
				t.Errorf("nobody else has answered, yet CANCEL says %s", r)
			}
		}
		field(t, out.Response(408), "Reason", "Q.850;cause=19")
	})
}

func TestADeadPhoneTakesTheDialplansTime(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		b.Close() // its binding stays: nobody can know
		out := a.Invite("1002", fakeua.Invitation{})
		out.Response(408)
	})
}

func TestWaitRejectAndHangupSteps(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		out := a.Invite("603", fakeua.Invitation{})
		out.Response(180)
		began := time.Now()
		out.Response(486)
		if took := time.Since(began); took.Round(time.Second) != 5*time.Second {
			t.Errorf("waited %v, want 5 s", took)
		}
		out = a.Invite("601", fakeua.Invitation{})
		out.Answered()
		out.Hung()
		out = a.Invite("600", fakeua.Invitation{})
		out.Answered()
		a.Quiet(2 * time.Minute)
		out.Bye()
	})
}

func TestHopsAreCountedDown(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		for hops, want := range map[string]string{"70": "69", "1": "0", "255": "254"} {
			out := a.Invite("1002", fakeua.Invitation{Hops: hops})
			in := b.Incoming()
			if got := in.Invite.Field("Max-Forwards"); got != want {
				t.Errorf("Max-Forwards %s went out as %s, want %s", hops, got, want)
			}
			in.Refuse(486, "Busy Here")
			out.Response(486)
		}
	})
}

func TestTheCallerIDOfARow(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("33", fakeua.Invitation{})
		in := b.Incoming()
		if from := in.Invite.Field("From"); !strings.HasPrefix(from, "<sip:5550100@example.org>;tag=") {
			t.Errorf("From: %s", from)
		}
		in.Refuse(486, "Busy Here")
		out.Response(486)
	})
}
