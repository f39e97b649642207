package locate

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
)

const zone = `
naptr.example. NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.naptr.example.
naptr.example. NAPTR 90 50 "s" "SIP+D2T" "" tcp.elsewhere.example.
naptr.example. NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.naptr.example.
_sips._tcp.naptr.example. SRV 10 1 5091 a.example.
tcp.elsewhere.example. SRV 10 1 5070 b.example.
_sip._udp.naptr.example. SRV 10 1 5080 b.example.

odd.example. NAPTR 10 50 "u" "SIP+D2U" "!.*!sip:x@y!" .
odd.example. NAPTR 20 50 "s" "SIP+D2S" "" _sip._sctp.odd.example.
odd.example. A 192.0.2.40

srv.example. A 192.0.2.99
_sip._udp.srv.example. SRV 20 5 5062 c.example.
_sip._udp.srv.example. SRV 10 5 5060 a.example.
_sip._udp.srv.example. SRV 10 5 5061 b.example.
_sips._tcp.srv.example. SRV 10 5 0 a.example.

none.example. A 192.0.2.98
_sip._udp.none.example. SRV 0 0 0 .

tcponly.example. A 192.0.2.97
_sip._tcp.tcponly.example. SRV 1 1 5060 b.example.

a.example. A 192.0.2.1
a.example. AAAA 2001:db8::1
b.example. A 192.0.2.2
c.example. CNAME d.example.
d.example. A 192.0.2.4
plain.example. A 192.0.2.5
plain.example. A 192.0.2.6
six.example. AAAA 2001:db8::6
`

func TestTargetsAreFoundAsRFC3263Says(t *testing.T) {
	for _, c := range []struct {
		name string
		q    Query
		want string
	}{
		{"§4.1 an address means UDP", Query{Host: "192.0.2.9"}, "udp:192.0.2.9:5060"},
		{"§4.1 an address and sips mean TLS", Query{Host: "2001:db8::9", Secure: true}, "tls:[2001:db8::9]:5061"},
		{"an address with port and transport", Query{Host: "192.0.2.9", Port: 5070, Transport: "tcp"}, "tcp:192.0.2.9:5070"},
		{"sips with transport=tcp means TLS", Query{Host: "192.0.2.9", Transport: "tcp", Secure: true}, "tls:192.0.2.9:5061"},
		{"sips with transport=udp means nothing", Query{Host: "192.0.2.9", Transport: "udp", Secure: true}, "error: transport cannot be used"},
		{"a transport that is not ours", Query{Host: "192.0.2.9", Transport: "ws"}, "error: transport cannot be used"},
		{"§4.1 a port means UDP and no SRV", Query{Host: "srv.example", Port: 5070}, "udp:192.0.2.99:5070"},
		{"§4.1 a port and sips mean TLS", Query{Host: "srv.example", Port: 5070, Secure: true}, "tls:192.0.2.99:5070"},
		{"§4.1 NAPTR by order", Query{Host: "naptr.example"}, "tls:192.0.2.1:5091 tls:[2001:db8::1]:5091"},
		{"§4.1 NAPTR and sips", Query{Host: "NAPTR.example.", Secure: true}, "tls:192.0.2.1:5091 tls:[2001:db8::1]:5091"},
		{"a transport asks for no NAPTR", Query{Host: "naptr.example", Transport: "udp"}, "udp:192.0.2.2:5080"},
		{"NAPTR of no use", Query{Host: "odd.example"}, "udp:192.0.2.40:5060"},
		{
			"§4.1 no NAPTR: the SRV there are",
			Query{Host: "srv.example"},
			"udp:192.0.2.2:5061 udp:192.0.2.1:5060 udp:[2001:db8::1]:5060 udp:192.0.2.4:5062",
		},
		{"no NAPTR, sips", Query{Host: "srv.example", Secure: true}, "tls:192.0.2.1:5061 tls:[2001:db8::1]:5061"},
		{"§4.2 no SRV of that transport: addresses", Query{Host: "srv.example", Transport: "tcp"}, "tcp:192.0.2.99:5060"},
		{"only TCP is offered", Query{Host: "tcponly.example"}, "tcp:192.0.2.2:5060"},
		{"RFC 2782: a dot means no", Query{Host: "none.example"}, "error: not found in the DNS"},
		{"§4.2 no SRV at all", Query{Host: "plain.example"}, "udp:192.0.2.5:5060 udp:192.0.2.6:5060"},
		{"no SRV at all, sips", Query{Host: "six.example", Secure: true}, "tls:[2001:db8::6]:5061"},
		{"an alias", Query{Host: "c.example", Port: 5060}, "udp:192.0.2.4:5060"},
		{"unknown", Query{Host: "nowhere.example"}, "error: not found in the DNS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, Config{}, zone, func(w *world) {
				w.want(c.q, c.want)
				if strings.HasPrefix(c.want, "error") {
					return
				}
				targets, ok := w.l.Known(c.q)
				if got := words(targets); !ok || got != c.want {
					t.Errorf("Known = %s, %v", got, ok)
				}
				if want := strings.ToLower(strings.TrimSuffix(c.q.Host, ".")); targets[0].Name != want {
					t.Errorf("Name is %q, want %q", targets[0].Name, want)
				}
			})
		})
	}
}

