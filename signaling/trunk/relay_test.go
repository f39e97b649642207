package trunk_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/test/fakepbx"
	"github.com/tandemgw/tandem/test/fakeua"
)

// locals are users with passwords of their own here.
type locals struct{}

func (locals) Find(user string) (registrar.User, bool) {
	if user != "local" {
		return registrar.User{}, false
	}
	return registrar.User{Name: "local", HA1: []digest.HA1{digest.NewHA1("local", "example.org", "x")}}, true
}

// office is a PBX at pbxName whose extensions register by us.
type office struct {
	*bench
	reg *registrar.Registrar
	uas []*fakeua.UA
}

// Request implements txn.Handler.
func (o *office) Request(tx *txn.Server, req *sip.Request) {
	if t := o.trunks.Relaying(req.To().Address.Host); t != nil && req.Method == sip.REGISTER {
		t.Register(tx, req)
		return
	}
	_ = tx.Respond(tx.Answer(501, ""))
}

func inOffice(t *testing.T, fn func(o *office)) {
	t.Helper()
	inBubble(t, func(b *bench) {
		b.pbx.User("201", "pw-201").User("202", "pw-202")
		served := func(host string) bool { return host == "example.org" }
		o := &office{bench: b, reg: registrar.New(registrar.Config{Served: served, Users: locals{}, Verifier: digest.NewVerifier(digest.Config{Realm: "example.org"})})}
		b.relays(o)
		fn(o)
		for _, u := range o.uas {
			u.Close()
		}
	}, trunk.Config{Name: "pbx", Host: "192.0.2.200", Options: -1, Accounts: &trunk.Accounts{Mode: trunk.Relayed, Domain: pbxName}})
}

// relays begins anew with the registrar of an office.
func (b *bench) relays(o *office) {
	_ = b.trunks.Close()
	b.stop()
	<-b.done
	d := b.deps()
	d.Binder, d.Secret = o.reg, func(user string) bool { u, ok := locals{}.Find(user); return ok && len(u.HA1) > 0 }
	b.trunks = trunk.New([]trunk.Config{b.trunks.All()[0].Config()}, d)
	b.handler.Store(o)
	b.run()
}

// browser is one that registers at the PBX's domain.
func (o *office) browser(user string) *fakeua.UA {
	u := fakeua.Browser(o.t, user, o.layer)
	u.Domain = pbxName
	o.uas = append(o.uas, u)
	return u
}

func (o *office) status(what string, m *fakeua.Message, want int) {
	o.t.Helper()
	if m.Status() != want {
		o.t.Errorf("%s: answered\n%swant %d", what, m.Raw, want)
	}
}

func TestAPBXProvesItsUsersAndWeNeverLearnThePassword(t *testing.T) {
	inOffice(t, func(o *office) {
		u := o.browser("201")
		first := u.Register(fakeua.Registration{Once: true})
		o.status("without credentials", first, 401)
		if c := first.Field("WWW-Authenticate"); !strings.Contains(c, `realm="`+pbxName+`"`) || !strings.Contains(c, "nonce=") {
			t.Errorf("the PBX's challenge is passed back as %s", c)
		}
		if _, ok := o.reg.Identity(u.Far(), "201"); ok {
			t.Error("proved without a password")
		}
		second := u.Register(fakeua.Registration{Expires: "300"})
		o.status("with credentials", second, 200)
		if c := second.Field("Contact"); !strings.Contains(c, u.Contact) || !strings.Contains(c, "expires=300") {
			t.Errorf("Contact of the 200: %s", c)
		}
		if name, ok := o.reg.Identity(u.Far(), "201"); !ok || name != "201" {
			t.Errorf("proved to be %q", name)
		}
		there := o.pbx.Last("REGISTER")
		if strings.Contains(there.String(), "k3j5.invalid") || there.Contact().Address.Host != "192.0.2.1" {
			t.Errorf("the browser's Contact has crossed:\n%s", there.String())
		}
		if v := sipmsg.Value(there, "Authorization"); !strings.Contains(v, `username="201"`) {
			t.Errorf("Authorization at the PBX: %s", v)
		}
		req := invite(t, o.pbx.Binding("201"), "<"+o.pbx.Binding("201")+">")
		f := o.socket.Flow(addr(pbxAddr))
		if tr := o.trunks.At(f, req); tr == nil || tr.Dialed(req) != "201" {
			t.Errorf("a call for the Contact is of %v", tr)
		}
		if tr := o.trunks.Find("pbx"); !tr.Relays("201") || tr.Relays("202") {
			t.Error("who is relayed")
		}
		if s := o.state(); len(s.Accounts) != 1 || s.Accounts[0].State != "registered" || s.Kind != "accounts relayed" {
			t.Errorf("%+v", s)
		}
		o.status("unregister", u.Register(fakeua.Registration{Expires: "0"}), 200)
		if o.pbx.Binding("201") != "" || len(o.reg.Contacts(time.Now(), "201")) != 0 || len(o.state().Accounts) != 0 {
			t.Error("something is left")
		}
	})
}

func TestWrongPasswordsAreThePBXsToRefuse(t *testing.T) {
	inOffice(t, func(o *office) {
		u := o.browser("201")
		u.Password = "guess"
		for range 10 {
			o.status("a guess", u.Register(fakeua.Registration{}), 403)
		}
		n := len(o.pbx.Requests("REGISTER"))
		u.Password = "pw-201"
		o.status("after too many", u.Register(fakeua.Registration{}), 403)
		if more := len(o.pbx.Requests("REGISTER")) - n; more > 1 {
			t.Errorf("%d more REGISTERs reached the PBX: it would ban us", more)
		}
		if _, ok := o.reg.Identity(u.Far(), "201"); ok {
			t.Error("proved by guessing")
		}
	})
}

