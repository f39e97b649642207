package flow

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"
)

func uris(t *testing.T, all ...string) (out []*url.URL) {
	t.Helper()
	for _, s := range all {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, u)
	}
	return out
}

func TestCertificatesProveSIPDomains(t *testing.T) {
	ca := newAuthority(t, nil)
	bounded := newAuthority(t, func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"local"}, true
	})
	cn := func(name string) *x509.Certificate { return &x509.Certificate{Subject: pkix.Name{CommonName: name}} }
	for name, c := range map[string]struct {
		by   *authority
		cert *x509.Certificate
		yes  []string
		no   []string
	}{
		"DNS names": {
			ca, &x509.Certificate{DNSNames: []string{"a.example.com", "Example.NET"}},
			[]string{"a.example.com", "A.EXAMPLE.com", "a.example.com.", "example.net"},
			[]string{"example.com", "b.a.example.com", "", "."},
		},
		"a SIP URI": {
			ca, &x509.Certificate{URIs: uris(t, "sip:Example.com")}, []string{"example.com", "EXAMPLE.com"}, []string{"a.example.com", "sip:example.com"},
		},
		"a SIP URI counts before DNS names": {
			ca, &x509.Certificate{URIs: uris(t, "sip:example.com"), DNSNames: []string{"proxy.example.com"}}, []string{"example.com"}, []string{"proxy.example.com"},
		},
		"URIs that are no domain": {
			ca, &x509.Certificate{
				URIs:     uris(t, "sips:a.test", "sip:user@b.test", "https://c.test", "sip:d.test:5061", "sip:e.test;x=y", "tel:+1"),
				DNSNames: []string{"host.test"},
			},
			[]string{"host.test"},
			[]string{"a.test", "b.test", "c.test", "d.test", "e.test", "+1"},
		},
		"a wildcard": {
			ca, &x509.Certificate{DNSNames: []string{"*.pstn.example.com"}},
			[]string{"me.pstn.example.com", "you.PSTN.example.com"},
			[]string{"pstn.example.com", "a.me.pstn.example.com", "example.com"},
		},
		"a wildcard below the top": {ca, &x509.Certificate{DNSNames: []string{"*.com"}}, nil, []string{"example.com", "com"}},
		"a wildcard elsewhere":     {ca, &x509.Certificate{DNSNames: []string{"a.*.com", "b*.test.com"}}, nil, []string{"a.b.com", "bb.test.com"}},
		"addresses": {
			ca, &x509.Certificate{IPAddresses: []net.IP{net.ParseIP("192.0.2.7"), net.ParseIP("2001:db8::7")}},
			[]string{"192.0.2.7", "2001:db8::7", "[2001:db8::7]"},
			[]string{"192.0.2.8", "2001:db8::8"},
		},
		"a common name alone":       {ca, cn("pbx.example.com"), []string{"pbx.example.com"}, []string{"example.com"}},
		"an address as common name": {ca, cn("192.0.2.7"), []string{"192.0.2.7"}, []string{"192.0.2.8"}},
		"a common name beside others": {
			ca, &x509.Certificate{Subject: pkix.Name{CommonName: "pbx.example.com"}, DNSNames: []string{"other.example.com"}},
			[]string{"other.example.com"},
			[]string{"pbx.example.com"},
		},
		"an authority for some names": {
			bounded, &x509.Certificate{DNSNames: []string{"pbx.local"}}, []string{"pbx.local"}, []string{"bank.example"},
		},
		"its SIP URIs": {
			bounded, &x509.Certificate{DNSNames: []string{"pbx.local"}, URIs: uris(t, "sip:bank.example")}, nil, []string{"bank.example"},
		},
		"its common names": {bounded, cn("bank.example"), nil, []string{"bank.example"}},
		"for servers":      {ca, &x509.Certificate{DNSNames: []string{"a.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, []string{"a.test"}, nil},
		"for SIP domains":  {ca, &x509.Certificate{DNSNames: []string{"a.test"}, UnknownExtKeyUsage: []asn1.ObjectIdentifier{sipDomainUse}}, []string{"a.test"}, nil},
		"for mail":         {ca, &x509.Certificate{DNSNames: []string{"a.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}}, nil, []string{"a.test"}},
		"expired":          {ca, &x509.Certificate{DNSNames: []string{"a.test"}, NotAfter: time.Now().Add(-time.Hour)}, nil, []string{"a.test"}},
		"of nobody":        {newAuthority(t, nil), &x509.Certificate{DNSNames: []string{"a.test"}}, nil, []string{"a.test"}},
	} {
		t.Run(name, func(t *testing.T) {
			roots := ca.pool
			if c.by == bounded {
				roots = bounded.pool
			}
			leaf := c.by.issue(t, c.cert).Leaf
			for _, name := range c.yes {
				if _, err := verifyServer([]*x509.Certificate{leaf}, roots, name); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, name := range c.no {
				if got, err := verifyServer([]*x509.Certificate{leaf}, roots, name); !errors.Is(err, ErrCertificate) || got != nil {
					t.Errorf("%s is proved by %v: %v", name, got, err)
				}
			}
		})
	}
	// A PBX that made its certificate itself is believed when that is.
	own := newAuthority(t, func(c *x509.Certificate) { c.Subject.CommonName = "pbx.lan" })
	if _, err := verifyServer([]*x509.Certificate{own.cert}, own.pool, "pbx.lan"); err != nil {
		t.Error(err)
	}
	if _, err := verifyServer(nil, ca.pool, "a.test"); !errors.Is(err, ErrCertificate) {
		t.Errorf("no certificate at all: %v", err)
	}
}

func TestWhatClientsProve(t *testing.T) {
	ca, maker := newAuthority(t, nil), newAuthority(t, nil)
	for name, c := range map[string]struct {
		auth tls.ClientAuthType
		cert *tls.Certificate
		want string // what is proved; "refused" if he is not let in
	}{
		"nobody asks":               {tls.NoClientCert, ca.named(t, "a.test"), "[]"},
		"asked, nothing shown":      {tls.RequestClientCert, nil, "[]"},
		"asked, the maker's shown":  {tls.RequestClientCert, maker.named(t, "phone.test"), "[]"},
		"asked, one for servers":    {tls.RequestClientCert, ca.issue(t, &x509.Certificate{DNSNames: []string{"a.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}), "[a.test]"},
		"verified if given":         {tls.VerifyClientCertIfGiven, ca.issue(t, &x509.Certificate{DNSNames: []string{"B.test"}, URIs: uris(t, "sip:test"), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}), "[sip:test b.test]"},
		"verified, the maker's":     {tls.VerifyClientCertIfGiven, maker.named(t, "phone.test"), "refused"},
		"required, nothing shown":   {tls.RequireAndVerifyClientCert, nil, "refused"},
		"any required, the maker's": {tls.RequireAnyClientCert, maker.named(t, "phone.test"), "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			far, in := newInbox(), newInbox()
			s := listen(t, StreamConfig{TLS: ca.server(ca.named(t, "proxy.test"), c.auth)}, far)
			k := NewConnector(ConnectorConfig{Rest: time.Hour}, in)
			defer k.Close()
			toward := Toward{Kind: TLS, Remote: s.Addr(), ServerName: "proxy.test", Roots: ca.pool, Certificate: c.cert}
			f, err := k.Flow(toward)
			if err != nil {
				t.Fatal(err)
			}
			_ = f.Send([]byte(plain("l: 0\r\n", "")))
			if c.want != "refused" {
				far.next(t)
				if got := fmt.Sprint(far.flow().Peer()); got != c.want {
					t.Errorf("proved %s", got)
				}
				return
			}
			if _, err := in.gone(t); err == nil {
				t.Error("let in")
			}
			// Over TLS 1.3 a client hears of it after the handshake only.
			until(t, "it is remembered", func() bool { _, err := k.Flow(toward); return err != nil })
		})
	}
}

func TestATLSListenerTakesALPNAndRefusesOldVersionsAndPlainText(t *testing.T) {
	ca := newAuthority(t, nil)
	in := newInbox()
	s := listen(t, StreamConfig{TLS: ca.server(ca.named(t, "proxy.test"), tls.NoClientCert)}, in)
	cfg := &tls.Config{RootCAs: ca.pool, ServerName: "proxy.test", NextProtos: []string{"sip"}}
	c := tls.Client(client(t, s), cfg)
	says(t, c, plain("l: 0\r\n", ""))
	in.next(t)
	if err := tls.Client(client(t, s), &tls.Config{RootCAs: ca.pool, ServerName: "proxy.test", MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}).Handshake(); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	text := client(t, s)
	says(t, text, plain("l: 0\r\n", ""))
	ends(t, text)
	until(t, "both are counted", func() bool { return s.Counters().Untrusted == 2 })
	if len(in.messages) != 0 || len(in.closed) != 0 {
		t.Error("a handshake that failed was handed up")
	}
	// An orderly end of ours is one of TLS, too.
	in.flow().Close("enough")
	if said := ends(t, c); said != "" {
		t.Errorf("it said %q", said)
	}
}