func TestURIsAreQueries(t *testing.T) {
	for text, want := range map[string]Query{
		"sip:bob@example.org":                             {Host: "example.org"},
		"sips:example.org:5071":                           {Host: "example.org", Port: 5071, Secure: true},
		"sip:[2001:db8::1];transport=TLS":                 {Host: "2001:db8::1", Transport: "tls", Secure: true},
		"sip:bob@example.org;maddr=192.0.2.7;transport=x": {Host: "192.0.2.7", Transport: "x"},
	} {
		var u sip.Uri
		if err := sip.ParseUri(text, &u); err != nil {
			t.Fatal(err)
		}
		if got := Of(u); got != want {
			t.Errorf("Of(%s) = %+v, want %+v", text, got, want)
		}
	}
}

func TestWhatIsNoNameIsNotAskedFor(t *testing.T) {
	inBubble(t, Config{Hosts: map[string][]netip.Addr{"pbx.local": {netip.MustParseAddr("192.0.2.70")}}}, zone, func(w *world) {
		for _, host := range []string{
			"printer.local", "x.invalid", "x.onion", "", ".", "a..b", "1.2.3", "0x7f.1", "a b", "ä.example", strings.Repeat("a", 64) + ".example",
			strings.Repeat("a.", 130) + "example", "192.0.2.1.", "*",
		} {
			if got := w.find(Query{Host: host}); !strings.HasPrefix(got, "error: no name for the DNS") {
				t.Errorf("%q: %s", host, got)
			}
		}
		w.want(Query{Host: "pbx.local"}, "udp:192.0.2.70:5060")
		w.want(Query{Host: "localhost", Transport: "tcp"}, "tcp:127.0.0.1:5060 tcp:[::1]:5060")
		w.want(Query{Host: "127.0.0.1", Port: 5070}, "udp:127.0.0.1:5070")
		w.want(Query{Host: "224.0.0.1"}, "")
		if w.total != 0 {
			t.Errorf("%d questions were asked", w.total)
		}
	})
}

func TestAnswersAreKeptAsLongAsTheySay(t *testing.T) {
	for _, c := range []struct {
		name, ttl string
		kept      time.Duration
	}{{"as said", "60", time.Minute}, {"not for ever", "864000", time.Hour}, {"but a moment", "0", 5 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, Config{}, "x.example. "+c.ttl+" A 192.0.2.1", func(w *world) {
				q := Query{Host: "x.example", Port: 5060}
				if _, ok := w.l.Known(q); ok {
					t.Error("known before it was asked for")
				}
				w.want(q, "udp:192.0.2.1:5060")
				time.Sleep(min(c.kept, 29*time.Second) - time.Millisecond) // there is no AAAA for 30 s
				w.want(q, "udp:192.0.2.1:5060")
				time.Sleep(c.kept - min(c.kept, 29*time.Second))
				w.want(q, "udp:192.0.2.1:5060")
				if n := w.count("x.example.", "A"); n != 1 {
					t.Errorf("asked %d times within the time", n)
				}
				time.Sleep(2 * time.Millisecond)
				if _, ok := w.l.Known(q); ok {
					t.Error("known after its time")
				}
				w.want(q, "udp:192.0.2.1:5060")
				if n := w.count("x.example.", "A"); n != 2 {
					t.Errorf("asked %d times, want 2", n)
				}
			})
		})
	}
}

