package registrar_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestDevicesOfAUser(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		desk, tab := b.phone("1001", 9), b.browser("1001")
		tab.Instance = "11111111-0000-0000-0000-000000000001"
		desk.Online()
		time.Sleep(time.Second)
		tab.Online()
		if got := b.contacts("1001"); got != tab.Contact+" "+desk.Contact {
			t.Errorf("devices %q, want the newest first", got)
		}
		status(t, "preference", desk.Register(fakeua.Registration{Contacts: []string{"<" + tab.Contact + "x>;q=0.5"}}), 200)
		if got := b.contacts("1001"); !strings.HasSuffix(got, tab.Contact+"x") {
			t.Errorf("devices %q, want q=0.5 last", got)
		}
	})
}

func TestAReloadedPageReplacesItsOldBinding(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		old, fresh := b.browser("1001"), b.browser("1001")
		old.Instance, fresh.Instance = "one", "one"
		old.Online()
		if got, ok := b.reg.Current("1001", `<urn:uuid:one>`); !ok || got.Key() != old.Far().Key() {
			t.Errorf("Current is not the only flow: %v", ok)
		}
		fresh.Online()
		if got := b.contacts("1001"); got != fresh.Contact {
			t.Errorf("bound %q, want only the new one", got)
		}
		if got, _ := b.reg.Current("1001", `<urn:uuid:one>`); got == nil || got.Key() != fresh.Far().Key() {
			t.Error("Current is not the new flow")
		}
		if got := b.history(); got != "registered replaced registered" {
			t.Errorf("history %q", got)
		}
		old.Close()
		if got := b.contacts("1001"); got != fresh.Contact {
			t.Errorf("after the old one closed: %q", got)
		}
		if _, ok := b.reg.Current("1001", ""); ok {
			t.Error("no instance names no device")
		}
	})
}

func TestTheDeviceSilentForLongestGoesWhenThereAreTooMany(t *testing.T) {
	inBubble(t, registrar.Config{Rules: registrar.Rules{MaxBindings: 3}}, func(b *bench) {
		desk := b.phone("1001", 20).Online()
		ghost := b.phone("1001", 21)
		for i := range 3 {
			time.Sleep(time.Minute)
			ghost.Contact = fmt.Sprintf("sip:1001@192.0.2.21:%d", 6000+i)
			if i == 2 {
				desk.Online() // it is the first that came, but it lives
			}
			ghost.Online()
		}
		got := b.contacts("1001")
		if !strings.Contains(got, desk.Contact) || strings.Contains(got, ":6000") || !strings.Contains(got, ":6002") {
			t.Errorf("bound %q", got)
		}
		if h := b.history(); !strings.Contains(h, "evicted") {
			t.Errorf("history %q", h)
		}
	})
}

func TestTheRegistrarIsBounded(t *testing.T) {
	inBubble(t, registrar.Config{MaxTotal: 2}, func(b *bench) {
		a, c := b.phone("1001", 9).Online(), b.phone("1002", 10).Online()
		a.Online() // a refresh needs no more room
		more := b.phone("1002", 11)
		status(t, "one too many", more.Register(fakeua.Registration{}), 503)
		status(t, "unregister", c.Register(fakeua.Registration{Expires: "0"}), 200)
		status(t, "room again", more.Register(fakeua.Registration{}), 200)
	})
}

func TestBindingsEndWithTheirConnection(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.browser("1001").Online()
		if name, ok := b.reg.Identity(u.Far(), ""); !ok || name != "1001" {
			t.Errorf("identity %q", name)
		}
		b.history()
		u.Close()
		if got := b.contacts("1001"); got != "" {
			t.Errorf("bound %q", got)
		}
		if got := b.history(); got != "disconnected" {
			t.Errorf("history %q", got)
		}
		if _, ok := b.reg.Identity(u.Far(), ""); ok {
			t.Error("a closed connection is somebody's")
		}
	})
}

func TestTwoUsersOnOneConnectionBothEndWithIt(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		one := b.browser("1001").Online()
		two := fakeua.Share(one, "1002").Online()
		b.history()
		one.Close()
		if got := b.contacts("1001") + b.contacts("1002"); got != "" {
			t.Errorf("bound %q", got)
		}
		if got := b.history(); got != "disconnected disconnected" {
			t.Errorf("history %q", got)
		}
		_ = two
	})
}

func TestBindingsExpire(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.phone("1001", 9)
		u.Register(fakeua.Registration{Expires: "120"})
		time.Sleep(119 * time.Second)
		if b.contacts("1001") == "" {
			t.Error("gone too early")
		}
		time.Sleep(2 * time.Second)
		if got := b.contacts("1001"); got != "" {
			t.Errorf("still bound: %s", got)
		}
		time.Sleep(30 * time.Second)
		if got := b.history(); got != "registered expired" {
			t.Errorf("history %q", got)
		}
	})
}

func TestTheAddressSeenIsTheAddressUsed(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.phone("1001", 9)
		u.Contact = "sip:1001@10.0.0.7:5070" // behind a NAT
		u.Online()
		got := b.reg.Lookup(time.Now(), "1001")
		if len(got) != 1 || got[0].Flow.Remote().String() != "192.0.2.9:5060" || got[0].Contact.Host != "10.0.0.7" {
			t.Errorf("bindings %+v", got)
		}
	})
}

func TestUDPBindingsAreKeptOpen(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		phone, tab, gone := b.phone("1001", 9).Online(), b.browser("1001").Online(), b.phone("1002", 10).Online()
		gone.Register(fakeua.Registration{Expires: "0"})
		time.Sleep(101 * time.Second)
		synctest.Wait()
		if n := phone.Pings(); n != 4 {
			t.Errorf("%d keep-alives in 100 s to a phone, want 4", n)
		}
		if tab.Pings()+gone.Pings() != 0 {
			t.Error("keep-alives to a browser or to a phone that has left")
		}
	})
}
