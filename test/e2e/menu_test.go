package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

const waitingPlan = `
from "users" {
  calls = {
    "0" = [menu("main"), reject(480)]
    "1" = [menu("early"), reject(480)]
    "2" = [queue("support"), dial("user:1003")]
    "3" = [queue("early")]
  }
}
from "trunks" { calls = { "." = [queue("support", { priority = 1 })] } }
menu "main" {
  play   = ["welcome.wav", "tone:dial"]
  direct = true
  keys = {
    "2"   = [dial("user:1002")]
    "31"  = [queue("support")]
    "*"   = [menu("main")]
  }
}
menu "early" {
  answer = false
  keys   = { "2" = [dial("user:1002")], "else" = [reject(603)] }
}
queue "support" {
  members  = ["user:1002"]
  ring     = "10s"
  wrap_up  = "10s"
  position = "20s"
  exit_key = "#"
}
queue "early" {
  members = ["user:1002"]
  answer  = false
}
`

func withMenus(t *testing.T, fn func(g *gateway)) {
	t.Helper()
	inBubbleWith(t, func(_ *leg.Config, b *bridge.Config) { b.Plan = mustPlan(t, waitingPlan) }, fn)
}

func TestMenuTakesDigitsInEachMode(t *testing.T) {
	for name, press := range map[string]func(g *gateway, c *fakeua.Call, digit string){
		// The engine tells of a tone that it has found in the sound as of an RFC 4733 event.
		"in the media": func(g *gateway, _ *fakeua.Call, digit string) {
			g.studio.nth(0).options.Events.Digit(media.Digit(digit[0]), 100*time.Millisecond)
		},
		"by INFO": func(_ *gateway, c *fakeua.Call, digit string) {
			if res := c.Info("application/dtmf-relay", "Signal="+digit+"\r\nDuration=100\r\n"); res.Status() != 200 {
				panic(res.Raw)
			}
		},
		"by INFO, plain": func(_ *gateway, c *fakeua.Call, digit string) { c.Info("application/dtmf", digit) },
	} {
		t.Run(name, func(t *testing.T) {
			withMenus(t, func(g *gateway) {
				a, b := g.phone("1001", 11), g.phone("1002", 12)
				out := a.Invite("0", fakeua.Invitation{})
				out.Answered()
				press(g, out, "*") // once more
				a.Quiet(time.Second)
				press(g, out, "2")
				in := b.Incoming()
				in.Ring()
				in.Accept()
				a.Quiet(time.Second)
				out.Bye()
				in.Hung()
			})
		})
	}
}

func TestEarlyMenuRefusesWithoutAnAnswer(t *testing.T) {
	withMenus(t, func(g *gateway) {
		a := g.phone("1001", 11)
		out := a.Invite("1", fakeua.Invitation{})
		if res := out.Response(183); res.Body() == "" {
			t.Errorf("early media without a description:\n%s", res.Raw)
		}
		out.Response(603)
	})
}