func TestWhatIsNotThereIsRememberedShortly(t *testing.T) {
	inBubble(t, Config{}, "", func(w *world) {
		q := Query{Host: "x.example", Port: 5060}
		w.want(q, "error: not found in the DNS")
		w.add("x.example. A 192.0.2.1")
		time.Sleep(4 * time.Second)
		w.want(q, "error: not found in the DNS")
		time.Sleep(30 * time.Second)
		w.want(q, "udp:192.0.2.1:5060")
	})
}

func TestOneQuestionIsAskedOnce(t *testing.T) {
	inBubble(t, Config{}, zone, func(w *world) {
		w.set(false, time.Second)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { w.want(Query{Host: "plain.example", Port: 5060}, "udp:192.0.2.5:5060 udp:192.0.2.6:5060") })
		}
		wg.Wait()
		if n := w.count("plain.example.", "A"); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestTheWholeDomainIsAskedForAtOnce(t *testing.T) {
	inBubble(t, Config{}, zone, func(w *world) {
		w.set(false, time.Second)
		began := time.Now()
		w.want(Query{Host: "plain.example"}, "udp:192.0.2.5:5060 udp:192.0.2.6:5060")
		if d := time.Since(began); d != time.Second {
			t.Errorf("took %v", d)
		}
	})
}

func TestTheLastAnswerStaysWhileNoServerAnswers(t *testing.T) {
	inBubble(t, Config{}, zone, func(w *world) {
		q := Query{Host: "a.example", Port: 5060}
		const both = "udp:192.0.2.1:5060 udp:[2001:db8::1]:5060"
		w.want(q, both)
		w.set(true, 0)
		time.Sleep(10 * time.Minute)
		began := time.Now()
		w.want(q, both)
		if d := time.Since(began); d != 1800*time.Millisecond {
			t.Errorf("an old answer took %v", d)
		}
		time.Sleep(20 * time.Second)
		if _, ok := w.l.Known(q); !ok {
			t.Error("not known right after it failed")
		}
		time.Sleep(25 * time.Hour)
		if got := w.find(q); !strings.HasPrefix(got, "error: no answer from the DNS") {
			t.Errorf("after a day: %s", got)
		}
		w.set(false, 0)
		time.Sleep(failureFor)
		w.want(q, both)
	})
}

func TestAServerThatFailsIsLeftAloneForAMoment(t *testing.T) {
	inBubble(t, Config{Timeout: time.Second, Attempts: 2}, zone, func(w *world) {
		w.set(true, 0)
		q := Query{Host: "a.example", Port: 5060}
		began := time.Now()
		if _, err := w.l.Find(w.t.Context(), q); !errors.Is(err, ErrNoAnswer) || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		_, _ = w.l.Find(w.t.Context(), q)
		if n := w.count("a.example.", "A"); n != 2 {
			t.Errorf("asked %d times", n)
		}
		time.Sleep(failureFor)
		ctx, cancel := context.WithTimeout(w.t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := w.l.Find(ctx, q); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a caller in a hurry got %v", err)
		}
	})
}

func TestCloseEndsWhatIsAsked(t *testing.T) {
	inBubble(t, Config{}, zone, func(w *world) {
		w.set(true, 0)
		done := make(chan error, 1)
		go func() {
			_, err := w.l.Find(w.t.Context(), Query{Host: "a.example", Port: 5060})
			done <- err
		}()
		synctest.Wait()
		w.l.Close()
		w.l.Close()
		if err := <-done; !errors.Is(err, ErrNoAnswer) {
			t.Error(err)
		}
		if _, err := w.l.Find(w.t.Context(), Query{Host: "b.example"}); !errors.Is(err, ErrNoAnswer) {
			t.Error(err)
		}
	})
}

func TestTargetsThatFailedComeLast(t *testing.T) {
	inBubble(t, Config{}, zone, func(w *world) {
		q := Query{Host: "plain.example", Port: 5060}
		w.l.Rest(target(flow.UDP, "192.0.2.5:5060"), time.Minute)
		w.l.Rest(target(flow.TCP, "192.0.2.6:5060"), time.Minute)
		w.want(q, "udp:192.0.2.6:5060 udp:192.0.2.5:5060")
		w.l.Rest(target(flow.UDP, "192.0.2.6:5060"), time.Minute)
		w.want(q, "udp:192.0.2.5:5060 udp:192.0.2.6:5060")
		time.Sleep(time.Minute)
		w.want(q, "udp:192.0.2.5:5060 udp:192.0.2.6:5060")
	})
	t.Run("bounded", func(t *testing.T) {
		inBubble(t, Config{}, zone, func(w *world) {
			for i := range 3 * maxRests {
				w.l.Rest(Target{Kind: flow.UDP, Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 5060)}, time.Second)
			}
			if n := len(w.l.rests); n != maxRests {
				t.Errorf("%d rest", n)
			}
			time.Sleep(time.Second)
			w.l.Rest(target(flow.UDP, "192.0.2.5:5060"), time.Minute)
			w.want(Query{Host: "plain.example", Port: 5060}, "udp:192.0.2.6:5060 udp:192.0.2.5:5060")
		})
	})
}

