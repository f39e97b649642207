package flow

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"testing"
)

// advertised is a request whose Via says where its sender listens.
func advertised(via string) string {
	return "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TLS " + via + "\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\n" +
		"Call-ID: a\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n"
}

// reuse is a listener that tells a connector of connections that may be used.
type reuse struct {
	*testing.T
	ca     *authority
	in     *inbox
	socket *StreamSocket
	ours   *Connector
}

func newReuse(t *testing.T) *reuse {
	t.Helper()
	r := &reuse{T: t, ca: newAuthority(t, nil), in: newInbox()}
	r.ours = NewConnector(ConnectorConfig{}, r.in)
	r.socket = listen(t, StreamConfig{TLS: r.ca.server(r.ca.named(t, "us.test"), tls.RequestClientCert), Reuse: r.ours}, r.in)
	t.Cleanup(func() { r.ours.Close() })
	return r
}

// connect opens a connection to the listener with a certificate, and says via.
func (r *reuse) connect(cert *tls.Certificate, via string) net.Conn {
	r.Helper()
	cfg := &tls.Config{RootCAs: r.ca.pool, ServerName: "us.test"}
	if cert != nil {
		cfg.Certificates = []tls.Certificate{*cert}
	}
	c := tls.Client(client(r.T, r.socket), cfg)
	says(r.T, c, advertised(via))
	r.in.next(r.T)
	return c
}

// toward asks for a connection to 127.0.0.1.
func (r *reuse) toward(port uint16, name string) *Flow {
	r.Helper()
	f, err := r.ours.Flow(Toward{
		Kind: TLS, Remote: netip.AddrPortFrom(loopback.Addr(), port), ServerName: name, Roots: r.ca.pool,
	})
	if err != nil {
		return nil // tried before, in vain
	}
	return f
}

func TestAConnectionServesRequestsToItsAlias(t *testing.T) {
	r := newReuse(t)
	c := r.connect(r.ca.named(t, "peer.test"), "peer.test:5999;branch=z9hG4bKa;alias")
	accepted := r.in.flow()
	if f := r.toward(5999, "Peer.test"); f != accepted {
		t.Fatal("another connection is opened")
	}
	if f := r.toward(5999, "peer.test"); f != accepted {
		t.Error("it is not found again")
	}
	if err := accepted.Send([]byte("a request")); err != nil {
		t.Fatal(err)
	}
	hears(t, c, "a request")
	for what, f := range map[string]*Flow{
		"another port":   r.toward(5061, "peer.test"),
		"another domain": r.toward(5999, "victim.test"),
	} {
		if f == accepted {
			t.Errorf("%s goes there too", what)
		}
	}
	if f, err := r.ours.Flow(Toward{Kind: TLS, Remote: netip.MustParseAddrPort("127.0.0.1:5999"), ServerName: "peer.test", Roots: newAuthority(t, nil).pool}); err == nil && f == accepted {
		t.Error("an authority that is not believed counts")
	}
	if f, err := r.ours.Flow(Toward{Kind: TCP, Remote: netip.MustParseAddrPort("127.0.0.1:5999")}); err == nil && f == accepted {
		t.Error("requests over TCP go over TLS")
	}
	c.Close()
	until(t, "the alias is gone", func() bool { f := r.toward(5999, "peer.test"); return f != nil && f != accepted })
	until(t, "no alias is left", func() bool {
		r.ours.mu.Lock()
		defer r.ours.mu.Unlock()
		return len(r.ours.aliases) == 0
	})
}

func TestWhoIsNoAlias(t *testing.T) {
	r := newReuse(t)
	stranger := newAuthority(t, nil)
	peer := r.ca.named(t, "peer.test")
	for name, c := range map[string]struct {
		cert *tls.Certificate
		via  string
	}{
		"without a certificate":      {nil, "peer.test:5999;branch=z9hG4bKa;alias"},
		"with a stranger's":          {stranger.named(t, "peer.test"), "peer.test:5999;branch=z9hG4bKa;alias"},
		"without the word":           {peer, "peer.test:5999;branch=z9hG4bKa"},
		"the word somewhere else":    {peer, "peer.test:5999;branch=z9hG4bKa\r\nSubject: ;alias"},
		"in a message that is wrong": {peer, "peer.test:5999;branch=z9hG4bKa;alias\r\nCSeq: 2 OPTIONS"},
	} {
		t.Run(name, func(t *testing.T) {
			c := r.connect(c.cert, c.via)
			defer c.Close()
			if f := r.toward(5999, "peer.test"); f == r.in.flow() {
				t.Error("it gets the requests")
			}
		})
	}
}

func TestAliasesAreBounded(t *testing.T) {
	r := newReuse(t)
	c := r.connect(r.ca.named(t, "peer.test"), "peer.test;branch=z9hG4bKa;alias")
	if f := r.toward(5061, "peer.test"); f != r.in.flow() {
		t.Error("no port is not the default one")
	}
	for port := range 20 {
		says(t, c, advertised(fmt.Sprintf("peer.test:%d;branch=z9hG4bKa;alias", 6000+port)))
		r.in.next(t)
	}
	r.ours.mu.Lock()
	defer r.ours.mu.Unlock()
	if n := len(r.ours.aliases); n != maxAliasesEach {
		t.Errorf("%d aliases", n)
	}
}
