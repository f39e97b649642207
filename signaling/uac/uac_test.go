package uac

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

const a, b2, c3 = "192.0.2.10:5060", "192.0.2.11:5060", "192.0.2.12:5060"

func TestAnAnswerEndsTheRequest(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, says(reply{status: 200}))
		b.send(sip.OPTIONS, nil)
		b.want(time.Second, "0s "+a+" OPTIONS", "0s on 200", "0s done <nil>")
	})
}

func TestTargetsAreWalkedOn503AndSilence(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, says(reply{status: 503, with: []string{"Retry-After: 120 (soon)"}}))
		b.udp(b2, nil)
		p := b.udp(c3, says(reply{status: 100}, reply{after: time.Second, status: 180}, reply{after: 9 * time.Second, status: 486}))
		b.send(sip.INVITE, func(r *Request) { r.Timeout = 5 * time.Second })
		b.want(time.Minute, "0s "+a+" INVITE", "0s "+a+" ACK", "0s "+b2+" INVITE", "5s "+c3+" INVITE", "5s on 100", "6s on 180",
			"14s on 486", "14s "+c3+" ACK", "14s done <nil>")
		b.wantRests("udp:"+a+" 2m0s", "udp:"+b2+" 1m0s")
		if n := p.last(sip.INVITE).CSeq().SeqNo; n < 3 {
			t.Errorf("the third attempt has CSeq %d", n)
		}
	})
}

func TestTheLastRefusalIsToldWhenNoTargetIsLeft(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, says(reply{status: 503}))
		b.udp(b2, nil)
		b.send(sip.OPTIONS, func(r *Request) { r.Timeout, r.Hurry = 5*time.Second, true })
		b.want(6*time.Second, "0s "+a+" OPTIONS", "0s "+b2+" OPTIONS", "5s on 503", "5s done <nil>")
	})
}

func TestASilentTargetHasTimerBUnlessThereIsHurry(t *testing.T) {
	for _, c := range []struct {
		name  string
		hurry bool
		want  string
	}{{"patient", false, "32s done transaction timed out"}, {"in a hurry", true, "5s done transaction timed out"}} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, Config{}, func(b *bench) {
				b.udp(a, nil)
				b.send(sip.INVITE, func(r *Request) { r.Timeout, r.Hurry = 5*time.Second, c.hurry })
				b.want(time.Minute, "0s "+a+" INVITE", c.want)
			})
		})
	}
}

func TestAProvisionalResponseStopsTheWalkByTime(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, says(reply{after: 4 * time.Second, status: 100}, reply{after: 40 * time.Second, status: 603}))
		b.udp(b2, nil)
		b.send(sip.INVITE, func(r *Request) { r.Timeout = 5 * time.Second })
		b.want(time.Minute, "0s "+a+" INVITE", "4s on 100", "40s on 603", "40s "+a+" ACK", "40s done <nil>")
	})
}

func TestA503AfterRingingIsFinal(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, says(reply{status: 180}, reply{after: time.Second, status: 503}))
		b.udp(b2, says(reply{status: 200}))
		b.send(sip.INVITE, nil)
		b.want(time.Minute, "0s "+a+" INVITE", "0s on 180", "1s on 503", "1s "+a+" ACK", "1s done <nil>")
	})
}

func TestALateAnswerOfAnEarlierAttemptIsHandedOn(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, says(reply{after: 7 * time.Second, status: 200}))
		b.udp(b2, func(_ int, req *sip.Request) []reply {
			if req.Method == sip.CANCEL {
				return nil
			}
			return []reply{{status: 180}}
		})
		sent := make(chan *Call, 1)
		sent <- b.send(sip.INVITE, func(r *Request) {
			r.Timeout = 5 * time.Second
			r.On = func(res *sip.Response) {
				k := <-sent
				sent <- k
				b.tell("on " + res.StartLine()[8:11] + " by " + k.FlowOf(res).Remote().String())
				if res.StatusCode == 200 && k.Flow().Remote().String() != a {
					t.Errorf("the attempt that counts is at %s", k.Flow().Remote())
				}
			}
		})
		b.want(8*time.Second, "0s "+a+" INVITE", "5s "+b2+" INVITE", "5s on 180 by "+b2, "7s on 200 by "+a, "7s "+b2+" CANCEL")
	})
}

func TestA2xxThatComesTooLateIsAcknowledgedAndEnded(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		p := b.udp(a, says(reply{after: 7 * time.Second, status: 200, with: []string{"Record-Route: <sip:p1.example;lr>"}}, reply{after: 8 * time.Second, status: 200}))
		b.udp(b2, says(reply{status: 486}))
		b.send(sip.INVITE, func(r *Request) { r.Timeout = 5 * time.Second })
		b.want(9*time.Second, "0s "+a+" INVITE", "5s "+b2+" INVITE", "5s on 486", "5s "+b2+" ACK", "5s done <nil>",
			"7s "+a+" ACK", "7s "+a+" BYE", "8s "+a+" ACK")
		bye := p.last(sip.BYE)
		if got := bye.Recipient.String() + " " + sipmsg.Value(bye, "Route") + " " + sipmsg.Value(bye, "To") + " " + sipmsg.Value(bye, "CSeq"); got !=
			"sip:far@192.0.2.99:5099 <sip:p1.example;lr> <sip:bob@far.example>;tag=t 2 BYE" {
			t.Errorf("BYE has %s", got)
		}
	})
}

