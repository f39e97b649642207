package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/trunk"
)

func TestTrunkOfTheFileIsHandedOnWhole(t *testing.T) {
	got, err := trunkConfig(config.Trunk{
		Name: "a", Host: "sip.example", Port: 5080, Transport: "tcp", Proxy: "sip:p", MaxCalls: 3, MaxPerSecond: 1.5,
		Register:  &config.Register{User: "u", Password: "p", AuthUser: "x", Realm: "r", Contact: "c", Expires: time.Minute},
		CallerID:  []string{"from", "pai", "ppi", "rpid"},
		Privacy:   "header",
		Diversion: "history-info",
		Trust:     true, Options: config.Off, Prack: "required", Follow: true, Messages: true, Codecs: []string{"pcma"},
	}, nil)
	want := trunk.Config{
		Name: "a", Host: "sip.example", Port: 5080, Transport: "tcp", Proxy: "sip:p", MaxCalls: 3, MaxPerSecond: 1.5,
		Register: &trunk.Account{User: "u", Password: "p", AuthUser: "x", Realm: "r", Contact: "c", Expires: time.Minute},
		Identity: trunk.Identity{
			Number: []trunk.Field{trunk.From, trunk.AssertedIdentity, trunk.PreferredIdentity, trunk.RemotePartyID}, Privacy: trunk.PrivacyHeader,
			Diversion: trunk.DiversionHistory,
		},
		Trust: true, Options: -1, Reliable: trunk.ReliableRequired, Follow: true, Messages: true, Codecs: []string{"pcma"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(trunk.Config{})); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	users := []config.User{
		{Name: "1", PBX: &config.PBX{Trunk: "pbx", User: "81", Password: "p"}}, {Name: "2"}, {Name: "3", PBX: &config.PBX{Trunk: "other", User: "83"}},
	}
	for mode, want := range map[config.AccountsMode]trunk.Accounts{
		config.AccountsHeld:    {Domain: "d", Held: []trunk.Held{{User: "1", Account: trunk.Account{User: "81", Password: "p"}}}},
		config.AccountsRelayed: {Domain: "d", Mode: trunk.Relayed, Held: []trunk.Held{{User: "1", Account: trunk.Account{User: "81", Password: "p"}}}},
	} {
		got, err := trunkConfig(config.Trunk{Name: "pbx", Host: "h", Accounts: &config.Accounts{Mode: mode, Domain: "d"}}, users)
		if diff := cmp.Diff(want, *got.Accounts); diff != "" || err != nil {
			t.Errorf("%s: %v, -want +got:\n%s", mode, err, diff)
		}
	}
}

func TestTrunksCertificatesThatCannotBeUsedAreSaid(t *testing.T) {
	file := write(t, "odd.pem", "no certificate\n")
	for want, c := range map[string]config.Trunk{
		"cannot be used together":       {Certificate: &config.Certificate{Cert: file, Key: file}},
		"holds no certificate in PEM":   {CA: file},
		"cannot be read: no such file ": {CA: file + "x"},
	} {
		c.Name, c.Host = "alpha", "sip.example"
		if _, err := trunkConfig(c, nil); err == nil || !strings.Contains(err.Error(), `trunk "alpha"`) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestTrunkOverTLSRegistersAndSaysGoodbye has one gateway register at another, whose
// authority it is told to believe.
func TestTrunkOverTLSRegistersAndSaysGoodbye(t *testing.T) {
	p, state := newPorts(t), t.TempDir()
	sips := p.sip + 5
	text := strings.Replace(p.file(state, "user \"acme1\" {\n  password = \"of-acme1\"\n}\n"), "/tcp\"]\n  web", fmt.Sprintf("/tcp\", \"127.0.0.1:%d/tls\"]\n  web", sips), 1)
	carrier := write(t, "carrier.hcl", text)
	r := launch(t, t.TempDir(), "serve", "-c", carrier)
	await(t, "ready\n"+r.err.String(), func() bool { return strings.Contains(r.err.String(), `"ready"`) })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if code, _, errs := do(t, "certs", "export-ca", "--state", state, "-o", ca); code != exitOK {
		t.Fatal(errs)
	}
	q := newPorts(t)
	ours := write(t, "tandem.hcl", q.file(t.TempDir(), fmt.Sprintf(`
trunk "carrier" {
  host      = "127.0.0.1:%d;transport=tls"
  ca        = %q
  register  = { user = "acme1", password = "of-acme1" }
  max_calls = 2
}
trunk "stranger" {
  host     = "localhost:%d;transport=tls"
  register = { user = "acme1", password = "of-acme1" }
}
`, sips, ca, sips)))
	s := launch(t, t.TempDir(), "serve", "-c", ours)
	await(t, "ready\n"+s.err.String(), func() bool { return strings.Contains(s.err.String(), `"ready"`) })
	var out string
	await(t, "registered over TLS\n"+out, func() bool {
		_, out, _ = do(t, "trunks", "-c", ours)
		return strings.Contains(out, "carrier   registered") && strings.Contains(out, "certificate")
	})
	if want := fmt.Sprintf("tls 127.0.0.1:%d", sips); !strings.Contains(out, want) || !strings.Contains(out, "0/2") || !strings.Contains(out, "acme1@127.0.0.1") {
		t.Errorf("trunks says nothing of %s:\n%s", want, out)
	}
	if _, bindings, _ := do(t, "registrations", "-c", carrier); !strings.Contains(bindings, "acme1  tandem") || !strings.Contains(bindings, "  tls  ") {
		t.Errorf("the carrier has\n%s", bindings)
	}
	s.stop()
	if _, bindings, _ := do(t, "registrations", "-c", carrier); bindings != "No device is registered.\n" {
		t.Errorf("after the end the carrier has\n%s", bindings)
	}
	if strings.Contains(s.err.String(), "of-acme1") {
		t.Error("the log holds the password")
	}
	_ = os.Remove(ca)
}
