package people

import (
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/digest"
)

func somePeople(t *testing.T) *Directory {
	t.Helper()
	p, err := New(&config.File{Domain: "example.test", Users: []config.User{
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
		if got := p.Login(c.user, c.password, netip.Addr{}); got != c.want {
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
	p.Grant("ann", "one", later)
	p.Grant("Ann", "old", time.Now().Add(-time.Second))
	p.Grant("nobody", "x", later)
	if n := secrets(); n != 1 {
		t.Errorf("%d grants count, want 1", n)
	}
	p.Revoke("Ann", "one")
	p.Revoke("nobody", "one")
	if n := secrets(); n != 0 {
		t.Errorf("%d grants count after one was revoked", n)
	}
	for range 3 * maxGrants {
		p.Grant("Ann", "again", later)
	}
	if n := secrets(); n != maxGrants {
		t.Errorf("%d grants count, want %d", n, maxGrants)
	}
	p.Revoke("Ann", "again")
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
				p.Grant("Ann", password, later)
				if u, _ := p.Find("ann"); len(u.HA1) > 2+maxGrants {
					t.Errorf("%d secrets", len(u.HA1))
				}
				p.Login("ann", "right", netip.Addr{})
				p.DisplayName("ann")
				p.Revoke("Ann", password)
			}
		})
	}
	wg.Wait()
	if u, _ := p.Find("Ann"); len(u.HA1) != 2 {
		t.Errorf("%d secrets are left", len(u.HA1))
	}
}

func TestPasswordsAreEasyToTypeAndOfAllLetters(t *testing.T) {
	seen := make(map[rune]bool)
	for range 400 {
		p := NewPassword()
		if len(p) != 14 || p[4] != '-' || p[9] != '-' {
			t.Fatalf("password %q", p)
		}
		for _, r := range p {
			seen[r] = true
		}
	}
	var got []rune
	for r := range seen {
		got = append(got, r)
	}
	slices.Sort(got)
	if diff := cmp.Diff("-23456789abcdefghjkmnpqrstuvwxyz", string(got)); diff != "" {
		t.Errorf("letters (-want +got):\n%s", diff)
	}
}
