package e2e

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// seen is a description of a user agent's with a line of video; port 0 is one that
// is switched off.
func seen(u *fakeua.UA, d fakeua.Description, port string) string {
	text := u.Describe(d)
	formats := "a=rtpmap:97 VP8/90000\r\na=rtcp-fb:97 nack pli\r\na=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42e01f;packetization-mode=1\r\na=sendrecv\r\n"
	if !strings.Contains(text, "BUNDLE 0") {
		return text + "m=video " + port + " RTP/AVP 97 98\r\n" + formats
	}
	if port != "0" {
		text = strings.Replace(text, "BUNDLE 0", "BUNDLE 0 1", 1)
	}
	return text + "m=video " + port + " UDP/TLS/RTP/SAVPF 97 98\r\nc=IN IP4 203.0.113.20\r\na=mid:1\r\na=rtcp-mux\r\n" + formats
}

// picture says what a message's description says of video: its port and formats.
func picture(m *fakeua.Message) string {
	_, line, found := strings.Cut(m.Body(), "m=video ")
	if !found {
		return "none"
	}
	line, _, _ = strings.Cut(line, "\r\n")
	if strings.HasPrefix(line, "0 ") {
		return "off"
	}
	return "on"
}

var answers = fakeua.Description{Setup: "active"}

func TestVideoFromTheBeginning(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		for _, has := range []bool{true, false} {
			out := a.Invite("1002", fakeua.Invitation{SDP: seen(a, fakeua.Description{}, "40100")})
			in := b.Incoming()
			if picture(in.Invite) != "on" || !strings.Contains(in.Invite.Body(), "H264/90000") {
				t.Fatalf("the callee is offered\n%s", in.Invite.Raw)
			}
			want := "off"
			if has {
				want = "on"
				in.Respond(200, "OK", seen(b, answers, "40200"))
				in.Acked()
			} else {
				in.Accept()
			}
			if res := out.Answered(); picture(res) != want || !strings.Contains(res.Body(), "m=audio") {
				t.Errorf("the caller is answered with\n%s\nwant video %s", res.Raw, want)
			}
			a.Quiet(time.Second)
			b.Quiet(0)
			out.Bye()
			in.Hung()
		}
		if got := strings.Count(g.seen.kinds(), "video on"); got != 1 {
			t.Errorf("events: %s", g.seen.kinds())
		}
	})
}

// switched lets a switch its video on or off, and b answer.
func switched(t *testing.T, out, in *fakeua.Call, version int, port, other string) (*fakeua.Message, *fakeua.Message) {
	t.Helper()
	branch := out.Send("INVITE", seen(out.UA, fakeua.Description{Version: version}, port))
	offer := in.Reinvited()
	in.Respond(200, "OK", seen(in.UA, fakeua.Description{Setup: "active", Version: version}, other))
	in.Acked()
	res := out.Final("INVITE", branch)
	out.Ack("")
	return offer, res
}

func TestVideoIsSwitchedOnAndOffInMidCall(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for i, side := range [][2]*fakeua.Call{{out, in}, {in, out}} {
			offer, res := switched(t, side[0], side[1], 3+2*i, "40100", "40200")
			if picture(offer) != "on" || res.Status() != 200 || picture(res) != "on" {
				t.Errorf("switched on:\n%s\n%s", offer.Raw, res.Raw)
			}
			for n := range 2 {
				if s := g.studio.nth(n).agreed(); s.Line(sdp.KindVideo, 0) == nil {
					t.Errorf("leg %d has no video", n)
				}
			}
			side[0].UA.Idle(time.Second)
			offer, res = switched(t, side[0], side[1], 4+2*i, "0", "0")
			if picture(offer) != "off" || res.Status() != 200 || picture(res) != "off" {
				t.Errorf("switched off:\n%s\n%s", offer.Raw, res.Raw)
			}
			side[0].UA.Idle(time.Second)
		}
		if got := g.seen.kinds(); !strings.HasSuffix(got, "video on video off video on video off") {
			t.Errorf("events: %s", got)
		}
		out.Bye()
		in.Hung()
	})
}

