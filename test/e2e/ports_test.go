package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// descriptors is how many files this process has open; 0 where that cannot be
// known.
func descriptors() int {
	open, _ := os.ReadDir("/proc/self/fd")
	return len(open)
}

// TestCallsGiveTheirPortsBack makes calls with real media sockets, more than
// there are ports for at one time. It runs in real time: sockets do not live in a
// bubble.
func TestCallsGiveTheirPortsBack(t *testing.T) {
	mux, err := transport.ListenMux(transport.MuxConfig{
		Listen: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}, Certificate: certificate(t), MaxPeers: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer mux.Close()
	ports, err := transport.NewPorts(transport.PortsConfig{Addr: netip.MustParseAddr("127.0.0.1"), Min: 47000, Max: 47015, Rest: time.Millisecond, Own: mux.Owns})
	if err != nil {
		t.Fatal(err)
	}
	defer ports.Close()
	engine, err := media.New(media.Config{Mux: mux, Ports: ports, Announce: func(netip.Addr) netip.Addr { return netip.MustParseAddr("127.0.0.1") }})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	g := newGateway(t, func(c *leg.Config, _ *bridge.Config) { c.Engine, c.Media = engine, nil })
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := g.bridge.Close(ctx); err != nil {
			t.Errorf("bridge.Close: %v", err)
		}
		for _, u := range g.uas {
			u.Close()
		}
		g.net.Close()
		g.layer.Close()
		for _, e := range g.log.take() {
			t.Errorf("logged as our error: %s", e)
		}
	}()
	phone, tab, other := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
	for _, u := range g.uas {
		u.Patience = 20 * time.Second
	}
	before := 0
	for i := range 40 {
		pair := [][2]*fakeua.UA{{phone, other}, {phone, tab}, {tab, other}}[i%3]
		out, in := g.talk(pair[0], pair[1])
		if i%2 == 0 {
			out.Bye()
			in.Hung()
		} else {
			in.Bye()
			out.Hung()
		}
		if i == 5 {
			before = descriptors()
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for g.core.Dialogs() != 0 || descriptors() > before+8 {
		if time.Now().After(deadline) {
			t.Fatalf("%d dialogs, %d descriptors, before %d", g.core.Dialogs(), descriptors(), before)
		}
		phone.Idle(10 * time.Millisecond)
	}
}
