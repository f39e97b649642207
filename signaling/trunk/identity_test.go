package trunk_test

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
)

// outside is a trunk that nothing is sent through.
func outside(c trunk.Config) *trunk.Trunk {
	if c.Name == "" {
		c.Name, c.Host = "carrier", pbxName
	}
	return trunk.New([]trunk.Config{c}, trunk.Deps{Domain: "example.org"}).Find(c.Name)
}

// presented is what a call says of its caller, a line each.
func presented(tr *trunk.Trunk, c trunk.Caller) string {
	name, from := tr.Calling(c)
	out := []string{"From: " + sipmsg.NameAddr{Name: name, URI: from}.String()}
	req := sip.NewRequest(sip.INVITE, tr.URI("+4930999"))
	tr.Present(req, c)
	for _, h := range req.Headers() {
		out = append(out, h.Name()+": "+h.Value())
	}
	if shown := tr.Shown(c); len(shown) != len(out) || shown[0] != out[0] {
		out = append(out, "Shown tells otherwise: "+strings.Join(shown, ", "))
	}
	return strings.Join(out, "\n")
}

func TestCallersAreShownAsTheTrunkWantsThem(t *testing.T) {
	anna := tandem.Address{Name: `Anna "A"`, User: "+4940222"}
	hidden := anna
	hidden.Private = true
	account := &trunk.Account{User: "acme", Expires: -1}
	all := []trunk.Field{trunk.From, trunk.AssertedIdentity, trunk.PreferredIdentity, trunk.RemotePartyID}
	const name = `"Anna \"A\"" `
	const nobody = `From: "Anonymous" <sip:anonymous@anonymous.invalid>`
	for _, c := range []struct {
		name   string
		config trunk.Config
		caller tandem.Address
		want   []string
	}{
		{"From, by address", trunk.Config{}, anna, []string{"From: " + name + "<sip:+4940222@example.org>"}},
		{"From, with an account", trunk.Config{Register: account}, anna, []string{"From: " + name + "<sip:+4940222@sip.carrier.example>"}},
		{
			"PAI beside the account",
			trunk.Config{Register: account, Identity: trunk.Identity{Number: []trunk.Field{trunk.AssertedIdentity}}},
			anna,
			[]string{"From: <sip:acme@sip.carrier.example>", "P-Asserted-Identity: " + name + "<sip:+4940222@sip.carrier.example>"},
		},
		{"every field", trunk.Config{Identity: trunk.Identity{Number: all, Host: "2001:db8::1"}}, anna, []string{
			"From: " + name + "<sip:+4940222@[2001:db8::1]>",
			"P-Asserted-Identity: " + name + "<sip:+4940222@[2001:db8::1]>", "P-Preferred-Identity: " + name + "<sip:+4940222@[2001:db8::1]>",
			"Remote-Party-ID: " + name + "<sip:+4940222@[2001:db8::1]>;party=calling;screen=yes;privacy=off",
		}},
		{"withheld, only From", trunk.Config{}, hidden, []string{nobody, "Privacy: id"}},
		{"withheld, asserted", trunk.Config{Identity: trunk.Identity{Number: all[:2]}}, hidden, []string{
			nobody, "P-Asserted-Identity: " + name + "<sip:+4940222@example.org>", "Privacy: id",
		}},
		{"withheld, by header", trunk.Config{Identity: trunk.Identity{Number: all[:2], Privacy: trunk.PrivacyHeader}}, hidden, []string{
			nobody, "P-Asserted-Identity: " + name + "<sip:+4940222@example.org>", "Privacy: header;id",
		}},
		{"withheld, Remote-Party-ID", trunk.Config{Identity: trunk.Identity{Number: all[3:], Privacy: trunk.PrivacyHeader}}, hidden, []string{
			nobody, "Remote-Party-ID: " + name + "<sip:+4940222@example.org>;party=calling;screen=yes;privacy=full", "Privacy: header;id",
		}},
		{"withheld, not told", trunk.Config{Identity: trunk.Identity{Number: all, Privacy: trunk.PrivacyNone}}, hidden, []string{nobody}},
		{"withheld, our own trunk", trunk.Config{Identity: trunk.Identity{Privacy: trunk.PrivacyPass}}, hidden, []string{
			"From: " + name + "<sip:+4940222@example.org>", "Privacy: id",
		}},
		{"withheld, account in From", trunk.Config{Register: account, Identity: trunk.Identity{Number: all[1:2]}}, hidden, []string{
			"From: <sip:acme@sip.carrier.example>", "P-Asserted-Identity: " + name + "<sip:+4940222@sip.carrier.example>", "Privacy: id",
		}},
		{"no number", trunk.Config{Identity: trunk.Identity{Number: all}}, tandem.Address{User: "anonymous"}, []string{nobody}},
		{"odd characters", trunk.Config{}, tandem.Address{User: "a b<c>@d;e"}, []string{"From: <sip:a%20b%3Cc%3E%40d;e@example.org>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.config.Host == "" {
				c.config.Name, c.config.Host = "carrier", pbxName
			}
			if diff := cmp.Diff(strings.Join(c.want, "\n"), presented(outside(c.config), trunk.Caller{Address: c.caller})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnExtensionCallsAsItself(t *testing.T) {
	tr := outside(trunk.Config{Name: "pbx", Host: "192.0.2.200", Accounts: &trunk.Accounts{
		Domain: "pbx.example", Held: []trunk.Held{{User: "anna", Account: trunk.Account{User: "201"}}},
	}, Identity: trunk.Identity{Number: []trunk.Field{trunk.AssertedIdentity}}})
	got := presented(tr, trunk.Caller{Address: tandem.Address{Name: "Anna", User: "anna"}, User: "Anna"})
	want := "From: \"Anna\" <sip:201@pbx.example>\nP-Asserted-Identity: \"Anna\" <sip:201@pbx.example>"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := tr.URI("300"); got.String() != "sip:300@pbx.example" {
		t.Errorf("a call goes to %s", got.String())
	}
}

func TestForwardedCallsSayByWhom(t *testing.T) {
	by := []tandem.Diversion{{User: "202", Reason: "no-answer", Counter: 2}, {User: "+4930111", Host: "old.example", Reason: "<odd>"}}
	caller := trunk.Caller{Address: tandem.Address{User: "+4940222"}, Diverted: by}
	hidden := caller
	hidden.Private = true
	for _, c := range []struct {
		name   string
		config trunk.Identity
		caller trunk.Caller
		want   []string
	}{
		{"not told", trunk.Identity{}, caller, nil},
		{"Diversion", trunk.Identity{Diversion: trunk.DiversionHeader}, caller, []string{
			"Diversion: <sip:202@example.org>;reason=no-answer;counter=2;privacy=off",
			"Diversion: <sip:+4930111@old.example>;reason=unknown;counter=1;privacy=off",
		}},
		{"Diversion, withheld", trunk.Identity{Diversion: trunk.DiversionHeader}, hidden, []string{
			"Privacy: id",
			"Diversion: <sip:202@example.org>;reason=no-answer;counter=2;privacy=full",
			"Diversion: <sip:+4930111@old.example>;reason=unknown;counter=1;privacy=full",
		}},
		{"Diversion, one withheld", trunk.Identity{Diversion: trunk.DiversionHeader}, trunk.Caller{Address: caller.Address, Diverted: []tandem.Diversion{{User: "202", Private: true}}}, []string{
			"Diversion: <sip:202@example.org>;reason=unknown;counter=1;privacy=full",
		}},
		{"Diversion, one withheld, not told", trunk.Identity{Diversion: trunk.DiversionHeader, Privacy: trunk.PrivacyNone}, trunk.Caller{Address: caller.Address, Diverted: []tandem.Diversion{{User: "202", Private: true}}}, nil},
		{"Diversion, not told", trunk.Identity{Diversion: trunk.DiversionHeader, Privacy: trunk.PrivacyNone}, hidden, nil},
		{"History-Info", trunk.Identity{Diversion: trunk.DiversionHistory}, caller, []string{
			"History-Info: <sip:+4930111@old.example>;index=1",
			"History-Info: <sip:202@example.org;cause=404>;index=1.1;mp=1",
			"History-Info: <sip:+4930999@sip.carrier.example;cause=408>;index=1.1.1;mp=1.1",
			"Supported: histinfo",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, rest, _ := strings.Cut(presented(outside(trunk.Config{Name: "carrier", Host: pbxName, Identity: c.config}), c.caller), "\n")
			if diff := cmp.Diff(strings.Join(c.want, "\n"), rest); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsWrittenOfDiversionsIsReadAgain(t *testing.T) {
	by := []tandem.Diversion{{User: "202", Host: "a.example", Reason: "no-answer", Counter: 1}, {User: "+4930111", Host: "old.example", Reason: "user-busy", Counter: 1}}
	for _, field := range []trunk.DiversionField{trunk.DiversionHeader, trunk.DiversionHistory} {
		tr := outside(trunk.Config{Name: "carrier", Host: pbxName, Identity: trunk.Identity{Diversion: field}})
		req := invite(t, "sip:+4930999@example.org", "<sip:x@y>")
		tr.Present(req, trunk.Caller{Address: tandem.Address{User: "1"}, Diverted: by})
		m, err := sipmsg.NewParser().Parse(sipmsg.Bytes(req))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(by, tr.Caller(m.(*sip.Request)).Diverted); diff != "" {
			t.Errorf("%v: %s", field, diff)
		}
	}
}

func TestWhoCallsFromATrunk(t *testing.T) {
	const from = `From: "Anna" <sip:+4940222@carrier.example>;tag=a`
	anna := tandem.Address{Name: "Anna", User: "+4940222"}
	for _, c := range []struct {
		name  string
		trust bool
		lines []string
		want  trunk.Caller
	}{
		{"From", false, []string{from}, trunk.Caller{Address: anna}},
		{"PAI without trust", false, []string{from, "P-Asserted-Identity: <sip:+4911@x>"}, trunk.Caller{Address: anna}},
		{"PAI with trust", true, []string{from, `P-Asserted-Identity: "B" <sip:+4911@x>, <tel:+4911>`}, trunk.Caller{Address: tandem.Address{Name: "B", User: "+4911"}}},
		{"a tel PAI", true, []string{from, "P-Asserted-Identity: <tel:+49-11;ext=3>"}, trunk.Caller{Address: tandem.Address{User: "+49-11"}}},
		{
			"Remote-Party-ID", true,
			[]string{from, `Remote-Party-ID: <sip:called@x>;party=called, "C" <sip:+4912@x>;party=calling;privacy=full`},
			trunk.Caller{Address: tandem.Address{Name: "C", User: "+4912", Private: true}},
		},
		{
			"withheld, known to us", true,
			[]string{`From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=a`, "P-Asserted-Identity: <sip:+4911@x>", "Privacy: id"},
			trunk.Caller{Address: tandem.Address{User: "+4911", Private: true}},
		},
		{"withheld", false, []string{`From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=a`}, trunk.Caller{Address: tandem.Address{Name: "Anonymous", User: "anonymous", Private: true}}},
		{"Privacy none", false, []string{from, "Privacy: none"}, trunk.Caller{Address: anna}},
		{"Privacy in a list", false, []string{from, "Privacy: critical; header"}, trunk.Caller{Address: tandem.Address{Name: "Anna", User: "+4940222", Private: true}}},
		{
			"Diversion", false,
			[]string{from, "Diversion: <tel:+4930111>;reason=User-Busy;counter=900", "Diversion: broken"},
			trunk.Caller{Address: anna, Diverted: []tandem.Diversion{{User: "+4930111", Reason: "user-busy", Counter: 99}}},
		},
		{
			"Diversion, withheld", false,
			[]string{from, "Diversion: <sip:8302@x>;reason=away;privacy=full, <sip:8301@x>;reason=away;privacy=off"},
			trunk.Caller{Address: anna, Diverted: []tandem.Diversion{
				{User: "8302", Host: "x", Reason: "away", Counter: 1, Private: true}, {User: "8301", Host: "x", Reason: "away", Counter: 1},
			}},
		},
		{
			"History-Info", false,
			[]string{from, "History-Info: <sip:9@x;cause=302>;index=1.1, <sip:+4930111@x?Reason=SIP%3Bcause%3D302>;index=1"},
			trunk.Caller{Address: anna, Diverted: []tandem.Diversion{{User: "+4930111", Host: "x", Reason: "unconditional", Counter: 1}}},
		},
		{
			"one entry of History-Info, of somebody else", false,
			[]string{from, "History-Info: <sip:8302@x>;index=1"},
			trunk.Caller{Address: anna, Diverted: []tandem.Diversion{{User: "8302", Host: "x", Reason: "unknown", Counter: 1}}},
		},
		{
			"one entry of History-Info, of who is called", false,
			[]string{from, "History-Info: <sip:1@x>;index=1"},
			trunk.Caller{Address: anna},
		},
		{
			"History-Info, withheld", false,
			[]string{from, "History-Info: <sip:8302@x?Privacy=history>;index=1, <sip:1@x;cause=486>;index=1.1"},
			trunk.Caller{Address: anna, Diverted: []tandem.Diversion{{User: "8302", Host: "x", Reason: "user-busy", Counter: 1, Private: true}}},
		},
		{
			"a Reason in History-Info", false,
			[]string{from, "History-Info: <sip:+4930111@x?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1", "History-Info: <sip:9@x>;index=1.1"},
			trunk.Caller{Address: anna, Diverted: []tandem.Diversion{{User: "+4930111", Host: "x", Reason: "user-busy", Counter: 1}}},
		},
		{"controls", false, []string{`From: "An\` + "\x01" + `na" <sip:+49%0d%0a40@x>;tag=a`}, trunk.Caller{Address: tandem.Address{Name: "Anna", User: "+4940"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := outside(trunk.Config{Name: "carrier", Host: pbxName, Trust: c.trust}).Caller(invite(t, "sip:1@example.org", "<sip:1@example.org>", c.lines...))
			for i := range got.Diverted {
				if got.Diverted[i].Host == "" {
					got.Diverted[i].Host = ""
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestALongHistoryIsBounded(t *testing.T) {
	var lines []string
	for i := range 12 {
		lines = append(lines, "Diversion: <sip:"+string(rune('a'+i))+"@x>;reason=away")
	}
	got := outside(trunk.Config{}).Caller(invite(t, "sip:1@example.org", "<sip:1@example.org>", lines...)).Diverted
	if len(got) != tandem.MaxDiversions || got[0].User != "a" || got[len(got)-1].User != "l" {
		t.Errorf("%+v", got)
	}
}

func TestTheDialedNumberWhereverTheCarrierSaysIt(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at once", "registered", "")
		tr, own := b.trunks.Find("acme"), b.state().Contact
		for _, c := range []struct{ uri, to, more, want string }{
			{"sip:+4930111@192.0.2.1", "<sip:+4930222@x>", "", "+4930111"},
			{own, "<sip:+4930222@x>", "", "+4930222"},
			{own, "<sip:+4930222@x>", "P-Called-Party-ID: <sip:+4930333@x>", "+4930333"},
			{own, "<" + own + ">", "", "acme"},
			{own, "<tel:+4930444>", "", "+4930444"},
			{"sip:%2B4930555@192.0.2.1", "<sip:x@y>", "", "+4930555"},
		} {
			lines := []string{"X-A: b"}
			if c.more != "" {
				lines = append(lines, c.more)
			}
			if got := tr.Dialed(invite(t, c.uri, c.to, lines...)); got != c.want {
				t.Errorf("%s, To %s, %s: dialed %s, want %s", c.uri, c.to, c.more, got, c.want)
			}
		}
	}, quiet(nil))
}

func TestNoPasswordIsPrinted(t *testing.T) {
	c := quiet(nil)
	if got := cmp.Diff(trunk.Config{}, c); got == "" {
		t.Fatal("nothing is compared")
	}
	if s := c.Register.Password.String() + c.Register.Password.GoString(); strings.Contains(s, "secret") {
		t.Errorf("printed: %s", s)
	}
}

func FuzzCaller(f *testing.F) {
	for _, s := range []string{
		`"A" <sip:1@x>;reason=a;counter=2`, `<sip:1@x?Reason=SIP%3Bcause%3D486>;index=1, <sip:2@x;cause=302>;index=1.1`, "<tel:+49>;party=calling;privacy=full",
		`""<>;;`, "<sip:%zz@x>;index=1.-1.9999999999", "id;header;", `"\`, "<sip:a@b?Reason=%>;index=1",
	} {
		f.Add(s)
	}
	tr := outside(trunk.Config{Name: "carrier", Host: pbxName, Trust: true, Identity: trunk.Identity{Diversion: trunk.DiversionHistory}})
	f.Fuzz(func(t *testing.T, v string) {
		if strings.ContainsAny(v, "\r\n") {
			return
		}
		req := invite(t, "sip:1@example.org", "<sip:1@example.org>", "Diversion: "+v, "History-Info: "+v, "P-Asserted-Identity: "+v, "Remote-Party-ID: "+v, "Privacy: "+v, "P-Called-Party-ID: "+v)
		c := tr.Caller(req)
		if len(c.Diverted) > tandem.MaxDiversions || len(c.Address.User) > tandem.MaxUser {
			t.Errorf("unbounded: %+v", c)
		}
		out := sip.NewRequest(sip.INVITE, tr.URI("1"))
		tr.Present(out, c)
		for _, h := range out.Headers() {
			if strings.ContainsAny(h.Value(), "\r\n\x00") {
				t.Errorf("%s: %q", h.Name(), h.Value())
			}
		}
	})
}
