package e2e

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// TestCrowdedWorkersRefuseOnlyWhatIsDecoded has no room for another call that
// needs decoding: a browser that has a telephone's codec talks that, one that has
// not is refused before the telephone rings.
func TestCrowdedWorkersRefuseOnlyWhatIsDecoded(t *testing.T) {
	inBubbleWith(t, func(c *leg.Config, _ *bridge.Config) { c.Busy = func() bool { return true } }, func(g *gateway) {
		w, b := g.browser("1001"), g.phone("1002", 12)
		inv := fakeua.Invitation{SDP: w.Describe(fakeua.Description{Codecs: []string{"opus", "pcmu"}})}
		out := w.Invite("1002", inv)
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		in.Accept()
		body := out.Answered().Body()
		if !strings.Contains(body, "a=rtpmap:0 PCMU/8000") || !strings.HasSuffix(audioLine(body), "UDP/TLS/RTP/SAVPF 0 101") {
			t.Errorf("the browser is to talk something else than PCMU:\n%s", body)
		}
		out.Bye()
		in.Hung()

		inv.SDP = w.Describe(fakeua.Description{Codecs: []string{"opus"}})
		refused := w.Invite("1002", inv).Response(503)
		if refused.Field("Retry-After") == "" || !strings.Contains(refused.Field("Warning"), "no room to decode") {
			t.Errorf("the refusal does not say when to try again, or why:\n%s", refused.Raw)
		}
		for _, m := range b.All()[1:] {
			if m.Method() == "INVITE" && m.Field("Call-ID") != in.ID {
				t.Error("the telephone was rung for a call that could not be heard")
			}
		}
	})
}

// audioLine is the m-line of the sound.
func audioLine(body string) string {
	_, rest, _ := strings.Cut(body, "m=audio")
	line, _, _ := strings.Cut(rest, "\r\n")
	return "m=audio" + line
}
