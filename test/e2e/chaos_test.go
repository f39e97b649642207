package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// TestWhateverTheyDoNothingIsLeft lets two user agents do things at random, in
// any order, mostly wrong. Whatever they do: no panic, no error of ours, and when
// they have stopped every call, dialog, endpoint and transaction ends.
func TestWhateverTheyDoNothingIsLeft(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				r := rand.New(rand.NewPCG(seed, 1))
				var a, b *fakeua.UA
				if seed%2 == 0 {
					a, b = g.phone("1001", 11), g.browser("1002")
				} else {
					a, b = g.browser("1001"), g.phone("1002", 12)
				}
				for range 3 {
					sdp := ""
					if r.IntN(4) == 0 {
						sdp = "none"
					}
					out := a.Invite("1002", fakeua.Invitation{SDP: sdp})
					in := b.Incoming()
					for range 4 + r.IntN(10) {
						act(r, out, in)
					}
				}
				time.Sleep(2 * time.Minute)
				g.studio.silence() // calls that really came about
			})
		})
	}
}

// act does one thing that somebody might do.
func act(r *rand.Rand, out, in *fakeua.Call) {
	a, b := out.UA, in.UA
	if r.IntN(2) == 0 { // or else it does not know the dialog
		if m := a.Await(0, func(m *fakeua.Message) bool { return m.Status() > 100 && m.Field("Call-ID") == out.ID }); m != nil {
			out.Remote = m.Field("To")
		}
	}
	switch r.IntN(20) {
	case 0, 1:
		in.Ring()
	case 2:
		in.Respond(183, "Progress", b.Describe(fakeua.Description{Setup: "active"}))
	case 3, 4, 5:
		in.Respond(200, "OK", b.Describe(fakeua.Description{Setup: "active"}))
	case 6:
		in.Respond(486, "Busy Here", "")
	case 7:
		in.Respond(200, "OK", "rubbish")
	case 8:
		out.Ack("")
	case 9:
		out.Ack(a.Describe(fakeua.Description{Setup: "active"}))
	case 10:
		out.Send("BYE", "")
	case 11:
		in.Send("BYE", "")
	case 12:
		out.Send("INVITE", a.Describe(fakeua.Description{Version: 3, Direction: "sendonly"}))
	case 13:
		in.Send("INVITE", "")
	case 14:
		in.Send("UPDATE", b.Describe(fakeua.Description{Version: 3}))
	case 15:
		a.Send(fmt.Sprintf("CANCEL sip:1002@example.org SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: <sip:1002@example.org>\r\nCall-ID: %s\r\nCSeq: %d CANCEL\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", out.Via(), out.Local, out.ID, out.Seq))
	case 16, 17:
		for _, u := range []*fakeua.UA{a, b} {
			if m := u.Await(0, func(m *fakeua.Message) bool { return m.Method() != "" && m.Method() != "ACK" }); m != nil {
				u.Answer(m, []int{200, 481, 500, 491, 408}[r.IntN(5)], "Whatever")
			}
		}
	case 18:
		a.Idle(time.Duration(r.IntN(40000)) * time.Millisecond)
	case 19:
		a.Idle(time.Duration(r.IntN(300)) * time.Millisecond)
	}
}
