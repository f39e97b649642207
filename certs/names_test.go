package certs

import (
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLeafVerifiesForEveryNameItIsFor(t *testing.T) {
	c := config(t.TempDir())
	c.Names = []string{"pbx.example.com", "198.51.100.4", "phone.test", "Example.Test.", "not a name", "[fd00::8]"}
	l := mustLocal(t, c)
	pool := roots(t, l.ExportCA())
	for _, name := range []string{
		"localhost", "app.localhost", "127.0.0.1", "::1", "gate7", "gate7.local",
		"192.168.1.20", "fd00::7", "pbx.example.com", "198.51.100.4", "phone.test", "example.test", "fd00::8",
	} {
		if strings.Contains(name, ":") {
			name = "[" + name + "]"
		}
		if _, err := l.leaf.Load().Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name}); err != nil {
			t.Errorf("Verify(%s) = %v, want nil", name, err)
		}
	}
	leaf := l.leaf.Load().Leaf
	for _, ip := range leaf.IPAddresses {
		if ip.IsLinkLocalUnicast() || ip.String() == "203.0.113.9" {
			t.Errorf("the certificate names %v, which is link-local or public and was not given", ip)
		}
	}
	if life := leaf.NotAfter.Sub(leaf.NotBefore); life < leafLife || life > leafLife+2*backdate {
		t.Errorf("leaf life = %v, want %v and a margin", life, leafLife)
	}
}

func TestCAIsCriticallyConstrained(t *testing.T) {
	l := mustLocal(t, config(""))
	if !l.ca.PermittedDNSDomainsCritical {
		t.Errorf("the name constraints are not critical")
	}
	if !l.ca.MaxPathLenZero || !l.ca.IsCA {
		t.Errorf("the CA may sign further authorities")
	}
	if got, want := l.ca.Subject.CommonName, "tandem local CA (gate7)"; got != want {
		t.Errorf("common name = %q, want %q", got, want)
	}
	if years := l.ca.NotAfter.Year() - time.Now().Year(); years != 10 {
		t.Errorf("the CA lasts %d years, want 10", years)
	}
}

func TestVerifiersRejectWhatIsOutsideTheConstraints(t *testing.T) {
	l := mustLocal(t, config(""))
	for _, tt := range []struct {
		name string
		s    subjects
	}{
		{"public name", subjects{names: []string{"example.com"}}},
		{"public name that ends alike", subjects{names: []string{"notlocalhost"}}},
		{"public address", subjects{addrs: []netip.Addr{netip.MustParseAddr("8.8.8.8")}}},
		{"public IPv6 address", subjects{addrs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}},
		{"mapped public address", subjects{addrs: []netip.Addr{netip.MustParseAddr("::ffff:8.8.8.8")}}},
		{"private and public", subjects{names: []string{"localhost", "example.com"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pair, _, err := newLeaf(signer{l.ca, l.caKey}, "gate7", tt.s, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots(t, l.ExportCA())}); err == nil {
				t.Errorf("a certificate for %v verifies", tt.s)
			}
			if in, _ := tt.s.inside(l.ca); len(in.names)+len(in.addrs) == len(tt.s.names)+len(tt.s.addrs) {
				t.Errorf("inside(%v) leaves nothing out", tt.s)
			}
		})
	}
}

func TestHostCalledLikeAPublicDomainIsKnownBelowLocalOnly(t *testing.T) {
	c := config("")
	c.Hostname = "dev"
	l := mustLocal(t, c)
	if permitsName(l.ca, "dev") {
		t.Errorf("the CA may sign all of .dev: %v", l.ca.PermittedDNSDomains)
	}
	if names := l.leaf.Load().Leaf.DNSNames; slices.Contains(names, "dev") || !slices.Contains(names, "dev.local") {
		t.Errorf("names = %v, want dev.local and not dev", names)
	}
}

func TestOddHostNamesGiveACA(t *testing.T) {
	for _, host := range []string{"UPPER", "pbx.example.com", "with space", "(none)", "10.0.0.1", strings.Repeat("h", 63), strings.Repeat("a.", 120) + "b"} {
		c := config("")
		c.Hostname = host
		l := mustLocal(t, c)
		if _, err := l.leaf.Load().Leaf.Verify(x509.VerifyOptions{Roots: roots(t, l.ExportCA()), DNSName: "localhost"}); err != nil {
			t.Errorf("host %q: %v", host, err)
		}
		if cn := l.ca.Subject.CommonName; len(cn) > 64 {
			t.Errorf("host %q: common name of %d characters", host, len(cn))
		}
	}
}

func TestMoreNamesThanACertificateHoldsAreCut(t *testing.T) {
	c := config("")
	for i := range 300 {
		c.Names = append(c.Names, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String())
	}
	leaf := mustLocal(t, c).leaf.Load().Leaf
	if n := len(leaf.DNSNames) + len(leaf.IPAddresses); n != maxSubjects {
		t.Errorf("the leaf names %d subjects, want %d", n, maxSubjects)
	}
}
