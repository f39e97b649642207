package trunk_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakepbx"
)

func TestATrunkRegistersWithDigestAndRefreshes(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "registered", "")
		first := b.pbx.Last("REGISTER")
		if got := first.Recipient.String(); got != "sip:"+pbxName {
			t.Errorf("Request-URI %s", got)
		}
		if auth := sipmsg.Value(first, "Authorization"); !strings.Contains(auth, "SHA-256") || !strings.Contains(auth, `username="acme"`) {
			t.Errorf("Authorization: %s, want the stronger algorithm", auth)
		}
		s := b.state()
		if got := b.pbx.Binding("acme"); got != s.Contact || !strings.HasSuffix(got, "@"+gatewayAddr) {
			t.Errorf("bound to %q, the state says %q", got, s.Contact)
		}
		if s.Kind != "registration" || s.Registrar != "udp "+pbxAddr || s.RoundTrip < 0 || s.Expires.Sub(s.Since) != time.Hour {
			t.Errorf("state %+v", s)
		}
		b.pbx.Forget()
		time.Sleep(time.Until(s.Next) - time.Second)
		if n := len(b.pbx.Requests("REGISTER")); n != 0 || time.Until(s.Expires) < 8*time.Minute || time.Until(s.Expires) > 16*time.Minute {
			t.Errorf("%d REGISTERs, %v before its end", n, time.Until(s.Expires))
		}
		time.Sleep(2 * time.Second)
		again := b.pbx.Last("REGISTER")
		if again.CallID().Value() != first.CallID().Value() || again.CSeq().SeqNo <= first.CSeq().SeqNo {
			t.Error("a refresh keeps the Call-ID and raises CSeq")
		}
		if !b.state().Expires.After(s.Expires) || !b.state().Since.Equal(s.Since) {
			t.Error("the refresh has not renewed the binding")
		}
	}, quiet(nil))
}

// TestATrunkRegistersAnewFromAnotherAddress: an interface's address went, for a while there
// was none, and another one came.
func TestATrunkRegistersAnewFromAnotherAddress(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "registered", "")
		was := b.state().Contact
		for i, c := range []struct {
			at   string
			anew bool // registers within half a minute
		}{{gatewayAddr, false}, {"0.0.0.0:5060", false}, {"198.51.100.7:5060", true}, {"0.0.0.0:5060", false}, {"[2001:db8::7]:5060", true}} {
			at := netip.MustParseAddrPort(c.at)
			b.at.Store(&at)
			b.pbx.Forget()
			time.Sleep(30 * time.Second)
			all := b.pbx.Requests("REGISTER")
			if (len(all) > 0) != c.anew || len(all) > 2 { // one may be challenged
				t.Fatalf("%d, at %s: %d REGISTERs", i, c.at, len(all))
			}
			if !c.anew {
				continue
			}
			now := b.state().Contact
			if !strings.HasSuffix(now, "@"+c.at) || b.pbx.Binding("acme") != now {
				t.Errorf("at %s: the state says %q, bound is %q", c.at, now, b.pbx.Binding("acme"))
			}
			contacts := sipmsg.Contacts(all[0])
			if len(contacts) != 2 || contacts[0].Address.String() != now || contacts[1].Address.String() != was {
				t.Fatalf("at %s: the Contacts are %v", c.at, contacts)
			}
			if e, _ := sipmsg.Param(contacts[1].Params, "expires"); e != "0" {
				t.Errorf("at %s: the one of before is bound for %q s", c.at, e)
			}
			was = now
			b.is("elsewhere", "registered", "")
		}
		b.pbx.Forget()
		time.Sleep(time.Until(b.state().Next) + time.Second)
		if n := len(sipmsg.Contacts(b.pbx.Last("REGISTER"))); n != 1 {
			t.Errorf("a refresh has %d Contacts", n)
		}
	}, quiet(nil))
}

