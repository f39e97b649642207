package txn

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

func TestInviteGetsTryingAndItsFinalAgain(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		var tx *Server
		b.user.request = func(s *Server, _ *sip.Request) { tx = s }
		b.inject(request("INVITE", "one"))
		b.wantFar("100")
		b.inject(request("INVITE", "one"))
		b.wantFar("100 100")
		if err := tx.Respond(tx.Answer(486, "")); err != nil {
			t.Fatal(err)
		}
		b.wantFar("100 100 486")
		time.Sleep(600 * time.Millisecond)
		b.wantFar("100 100 486 486")
		b.inject(request("INVITE", "one"))
		b.wantFar("100 100 486 486 486")
		b.inject(strings.Replace(request("ACK", "one"), "CSeq: 7 INVITE", "CSeq: 7 ACK", 1))
		time.Sleep(time.Minute)
		b.wantFar("100 100 486 486 486")
		if len(b.user.requests) != 1 || len(b.user.acks) != 0 {
			t.Errorf("handed up %v and %d ACKs", b.user.requests, len(b.user.acks))
		}
	})
}

func TestLostAckEndsWithErrNoAck(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		ended := make(chan error, 1)
		b.user.request = func(s *Server, _ *sip.Request) {
			s.OnEnd(func(err error) { ended <- err })
			if err := s.Respond(s.Answer(404, "")); err != nil {
				t.Error(err)
			}
		}
		start := time.Now()
		b.inject(request("INVITE", "one"))
		if err := <-ended; !errors.Is(err, ErrNoAck) {
			t.Errorf("ended with %v", err)
		}
		if d := time.Since(start); d != 32*time.Second {
			t.Errorf("ended after %v", d)
		}
	})
}

func TestRepeatedAnswersStayBelowThreeTimesWhatCame(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.user.request = func(s *Server, _ *sip.Request) {
			if err := s.Respond(s.Answer(404, "")); err != nil {
				t.Error(err)
			}
		}
		in := request("INVITE", "one")
		b.inject(in)
		time.Sleep(time.Minute)
		synctest.Wait()
		out := len(strings.Join(b.far.got, ""))
		if out >= 3*len(in) || len(b.far.got) < 2 {
			t.Errorf("%d octets in, %d out in %d messages", len(in), out, len(b.far.got))
		}
	})
}

func TestAcceptedInviteIsNotHandedUpAgain(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.user.request = func(s *Server, _ *sip.Request) {
			if err := s.Respond(s.Answer(200, "")); err != nil {
				t.Error(err)
			}
		}
		b.inject(request("INVITE", "one"))
		time.Sleep(10 * time.Second)
		b.inject(request("INVITE", "one"))
		b.wantFar("200") // 2xx are repeated by the dialog, not by the transaction
		b.inject(strings.Replace(request("ACK", "two"), "call-two", "call-one", 1))
		b.inject(request("ACK", "one")) // with the INVITE's branch, as some do
		if len(b.user.requests) != 1 || len(b.user.acks) != 2 {
			t.Errorf("handed up %v and %d ACKs", b.user.requests, len(b.user.acks))
		}
	})
}

func TestOneToTagInAllAnswers(t *testing.T) {
	for _, kind := range []flow.Kind{flow.UDP, flow.WS} {
		t.Run(kind.String(), func(t *testing.T) {
			inBubble(t, kind, func(b *bench) {
				var tx *Server
				b.user.request = func(s *Server, _ *sip.Request) {
					tx = s
					s.OnCancel(func(*sip.Request) {
						if err := s.Respond(s.Answer(487, "")); err != nil {
							t.Error(err)
						}
					})
				}
				b.inject(request("INVITE", "one"))
				if err := tx.Respond(tx.Answer(180, "Ringing")); err != nil {
					t.Fatal(err)
				}
				b.inject(request("CANCEL", "one"))
				b.inject(request("CANCEL", "one"))
				b.wantFar("100 180 200 487 200")
				for i := 1; i < 5; i++ {
					if tag, _ := sipmsg.Param(b.far.message(i).To().Params, "tag"); tag != tx.ToTag() {
						t.Errorf("answer %d has To-tag %q, want %q", i, tag, tx.ToTag())
					}
				}
			})
		})
	}
}

func TestCancelThatCameBeforeOnCancelIsDelivered(t *testing.T) {
	inBubble(t, flow.WS, func(b *bench) {
		var tx *Server
		b.user.request = func(s *Server, _ *sip.Request) { tx = s }
		b.inject(request("INVITE", "one"))
		b.inject(request("CANCEL", "one"))
		called := 0
		tx.OnCancel(func(*sip.Request) { called++ })
		if called != 1 {
			t.Errorf("called %d times", called)
		}
	})
}

func TestCancelAfterFinalIsAnsweredOnly(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.user.request = func(s *Server, _ *sip.Request) {
			s.OnCancel(func(*sip.Request) { t.Error("canceled after 200") })
			if err := s.Respond(s.Answer(200, "")); err != nil {
				t.Error(err)
			}
		}
		b.inject(request("INVITE", "one"))
		b.inject(request("CANCEL", "one"))
		b.wantFar("200 200")
	})
}

func TestCancelFromElsewhereFindsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &user{request: func(s *Server, _ *sip.Request) {
			s.OnCancel(func(*sip.Request) { t.Error("canceled from elsewhere") })
		}}
		layer := New(Config{}, u)
		network := flowtest.NewNet(nil)
		gw, err := network.Listen("192.0.2.1:5060", layer)
		if err != nil {
			t.Fatal(err)
		}
		victim, attacker := &wire{}, &wire{}
		v, err := network.Listen("192.0.2.2:5060", victim)
		if err != nil {
			t.Fatal(err)
		}
		a, err := network.Listen("192.0.2.66:5060", attacker)
		if err != nil {
			t.Fatal(err)
		}
		to := gw.Addr()
		send := func(s *flowtest.Socket, text string) {
			if err := s.Flow(to).Send([]byte(text)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		send(v, request("INVITE", "one"))
		send(a, request("CANCEL", "one"))
		send(a, request("ACK", "one"))
		if got := attacker.firsts(); got != "481" {
			t.Errorf("the attacker got %q", got)
		}
		if got := victim.firsts(); got != "100" {
			t.Errorf("the victim got %q", got)
		}
		network.Close()
		layer.Close()
	})
}

func TestRespondOnceLeavesNothing(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.user.request = func(s *Server, _ *sip.Request) {
			if err := s.RespondOnce(s.Answer(401, "")); err != nil {
				t.Error(err)
			}
			if err := s.Respond(s.Answer(200, "")); !errors.Is(err, ErrEnded) {
				t.Errorf("answered twice: %v", err)
			}
		}
		b.inject(request("INVITE", "one"))
		if c := b.layer.Counters(); c.Servers != 0 {
			t.Errorf("%d transactions left", c.Servers)
		}
		time.Sleep(time.Minute)
		b.wantFar("401")
	})
}

func TestMergedInviteIsRefused(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.inject(request("INVITE", "one"))
		b.inject(strings.ReplaceAll(request("INVITE", "two"), "call-two", "call-one"))
		b.wantFar("100 482")
	})
}

func TestPanicOfAHandlerIsAnswered500(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &user{request: func(*Server, *sip.Request) { panic("a bug") }}
		layer, far := New(Config{}, u), &wire{}
		pair := flowtest.NewPair(flow.WS, layer, far, nil)
		for range 2 {
			if err := pair.B.Send([]byte(request("OPTIONS", sipmsg.Tag()))); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got := far.firsts(); got != "500 500" || layer.Counters().Panics != 2 {
			t.Errorf("got %q, %d panics", got, layer.Counters().Panics)
		}
		pair.Close()
		layer.Close()
	})
}

func TestUnsoundRequestsAreAnsweredAndAcksAreNot(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.inject(request("OPTIONS", "one", "From: <sip:mallory@tandem.test>;tag=2"))
		b.inject(strings.Replace(request("INVITE", "two"), "SIP/2.0\r\n", "SIP/7.0\r\n", 1))
		b.inject(request("ACK", "three", "Call-ID: other"))
		b.inject("nothing of SIP\r\n\r\n")
		b.wantFar("400 505")
		if c := b.layer.Counters(); c.Refused != 2 || c.Silent != 1 || c.Unreadable != 1 {
			t.Errorf("%+v", c)
		}
	})
}

func TestSmallUnsoundDatagramsAreNotAmplified(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.inject("X sip:a SIP/2.0\r\nv: SIP/2.0/UDP a\r\n\r\n")
		b.wantFar("")
		if c := b.layer.Counters(); c.Limited != 1 {
			t.Errorf("%+v", c)
		}
	})
}

func TestFullTableIsAnswered503(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer, far := New(Config{MaxServersUDP: 2}, &user{}), &wire{}
		pair := flowtest.NewPair(flow.UDP, layer, far, nil)
		for _, branch := range []string{"a", "b", "c"} {
			if err := pair.B.Send([]byte(request("INVITE", branch))); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got := far.firsts(); got != "100 100 503" {
			t.Errorf("got %q", got)
		}
		if sipmsg.Value(far.message(2), "Retry-After") == "" {
			t.Error("no Retry-After")
		}
		pair.Close()
		layer.Close()
	})
}

func TestAnswerToAGoneFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tx *Server
		ended := make(chan error, 1)
		u := &user{request: func(s *Server, _ *sip.Request) {
			tx = s
			s.OnEnd(func(err error) { ended <- err })
		}}
		layer, far := New(Config{}, u), &wire{}
		pair := flowtest.NewPair(flow.WSS, layer, far, nil)
		if err := pair.B.Send([]byte(request("INVITE", "one"))); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		pair.Close()
		if err := <-ended; !errors.Is(err, ErrFlowGone) {
			t.Errorf("ended with %v", err)
		}
		if err := tx.Respond(tx.Answer(200, "")); !errors.Is(err, ErrFlowGone) {
			t.Errorf("Respond: %v", err)
		}
		if u.closed != 1 {
			t.Errorf("FlowClosed called %d times", u.closed)
		}
		layer.Close()
	})
}