// refused has video offered by a method, and declined by the other party: the answer is
// sound alone.
func refused(t *testing.T, out, in *fakeua.Call, method string) {
	t.Helper()
	branch := out.Send(method, seen(out.UA, fakeua.Description{Version: 3}, "40100"))
	in.Reinvited()
	in.Refuse(488, "Not Acceptable Here")
	if res := out.Final(method, branch); res.Status() != 200 || picture(res) != "off" {
		t.Errorf("%s is answered with\n%s", method, res.Raw)
	}
}

func TestVideoThatIsRefusedLeavesTheCall(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		refused(t, out, in, "INVITE")
		out.Ack("")
		a.Quiet(40 * time.Second)
		b.Quiet(0)
		in.Bye()
		out.Hung()
	})
}

// TestVideoIsNotWaitedForTooLong: a telephone asks its user for half a minute.
func TestVideoIsNotWaitedForTooLong(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		began := time.Now()
		branch := out.Send("INVITE", seen(a, fakeua.Description{Version: 3}, "40100"))
		in.Reinvited()
		in.Respond(180, "Ringing", "")
		res := out.Final("INVITE", branch)
		if waited := time.Since(began); waited < 7*time.Second || waited > 9*time.Second || picture(res) != "off" {
			t.Errorf("after %v answered with\n%s", waited, res.Raw)
		}
		out.Ack("")
		// It comes after all: the line is taken away again.
		in.Respond(200, "OK", seen(b, fakeua.Description{Setup: "active", Version: 3}, "40200"))
		in.Acked()
		if again := in.Reinvited(); picture(again) != "off" {
			t.Errorf("offered again:\n%s", again.Raw)
		}
		in.Respond(200, "OK", seen(b, fakeua.Description{Setup: "active", Version: 4}, "0"))
		in.Acked()
		out.Bye()
		in.Hung()
	})
}

// crossed lets both ends of a call switch their video on at the same moment. Either their
// offers answer each other at once, which late being nil says, or late is told to come
// again, and early waits with its branch.
func crossed(t *testing.T, out, in *fakeua.Call) (late, early *fakeua.Call, branch string) {
	t.Helper()
	a, b := out.UA, in.UA
	one := out.Send("INVITE", seen(a, fakeua.Description{Version: 3}, "40100"))
	two := in.Send("INVITE", seen(b, fakeua.Description{Version: 3}, "40200"))
	over := func(branch string) func(*fakeua.Message) bool {
		return func(m *fakeua.Message) bool { return m.Status() >= 200 && m.Branch() == branch }
	}
	res := b.Await(time.Second, over(two))
	late, early, branch = in, out, one
	if res == nil {
		late, early, branch = out, in, two
		if res = a.Await(time.Second, over(one)); res == nil {
			t.Fatal("nobody is answered")
		}
	}
	late.Ack("")
	if res.Status() == 491 {
		return late, early, branch
	}
	other := early.Final("INVITE", branch)
	early.Ack("")
	if res.Status() != 200 || picture(res) != "on" || other.Status() != 200 || picture(other) != "on" {
		t.Errorf("answered with\n%s\n%s", res.Raw, other.Raw)
	}
	return nil, nil, ""
}

func TestBothSwitchVideoOnAtOnce(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		if late, early, branch := crossed(t, out, in); late != nil {
			_ = late.Reinvited()
			late.Respond(200, "OK", seen(late.UA, fakeua.Description{Setup: "active", Version: 3}, "40200"))
			late.Acked()
			if res := early.Final("INVITE", branch); picture(res) != "on" {
				t.Errorf("answered with\n%s", res.Raw)
			}
			early.Ack("")
		}
		out.Bye()
		in.Hung()
	})
}

// Browsers refuse an offer while one of their own is out (RFC 3261 §14.2), and JsSIP comes
// again once, after a second: the two offers that crossed answer each other.
func TestOffersThatCrossAnswerEachOther(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		if late, early, branch := crossed(t, out, in); late != nil {
			_ = late.Reinvited()
			late.Respond(491, "Request Pending", "")
			late.Acked()
			late.UA.Quiet(time.Second)
			again := late.Send("INVITE", seen(late.UA, fakeua.Description{Version: 3}, "40200"))
			if res := late.Final("INVITE", again); res.Status() != 200 || picture(res) != "on" {
				t.Errorf("who came again is answered with\n%s", res.Raw)
			}
			late.Ack("")
			if res := early.Final("INVITE", branch); res.Status() != 200 || picture(res) != "on" {
				t.Errorf("who came first is answered with\n%s", res.Raw)
			}
			early.Ack("")
		}
		a.Quiet(5 * time.Second)
		b.Quiet(0)
		for n := range 2 {
			if s := g.studio.nth(n).agreed(); s.Line(sdp.KindVideo, 0) == nil {
				t.Errorf("leg %d has no video", n)
			}
		}
		if got := strings.Count(g.seen.kinds(), "video on"); got != 1 {
			t.Errorf("events: %s", g.seen.kinds())
		}
		out.Bye()
		in.Hung()
	})
}