// TestARegistrarThatTakesOneContactOnly is not asked to take away the one of before again.
func TestARegistrarThatTakesOneContactOnly(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "registered", "")
		at := netip.MustParseAddrPort("198.51.100.7:5060")
		b.at.Store(&at)
		b.pbx.Set(func(w *fakepbx.Ways) { w.Status = 400 })
		time.Sleep(15 * time.Second)
		if n := len(sipmsg.Contacts(b.pbx.Last("REGISTER"))); n != 2 {
			t.Fatalf("%d Contacts", n)
		}
		b.pbx.Set(func(w *fakepbx.Ways) { w.Status = 0 })
		time.Sleep(2 * time.Minute)
		if n := len(sipmsg.Contacts(b.pbx.Last("REGISTER"))); n != 1 {
			t.Errorf("%d Contacts", n)
		}
		b.is("after it", "registered", "")
	}, quiet(nil))
}

func TestATrunkUnregistersAtTheEnd(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("before", "registered", "")
		began := time.Now()
		_ = b.trunks.Close()
		if n := b.pbx.Bindings(); n != 0 || time.Since(began) > time.Second {
			t.Errorf("%d bindings are left after %v", n, time.Since(began))
		}
		_ = b.trunks.Close()
	}, quiet(nil))
}

func TestASilentRegistrarDoesNotHoldUpTheEnd(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.pbx.Set(func(w *fakepbx.Ways) { w.Silent = true })
		began := time.Now()
		_ = b.trunks.Close()
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("the end took %v", d)
		}
	}, quiet(nil))
}

func TestFailuresBackOff(t *testing.T) {
	for _, c := range []struct {
		name    string
		ways    func(*fakepbx.Ways)
		problem string
		least   []time.Duration // between one REGISTER and the next
	}{
		{"503", func(w *fakepbx.Ways) { w.Status = 503 }, "503 Service Unavailable", []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}},
		{"no answer", func(w *fakepbx.Ways) { w.Silent = true }, "timed out", []time.Duration{15 * time.Second, 30 * time.Second}},
		{"forbidden", func(w *fakepbx.Ways) { w.Status = 403 }, "403 Forbidden", []time.Duration{5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 15 * time.Minute}},
		{"not found", func(w *fakepbx.Ways) { w.Status = 404 }, "404 Not Found", []time.Duration{5 * time.Minute}},
		{
			"Retry-After", func(w *fakepbx.Ways) { w.Status, w.Fields = 503, []string{"Retry-After: 120 (maintenance);duration=5"} },
			"503",
			[]time.Duration{2 * time.Minute, 2 * time.Minute, 2 * time.Minute},
		},
		{"a Retry-After without end", func(w *fakepbx.Ways) { w.Status, w.Fields = 500, []string{"Retry-After: 4294967295"} }, "500", []time.Duration{time.Hour}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				b.pbx.Set(func(w *fakepbx.Ways) { c.ways(w) })
				b.restart()
				for i, least := range c.least {
					for b.state().Next.IsZero() { // waiting for the answer
						time.Sleep(time.Second)
					}
					b.is(fmt.Sprint("failure ", i), "failing", c.problem)
					wait := time.Until(b.state().Next).Round(time.Second)
					if wait < least-2*time.Second || wait > 2*least+2*time.Second {
						t.Errorf("failure %d: the next in %v, want %v to %v", i, wait, least, 2*least)
					}
					time.Sleep(wait + time.Second)
				}
				b.pbx.Set(func(w *fakepbx.Ways) { *w = fakepbx.Ways{} })
				time.Sleep(3 * time.Hour)
				b.is("mended", "registered", "")
			}, quiet(nil))
		})
	}
}

// restart begins anew with the same configuration, after the registrar has been
// told to be odd.
func (b *bench) restart() {
	b.t.Helper()
	_ = b.trunks.Close()
	b.stop()
	<-b.done
	var configs []trunk.Config
	for _, t := range b.trunks.All() {
		configs = append(configs, t.Config())
	}
	b.pbx.Forget()
	b.trunks = trunk.New(configs, b.deps())
	b.run()
}

func TestAWrongPasswordIsNotTriedAgainAndAgain(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "failing", "403")
		time.Sleep(4 * time.Minute)
		if n := len(b.pbx.Requests("REGISTER")); n != 2 { // with the challenge
			t.Errorf("%d REGISTERs in 4 minutes, want 2", n)
		}
	}, quiet(func(c *trunk.Config) { c.Register.Password = "wrong" }))
}

