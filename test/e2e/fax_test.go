package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// fax is a description that asks for T.38 in place of the sound, as gateways write
// it: in the audio's m-line, or in one of its own.
func fax(u *fakeua.UA, version int, own bool, more ...string) string {
	ip := u.Flow().Local().Addr()
	audio := ""
	if own {
		audio = "m=audio 0 RTP/AVP 0\r\n"
	}
	return fmt.Sprintf("v=0\r\no=%s 4711 %d IN IP4 %s\r\ns=fax\r\nc=IN IP4 %s\r\nt=0 0\r\n%sm=image 41000 udptl t38\r\n%s\r\n", u.User, version, ip, ip, audio,
		strings.Join(append([]string{
			"a=T38FaxVersion:0", "a=T38MaxBitRate:14400", "a=T38FaxRateManagement:transferredTCF", "a=T38FaxUdpEC:t38UDPRedundancy",
		}, more...), "\r\n"))
}

func TestFaxGoesThroughBetweenTwoTelephonesAndBackToSound(t *testing.T) {
	for _, own := range []bool{false, true} {
		inBubble(t, func(g *gateway) {
			a, b := g.phone("1001", 11), g.phone("1002", 12)
			out, in := g.talk(a, b)
			branch := in.Send("INVITE", fax(b, 3, own, "a=x-serial:4711"))
			offer := out.Reinvited()
			if body := offer.Body(); !strings.Contains(body, "m=image ") || !strings.Contains(body, "udptl t38") || strings.Contains(body, "m=audio 2") ||
				!strings.Contains(body, "a=T38FaxRateManagement:transferredTCF") || strings.Contains(body, "serial") || strings.Contains(body, "41000") {
				t.Fatalf("offered\n%s", body)
			}
			out.Reply(offer, fax(a, 2, strings.Contains(offer.Body(), "m=audio"), "a=T38FaxMaxBuffer:200"))
			out.Acked()
			res := in.Final("INVITE", branch)
			if res.Status() != 200 || !strings.Contains(res.Body(), "a=T38FaxMaxBuffer:200") || !strings.Contains(res.Body(), "udptl t38") {
				t.Fatalf("answered with\n%s", res.Raw)
			}
			in.Ack("")
			for n := range 2 {
				if s := g.studio.nth(n).agreed(); len(s.Lines) != 1 || s.Lines[0].Remote.RTP.Port() != 41000 || !s.Remote.Disabled {
					t.Errorf("leg %d: %+v", n, s)
				}
			}
			a.Quiet(20 * time.Second)
			b.Quiet(0)

			branch = in.Send("INVITE", b.Describe(fakeua.Description{Version: 4}))
			offer = out.Reinvited()
			if body := offer.Body(); !strings.Contains(body, "m=audio 2") || strings.Contains(body, "m=image 2") {
				t.Fatalf("offered\n%s", body)
			}
			answer := a.Describe(fakeua.Description{Version: 3})
			if strings.Contains(offer.Body(), "m=image") {
				answer += "m=image 0 udptl t38\r\n"
			}
			out.Reply(offer, answer)
			out.Acked()
			if res = in.Final("INVITE", branch); res.Status() != 200 || !strings.Contains(res.Body(), "m=audio 2") {
				t.Fatalf("answered with\n%s", res.Raw)
			}
			in.Ack("")
			for n := range 2 {
				if s := g.studio.nth(n).agreed(); s.Send.Name != "pcmu" || len(s.Lines) != 0 {
					t.Errorf("leg %d: %+v", n, s)
				}
			}
			a.Quiet(20 * time.Second)
			b.Quiet(0)
			out.Bye()
			in.Hung()
		})
	}
}

func TestFaxThatIsRefusedLeavesTheSound(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		branch := out.Send("INVITE", fax(a, 2, false))
		in.Reinvited()
		in.Respond(488, "Not Acceptable Here", "")
		res := out.Final("INVITE", branch)
		if res.Status() != 488 {
			t.Fatalf("answered with\n%s", res.Raw)
		}
		field(t, res, "Warning", "304")
		for n := range 2 {
			if s := g.studio.nth(n).agreed(); s.Send.Name != "pcmu" || s.Remote.Disabled {
				t.Errorf("leg %d: %+v", n, s)
			}
		}
		in.Bye()
		out.Hung()
	})
}

func TestABrowserTakesNoFax(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		out, in := g.talk(a, b)
		if res := out.Do("INVITE", fax(a, 2, true)); res.Status() != 488 {
			t.Fatalf("answered with\n%s", res.Raw)
		}
		b.Quiet(5 * time.Second)
		in.Bye()
		out.Hung()
	})
}
