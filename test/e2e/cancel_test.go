package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestTheCallerCancels(t *testing.T) {
	for _, rings := range []bool{false, true} {
		name := map[bool]string{false: "before 180", true: "after 180"}[rings]
		t.Run(name, func(t *testing.T) {
			kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
				out := a.Invite("1002", fakeua.Invitation{})
				in := b.Incoming()
				if rings {
					in.Ring()
					out.Response(180)
				} else {
					in.Respond(100, "Trying", "")
				}
				ok := out.Cancel()
				if ok.Status() != 200 {
					t.Errorf("CANCEL is answered with\n%s", ok.Raw)
				}
				res := out.Response(487)
				if ok.ToTag() != res.ToTag() {
					t.Errorf("To-tags %q of 200 to CANCEL, %q of 487", ok.ToTag(), res.ToTag())
				}
				cancel := in.Canceled()
				if len(cancel.Fields("Reason")) != 0 {
					t.Errorf("CANCEL gives a reason:\n%s", cancel.Raw)
				}
				if seq, _ := cancel.CSeq(); cancel.Branch() != in.Invite.Branch() || seq != 1 {
					t.Errorf("CANCEL is not of the INVITE:\n%s", cancel.Raw)
				}
				a.Quiet(40 * time.Second)
				b.Quiet(0)
			})
		})
	}
}

func TestCancelBeforeAnyAnswerWaitsForOne(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		out.Cancel()
		out.Response(487)
		b.Quiet(3 * time.Second) // RFC 3261 §9.1: not before a provisional
		in.Ring()
		in.Canceled()
		b.Quiet(40 * time.Second)
	})
}

func TestCancelCrossesTheAnswer(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		out.Cancel()
		out.Response(487)
		cancel := in.Request("CANCEL")
		b.Answer(cancel, 481, "Call/Transaction Does Not Exist") // too late: it has answered
		in.Respond(200, "OK", b.Describe(fakeua.Description{Setup: "active"}))
		ack := in.Acked()
		if seq, _ := ack.CSeq(); seq != 1 {
			t.Errorf("ACK has CSeq %d", seq)
		}
		in.Hung()
		b.Quiet(40 * time.Second)
		a.Quiet(0)
	})
}

func TestCancelAfterTheAnswerChangesNothing(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		out.Response(200)
		out.Cancel()
		out.Ack("")
		a.Quiet(time.Minute)
		b.Quiet(0)
		out.Bye()
		in.Hung()
	})
}

func TestTheCallerHangsUpWhileItRings(t *testing.T) {
	kinds(t, func(_ *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		out.Bye() // RFC 3261 §15: a caller may, on an early dialog
		out.Response(487)
		in.Canceled()
	})
}

func TestTheCalleeHangsUpWhileItRings(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		in.Send("BYE", "") // RFC 3261 §15: a callee must not, and yet
		in.Canceled()
		out.Response(480)
	})
}

func TestALostAckEndsTheCallAfterAWhile(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		answered := time.Now()
		ok := out.Response(200)
		in.Hung()
		if took := time.Since(answered); took.Round(time.Second) != 32*time.Second {
			t.Errorf("hung up after %v, want 64*T1", took)
		}
		if n := a.Repeats(ok); n != 10 { // 0.5 1 2 4 8 12 16 20 24 28 s
			t.Errorf("the 200 was repeated %d times, want 10", n)
		}
		bye := out.Hung()
		field(t, bye, "Reason", "No ACK")
	})
}

func TestALateAckIsTaken(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		out.Response(200)
		a.Idle(20 * time.Second)
		out.Ack("")
		a.Quiet(time.Minute)
		in.Bye()
		out.Hung()
	})
}

func TestByeWaitsForTheAck(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		out.Response(200)
		in.Bye()
		a.Quiet(3 * time.Second) // RFC 3261 §15: a UAS must not before the ACK
		out.Ack("")
		out.Hung()
	})
}

func TestByeAndNoAckAtAll(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		out.Response(200)
		in.Bye()
		a.Close() // no ACK, no answer to BYE
		_ = out
	})
}

func TestRepeatedAnswersAreAcknowledgedAgain(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		sdp := b.Describe(fakeua.Description{})
		in.Respond(200, "OK", sdp)
		ack := in.Acked()
		for range 3 {
			b.Idle(500 * time.Millisecond)
			in.Respond(200, "OK", sdp)
		}
		b.Idle(time.Second)
		if n := b.Repeats(ack); n != 3 {
			t.Errorf("the ACK was repeated %d times, want 3", n)
		}
		out.Response(180)
		out.Answered()
		out.Bye()
		in.Hung()
	})
}