func TestTooBriefIsAskedForLonger(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.pbx.Set(func(w *fakepbx.Ways) { w.MinExpires = 5 * time.Minute })
		b.restart()
		b.is("at once", "registered", "")
		if d := b.state().Expires.Sub(b.state().Since); d != 5*time.Minute {
			t.Errorf("bound for %v", d)
		}
		b.pbx.Set(func(w *fakepbx.Ways) { w.Status, w.Fields = 423, []string{"Min-Expires: 1"} })
		time.Sleep(6 * time.Minute)
		b.is("423 without sense", "failing", "Min-Expires")
	}, quiet(func(c *trunk.Config) { c.Register.Expires = time.Minute }))
}

func TestARefreshThatFailsLeavesTheBindingItsTime(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.pbx.Set(func(w *fakepbx.Ways) { w.Status = 500 })
		time.Sleep(52 * time.Minute)
		b.is("before the end", "registered", "500")
		time.Sleep(9 * time.Minute)
		b.is("after the end", "failing", "500")
	}, quiet(nil))
}

func TestGrantsOfRegistrarsWithWaysOfTheirOwn(t *testing.T) {
	for _, c := range []struct {
		name string
		ways fakepbx.Ways
		want time.Duration
	}{
		{"shorter", fakepbx.Ways{Grant: 2 * time.Minute}, 2 * time.Minute},
		{"no Contact in the 200", fakepbx.Ways{NoContacts: true, Grant: 10 * time.Minute}, 10 * time.Minute},
		{"without a challenge", fakepbx.Ways{Nobody: true}, time.Hour},
		{"others' Contacts too", fakepbx.Ways{Grant: time.Minute, More: []string{"Contact: <sip:desk@198.51.100.4>;expires=3000"}}, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				b.pbx.Set(func(w *fakepbx.Ways) { *w = c.ways })
				b.restart()
				b.is("at once", "registered", "")
				if d := b.state().Expires.Sub(b.state().Since); d != c.want {
					t.Errorf("bound for %v, want %v", d, c.want)
				}
			}, quiet(nil))
		})
	}
}

func TestServiceRouteAndAssociatedURIsAreKept(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.pbx.Set(func(w *fakepbx.Ways) {
			w.More = []string{
				"Service-Route: <sip:edge.carrier.example;lr>, <sip:core.carrier.example;lr>",
				"Path: <sip:edge.carrier.example;lr>", "P-Associated-URI: <sip:+4930123@carrier.example>",
			}
		})
		b.restart()
		tr := b.trunks.Find("acme")
		var got []string
		for _, u := range tr.Routes("") {
			got = append(got, u.String())
		}
		if s := strings.Join(got, " "); s != "sip:edge.carrier.example;lr sip:core.carrier.example;lr" {
			t.Errorf("routes %s", s)
		}
		if d := tr.Destination(""); d.URI.Host != "edge.carrier.example" || d.Account == nil {
			t.Errorf("destination %+v", d)
		}
		if a := b.state().Associated; len(a) != 1 || a[0] != "sip:+4930123@carrier.example" {
			t.Errorf("associated %q", a)
		}
		if s := sipmsg.Value(b.pbx.Last("REGISTER"), "Supported"); s != "path" {
			t.Errorf("Supported: %s", s)
		}
	}, quiet(nil))
}

func TestRequestsGoThroughTheOutboundProxy(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "registered", "")
		r := b.pbx.Last("REGISTER")
		if got := sipmsg.Value(r, "Route"); got != "<sip:192.0.2.200;lr>" || r.Recipient.Host != "elsewhere.example" {
			t.Errorf("Route %s, Request-URI %s", got, r.Recipient.String())
		}
	}, quiet(func(c *trunk.Config) {
		c.Host, c.Proxy, c.Register.Realm = "elsewhere.example", "sip:192.0.2.200", pbxName
	}))
}

func TestALostConnectionIsRegisteredAnewAtOnce(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "registered", "")
		if c := b.state().Contact; !strings.HasSuffix(c, ";transport=tcp") {
			t.Errorf("Contact %s", c)
		}
		for range 2 {
			time.Sleep(10 * time.Minute)
			b.pbx.Forget()
			b.cut()
			synctest.Wait()
			b.is("after the loss", "registered", "")
			if len(b.pbx.Requests("REGISTER")) == 0 {
				t.Error("no REGISTER on the new connection")
			}
		}
		if len(b.connections()) != 3 {
			t.Errorf("%d connections", len(b.connections()))
		}
	}, quiet(func(c *trunk.Config) { c.Transport = "tcp" }))
}

