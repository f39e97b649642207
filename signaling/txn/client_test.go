package txn

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// begin sends a request of ours.
func (b *bench) begin(method sip.RequestMethod) (*Client, *answers) {
	b.t.Helper()
	a := &answers{}
	c, err := b.layer.Send(b.pair.A, outgoing(method), a.on, a.end)
	if err != nil {
		b.t.Fatal(err)
	}
	synctest.Wait()
	return c, a
}

func wantAnswers(t *testing.T, a *answers, want string) {
	t.Helper()
	synctest.Wait()
	if got := a.String(); got != want {
		t.Errorf("callbacks %s, want %s", got, want)
	}
}

func TestRequestsAreRepeatedUntilTheyTimeOut(t *testing.T) {
	for _, test := range []struct {
		method sip.RequestMethod
		kind   flow.Kind
		sent   int
	}{
		{sip.INVITE, flow.UDP, 7},   // 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
		{sip.OPTIONS, flow.UDP, 11}, // 0, 0.5, 1.5, 3.5, 7.5, 11.5, ... 31.5 s
		{sip.INVITE, flow.WS, 1},
		{sip.OPTIONS, flow.WS, 1},
	} {
		t.Run(fmt.Sprint(test.method, " ", test.kind), func(t *testing.T) {
			inBubble(t, test.kind, func(b *bench) {
				_, a := b.begin(test.method)
				time.Sleep(31900 * time.Millisecond)
				wantAnswers(t, a, "[] []")
				time.Sleep(200 * time.Millisecond)
				wantAnswers(t, a, "[] [transaction timed out]")
				if n := len(b.far.got); n != test.sent {
					t.Errorf("sent %d times, want %d", n, test.sent)
				}
				if c := b.layer.Counters(); c.Clients != 0 {
					t.Errorf("%d transactions left", c.Clients)
				}
			})
		})
	}
}

func TestNonInviteEndsWithItsAnswer(t *testing.T) {
	for _, kind := range []flow.Kind{flow.UDP, flow.WS} {
		t.Run(kind.String(), func(t *testing.T) {
			inBubble(t, kind, func(b *bench) {
				_, a := b.begin(sip.OPTIONS)
				b.answer(0, 100, "")
				b.answer(0, 200, "b")
				wantAnswers(t, a, "[100 200] [<nil>]")
				b.answer(0, 200, "b")
				wantAnswers(t, a, "[100 200] [<nil>]")
				if c := b.layer.Counters(); c.Clients != 0 || c.Stray != 1 {
					t.Errorf("%+v", c)
				}
			})
		})
	}
}

func TestRefusedInviteIsAcknowledgedEachTimeAtOnce(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		_, a := b.begin(sip.INVITE)
		b.answer(0, 180, "b")
		b.answer(0, 486, "b")
		wantAnswers(t, a, "[180 486] [<nil>]")
		b.wantFar("INVITE ACK")
		b.answer(0, 486, "b")
		b.answer(0, 486, "b")
		b.wantFar("INVITE ACK ACK ACK")
		invite, ack := b.far.message(0).(*sip.Request), b.far.message(2).(*sip.Request)
		if invite.Via().Value() != ack.Via().Value() {
			t.Errorf("ACK has Via %s, INVITE %s", ack.Via().Value(), invite.Via().Value())
		}
		if tag, _ := sipmsg.Param(ack.To().Params, "tag"); tag != "b" {
			t.Errorf("ACK has To-tag %q", tag)
		}
		time.Sleep(33 * time.Second)
		if c := b.layer.Counters(); c.Clients != 0 {
			t.Errorf("%d transactions left", c.Clients)
		}
	})
}

