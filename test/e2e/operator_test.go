package e2e

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

// newest gives the names of the newest call and of its legs, in the order in which they
// came.
func (g *gateway) newest() (id tandem.CallID, legs []tandem.LegID) {
	synctest.Wait()
	g.seen.mu.Lock()
	defer g.seen.mu.Unlock()
	for _, e := range g.seen.list {
		if e.Call != id {
			id, legs = e.Call, nil
		}
	}
	return id, []tandem.LegID{id.Leg(0), id.Leg(1)}
}

func TestOperatorRingsAUserAndThenTheNumber(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		id, err := g.bridge.Originate(context.Background(), a.User, b.User, bridge.Origination{AutoAnswer: true})
		if err != nil || id == "" {
			t.Fatalf("Originate gives %q, %v", id, err)
		}
		first := a.Incoming()
		field(t, first.Invite, "From", "sip:"+b.User+"@")
		field(t, first.Invite, "Call-Info", ";answer-after=0")
		field(t, first.Invite, "Alert-Info", "info=alert-autoanswer")
		field(t, first.Invite, "Answer-Mode", "Auto")
		first.Ring()
		b.Quiet(time.Second)
		first.Accept()
		second := b.Incoming()
		field(t, second.Invite, "From", "sip:"+a.User+"@")
		if second.Invite.Field("Answer-Mode") != "" {
			t.Errorf("the number that is called is to answer by itself:\n%s", second.Invite.Raw)
		}
		second.Ring()
		second.Accept()
		synctest.Wait()
		if got := g.seen.kinds(); !strings.HasPrefix(got, "originated calling ringing answered routed calling ringing answered") {
			t.Errorf("events: %s", got)
		}
		second.Bye()
		first.Hung()
	})
}

func TestOperatorsCallThatComesToNothing(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		for _, c := range []struct {
			from, to string
			o        bridge.Origination
			kind     error
			words    string
		}{
			{"1001", "77", bridge.Origination{}, bridge.ErrState, "no row"},
			{"nobody", "1002", bridge.Origination{}, bridge.ErrNotFound, "there is no user nobody"},
			{"1003", "1002", bridge.Origination{}, bridge.ErrState, "registered"},
			{"sip:x@192.0.2.9", "1002", bridge.Origination{}, bridge.ErrInput, "as whose"},
			{"tel:5", "1002", bridge.Origination{}, bridge.ErrInput, "neither"},
			{"1001", "", bridge.Origination{}, bridge.ErrInput, "number"},
			{"1001", "1002", bridge.Origination{Timeout: time.Hour * 24}, bridge.ErrInput, "ring"},
			{"1001", "1002", bridge.Origination{As: "me"}, bridge.ErrInput, "source"},
		} {
			id, err := g.bridge.Originate(context.Background(), c.from, c.to, c.o)
			if id != "" || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("Originate(%s, %s) gives %q, %v", c.from, c.to, id, err)
			}
		}
		// It is refused: nobody else is called.
		_, err := g.bridge.Originate(context.Background(), "user:1001", "600", bridge.Origination{})
		if err != nil {
			t.Fatal(err)
		}
		a.Incoming().Refuse(486, "Busy Here")
		// It is answered, and the number is not reached: a tone, and the reason why.
		if _, err = g.bridge.Originate(context.Background(), "1001", "602", bridge.Origination{}); err != nil {
			t.Fatal(err)
		}
		in := a.Incoming()
		in.Accept()
		in.UA.Quiet(2 * time.Second)
		field(t, in.Hung(), "Reason", "Not you")
	})
}

func TestOperatorRingsAURI(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.stranger("outside", 31), g.phone("1002", 12)
		_, err := g.bridge.Originate(context.Background(), "sip:outside@192.0.2.31", "1002", bridge.Origination{
			As: "user:1001", Caller: tandem.Address{User: "5550100", Name: "Sales"}, Shown: tandem.Address{User: "42"},
		})
		if err != nil {
			t.Fatal(err)
		}
		first := a.Incoming()
		field(t, first.Invite, "From", "sip:42@")
		first.Accept()
		second := b.Incoming()
		field(t, second.Invite, "From", `"Sales" <sip:5550100@`)
		second.Accept()
		first.Bye()
		second.Hung()
	})
}

// reinvited waits for a re-INVITE that offers a direction, and takes it.
func reinvited(t *testing.T, c *fakeua.Call, direction string) {
	t.Helper()
	if re := c.Reinvited(); !strings.Contains(re.Body(), "a="+direction) {
		t.Errorf("offered\n%swant %s", re.Body(), direction)
	}
	answer := map[string]string{"sendonly": "recvonly", "sendrecv": "sendrecv"}[direction]
	version := 3 + int(time.Now().Unix()%100000)
	c.Respond(200, "OK", c.UA.Describe(fakeua.Description{Version: version, Direction: answer, Setup: "active"}))
	c.Acked()
}