func TestFamiliesAreOrdered(t *testing.T) {
	for _, c := range []struct {
		name string
		c    Config
		want string
	}{
		{"IPv4 first", Config{}, "udp:192.0.2.1:5060 udp:[2001:db8::1]:5060"},
		{"IPv6 where preferred", Config{PreferIPv6: true}, "udp:[2001:db8::1]:5060 udp:192.0.2.1:5060"},
		{"what has a way first", Config{Usable: netip.Addr.Is6}, "udp:[2001:db8::1]:5060 udp:192.0.2.1:5060"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, c.c, zone, func(w *world) { w.want(Query{Host: "a.example", Port: 5060}, c.want) })
		})
	}
}

func TestWeightsAreKeptInTheLongRun(t *testing.T) {
	records := []srv{{10, 0, 1, "zero."}, {10, 60, 2, "sixty."}, {5, 1, 9, "first."}, {10, 20, 3, "twenty."}, {10, 20, 4, "other."}}
	random := rand.New(rand.NewPCG(1, 2))
	second := make(map[string]int)
	for range 10000 {
		out := weighted(records, random.IntN)
		if len(out) != len(records) || out[0].target != "first." {
			t.Fatalf("order %v", out)
		}
		second[out[1].target]++
	}
	for name, want := range map[string]int{"sixty.": 6000, "twenty.": 2000, "other.": 2000, "zero.": 100} {
		if n := second[name]; n < want-300 || n > want+300 {
			t.Errorf("%s was first %d times, want about %d", name, n, want)
		}
	}
}

func TestHostileAnswersAreBounded(t *testing.T) {
	for _, c := range []struct{ name, zone, want string }{
		{"aliases in a circle", "x.example. CNAME y.example.\ny.example. CNAME x.example.", "error: not found in the DNS"},
		{"an alias of itself", "x.example. CNAME x.example.", "error: not found in the DNS"},
		{"an alias to nowhere", "x.example. CNAME x.local.", "error: not found in the DNS"},
		{"multicast and zero", "x.example. A 224.0.0.1\nx.example. A 0.0.0.0\nx.example. A 192.0.2.1", "udp:192.0.2.1:5060"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, Config{}, c.zone, func(w *world) { w.want(Query{Host: "x.example", Port: 5060}, c.want) })
		})
	}
	t.Run("a chain that is too long", func(t *testing.T) {
		chain := ""
		for c := 'a'; c < 'z'; c++ {
			chain += string(c) + ".example. CNAME " + string(c+1) + ".example.\n"
		}
		inBubble(t, Config{}, chain+"z.example. A 192.0.2.1", func(w *world) {
			w.want(Query{Host: "a.example", Port: 5060}, "error: not found in the DNS")
			if w.total > 2*maxAliases {
				t.Errorf("%d questions", w.total)
			}
			w.want(Query{Host: "t.example", Port: 5060}, "udp:192.0.2.1:5060")
		})
	})
	t.Run("thousands of records", func(t *testing.T) {
		inBubble(t, Config{}, many(2000, "x.example. A 10.1.%d.%d")+many(2000, "_sip._udp.s.example. SRV 1 1 5060 h%d-%d.example.")+
			many(500, "h%d-%d.example. A 192.0.2.1")+many(40, "h0-%[2]d.example. A 192.0.3.%[2]d"), func(w *world) {
			if targets, err := w.l.Find(w.t.Context(), Query{Host: "x.example", Port: 5060}); err != nil || len(targets) != maxRecords {
				t.Errorf("%d targets, %v", len(targets), err)
			}
			if targets, err := w.l.Find(w.t.Context(), Query{Host: "s.example"}); err != nil || len(targets) == 0 || len(targets) > maxTargets {
				t.Errorf("%d targets, %v", len(targets), err)
			}
			if w.total > 2+5+2+2*maxRecords {
				t.Errorf("%d questions", w.total)
			}
		})
	})
}