func TestEach2xxReachesTheCaller(t *testing.T) {
	for _, kind := range []flow.Kind{flow.UDP, flow.WS} {
		t.Run(kind.String(), func(t *testing.T) {
			inBubble(t, kind, func(b *bench) {
				_, a := b.begin(sip.INVITE)
				b.answer(0, 180, "b")
				b.answer(0, 200, "b")
				b.answer(0, 200, "b")
				b.answer(0, 200, "fork")
				wantAnswers(t, a, "[180 200 200 200] []")
				time.Sleep(33 * time.Second)
				wantAnswers(t, a, "[180 200 200 200] [<nil>]")
				b.answer(0, 200, "late")
				if len(b.user.responses) != 1 {
					t.Errorf("%d late responses handed up", len(b.user.responses))
				}
				b.wantFar("INVITE")
			})
		})
	}
}

func TestCancelWaitsForAProvisional(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		c, a := b.begin(sip.INVITE)
		for range 2 {
			if err := c.Cancel(`Q.850;cause=16`); err != nil {
				t.Fatal(err)
			}
		}
		b.wantFar("INVITE")
		b.answer(0, 100, "")
		b.wantFar("INVITE CANCEL")
		invite, cancel := b.far.message(0).(*sip.Request), b.far.message(1).(*sip.Request)
		if invite.Via().Value() != cancel.Via().Value() || cancel.Recipient.String() != invite.Recipient.String() ||
			cancel.CSeq().SeqNo != invite.CSeq().SeqNo || sipmsg.Value(cancel, "Reason") != "Q.850;cause=16" {
			t.Errorf("CANCEL does not fit:\n%s", sipmsg.Bytes(cancel))
		}
		b.answer(1, 200, "b")
		b.answer(0, 487, "b")
		wantAnswers(t, a, "[100 487] [<nil>]")
		b.wantFar("INVITE CANCEL ACK")
	})
}

func TestCancelCrossesOK(t *testing.T) {
	inBubble(t, flow.WS, func(b *bench) {
		c, a := b.begin(sip.INVITE)
		b.answer(0, 180, "b")
		if err := c.Cancel(); err != nil {
			t.Fatal(err)
		}
		b.wantFar("INVITE CANCEL")
		b.answer(0, 200, "b")
		b.answer(1, 481, "b")
		wantAnswers(t, a, "[180 200] []")
		if err := c.Cancel(); err != nil {
			t.Fatal(err)
		}
		b.wantFar("INVITE CANCEL")
		time.Sleep(time.Minute)
		wantAnswers(t, a, "[180 200] [<nil>]")
	})
}

func TestCanceledInviteWithoutFinalEnds(t *testing.T) {
	inBubble(t, flow.WS, func(b *bench) {
		c, a := b.begin(sip.INVITE)
		b.answer(0, 180, "b")
		time.Sleep(time.Minute) // ringing has no end of its own
		if err := c.Cancel(); err != nil {
			t.Fatal(err)
		}
		b.wantFar("INVITE CANCEL")
		b.answer(1, 200, "b")
		time.Sleep(33 * time.Second)
		wantAnswers(t, a, "[180] [transaction timed out]")
	})
}

func TestFlowGoneEndsClients(t *testing.T) {
	inBubble(t, flow.WS, func(b *bench) {
		_, a := b.begin(sip.INVITE)
		_, a2 := b.begin(sip.OPTIONS)
		b.pair.Close()
		wantAnswers(t, a, "[] [flow is gone: flow is closed]")
		wantAnswers(t, a2, "[] [flow is gone: flow is closed]")
		if _, err := b.layer.Send(b.pair.A, outgoing(sip.OPTIONS), nil, nil); !errors.Is(err, ErrFlowGone) {
			t.Errorf("Send: %v", err)
		}
	})
}

func TestAnswersOfAnotherFlowAreStray(t *testing.T) {
	inBubble(t, flow.WS, func(b *bench) {
		_, a := b.begin(sip.INVITE)
		other := flowtest.NewPair(flow.WS, b.layer, &wire{}, nil)
		defer other.Close()
		req := b.far.message(0).(*sip.Request)
		if err := other.B.Send(sipmsg.Bytes(sipmsg.Respond(req, 486, "", "evil"))); err != nil {
			t.Fatal(err)
		}
		wantAnswers(t, a, "[] []")
	})
}

