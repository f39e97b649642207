package e2e

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/test/fakeua"
)

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
