package main

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/digest"
)

func somePeople(t *testing.T) *people {
	t.Helper()
	p, err := newPeople(&config.File{Domain: "example.test", Users: []config.User{
		{Name: "Ann", DisplayName: "Ann A.", Password: "right"},
		{Name: "hash", HA1: config.HA1{MD5: config.Secret(digest.NewHA1("hash", "example.test", "right").MD5)}},
		{Name: "open"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLogin(t *testing.T) {
	p := somePeople(t)
	for _, c := range []struct {
		user, password string
		want           bool
	}{
		{"Ann", "right", true},
		{"ann", "right", true}, // names are the same in any case
		{"Ann", "wrong", false},
		{"Ann", "", false},
		{"hash", "right", true},
		{"hash", "wrong", false},
		{"open", "", false}, // may register, but there is nothing to sign in with
		{"nobody", "right", false},
		{"", "", false},
	} {
		if got := p.login(c.user, c.password, netip.Addr{}); got != c.want {
			t.Errorf("login(%q, %q) = %v", c.user, c.password, got)
		}
	}
}

func TestPhonesMayGiveTheirWholeAddressAsTheirName(t *testing.T) {
	u, ok := somePeople(t).Find("ANN")
	if !ok || u.Name != "Ann" || len(u.HA1) != 2 {
		t.Fatalf("Find = %v, %v", u, ok)
	}
	if u.HA1[0] != digest.NewHA1("Ann", "example.test", "right") || u.HA1[1] != digest.NewHA1("Ann@example.test", "example.test", "right") {
		t.Error("the secrets are not those of both names")
	}
	if 2+maxGrants > digest.MaxSecrets {
		t.Errorf("%d secrets, of which %d are tried", 2+maxGrants, digest.MaxSecrets)
	}
}

func TestGrantsCountForTheirTimeAndAreBounded(t *testing.T) {
	p := somePeople(t)
	later := time.Now().Add(time.Hour)
	secrets := func() int { u, _ := p.Find("Ann"); return len(u.HA1) - 2 }
	p.grant("ann", "one", later)
	p.grant("Ann", "old", time.Now().Add(-time.Second))
	p.grant("nobody", "x", later)
	if n := secrets(); n != 1 {
		t.Errorf("%d grants count, want 1", n)
	}
	p.revoke("Ann", "one")
	p.revoke("nobody", "one")
	if n := secrets(); n != 0 {
		t.Errorf("%d grants count after one was revoked", n)
	}
	for range 3 * maxGrants {
		p.grant("Ann", "again", later)
	}
	if n := secrets(); n != maxGrants {
		t.Errorf("%d grants count, want %d", n, maxGrants)
	}
	p.revoke("Ann", "again")
	if len(p.grants) > 1 {
		t.Errorf("grants of %d users are kept", len(p.grants))
	}
}

func TestPeopleMayBeAskedAndChangedAtOnce(t *testing.T) {
	p := somePeople(t)
	later := time.Now().Add(time.Hour)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			password := string(rune('a' + i))
			for range 50 {
				p.grant("Ann", password, later)
				if u, _ := p.Find("ann"); len(u.HA1) > 2+maxGrants {
					t.Errorf("%d secrets", len(u.HA1))
				}
				p.login("ann", "right", netip.Addr{})
				p.displayName("ann")
				p.revoke("Ann", password)
			}
		})
	}
	wg.Wait()
	if u, _ := p.Find("Ann"); len(u.HA1) != 2 {
		t.Errorf("%d secrets are left", len(u.HA1))
	}
}
