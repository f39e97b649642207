package attack

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
)

// plainSDP is an offer of PCMU; more are further lines.
func plainSDP(host string, port int, more string) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n%s", host, port, more)
}

func TestCraftedDescriptionsAreRefusedAndHarmNobody(t *testing.T) {
	h := open(t)
	k := h.talking(nil)
	_, sip, _ := net.SplitHostPort(h.SIP)
	var own int
	_, _ = fmt.Sscanf(sip, "%d", &own)
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+"\r\n", i)
		}
		return b.String()
	}
	cases := []struct {
		name, sdp string
		allowed   bool // answered, as long as nothing goes out
	}{
		{"multicast", plainSDP("224.0.1.1", 40000, ""), false},
		{"multicast with TTL", plainSDP("224.0.1.1/127", 40000, ""), false},
		{"IPv6 multicast", strings.ReplaceAll(plainSDP("ff02::1", 40000, ""), "c=IN IP4", "c=IN IP6"), false},
		{"broadcast", plainSDP("255.255.255.255", 40000, ""), false},
		{"our own RTP port", plainSDP("127.0.0.1", int(k.a.target().Port()), ""), false},
		{"our own RTP port, by another name", plainSDP("127.0.0.1", int(k.b.target().Port()), "a=rtcp:"+fmt.Sprint(k.a.target().Port())+"\r\n"), false},
		{"our own SIP port", plainSDP("127.0.0.1", own, ""), false},
		{"0.0.0.0", plainSDP("0.0.0.0", 40000, ""), true},
		{"port 0", plainSDP("127.0.0.5", 0, ""), false},
		{"port 70000", plainSDP("127.0.0.5", 70000, ""), false},
		{"a negative port", plainSDP("127.0.0.5", -1, ""), false},
		{"no address", strings.Replace(plainSDP("x", 40000, ""), "c=IN IP4 x\r\n", "", 1), false},
		{"a name", plainSDP("evil.example", 40000, ""), false},
		{"no media", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", false},
		{"no description at all", "garbage", false},
		{"binary", string([]byte{0, 1, 2, 0xff, 0xfe, '\r', '\n', 0}), false},
		{"5000 lines", plainSDP("127.0.0.5", 40000, lines(5000, "a=x%d")), true},
		{"1500 media", plainSDP("127.0.0.5", 40000, lines(1500, "m=video %d RTP/AVP 96")), true},
		{"3000 payload types", strings.Replace(plainSDP("127.0.0.5", 40000, ""), "RTP/AVP 0 101", "RTP/AVP 0"+strings.ReplaceAll(lines(3000, " %d"), "\r\n", ""), 1), true},
		{"a line of 50 KiB", plainSDP("127.0.0.5", 40000, "a=fmtp:101 "+strings.Repeat("0,", 25000)+"\r\n"), true},
		{"a channel count of 2^31", plainSDP("127.0.0.5", 40000, "a=rtpmap:0 PCMU/2147483648/2147483648\r\n"), true},
		{"900 candidates", plainSDP("127.0.0.5", 40000, lines(900, "a=candidate:%d 1 udp 1 127.0.0.66 4000 typ host")), true},
	}
	k.sound(0.9, func() {
		for _, offers := range []*fakeua.UA{h.phone("1003").Online(), h.web("1003").Online()} {
			for _, c := range cases {
				offer(t, offers, c.name, c.sdp, c.allowed)
			}
		}
	})
	h.recovers()
	k.end()
}

// offer calls the echo with an offer, and hangs up.
func offer(t *testing.T, u *fakeua.UA, name, sdp string, allowed bool) {
	t.Helper()
	out := u.Invite("600", fakeua.Invitation{SDP: sdp})
	res := u.Await(patience, func(m *fakeua.Message) bool {
		_, method := m.CSeq()
		return m.Status() >= 200 && m.Status() != 407 && method == "INVITE" && m.Field("Call-ID") == out.ID
	})
	kind := u.Flow().Kind()
	switch {
	case res == nil && kind.Stream():
		// Too large for the limit of the connection: it would be closed.
		t.Errorf("%s over %v: no answer", name, kind)
	case res == nil:
		t.Errorf("%s over %v: no answer", name, kind)
	case res.Status() == 200 && !allowed:
		t.Errorf("%s over %v is answered with\n%s", name, kind, res.Raw)
	case res.Status() != 200 && res.Status() != 400 && res.Status() != 488 && res.Status() != 413:
		t.Errorf("%s over %v is answered with\n%s", name, kind, res.Raw)
	case res.Status() != 200 && res.Field("Warning") == "":
		t.Errorf("%s over %v: no Warning in\n%s", name, kind, res.Raw)
	}
	if res != nil && res.Status() == 200 {
		out.Remote, out.Target = res.Field("To"), "sip:"+"600@127.0.0.1"
		out.Ack("")
		out.Bye()
	}
}

func TestACraftedAnswerSendsNoMediaToOthers(t *testing.T) {
	h := open(t)
	k := h.talking(nil)
	a, b := h.phone("1001").Online(), h.phone("1003").Online()
	k.sound(0.9, func() {
		for _, answer := range []string{
			plainSDP("224.0.1.1", 40000, ""), plainSDP("127.0.0.1", int(k.b.target().Port()), ""), "garbage", "",
			"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", plainSDP("127.0.0.5", 40000, "m=audio 1 RTP/AVP 0\r\n"),
		} {
			out := a.Invite("1003", fakeua.Invitation{})
			in := b.Incoming()
			in.Respond(200, "OK", answer)
			in.Acked()
			in.Hung() // a 200 is acknowledged, then ended
			res := a.Next("a refusal", func(m *fakeua.Message) bool {
				return m.Status() >= 200 && m.Status() != 407 && m.Field("Call-ID") == out.ID
			})
			if res.Status() < 400 {
				t.Errorf("the answer %q is taken:\n%s", answer, res.Raw)
			}
		}
	})
	k.end()
}

func TestAReofferToAnotherHostMovesOnlyItsOwnSound(t *testing.T) {
	h := open(t)
	k, victim := h.talking(nil), h.stranger("127.0.0.77")
	for _, sdp := range []string{plainSDP("224.0.1.1", 40000, ""), plainSDP("127.0.0.1", int(k.b.target().Port()), ""), "garbage"} {
		if res := k.out.Do("INVITE", sdp); res.Status() != 400 && res.Status() != 488 {
			t.Errorf("a re-INVITE with %q is answered with\n%s", sdp, res.Raw)
		}
	}
	k.sound(0.9, func() { peers.Pause(time.Second) })
	silent(t, victim)
	k.end()
}
