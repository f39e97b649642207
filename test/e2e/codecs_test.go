package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// rtpmaps returns the codecs of a description in their order, telephone-event left
// out: "G729/8000 PCMU/8000".
func rtpmaps(body string) string {
	var out []string
	for line := range strings.SplitSeq(body, "\r\n") {
		if v, ok := strings.CutPrefix(line, "a=rtpmap:"); ok && !strings.Contains(v, "telephone-event") {
			_, name, _ := strings.Cut(v, " ")
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

func TestG729PassesBetweenTwoTelephones(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		offer := a.Describe(fakeua.Description{Codecs: []string{"g729", "pcma"}})
		offer = strings.Replace(offer, "a=rtpmap:18 G729/8000\r\n", "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no;x-leak=1\r\n", 1)
		out := a.Invite("1002", fakeua.Invitation{SDP: offer})
		in := b.Incoming()
		if got, want := rtpmaps(in.Invite.Body()), "PCMA/8000 PCMU/8000 G729/8000"; got != want {
			t.Errorf("offered %s, want %s", got, want)
		}
		if !strings.Contains(in.Invite.Body(), "a=fmtp:18 annexb=no\r\n") || strings.Contains(in.Invite.Body(), "leak") {
			t.Errorf("the parameters of G.729 in\n%s", in.Invite.Body())
		}
		in.Respond(200, "OK", b.Describe(fakeua.Description{Codecs: []string{"g729"}}))
		res := out.Response(200)
		if got := rtpmaps(res.Body()); got != "G729/8000" {
			t.Errorf("answered with %s", got)
		}
		out.Ack("")
		in.Acked()
		if got := g.studio.nth(0).reason(); got != "both telephones have G729, which passes as it is" {
			t.Errorf("because %q", got)
		}
		out.Bye()
		in.Hung()
	})
}

func TestWhatCannotBeTurnedIntoAnythingIsRefusedWithAReason(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		only := fakeua.Invitation{SDP: a.Describe(fakeua.Description{Codecs: []string{"g729"}})}
		out := a.Invite("1002", only)
		res := out.Response(488)
		field(t, res, "Warning", "399")
		if w := res.Field("Warning"); !strings.Contains(w, "G729") || !strings.Contains(w, "browser") {
			t.Errorf("Warning: %s", w)
		}
		b.Quiet(time.Second)
		out = a.Invite("600", only)
		if w := out.Response(488).Field("Warning"); !strings.Contains(w, "another telephone only") {
			t.Errorf("Warning: %s", w)
		}
	})
}

func TestTheCodecIsChosenAnewWhenTheOtherPartyChanges(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
		offer := a.Describe(fakeua.Description{Codecs: []string{"g729", "pcmu"}})
		out := a.Invite("1002", fakeua.Invitation{SDP: offer})
		in := b.Incoming()
		in.Respond(200, "OK", b.Describe(fakeua.Description{Codecs: []string{"g729"}}))
		out.Response(200)
		out.Ack("")
		in.Acked()
		refer(t, in, 202, "<sip:1003@"+domain+">")
		third := c.Incoming()
		if got, want := rtpmaps(third.Invite.Body()), "PCMU/8000 PCMA/8000 G729/8000"; got != want {
			t.Errorf("offered %s, want %s", got, want)
		}
		third.Respond(200, "OK", c.Describe(fakeua.Description{Codecs: []string{"pcmu"}}))
		third.Acked()
		again := out.Reinvited()
		if got := rtpmaps(again.Body()); !strings.HasPrefix(got, "PCMU/8000") {
			t.Errorf("offered anew %s", got)
		}
		out.Reply(again, a.Describe(fakeua.Description{Version: 2, Codecs: []string{"pcmu"}}))
		out.Acked()
		if got := g.studio.nth(0).agreed(); got.Send.Name != "pcmu" {
			t.Errorf("agreed on %s", got.Send)
		}
		a.Quiet(5 * time.Second)
		c.Quiet(0)
		third.Bye()
		out.Hung()
	})
}

func TestQualityKeepsOpusAtTheBrowserAndPassthroughDoesNot(t *testing.T) {
	for _, c := range []struct {
		prefer       leg.Prefer
		answer, want string
		because      string
	}{
		{leg.Quality, "pcma", "opus/48000/2", "phone 1002 talks PCMA only"},
		{leg.Quality, "opus", "opus/48000/2", "both sides have Opus"},
		{leg.Passthrough, "pcma", "PCMA/8000", "media.prefer is passthrough, and both sides have PCMA"},
		{leg.Passthrough, "opus", "opus/48000/2", "both sides have Opus"},
	} {
		inBubbleWith(t, func(lc *leg.Config, _ *bridge.Config) { lc.Prefer = c.prefer }, func(g *gateway) {
			a, b := g.browser("1001"), g.phone("1002", 12)
			out := a.Invite("1002", fakeua.Invitation{})
			in := b.Incoming()
			in.Respond(200, "OK", b.Describe(fakeua.Description{Codecs: []string{c.answer}}))
			if got := rtpmaps(out.Response(200).Body()); got != c.want {
				t.Errorf("%s: answered with %s, want %s", c.answer, got, c.want)
			}
			out.Ack("")
			in.Acked()
			if got := g.studio.nth(0).reason(); got != c.because {
				t.Errorf("%s: because %q, want %q", c.answer, got, c.because)
			}
			a.Quiet(5 * time.Second)
			out.Bye()
			in.Hung()
		})
	}
}

// What would be decoded for nothing is left out of an offer; a telephone that has nothing
// else is asked once more, and not a third time.
func TestATelephoneThatTakesNoneIsOfferedTheRest(t *testing.T) {
	for _, taken := range []string{"opus", "g722", ""} {
		inBubble(t, func(g *gateway) {
			a, b := g.phone("1001", 11), g.phone("1002", 12)
			out := a.Invite("1002", fakeua.Invitation{SDP: a.Describe(fakeua.Description{Codecs: []string{"pcmu"}})})
			first := b.Incoming()
			if offered := rtpmaps(first.Invite.Body()); strings.Contains(offered, "G722") || strings.Contains(offered, "opus") {
				t.Errorf("offered %s at first", offered)
			}
			first.Refuse(488, "Not Acceptable Here")
			in := b.Incoming()
			if offered := rtpmaps(in.Invite.Body()); !strings.Contains(offered, "G722") || !strings.Contains(offered, "opus") {
				t.Errorf("offered %s then", offered)
			}
			if seq, _ := in.Invite.CSeq(); seq != 2 || in.ID != first.ID {
				t.Errorf("asked anew with\n%s", in.Invite.Raw)
			}
			if taken == "" {
				in.Refuse(488, "Not Acceptable Here")
				out.Response(488)
				b.Quiet(5 * time.Second)
				return
			}
			in.Respond(200, "OK", b.Describe(fakeua.Description{Codecs: []string{taken}}))
			if got := rtpmaps(out.Response(200).Body()); got != "PCMU/8000" {
				t.Errorf("the caller is answered with %s", got)
			}
			out.Ack("")
			in.Acked()
			out.Bye()
			in.Hung()
		})
	}
}
