package registrar_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/test/fakeua"
)

const device = `;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"`

// outbound registers as RFC 5626 §4.2.1 and RFC 5627 §4.1 say.
func outbound(u *fakeua.UA, id string, fields ...string) *fakeua.Message {
	contact := "<" + u.Contact + ">" + device
	if id != "" {
		contact += ";reg-id=" + id
	}
	return u.Register(fakeua.Registration{
		Contacts: []string{contact}, Fields: append([]string{"Supported: path, outbound, gruu"}, fields...),
	})
}

func TestOutboundIsAppliedAndSaid(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		one, two := b.phone("1001", 9), b.phone("1001", 10)
		res := outbound(one, "1")
		status(t, "first flow", res, 200)
		if res.Field("Require") != "outbound" || res.Field("Flow-Timer") != "25" {
			t.Errorf("outbound is not said:\n%s", res.Raw)
		}
		time.Sleep(time.Second)
		status(t, "second flow", outbound(two, "2"), 200)
		if got := b.contacts("1001"); got != two.Contact+" "+one.Contact {
			t.Errorf("bound %q, want both flows, the newest first", got)
		}
		devices := registrar.Devices(b.reg.Lookup(time.Now(), "1001"))
		if len(devices) != 1 || len(devices[0]) != 2 {
			t.Errorf("%d devices, want one with two flows", len(devices))
		}
		status(t, "second flow from elsewhere", outbound(b.phone("1001", 11), "2"), 200)
		if n := len(b.reg.Lookup(time.Now(), "1001")); n != 2 {
			t.Errorf("%d bindings, want 2: the same reg-id is the same flow", n)
		}
		plain := b.phone("1002", 12).Register(fakeua.Registration{})
		if plain.Field("Require") != "" || plain.Field("Flow-Timer") != "" {
			t.Errorf("outbound for who has not asked:\n%s", plain.Raw)
		}
	})
}

func TestAFirstHopWithoutFlowsIsRefused(t *testing.T) {
	const proxy = "Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bKproxied"
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.phone("1001", 9)
		status(t, "no Path", outbound(u, "1", proxy), 439)
		status(t, "Path without ob", outbound(u, "1", proxy, "Path: <sip:192.0.2.50;lr>"), 439)
		status(t, "Path with ob", outbound(u, "1", proxy, "Path: <sip:192.0.2.50;lr;ob>"), 200)
		status(t, "without reg-id", outbound(u, "", proxy), 200)
	})
}

func TestPathIsTheRouteBack(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.phone("1001", 9)
		res := u.Register(fakeua.Registration{Fields: []string{"Supported: path", "Path: <sip:p2.example.org;lr>, <sip:p1.example.org;lr>"}})
		status(t, "REGISTER", res, 200)
		if got := strings.Join(res.Fields("Path"), ","); got != "<sip:p2.example.org;lr>,<sip:p1.example.org;lr>" {
			t.Errorf("Path in the 200: %s", got)
		}
		var hosts []string
		for _, p := range b.reg.Lookup(time.Now(), "1001")[0].Path {
			hosts = append(hosts, p.Host)
		}
		if !slices.Equal(hosts, []string{"p2.example.org", "p1.example.org"}) {
			t.Errorf("Path of the binding: %v", hosts)
		}
		bad := u.Register(fakeua.Registration{Fields: []string{"Path: <mailto:x@example.org>"}})
		status(t, "a Path that is no SIP address", bad, 400)
		long := u.Register(fakeua.Registration{Fields: []string{"Path: " + strings.Repeat("<sip:p.example.org;lr>,", 8) + "<sip:p.example.org;lr>"}})
		status(t, "a Path that is too long", long, 400)
	})
}

func TestAProxysConnectionProvesNobody(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.browser("1001")
		status(t, "REGISTER", u.Register(fakeua.Registration{Fields: []string{"Path: <sip:p1.example.org;lr>"}}), 200)
		if user, ok := b.reg.Identity(u.Far(), "1001"); ok {
			t.Errorf("who else comes through the proxy counts as %s", user)
		}
		u.Close()
		if got := b.contacts("1001"); got != "" {
			t.Errorf("bound after the connection has ended: %s", got)
		}
	})
}

// gruu reads a parameter of the Contact in a 200.
func gruu(t *testing.T, res *fakeua.Message, name string) *sip.Uri {
	t.Helper()
	_, rest, ok := strings.Cut(res.Field("Contact"), name+`="`)
	text, _, closed := strings.Cut(rest, `"`)
	var u sip.Uri
	if !ok || !closed || sip.ParseUri(text, &u) != nil {
		t.Fatalf("no %s in Contact: %s", name, res.Field("Contact"))
	}
	return &u
}

func TestGRUUsAreGivenToWhoKnowsThem(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.phone("1001", 9)
		public := gruu(t, outbound(u, "1"), "pub-gruu")
		if got := public.String(); got != "sip:1001@example.org;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6" {
			t.Errorf("public GRUU %s", got)
		}
		user, instance, ok := b.reg.ByGRUU(time.Now(), public)
		if !ok || user != "1001" || instance != "<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>" {
			t.Errorf("ByGRUU: %q, %q, %v", user, instance, ok)
		}
		if res := u.Register(fakeua.Registration{}); strings.Contains(res.Field("Contact"), "gruu") {
			t.Errorf("GRUUs for who has not asked: %s", res.Field("Contact"))
		}
		if res := b.phone("1002", 10).Register(fakeua.Registration{Fields: []string{"Supported: gruu"}}); strings.Contains(res.Field("Contact"), "gruu") {
			t.Errorf("GRUUs without an instance: %s", res.Field("Contact"))
		}
	})
}

func TestATemporaryGRUUNamesItsDeviceAndNobodySees(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.phone("1001", 9)
		first, second := gruu(t, outbound(u, "1"), "temp-gruu"), gruu(t, outbound(u, "1"), "temp-gruu")
		if first.User[:24] == second.User[:24] || strings.Contains(first.String(), "1001") {
			t.Errorf("temporary GRUUs show whose they are: %s, %s", first, second)
		}
		for _, g := range []*sip.Uri{first, second} {
			if user, _, ok := b.reg.ByGRUU(time.Now(), g); !ok || user != "1001" {
				t.Errorf("%s names %q, %v", g, user, ok)
			}
		}
		forged := first.Clone()
		forged.User = forged.User[:len(forged.User)-4] + "0000"
		if _, _, ok := b.reg.ByGRUU(time.Now(), forged); ok {
			t.Error("a forged one names somebody")
		}
		status(t, "unregister", u.Register(fakeua.Registration{Contacts: []string{"*"}, Expires: "0"}), 200)
		if _, _, ok := b.reg.ByGRUU(time.Now(), first); ok {
			t.Error("it outlives the registration")
		}
	})
}