func TestOperatorHoldsAParty(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		id, legs := g.newest()
		held := func(c *fakeua.Call, other *fakeua.UA, leg int, on bool, want string) {
			t.Helper()
			if err := g.bridge.Hold(id, legs[leg], on); err != nil {
				t.Fatalf("Hold: %v", err)
			}
			reinvited(t, c, want)
			other.Quiet(time.Second)
		}
		held(in, a, 1, true, "sendonly")
		if got := g.seen.last(bridge.Held); got.Leg != legs[1] {
			t.Errorf("held: %+v", got)
		}
		if err := g.bridge.Hold(id, legs[1], true); err != nil { // once more is no error
			t.Errorf("Hold: %v", err)
		}
		b.Quiet(time.Second)
		held(in, a, 1, false, "sendrecv")
		held(out, b, 0, true, "sendonly")
		held(out, b, 0, false, "sendrecv")
		if got := g.studio.nth(0).agreed().Direction; got != sdp.SendRecv {
			t.Errorf("at last %v", got)
		}
		out.Bye()
		in.Hung()
	})
}

func TestOperatorPressesDigits(t *testing.T) {
	withDigits(t, map[string]string{"1003": "info"}, func(g *gateway) {
		a, b, d := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
		out, in := g.talk(a, b)
		id, legs := g.newest()
		if err := g.bridge.Press(id, legs[1], "12,*#aD"); err != nil {
			t.Fatal(err)
		}
		a.Quiet(5 * time.Second)
		if got := g.studio.nth(1).dialed(); got != "12*#AD" {
			t.Errorf("the callee got %q", got)
		}
		for _, digits := range []string{"", "12x", strings.Repeat("1", 65)} {
			if err := g.bridge.Press(id, legs[1], digits); !errors.Is(err, bridge.ErrInput) {
				t.Errorf("Press(%q): %v", digits, err)
			}
		}
		out.Bye()
		in.Hung()
		out, in = g.talk(a, d)
		id, legs = g.newest()
		if err := g.bridge.Press(id, legs[1], "7"); err != nil {
			t.Fatal(err)
		}
		info := in.Request("INFO")
		if !strings.Contains(info.Body(), "Signal=7") {
			t.Errorf("sent\n%s", info.Raw)
		}
		in.Reply(info, "")
		out.Bye()
		in.Hung()
	})
}

func TestOperatorSendsAPartyOn(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		d := g.phone("1003", 13)
		out, in := g.talk(a, b)
		id, legs := g.newest()
		if err := g.bridge.Hold(id, legs[0], true); err != nil {
			t.Fatal(err)
		}
		reinvited(t, out, "sendonly")
		err := g.bridge.Transfer(id, legs[1], "77")
		if err == nil || !errors.Is(err, bridge.ErrState) {
			t.Errorf("held and to nowhere: %v", err)
		}
		reinvited(t, out, "sendrecv") // whoever is sent on is no longer on hold
		if err = g.bridge.Transfer(id, legs[1], "1003"); err != nil {
			t.Fatal(err)
		}
		third := d.Incoming()
		field(t, third.Invite, "From", "sip:"+a.User+"@")
		third.Accept()
		in.Hung()
		out.Bye()
		third.Hung()
	})
}

func TestWhatAnOperatorAsksOfNobody(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		for name, act := range map[string]func(id tandem.CallID, leg tandem.LegID) error{
			"hold":     func(id tandem.CallID, leg tandem.LegID) error { return g.bridge.Hold(id, leg, true) },
			"transfer": func(id tandem.CallID, leg tandem.LegID) error { return g.bridge.Transfer(id, leg, "1003") },
			"press":    func(id tandem.CallID, leg tandem.LegID) error { return g.bridge.Press(id, leg, "1") },
			"play":     func(id tandem.CallID, leg tandem.LegID) error { return g.bridge.Play(id, leg, "closed.wav") },
		} {
			if err := act("none", "none-a"); !errors.Is(err, bridge.ErrNotFound) || err.Error() != "there is no call none" {
				t.Errorf("%s: %v", name, err)
			}
			out := a.Invite("1002", fakeua.Invitation{})
			in := b.Incoming()
			in.Ring()
			out.Response(180)
			id, legs := g.newest()
			if err := act(id, legs[0]); !errors.Is(err, bridge.ErrState) {
				t.Errorf("%s while it rings: %v", name, err)
			}
			if err := act(id, id.Leg(7)); !errors.Is(err, bridge.ErrNotFound) {
				t.Errorf("%s of a leg that is none: %v", name, err)
			}
			out.Cancel()
			in.Canceled()
			a.Idle(time.Minute)
		}
	})
}