func TestAConnectionThatIsLostAgainAndAgainBacksOff(t *testing.T) {
	inBubble(t, func(b *bench) {
		for range 12 {
			b.cut()
			time.Sleep(time.Second)
		}
		if n := len(b.connections()); n > 3 {
			t.Errorf("%d connections in 12 s", n)
		}
		time.Sleep(time.Minute)
		b.is("when it holds", "registered", "")
	}, quiet(func(c *trunk.Config) { c.Transport = "tcp" }))
}

func TestARegistrarThatRestartsHasUsBackWithoutHelp(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.pbx.Set(func(w *fakepbx.Ways) { w.Silent = true })
		time.Sleep(2 * time.Minute)
		b.is("while it is away", "down", "timed out")
		b.pbx.Restart()
		b.pbx.Set(func(w *fakepbx.Ways) { w.Silent = false })
		time.Sleep(31 * time.Second)
		b.is("when it is back", "registered", "")
		if b.pbx.Binding("acme") == "" {
			t.Error("not bound again")
		}
	}, quiet(func(c *trunk.Config) { c.Options = 0 }))
}

func TestCredentialsAreForOneRealmOnly(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "failing", "does not take the password: 401")
		for _, r := range b.pbx.Requests("REGISTER") {
			if a := sipmsg.Value(r, "Authorization"); a != "" {
				t.Errorf("another realm was given %s", a)
			}
		}
	}, quiet(func(c *trunk.Config) { c.Register.Realm = "another.example" }))
}

func TestTheRealmThatTookThePasswordIsTheOnlyOne(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "registered", "")
		login := b.trunks.Find("acme").Destination("").Account
		_, err := login.Answer(1, []string{`Digest realm="evil.example", nonce="n", algorithm=MD5, qop="auth"`}, "INVITE", "sip:1@evil.example")
		if err == nil {
			t.Error("a realm that never took the password is answered")
		}
	}, quiet(nil))
}

func TestLoginIsForTheTrunksAddressesOnly(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "registered", "")
		tr := b.trunks.Find("acme")
		far, stranger := b.socket.Flow(addr(pbxAddr)), b.socket.Flow(addr("198.51.100.66:5060"))
		if tr.Login("", far) == nil || tr.Login("", stranger) != nil {
			t.Error("credentials go to the trunk's own addresses and to no other")
		}
		browser := flowtest.NewPair(5, b.layer, b.pbx, nil)
		defer browser.Close()
		if tr.Owns(browser.A) {
			t.Error("a browser is the trunk")
		}
	}, quiet(nil))
}

func TestSeveralTrunksRegisterEachWithItsContact(t *testing.T) {
	second := quiet(func(c *trunk.Config) {
		c.Name, c.Register = "other", &trunk.Account{User: "other", Password: "two", Contact: "4930555"}
	})
	inBubble(t, func(b *bench) {
		b.pbx.User("other", "two")
		b.restart()
		one, two := b.trunks.List()[0], b.trunks.List()[1]
		if one.State != "registered" || two.State != "registered" || one.Contact == two.Contact {
			t.Fatalf("%+v\n%+v", one, two)
		}
		f := b.socket.Flow(addr(pbxAddr))
		for want, contact := range map[string]string{"acme": one.Contact, "other": two.Contact} {
			req := invite(t, contact, "<sip:+4930111@"+pbxName+">")
			tr := b.trunks.At(f, req)
			if tr == nil || tr.Name() != want {
				t.Errorf("%s belongs to %v", contact, tr)
				continue
			}
			if got := tr.Dialed(req); got != "+4930111" {
				t.Errorf("dialed %s", got)
			}
			if b.trunks.At(b.socket.Flow(addr("198.51.100.66:5060")), req) != nil {
				t.Error("whoever knows the Contact is the trunk")
			}
		}
		if tr := b.trunks.At(f, nil); tr == nil || tr.Name() != "acme" {
			t.Errorf("the registrar's address is of %v", tr)
		}
	}, quiet(nil), second)
}
