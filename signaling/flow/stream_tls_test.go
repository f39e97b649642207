package flow

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestRequestsOverTLSWithBothSidesProved(t *testing.T) {
	ca := newAuthority(t, nil)
	far, in := newInbox(), newInbox()
	s := listen(t, StreamConfig{TLS: ca.server(ca.named(t, "Proxy.Example.com"), tls.RequestClientCert)}, far)
	k := NewConnector(ConnectorConfig{}, in)
	defer k.Close()
	domain, err := url.Parse("sip:gateway.example.net")
	if err != nil {
		t.Fatal(err)
	}
	toward := Toward{
		Kind: TLS, Remote: s.Addr(), ServerName: "proxy.example.com", Roots: ca.pool,
		Certificate: ca.issue(t, &x509.Certificate{URIs: []*url.URL{domain}, DNSNames: []string{"a.example.net"}}),
	}
	f, err := k.Flow(toward)
	if err != nil {
		t.Fatal(err)
	}
	message := plain("l: 0\r\n", "")
	if err := f.Send([]byte(message)); err != nil {
		t.Fatal(err)
	}
	if m := far.next(t); m != message {
		t.Fatalf("got %q", m)
	}
	if got := fmt.Sprint(f.Kind(), f.Peer(), far.flow().Kind(), far.flow().Peer()); got != "tls [proxy.example.com] tls [sip:gateway.example.net a.example.net]" {
		t.Error(got)
	}
	if err := far.flow().Send([]byte(message)); err != nil {
		t.Fatal(err)
	}
	if m := in.next(t); m != message {
		t.Fatalf("got %q", m)
	}
	other := toward
	other.Certificate = nil
	if g, err := k.Flow(other); err != nil || g == f {
		t.Errorf("a connection with our certificate serves those without, %v", err)
	}
}

func TestAServerThatIsNotWhoWasAskedForIsRefused(t *testing.T) {
	ca := newAuthority(t, nil)
	s := listen(t, StreamConfig{TLS: ca.server(ca.named(t, "proxy.example.com"), tls.NoClientCert)}, newInbox())
	for name, c := range map[string]struct {
		toward Toward
		why    string
	}{
		"another name":      {Toward{ServerName: "example.com", Roots: ca.pool}, `it is for "proxy.example.com", not for "example.com"`},
		"no name":           {Toward{Roots: ca.pool}, "127.0.0.1"},
		"another authority": {Toward{ServerName: "proxy.example.com", Roots: newAuthority(t, nil).pool}, "unknown authority"},
		"the system's":      {Toward{ServerName: "proxy.example.com"}, "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			in := newInbox()
			k := NewConnector(ConnectorConfig{}, in)
			defer k.Close()
			c.toward.Kind, c.toward.Remote = TLS, s.Addr()
			f, err := k.Flow(c.toward)
			if err != nil {
				t.Fatal(err)
			}
			_ = f.Send([]byte("a secret"))
			_, err = in.gone(t)
			if !errors.Is(err, ErrCertificate) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("it closed because %v", err)
			}
		})
	}
}
