package trunk_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakepbx"
)

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// deps are what New was given.
func (b *bench) deps() trunk.Deps {
	return trunk.Deps{
		Send: b.client, Announce: b.announce, Domain: "example.org",
		Online: func(user string) bool { _, gone := b.absent.Load(user); return !gone },
	}
}

func (b *bench) announce(f *flow.Flow) netip.AddrPort {
	if at := b.at.Load(); at != nil {
		return *at
	}
	return f.Local()
}

// invite is an INVITE as a trunk sends it.
func invite(t *testing.T, uri, to string, lines ...string) *sip.Request {
	t.Helper()
	head := []string{
		"INVITE " + uri + " SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.200;branch=z9hG4bKx", "Max-Forwards: 70", "To: " + to,
		"Call-ID: x", "CSeq: 1 INVITE", "Contact: <sip:192.0.2.200>",
	}
	has := false
	for _, l := range lines {
		has = has || strings.HasPrefix(l, "From:")
	}
	if !has {
		head = append(head, `From: "Anna" <sip:+4940222@carrier.example>;tag=a`)
	}
	m, err := sipmsg.NewParser().Parse([]byte(strings.Join(append(head, lines...), "\r\n") + "\r\nContent-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return m.(*sip.Request)
}

func byAddress(change func(*trunk.Config)) trunk.Config {
	c := trunk.Config{Name: "carrier", Host: "192.0.2.200", Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.200/32")}}
	if change != nil {
		change(&c)
	}
	return c
}

func TestAnyAnswerToOptionsMeansReachable(t *testing.T) {
	for _, status := range []int{200, 404, 405, 501, 401, 483} {
		inBubble(t, func(b *bench) {
			b.pbx.Set(func(w *fakepbx.Ways) { w.Options = status })
			b.restart()
			b.is(fmt.Sprint(status), "reachable", "")
			if s := b.state(); s.Registrar != "udp "+pbxAddr || s.Kind != "address" || time.Until(s.Next) < 26*time.Second || time.Until(s.Next) > 34*time.Second {
				t.Errorf("%+v", s)
			}
			if b.trunks.Find("carrier").Available() != nil {
				t.Error("not available")
			}
		}, byAddress(nil))
	}
}

func TestATrunkIsDownAfterTwoInARow(t *testing.T) {
	for name, ways := range map[string]fakepbx.Ways{"silence": {Silent: true}, "503": {Options: 503}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				tr := b.trunks.Find("carrier")
				b.is("before", "reachable", "")
				b.pbx.Set(func(w *fakepbx.Ways) { *w = ways })
				seen := map[string]bool{}
				for range 60 {
					time.Sleep(time.Second)
					synctest.Wait()
					if seen[b.state().State] = true; b.state().State == "failing" && tr.Available() != nil {
						t.Error("unavailable after the first failure")
					}
				}
				if !seen["failing"] || !seen["down"] {
					t.Errorf("states seen: %v", seen)
				}
				b.is("after a minute", "down", "OPTIONS: ")
				err := tr.Available()
				if !errors.Is(err, trunk.ErrDown) || !strings.Contains(err.Error(), "carrier has not answered since") {
					t.Errorf("Available: %v", err)
				}
				b.pbx.Set(func(w *fakepbx.Ways) { *w = fakepbx.Ways{} })
				time.Sleep(40 * time.Second)
				b.is("back", "reachable", "")
				if tr.Available() != nil {
					t.Error("still unavailable")
				}
			}, byAddress(nil))
		})
	}
}

// TestATrunkThatNeverAnswersOptionsIsCalledAllTheSame: there are carriers that drop
// OPTIONS and take calls. What it has answered once it is held to.
func TestATrunkThatNeverAnswersOptionsIsCalledAllTheSame(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.pbx.Set(func(w *fakepbx.Ways) { w.Silent = true })
		b.restart()
		time.Sleep(10 * time.Minute)
		b.is("never heard", "failing", "timed out")
		if err := b.trunks.Find("carrier").Available(); err != nil {
			t.Errorf("not available: %v", err)
		}
	}, byAddress(nil))
}

func TestOptionsMayBeOff(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.pbx.Set(func(w *fakepbx.Ways) { w.Silent = true })
		time.Sleep(10 * time.Minute)
		b.is("unasked", "unchecked", "")
		if len(b.pbx.Requests("OPTIONS")) != 0 {
			t.Error("OPTIONS was sent")
		}
	}, byAddress(func(c *trunk.Config) { c.Options = -1 }))
}

func TestAProbeAsksAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		options time.Duration
		ways    fakepbx.Ways
		state   string
		why     string
		stays   string
	}{
		"there":         {0, fakepbx.Ways{}, "reachable", "", "reachable"},
		"away":          {0, fakepbx.Ways{Silent: true}, "failing", "OPTIONS: ", "failing"},
		"unasked":       {-1, fakepbx.Ways{}, "reachable", "", "unchecked"},
		"unasked, away": {-1, fakepbx.Ways{Options: 503}, "failing", "OPTIONS: 503", "unchecked"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				time.Sleep(time.Second)
				before := len(b.pbx.Requests("OPTIONS"))
				b.pbx.Set(func(w *fakepbx.Ways) { *w = c.ways })
				tr := b.trunks.Find("carrier")
				s, err := tr.Probe(context.Background())
				if err != nil || s.State != c.state || !strings.HasPrefix(s.Error, c.why) || (s.Error == "") != (c.why == "") {
					t.Errorf("the probe says %+v (%v), want %s %s", s, err, c.state, c.why)
				}
				if c.why == "" && s.Registrar != "udp "+pbxAddr {
					t.Errorf("it was answered from %q", s.Registrar)
				}
				if s := b.state(); s.State != c.stays {
					t.Errorf("then it is %s, want %s", s.State, c.stays)
				}
				if n := len(b.pbx.Requests("OPTIONS")) - before; n < 1 && !c.ways.Silent {
					t.Errorf("%d OPTIONS were sent", n)
				}
				gone, cancel := context.WithCancel(context.Background())
				cancel()
				if _, err := tr.Probe(gone); !errors.Is(err, context.Canceled) {
					t.Errorf("for nobody: %v", err)
				}
			}, byAddress(func(tc *trunk.Config) { tc.Options = c.options }))
		})
	}
}

func TestAHostThatLeadsNowhereIsDown(t *testing.T) {
	inBubble(t, func(b *bench) {
		time.Sleep(20 * time.Second)
		b.is("no such host", "down", "no target")
	}, byAddress(func(c *trunk.Config) { c.Host = "nowhere.example" }))
}

func TestLimitsNameTheirSetting(t *testing.T) {
	inBubble(t, func(b *bench) {
		tr := b.trunks.Find("carrier")
		take := func(want string) {
			t.Helper()
			err := tr.Take()
			if (err == nil) != (want == "") || err != nil && (!errors.Is(err, trunk.ErrLimit) || !strings.Contains(err.Error(), want)) {
				t.Errorf("Take: %v, want %q", err, want)
			}
		}
		take("")
		take("")
		take("max_per_second of trunk carrier")
		time.Sleep(time.Second)
		take("")
		take("max_calls of trunk carrier")
		tr.Release()
		take("")
		if s := b.state(); s.Calls != 3 || s.MaxCalls != 3 || s.MaxPerSecond != 2 {
			t.Errorf("%+v", s)
		}
	}, byAddress(func(c *trunk.Config) { c.MaxCalls, c.MaxPerSecond = 3, 2 }))
}

func TestATrunkIsKnownByItsAddressesOverEveryTransport(t *testing.T) {
	inBubble(t, func(b *bench) {
		for kind, want := range map[flow.Kind]bool{flow.UDP: true, flow.TCP: true, flow.TLS: true, flow.WS: false, flow.WSS: false} {
			for remote, inside := range map[string]bool{pbxAddr: true, "[::ffff:192.0.2.200]:40000": true, "192.0.2.201:5060": false} {
				f := flow.New(flow.Way{Kind: kind, Remote: addr(remote)})
				if got := b.trunks.At(f, nil) != nil; got != (want && inside) {
					t.Errorf("%v from %s: %v", kind, remote, got)
				}
			}
		}
	}, byAddress(nil))
}

func TestAccountsHeldRegisterEach(t *testing.T) {
	c := trunk.Config{Name: "pbx", Host: "192.0.2.200", Options: -1, Accounts: &trunk.Accounts{Domain: pbxName, Held: []trunk.Held{
		{User: "anna", Account: trunk.Account{User: "201", Password: "p201"}},
		{User: "bob", Account: trunk.Account{User: "202", AuthUser: "auth202", Password: "p202"}},
	}, WhileOnline: true}}
	inBubble(t, func(b *bench) {
		b.pbx.User("201", "p201").User("auth202", "p202")
		b.absent.Store("bob", true)
		b.restart()
		time.Sleep(time.Second)
		if b.pbx.Binding("201") == "" || b.pbx.Binding("202") != "" {
			t.Error("201 is online, 202 is not")
		}
		b.absent.Delete("bob")
		time.Sleep(6 * time.Second)
		uri := b.pbx.Binding("202")
		if uri == "" || uri == b.pbx.Binding("201") {
			t.Fatalf("202 is bound to %q", uri)
		}
		f, req := b.socket.Flow(addr(pbxAddr)), invite(t, uri, "<"+uri+">")
		if tr := b.trunks.At(f, req); tr == nil || tr.Dialed(req) != "bob" {
			t.Errorf("a call for the Contact of 202 is of %v", tr)
		}
		tr := b.trunks.Find("pbx")
		if _, from := tr.Calling(trunk.Caller{User: "bob"}); from.String() == "" || tr.Destination("bob").Account == tr.Destination("anna").Account {
			t.Error("accounts are mixed up")
		}
		for _, a := range b.state().Accounts {
			if a.State != "registered" {
				t.Errorf("%+v", a)
			}
		}
		b.absent.Store("anna", true)
		time.Sleep(6 * time.Second)
		if b.pbx.Binding("201") != "" {
			t.Error("201 went and is still bound")
		}
		b.pbx.Restart()
		time.Sleep(time.Hour)
		if b.pbx.Binding("202") == "" {
			t.Error("not bound again after the PBX has restarted")
		}
	}, c)
}