func TestWhoHasAPasswordHereIsNotProvedByAPBX(t *testing.T) {
	inOffice(t, func(o *office) {
		o.pbx.User("local", "pw-local")
		res := o.browser("local").Register(fakeua.Registration{})
		o.status("a user of ours", res, 403)
		if w := res.Field("Warning"); !strings.Contains(w, "has a password here") {
			t.Errorf("Warning: %s", w)
		}
	})
}

func TestWhatIsNotRelayedIsRefused(t *testing.T) {
	inOffice(t, func(o *office) {
		u := o.browser("201")
		two := u.Register(fakeua.Registration{Contacts: []string{"<sip:a@b>", "<sip:c@d>"}, Once: true})
		o.status("two Contacts", two, 400)
		o.status("star without Expires", u.Register(fakeua.Registration{Contacts: []string{"*"}, Once: true}), 400)
		o.status("another domain", u.Register(fakeua.Registration{Host: "example.org", Once: true}), 501)
		if n := len(o.pbx.Requests("REGISTER")); n != 0 {
			t.Errorf("%d REGISTERs were relayed", n)
		}
	})
}

func TestAllDevicesOfAUserAreOneContactAtThePBX(t *testing.T) {
	inOffice(t, func(o *office) {
		one, two := o.browser("201"), o.browser("201")
		o.status("the first", one.Register(fakeua.Registration{}), 200)
		uri := o.pbx.Binding("201")
		o.status("the second", two.Register(fakeua.Registration{}), 200)
		if o.pbx.Binding("201") != uri {
			t.Errorf("bound to %s and to %s", uri, o.pbx.Binding("201"))
		}
		o.status("the first goes", one.Register(fakeua.Registration{Expires: "0"}), 200)
		if o.pbx.Binding("201") != uri || len(o.reg.Contacts(time.Now(), "201")) != 1 {
			t.Error("the second went with it")
		}
		o.status("the second goes", two.Register(fakeua.Registration{Expires: "0"}), 200)
		if o.pbx.Binding("201") != "" {
			t.Error("still bound at the PBX")
		}
	})
}

func TestALostBrowserIsTakenAwayAfterAWhile(t *testing.T) {
	for _, c := range []struct {
		name  string
		ways  fakepbx.Ways
		after time.Duration
		there bool
	}{
		{"a PBX that asks for no password", fakepbx.Ways{Nobody: true}, 80 * time.Second, false},
		{"not at once", fakepbx.Ways{Nobody: true}, 25 * time.Second, true},
		{"a PBX that does", fakepbx.Ways{}, 80 * time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOffice(t, func(o *office) {
				u := o.browser("201")
				o.status("register", u.Register(fakeua.Registration{}), 200)
				o.pbx.Set(func(w *fakepbx.Ways) { *w = c.ways })
				u.Close()
				time.Sleep(c.after)
				synctest.Wait()
				if got := o.pbx.Binding("201") != ""; got != c.there {
					t.Errorf("bound at the PBX: %v", got)
				}
				time.Sleep(12 * time.Minute)
				if s := o.state(); len(s.Accounts) != 0 {
					t.Errorf("still known: %+v", s.Accounts)
				}
			})
		})
	}
}

func TestThePBXRestartsAndEverythingReturns(t *testing.T) {
	inOffice(t, func(o *office) {
		u := o.browser("201")
		o.status("register", u.Register(fakeua.Registration{}), 200)
		o.pbx.Set(func(w *fakepbx.Ways) { w.Silent = true })
		time.Sleep(time.Minute)
		res := u.Register(fakeua.Registration{})
		o.status("a refresh while it is away", res, 200)
		if !strings.Contains(res.Field("Contact"), "expires=60") {
			t.Errorf("it is to come again soon: %s", res.Field("Contact"))
		}
		stranger := o.browser("202").Register(fakeua.Registration{})
		o.status("somebody new meanwhile", stranger, 503)
		if stranger.Field("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		o.pbx.Restart()
		o.pbx.Set(func(w *fakepbx.Ways) { w.Silent = false })
		o.status("the next refresh", u.Register(fakeua.Registration{}), 200)
		if o.pbx.Binding("201") == "" {
			t.Error("not bound again")
		}
		o.pbx.Set(func(w *fakepbx.Ways) { w.Silent = true })
		time.Sleep(11 * time.Minute)
		o.status("when its time is over", u.Register(fakeua.Registration{}), 503)
	})
}

func TestRefusalsOfThePBXArePassedOn(t *testing.T) {
	inOffice(t, func(o *office) {
		for i, c := range []struct {
			ways  fakepbx.Ways
			want  int
			field string
			value string
		}{
			{fakepbx.Ways{Status: 404}, 404, "Warning", "trunk pbx answers 404"},
			{fakepbx.Ways{Status: 503, Fields: []string{"Retry-After: 20"}}, 503, "Retry-After", "20"},
			{fakepbx.Ways{Status: 302}, 480, "Warning", "302"},
			{fakepbx.Ways{MinExpires: 300 * time.Second}, 423, "Min-Expires", "300"},
			{fakepbx.Ways{Grant: 90 * time.Second}, 200, "Contact", "expires=90"},
		} {
			o.pbx.Set(func(w *fakepbx.Ways) { *w = c.ways })
			res := o.browser("201").Register(fakeua.Registration{Expires: "120"})
			o.status(fmt.Sprint("case ", i), res, c.want)
			if v := res.Field(c.field); !strings.Contains(v, c.value) {
				t.Errorf("case %d: %s: %s, want %s", i, c.field, v, c.value)
			}
		}
	})
}
