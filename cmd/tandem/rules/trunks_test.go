package rules

import (
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
	got, err := Trunk(config.Trunk{
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
		got, err := Trunk(config.Trunk{Name: "pbx", Host: "h", Accounts: &config.Accounts{Mode: mode, Domain: "d"}}, users)
		if diff := cmp.Diff(want, *got.Accounts); diff != "" || err != nil {
			t.Errorf("%s: %v, -want +got:\n%s", mode, err, diff)
		}
	}
}

func TestTrunksCertificatesThatCannotBeUsedAreSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "odd.pem")
	if err := os.WriteFile(file, []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]config.Trunk{
		"cannot be used together":       {Certificate: &config.Certificate{Cert: file, Key: file}},
		"holds no certificate in PEM":   {CA: file},
		"cannot be read: no such file ": {CA: file + "x"},
	} {
		c.Name, c.Host = "alpha", "sip.example"
		if _, err := Trunk(c, nil); err == nil || !strings.Contains(err.Error(), `trunk "alpha"`) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
