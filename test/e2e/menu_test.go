package e2e

import (
	"testing"
	"testing/synctest"
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

func TestMenuDialsAUsersNumber(t *testing.T) {
	withMenus(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1003", 13)
		out := a.Invite("0", fakeua.Invitation{})
		out.Answered()
		for _, digit := range "1003" {
			out.Info("application/dtmf-relay", "Signal="+string(digit)+"\r\nDuration=100\r\n")
			a.Quiet(500 * time.Millisecond)
		}
		in := b.Incoming()
		in.Accept()
		a.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
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

func TestQueueLetsCallersWaitForTheirTurn(t *testing.T) {
	withMenus(t, func(g *gateway) {
		a, b, d := g.phone("1001", 11), g.phone("1002", 12), g.browser("1003")
		first := a.Invite("2", fakeua.Invitation{})
		first.Answered()
		in := b.Incoming()
		in.Ring()
		second := d.Invite("2", fakeua.Invitation{})
		second.Answered()
		d.Quiet(time.Second)
		if q, _ := g.bridge.Queue("support"); len(q.Waiting) != 2 || !q.Waiting[0].Ringing || q.Members[0].State != bridge.MemberRinging {
			t.Errorf("the queue is %+v", q)
		}
		in.Accept()
		a.Quiet(5 * time.Second)
		if q, _ := g.bridge.Queue("support"); len(q.Waiting) != 1 || q.Members[0].State != bridge.MemberTalking || q.Answered != 1 {
			t.Errorf("the queue is %+v", q)
		}
		first.Bye()
		in.Hung()
		b.Quiet(9 * time.Second) // left in peace
		next := b.Incoming()
		next.Accept()
		d.Quiet(time.Second)
		next.Bye()
		second.Hung()
	})
}

func TestQueueIsLeftByItsKey(t *testing.T) {
	withMenus(t, func(g *gateway) {
		a, b, d := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
		out := a.Invite("2", fakeua.Invitation{})
		out.Answered()
		in := b.Incoming()
		in.Ring()
		out.Info("application/dtmf-relay", "Signal=#\r\nDuration=100\r\n")
		in.Canceled()
		other := d.Incoming()
		other.Accept()
		a.Quiet(time.Second)
		out.Bye()
		other.Hung()
	})
}

func TestCallerWhoWaitsHangsUp(t *testing.T) {
	withMenus(t, func(g *gateway) {
		a := g.phone("1001", 11)
		out := a.Invite("2", fakeua.Invitation{})
		out.Answered()
		a.Quiet(50 * time.Second) // nobody is there; its place is told meanwhile
		out.Bye()
		synctest.Wait()
		if q, _ := g.bridge.Queue("support"); len(q.Waiting) != 0 || q.Abandoned != 1 {
			t.Errorf("the queue is %+v", q)
		}
	})
}

func TestEarlyQueueIsAnsweredByItsMember(t *testing.T) {
	withMenus(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("3", fakeua.Invitation{})
		out.Response(183)
		in := b.Incoming()
		in.Ring()
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}