func TestAHoldOfACallWithVideoStaysOnItsLeg(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		a.Idle(time.Second)
		held := strings.ReplaceAll(seen(a, fakeua.Description{Version: 4, Direction: "sendonly"}, "40100"), "a=sendrecv", "a=sendonly")
		if res := out.Do("INVITE", held); res.Status() != 200 || strings.Count(res.Body(), "a=recvonly") != 2 {
			t.Errorf("hold is answered with\n%s", res.Raw)
		}
		b.Quiet(time.Second)
		if res := out.Do("INVITE", seen(a, fakeua.Description{Version: 5}, "40100")); picture(res) != "on" {
			t.Errorf("resume is answered with\n%s", res.Raw)
		}
		b.Quiet(time.Second)
		if got := g.seen.kinds(); !strings.HasSuffix(got, "video on held resumed") {
			t.Errorf("events: %s", got)
		}
		out.Bye()
		in.Hung()
	})
}

func TestACallThatEndsWhileVideoIsAskedFor(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		branch := out.Send("INVITE", seen(a, fakeua.Description{Version: 3}, "40100"))
		in.Reinvited()
		in.Bye()
		if res := out.Final("INVITE", branch); res.Status() != 487 {
			t.Errorf("the re-INVITE is answered with\n%s", res.Raw)
		}
		out.Ack("")
		out.Hung()
		in.Refuse(487, "Request Terminated")
	})
}

func TestWholePicturesAreAskedForByINFO(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		body := `<?xml version="1.0"?><media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>`
		if res := out.Info("application/media_control+xml", body); res.Status() != 200 {
			t.Errorf("answered with\n%s", res.Raw)
		}
		synctest.Wait() // it is answered before it is passed on
		if n := g.studio.nth(0).asked(); n != 1 {
			t.Errorf("a whole picture was asked for %d times", n)
		}
		g.studio.nth(0).options.Events.KeyFrame()
		info := out.Request("INFO")
		if !strings.Contains(info.Body(), "picture_fast_update") {
			t.Errorf("asked by\n%s", info.Raw)
		}
		a.Answer(info, 200, "OK")
		out.Bye()
		in.Hung()
	})
}

func TestTrunksAreOfferedNoVideoUnlessTheyHaveIt(t *testing.T) {
	for _, has := range []bool{false, true} {
		onTrunks(t, func(c *trunk.Config) { c.Video = has }, func(l *line) {
			out := l.browser("1001")
			call := out.Invite("4030123", fakeua.Invitation{SDP: seen(out, fakeua.Description{}, "40100")})
			in := l.pbx.Phone.Incoming()
			if got := picture(in.Invite); got == "on" != has {
				t.Errorf("video of the trunk is %v, and it is offered\n%s", has, in.Invite.Raw)
			}
			in.Accept()
			call.Answered()
			call.Bye()
			in.Hung()
		})
	}
}

func TestVideoOfATransferIsTheNewPartys(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.browser("1001"), g.phone("1002", 12), g.phone("1003", 13)
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		a.Idle(time.Second)
		refer(t, in, 202, "<sip:1003@"+domain+">")
		notified(t, in, 100)
		to := c.Incoming()
		if picture(to.Invite) != "on" {
			t.Errorf("the new party is offered\n%s", to.Invite.Raw)
		}
		to.Accept() // without video
		notified(t, in, 200)
		in.Bye()
		if offer := out.Reinvited(); picture(offer) != "off" {
			t.Errorf("who was sent on is offered\n%s", offer.Raw)
		}
		out.Respond(200, "OK", seen(a, fakeua.Description{Setup: "active", Version: 4}, "0"))
		out.Acked()
		if g.seen.last(bridge.VideoOff).Kind != bridge.VideoOff {
			t.Errorf("events: %s", g.seen.kinds())
		}
		out.Bye()
		to.Hung()
	})
}
