package e2e

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestAThousandCallsLeaveNothing(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		one := func(i int) {
			out := a.Invite("1002", fakeua.Invitation{})
			in := b.Incoming()
			in.Ring()
			switch i % 5 {
			case 0:
				in.Refuse(486, "Busy Here")
				out.Response(486)
			case 1:
				out.Response(180)
				out.Cancel()
				in.Canceled()
				out.Response(487)
			case 2:
				in.Accept()
				out.Answered()
				in.Bye()
				out.Hung()
			default:
				in.Accept()
				out.Answered()
				out.Bye()
				in.Hung()
			}
			a.Idle(200 * time.Millisecond)
			a.Forget()
			b.Forget()
		}
		one(0)
		g.empty()
		before := runtime.NumGoroutine()
		for i := range 1000 {
			one(i)
		}
		g.empty()
		if after := runtime.NumGoroutine(); after > before+5 { // the runtime has some that come and go
			t.Errorf("%d goroutines, before %d", after, before)
		}
	})
}

func TestManyCallsAtOnce(t *testing.T) {
	most := func(_ *leg.Config, c *bridge.Config) { c.MaxCalls = 40 }
	inBubbleWith(t, most, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		var outs []*fakeua.Call
		for range 40 {
			outs = append(outs, a.Invite("1002", fakeua.Invitation{}))
			b.Incoming().Accept()
		}
		if res := a.Invite("1002", fakeua.Invitation{}).Response(503); res.Field("Warning") == "" {
			t.Errorf("one too many is answered with\n%s", res.Raw)
		}
		for _, c := range outs {
			c.Answered()
		}
		for _, c := range outs {
			c.Bye()
		}
		for range outs {
			b.Answer(b.Request("BYE"), 200, "OK")
		}
	})
}

func TestCloseEndsAll(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b, c := g.browser("1001"), g.phone("1002", 12), g.phone("1003", 13)
		out, in := g.talk(a, b)
		ringing := a.Invite("1003", fakeua.Invitation{})
		late := c.Incoming()
		late.Ring()
		ringing.Response(180)
		done := make(chan error)
		go func() { done <- g.bridge.Close(context.Background()) }()
		ringing.Response(503)
		late.Canceled()
		out.Hung()
		in.Hung()
		if err := <-done; err != nil {
			t.Errorf("Close: %v", err)
		}
		a.Invite("1003", fakeua.Invitation{}).Response(503)
		if err := g.bridge.Close(context.Background()); err != nil {
			t.Errorf("Close again: %v", err)
		}
	})
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	inBubble(t, func(g *gateway) {
		g.talk(g.browser("1001"), g.phone("1002", 12)) // nobody answers BYE
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := g.bridge.Close(ctx); err == nil {
			t.Error("Close did not say that calls are left")
		}
	})
}

// bomb is an Observer that panics once, on one kind of event.
type bomb struct {
	on   bridge.EventKind
	gone bool
}

func (b *bomb) Observe(e bridge.Event) {
	if e.Kind == b.on && !b.gone {
		b.gone = true
		panic("boom")
	}
}

func TestAPanicEndsOneCallOnly(t *testing.T) {
	for _, kind := range []bridge.EventKind{bridge.Routed, bridge.Ringing, bridge.Answered, bridge.Ended} {
		t.Run(string(kind), func(t *testing.T) {
			withBomb := func(_ *leg.Config, c *bridge.Config) { c.Observers = append(c.Observers, &bomb{on: kind}) }
			inBubbleWith(t, withBomb, func(g *gateway) {
				a, b := g.phone("1001", 11), g.phone("1002", 12)
				out := a.Invite("1002", fakeua.Invitation{})
				switch kind {
				case bridge.Routed:
					out.Response(500)
				case bridge.Ringing:
					in := b.Incoming()
					in.Ring()
					in.Canceled()
					out.Response(500)
				case bridge.Answered:
					in := b.Incoming()
					in.Accept()
					out.Response(500)
					in.Hung()
				case bridge.Ended:
					b.Incoming().Refuse(486, "Busy Here")
					out.Response(486)
				}
				synctest.Wait()
				if e := g.log.take(); len(e) != 1 || !strings.Contains(e[0], "boom") {
					t.Errorf("logged: %v", e)
				}
				out = a.Invite("1002", fakeua.Invitation{}) // others go on
				in := b.Incoming()
				in.Accept()
				out.Answered()
				out.Bye()
				in.Hung()
			})
		})
	}
}

func TestAFloodedCallAnswersOrRefuses(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		answers := map[int]int{}
		for range 900 {
			out.Send("OPTIONS", "")
		}
		for range 900 {
			m := a.Next("an answer", func(m *fakeua.Message) bool { return m.Status() >= 200 })
			answers[m.Status()]++
		}
		if answers[200]+answers[503]+answers[500] != 900 || answers[200] == 0 {
			t.Errorf("answers: %v", fmt.Sprint(answers))
		}
		out.Bye()
		in.Hung()
	})
}

// gate is an Observer that holds the call's goroutine up at each hold.
type gate chan struct{}

func (g gate) Observe(e bridge.Event) {
	if e.Kind == bridge.Held {
		<-g
	}
}

func TestAFloodOfOneLegLeavesRoomForTheOther(t *testing.T) {
	open := make(gate)
	withGate := func(_ *leg.Config, c *bridge.Config) {
		open = make(gate)
		c.Observers = append(c.Observers, open)
	}
	inBubbleWith(t, withGate, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		out.Send("INVITE", a.Describe(fakeua.Description{Version: 3, Direction: "sendonly"}))
		for range 500 {
			out.Send("OPTIONS", "")
		}
		synctest.Wait()
		branch := in.Send("BYE", "")
		synctest.Wait()
		close(open)
		if res := in.Final("BYE", branch); res.Status() != 200 {
			t.Errorf("BYE of the other is answered with\n%s", res.Raw)
		}
		a.Answer(a.Request("BYE"), 200, "OK")
	})
}

func TestTooManyDevicesAreNotAllRung(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		var tabs []*fakeua.UA
		for range 12 { // two more than a user may have
			tabs = append(tabs, g.browser("1002"))
		}
		out := a.Invite("1002", fakeua.Invitation{})
		for _, tab := range tabs[:2] {
			tab.Quiet(time.Second)
		}
		for _, tab := range tabs[2:] {
			tab.Incoming().Refuse(486, "Busy Here")
		}
		out.Response(486)
	})
}
