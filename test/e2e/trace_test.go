package e2e

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/signaling/trace"
	"github.com/tandemgw/tandem/test/fakeua"
)

// ladderOf reads the only call's ladder back, as text.
func ladderOf(t *testing.T, g *gateway) (*trace.Trace, string) {
	t.Helper()
	synctest.Wait()
	calls := g.traces.Calls(trace.Filter{})
	if len(calls) != 1 {
		t.Fatalf("%d calls are traced, want 1: %v", len(calls), calls)
	}
	whole, ok := g.traces.Get(calls[0].Call)
	if !ok {
		t.Fatal("the call has no trace")
	}
	var text bytes.Buffer
	if err := trace.Text(&text, whole); err != nil {
		t.Fatal(err)
	}
	return whole, text.String()
}

func TestTheLadderOfACallHasTheMessagesOfBothLegs(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
		time.Sleep(time.Second)
		whole, text := ladderOf(t, g)
		want := map[bool]string{ // whether it came, on each leg
			true:  "INVITE ACK BYE / 180 Ringing 200 OK 200 OK",
			false: "180 Ringing 200 OK 200 OK / INVITE ACK BYE",
		}
		for came, messages := range want {
			var legs [2][]string
			for _, i := range whole.Items {
				if i.Kind != trace.SIP || i.In != came || strings.HasPrefix(i.First(), "100") {
					continue
				}
				first := i.First()
				if method, _, ok := strings.Cut(first, " sip"); ok {
					first = method
				}
				n := 0
				if i.Leg != whole.Call.Leg(0) {
					n = 1
				}
				legs[n] = append(legs[n], first)
			}
			// What a phone is asked for comes before the call is one, and is in its ladder too.
			caller := strings.TrimPrefix(strings.Join(legs[0], " "), "407 Proxy Authentication Required ")
			if came {
				caller = strings.TrimPrefix(caller, "INVITE ACK INVITE")
				caller = "INVITE" + strings.TrimPrefix(caller, "INVITE")
			}
			if got := caller + " / " + strings.Join(legs[1], " "); got != messages {
				t.Errorf("came %v: %s, want %s\n%s", came, got, messages, text)
			}
		}
		if len(whole.Legs) != 2 || whole.Legs[0].Address == "" || whole.Legs[1].Address == "" {
			t.Errorf("legs %+v, want two with their addresses", whole.Legs)
		}
		for _, word := range []string{"INVITE (SDP)", "200 OK (BYE)", "1001", "1002", "tandem", "answered"} {
			if !strings.Contains(text, word) {
				t.Errorf("the ladder lacks %q:\n%s", word, text)
			}
		}
		for n := range whole.Items {
			if n > 0 && whole.Items[n].At.Before(whole.Items[n-1].At) {
				t.Fatalf("item %d is before the one before it", n)
			}
		}
	})
}

func TestACallThatFailsIsJudgedSo(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		b.Incoming().Refuse(500, "Server Internal Error")
		out.Response(500)
		time.Sleep(time.Second)
		if err := g.traces.Close(); err != nil {
			t.Fatal(err)
		}
		if all := g.traces.Calls(trace.Filter{Problems: true}); len(all) != 1 || all[0].Problems[0] != "failed" {
			t.Errorf("calls with problems: %+v, want one that failed", all)
		}
	})
}
