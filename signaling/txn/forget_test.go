package txn

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
)

func TestForgottenServerSwallowsRepetitions(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.user.request = func(s *Server, _ *sip.Request) {
			s.OnEnd(func(error) { t.Error("told of the end of a forgotten transaction") })
			if err := s.Respond(s.Answer(200, "")); err != nil {
				t.Error(err)
			}
			s.Forget()
		}
		b.inject(request("INVITE", "one"))
		if c := b.layer.Counters(); c.Servers != 0 || c.Resting != 1 {
			t.Errorf("%+v", c)
		}
		time.Sleep(31 * time.Second)
		b.inject(request("INVITE", "one"))
		b.inject(request("CANCEL", "one"))
		b.inject(request("ACK", "one"))
		b.wantFar("200 200")
		if len(b.user.requests) != 1 || len(b.user.acks) != 1 {
			t.Errorf("handed up %v and %d ACKs", b.user.requests, len(b.user.acks))
		}
		time.Sleep(2 * time.Second)
		if c := b.layer.Counters(); c.Resting != 0 {
			t.Errorf("%+v", c)
		}
	})
}

func TestForgottenClientHearsNothing(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		c, a := b.begin(sip.INVITE)
		b.answer(0, 200, "b")
		c.Forget()
		b.answer(0, 200, "fork")
		wantAnswers(t, a, "[200] []")
		if c := b.layer.Counters(); c.Clients != 0 || c.Resting != 1 {
			t.Errorf("%+v", c)
		}
		time.Sleep(33 * time.Second)
		b.answer(0, 200, "late")
		if c := b.layer.Counters(); c.Resting != 0 || len(b.user.responses) != 1 {
			t.Errorf("%+v, %d late responses", c, len(b.user.responses))
		}
	})
}

func TestClientForgottenBeforeItsAnswerTakesIt(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		c, a := b.begin(sip.INVITE)
		c.Forget()
		b.answer(0, 200, "b")
		wantAnswers(t, a, "[] []")
		if c := b.layer.Counters(); c.Clients != 0 || c.Resting != 1 {
			t.Errorf("%+v", c)
		}
	})
}

func TestForgottenClientIsCanceledAndEndsAllTheSame(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		c, a := b.begin(sip.INVITE)
		if err := c.Cancel(); err != nil {
			t.Fatal(err)
		}
		c.Forget()
		b.answer(0, 180, "b")
		b.wantFar("INVITE CANCEL")
		b.answer(1, 200, "b")
		time.Sleep(33 * time.Second)
		wantAnswers(t, a, "[] []")
		if c := b.layer.Counters(); c.Clients != 0 {
			t.Errorf("%+v", c)
		}
	})
}

func TestForgottenClientThatOnlyRingsEnds(t *testing.T) {
	inBubble(t, flow.WS, func(b *bench) {
		c, _ := b.begin(sip.INVITE)
		c.Forget()
		b.answer(0, 180, "b")
		time.Sleep(33 * time.Second)
		if c := b.layer.Counters(); c.Clients != 0 {
			t.Errorf("%+v", c)
		}
	})
}

func TestAnsweredRequestsKeepTheirAnswerForRepetitions(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.user.request = func(s *Server, _ *sip.Request) {
			if err := s.Respond(s.Answer(200, "")); err != nil {
				t.Error(err)
			}
		}
		b.inject(request("OPTIONS", "one"))
		time.Sleep(31 * time.Second)
		b.inject(request("OPTIONS", "one"))
		b.wantFar("200 200")
		time.Sleep(2 * time.Second)
		b.inject(request("OPTIONS", "one"))
		b.wantFar("200 200 200")
		if len(b.user.requests) != 2 {
			t.Errorf("handed up %v", b.user.requests)
		}
	})
}

func TestTooManyAnsweredRequestsPushOutTheOldest(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.layer.long.most = 10
		b.user.request = func(s *Server, _ *sip.Request) {
			if err := s.Respond(s.Answer(200, "")); err != nil {
				t.Error(err)
			}
		}
		for _, branch := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
			b.inject(request("OPTIONS", branch))
		}
		if c := b.layer.Counters(); c.Resting != 10 || c.Servers != 0 {
			t.Errorf("%+v", c)
		}
	})
}