// Who refuses our re-INVITE and sends its own right behind it must be heard in this order.
func TestARequestBehindAnAnswerIsHeardBehindIt(t *testing.T) {
	inBubble(t, flow.WS, func(b *bench) {
		for i := range 200 {
			var mu sync.Mutex
			var heard []string
			hear := func(what string) {
				mu.Lock()
				defer mu.Unlock()
				heard = append(heard, what)
			}
			b.user.request = func(*Server, *sip.Request) { hear("request") }
			_, err := b.layer.Send(b.pair.A, outgoing(sip.INVITE),
				func(*sip.Response) { hear("answer") }, func(error) { hear("end") })
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			req := b.far.message(2 * i).(*sip.Request)
			_ = b.pair.B.Send(sipmsg.Bytes(sipmsg.Respond(req, 491, "", "b")))
			_ = b.pair.B.Send([]byte(request("OPTIONS", fmt.Sprint("behind", i))))
			synctest.Wait()
			if want := []string{"answer", "end", "request"}; !slices.Equal(heard, want) {
				t.Fatalf("run %d: heard %v, want %v", i, heard, want)
			}
		}
	})
}

func TestOrderIsKeptBackToBack(t *testing.T) {
	for _, kind := range []flow.Kind{flow.UDP, flow.WS} {
		t.Run(kind.String(), func(t *testing.T) {
			inBubble(t, kind, func(b *bench) {
				for i := range 200 {
					_, a := b.begin(sip.INVITE)
					req := b.far.message(i).(*sip.Request)
					for _, status := range []int{100, 180, 183, 200} {
						if err := b.pair.B.Send(sipmsg.Bytes(sipmsg.Respond(req, status, "", "b"))); err != nil {
							t.Fatal(err)
						}
					}
					synctest.Wait()
					if !slices.Equal(a.codes, []int{100, 180, 183, 200}) {
						t.Fatalf("run %d: %v", i, a.codes)
					}
				}
			})
		})
	}
}

func TestTenThousandTransactionsLeaveNothing(t *testing.T) {
	inBubble(t, flow.UDP, func(b *bench) {
		b.user.request = func(s *Server, req *sip.Request) {
			status := 200
			if req.IsInvite() {
				status = 486
			}
			if err := s.Respond(s.Answer(status, "")); err != nil {
				t.Error(err)
			}
		}
		peer := New(Config{}, &user{})
		defer peer.Close()
		pair := flowtest.NewPair(flow.UDP, b.layer, peer, nil)
		defer pair.Close()
		round := func(n int) {
			for i := range n {
				method := sip.OPTIONS
				if i%2 == 0 {
					method = sip.INVITE
				}
				if _, err := peer.Send(pair.B, outgoing(method), nil, nil); err != nil {
					t.Fatal(err)
				}
				if i%100 == 99 {
					synctest.Wait()
				}
			}
			synctest.Wait()
			time.Sleep(2 * time.Minute)
			synctest.Wait()
		}
		round(2500) // the runtime keeps what it once needed: tables, goroutines at rest
		before, routines := heap(), runtime.NumGoroutine()
		for range 4 {
			round(2500)
		}
		if n := runtime.NumGoroutine(); n > routines+100 { // leaked, they would be thousands; the runtime has a few of its own
			t.Errorf("%d goroutines, before %d", n, routines)
		}
		if after := heap(); after > before+4<<20 { // leaked, they would be 30 MiB
			t.Errorf("heap grew from %d to %d octets", before, after)
		}
		for _, l := range []*Layer{b.layer, peer} {
			if c := l.Counters(); c.Servers+c.Clients != 0 {
				t.Errorf("left: %+v", c)
			}
		}
	})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