func TestCancelAtAnyMoment(t *testing.T) {
	t.Run("while names are resolved", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.slow = 10 * time.Second
			b.udp(a, nil)
			k := b.send(sip.INVITE, nil)
			time.Sleep(time.Second)
			k.Cancel()
			b.want(time.Minute, "1s done request was canceled")
		})
	})
	t.Run("before any response", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			p := b.udp(a, says(reply{after: 3 * time.Second, status: 180}, reply{after: 4 * time.Second, status: 487}))
			b.udp(b2, says(reply{status: 200}))
			k := b.send(sip.INVITE, func(r *Request) { r.Timeout = 2 * time.Second })
			time.Sleep(time.Second)
			k.Cancel(`SIP;cause=200;text="elsewhere"`)
			b.want(time.Minute, "0s "+a+" INVITE", "3s on 180", "3s "+a+" CANCEL", "4s on 487", "4s "+a+" ACK", "4s done <nil>")
			if got := sipmsg.Value(p.last(sip.CANCEL), "Reason"); !strings.Contains(got, "cause=200") {
				t.Errorf("Reason is %q", got)
			}
		})
	})
	t.Run("after a provisional, and a 200 crosses", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{status: 180}, reply{after: 2 * time.Second, status: 200}))
			k := b.send(sip.INVITE, nil)
			time.Sleep(2*time.Second - time.Millisecond)
			k.Cancel()
			b.want(time.Second, "0s "+a+" INVITE", "0s on 180", "1.999s "+a+" CANCEL", "2s on 200")
		})
	})
	t.Run("no attempt follows a challenge", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{after: time.Second, status: 401, with: []string{`WWW-Authenticate: Digest realm="r", nonce="n"`}}))
			k := b.send(sip.INVITE, func(r *Request) { r.Dest.Account = digest.NewClient(digest.Account{User: "u", Password: "p"}) })
			time.Sleep(500 * time.Millisecond)
			k.Cancel()
			b.want(time.Minute, "0s "+a+" INVITE", "1s on 401", "1s "+a+" ACK", "1s done <nil>")
		})
	})
	t.Run("another method", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{after: 2 * time.Second, status: 200}))
			k := b.send(sip.OPTIONS, nil)
			time.Sleep(100 * time.Millisecond)
			k.Cancel()
			k.Cancel()
			b.want(300*time.Millisecond, "0s "+a+" OPTIONS", "0.1s done request was canceled")
		})
	})
}

func TestNamesAreResolvedWithoutWaiting(t *testing.T) {
	inBubble(t, Config{MaxResolving: 1}, func(b *bench) {
		b.slow = 3 * time.Second
		b.udp(a, says(reply{status: 200}))
		b.send(sip.OPTIONS, nil)
		time.Sleep(time.Second)
		b.send(sip.OPTIONS, nil)
		b.want(4*time.Second, "1s done too many requests are under way", "3s "+a+" OPTIONS", "3s on 200", "3s done <nil>")
	})
}

func TestWhatCannotBeFoundIsToldSo(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.fails = errors.New("no such name")
		done := make(chan error, 1)
		b.send(sip.OPTIONS, func(r *Request) { r.Done = func(err error) { done <- err } })
		if why := <-done; !errors.Is(why, ErrNoTarget) || !errors.Is(why, b.fails) {
			t.Errorf("done with %v", why)
		}
	})
}

func TestSecureNeverGoesInTheClear(t *testing.T) {
	for _, to := range []string{"sips:far.example", "sip:far.example;transport=tls"} {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{status: 200}))
			b.targets = append(b.targets, locate.Target{Kind: flow.TCP, Addr: b.targets[0].Addr})
			b.stream(flow.TCP, a, says(reply{status: 200}))
			b.send(sip.OPTIONS, func(r *Request) { r.Dest.URI = uri(t, to) })
			b.want(time.Second, "0s done the way is not secure")
			b.stream(flow.TLS, a, says(reply{status: 200}))
			b.targets = append(b.targets, locate.Target{Kind: flow.TLS, Addr: b.targets[0].Addr})
			b.send(sip.OPTIONS, func(r *Request) { r.Dest.URI = uri(t, to) })
			b.want(time.Second, "0s done the way is not secure", "1s tls:"+a+" OPTIONS", "1s on 200", "1s done <nil>")
		})
	}
	t.Run("a sips Request-URI down a flow that is given", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{status: 200}))
			b.send(sip.OPTIONS, func(r *Request) {
				r.Dest = Destination{Flow: b.socket.Flow(b.targets[0].Addr)}
				build := r.Build
				r.Build = func(f *flow.Flow) *sip.Request {
					req := build(f)
					req.Recipient.Scheme = "sips"
					return req
				}
			})
			b.want(time.Second, "0s done the way is not secure")
		})
	})
}

// big makes a request too large for UDP.
func big(r *Request) {
	build := r.Build
	r.Build = func(f *flow.Flow) *sip.Request {
		req := build(f)
		req.SetBody([]byte(strings.Repeat("x", 1200)))
		return req
	}
}

func TestABigRequestGoesOverTCP(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, says(reply{status: 200}))
		p, _ := b.stream(flow.TCP, a, says(reply{status: 200}))
		b.send(sip.MESSAGE, big)
		b.send(sip.MESSAGE, nil)
		b.want(time.Second, "0s tcp:"+a+" MESSAGE", "0s "+a+" MESSAGE", "0s on 200", "0s on 200", "0s done <nil>", "0s done <nil>")
		if got := p.last(sip.MESSAGE).Via().Transport; got != "TCP" {
			t.Errorf("Via says %s", got)
		}
	})
}

func TestABigRequestFallsBackToUDP(t *testing.T) {
	t.Run("without a way", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{status: 200}))
			b.send(sip.MESSAGE, big)
			b.want(time.Second, "0s "+a+" MESSAGE", "0s on 200", "0s done <nil>")
		})
	})
	t.Run("when the connection fails, and remembers it", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{status: 200}))
			_, pair := b.stream(flow.TCP, a, nil)
			b.send(sip.MESSAGE, big)
			time.Sleep(time.Second)
			pair.Close()
			b.want(time.Second, "0s tcp:"+a+" MESSAGE", "1s "+a+" MESSAGE", "1s on 200", "1s done <nil>")
			b.stream(flow.TCP, a, says(reply{status: 200}))
			b.send(sip.MESSAGE, big)
			time.Sleep(11 * time.Minute)
			b.send(sip.MESSAGE, big)
			b.want(time.Second, "0s tcp:"+a+" MESSAGE", "1s "+a+" MESSAGE", "1s on 200", "1s done <nil>",
				"2s "+a+" MESSAGE", "2s on 200", "2s done <nil>", "662s tcp:"+a+" MESSAGE", "662s on 200", "662s done <nil>")
			b.wantRests()
		})
	})
	t.Run("when the connection is silent", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{status: 486}))
			b.stream(flow.TCP, a, nil)
			b.send(sip.INVITE, func(r *Request) { big(r); r.Timeout = 5 * time.Second })
			b.want(10*time.Second, "0s tcp:"+a+" INVITE", "5s "+a+" INVITE", "5s on 486", "5s "+a+" ACK", "5s done <nil>")
		})
	})
}

func TestALostConnectionIsTheNextTargetsTurn(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		_, pair := b.stream(flow.TLS, a, nil)
		b.targets = append(b.targets, locate.Target{Kind: flow.TLS, Addr: pair.A.Remote()})
		b.streams[b.targets[0]] = pair.A
		b.udp(b2, says(reply{status: 200}))
		b.send(sip.OPTIONS, nil)
		time.Sleep(time.Second)
		pair.Close()
		b.want(time.Second, "0s tls:"+a+" OPTIONS", "1s "+b2+" OPTIONS", "1s on 200", "1s done <nil>")
		b.send(sip.OPTIONS, nil) // the flow is closed: at once
		b.want(time.Second, "0s tls:"+a+" OPTIONS", "1s "+b2+" OPTIONS", "1s on 200", "1s done <nil>", "2s "+b2+" OPTIONS", "2s on 200", "2s done <nil>")
	})
}

func TestWhoForgetsARequestHearsNoMoreOfIt(t *testing.T) {
	t.Run("after the answer", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{status: 200}))
			k := b.send(sip.INVITE, nil)
			time.Sleep(time.Second)
			k.Forget()
			b.want(time.Second, "0s "+a+" INVITE", "0s on 200")
			if n := b.client.Calls(); n != 0 {
				t.Errorf("%d calls are kept", n)
			}
		})
	})
	t.Run("a 200 that crosses a CANCEL is ended", func(t *testing.T) {
		inBubble(t, Config{}, func(b *bench) {
			b.udp(a, says(reply{status: 180}, reply{after: 2 * time.Second, status: 200}))
			k := b.send(sip.INVITE, nil)
			time.Sleep(time.Second)
			k.Cancel()
			k.Forget()
			b.want(2*time.Second, "0s "+a+" INVITE", "0s on 180", "1s "+a+" CANCEL", "2s "+a+" ACK", "2s "+a+" BYE")
		})
	})
}

func TestClosingEndsWhatIsUnderWay(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, nil)
		b.send(sip.INVITE, nil)
		time.Sleep(time.Second)
		b.client.Close()
		b.client.Close()
		b.send(sip.OPTIONS, nil)
		b.want(0, "0s "+a+" INVITE", "1s done client is closed", "1s done client is closed")
	})
}
