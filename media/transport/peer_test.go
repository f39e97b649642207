package transport

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/tandemgw/tandem/media/sdp"
)

func TestPeerConnects(t *testing.T) {
	for _, tc := range []struct {
		name string
		lite bool
		call call
		role webrtc.DTLSRole
	}{
		{"answering active", false, call{true, sdp.Active}, 0},
		{"answering passive", false, call{true, sdp.Passive}, 0},
		{"offering, browser active", false, call{false, sdp.Passive}, webrtc.DTLSRoleClient},
		{"offering, browser passive", false, call{false, sdp.Active}, webrtc.DTLSRoleServer},
		{"lite answering active", true, call{true, sdp.Active}, 0},
		{"lite answering passive", true, call{true, sdp.Passive}, 0},
		{"lite offering", true, call{false, sdp.Passive}, webrtc.DTLSRoleClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newTestMux(t, MuxConfig{Lite: tc.lite})
			b := newBrowser(t, browserConfig{role: tc.role})
			u := newTestPeer(t, m, !tc.call.browserOffers)
			connect(t, m, b, u, tc.call, nil)
			converse(t, b, u)
			s := u.Stats()
			if s.State != PeerConnected || s.Profile == "" || s.DTLSRole != tc.call.ourSetup || !s.Remote.IsValid() {
				t.Errorf("Stats() = %+v", s)
			}
			t.Logf("ICE after %s, keys after %s, %s", s.ICEAt, s.DTLSAt, s.Profile)
			if u.short || u.overlap {
				t.Errorf("room missing: %v, overlapping: %v", u.short, u.overlap)
			}
			if u.LastHeard() == 0 {
				t.Error("LastHeard() = 0 after media")
			}
			if err := u.Close(); err != nil {
				t.Error(err)
			}
			if err := u.WriteRTP(rtpPacket(111, 1, 4242), nil); err != ErrClosed {
				t.Errorf("WriteRTP after Close = %v", err)
			}
			eventually(t, "told of the end", func() bool { return u.has(PeerClosed) })
		})
	}
}

func TestPeerReflexiveBrowser(t *testing.T) {
	for _, setup := range []sdp.Setup{sdp.Active, sdp.Passive} {
		m := newTestMux(t, MuxConfig{})
		b := newBrowser(t, browserConfig{})
		u := newTestPeer(t, m, false)
		connect(t, m, b, u, call{true, setup}, func(r *PeerRemote) {
			r.ICE.Candidates = []string{"1 1 udp 2113937151 0b1c2d3e-aaaa-bbbb-cccc-0123456789ab.local 50000 typ host"}
		})
		converse(t, b, u)
	}
}

func TestPeerOverIPv6(t *testing.T) {
	m := newTestMux(t, MuxConfig{Listen: []netip.AddrPort{netip.MustParseAddrPort("[::1]:0")}})
	b := newBrowser(t, browserConfig{ipv6: true})
	u := newTestPeer(t, m, false)
	connect(t, m, b, u, call{true, sdp.Active}, nil)
	converse(t, b, u)
}

func TestPeerOnEveryAddress(t *testing.T) {
	m := newTestMux(t, MuxConfig{Listen: []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:0")}})
	for _, six := range []bool{false, true} {
		b := newBrowser(t, browserConfig{ipv6: six})
		u := newTestPeer(t, m, false)
		connect(t, m, b, u, call{true, sdp.Passive}, nil)
		converse(t, b, u)
	}
}

func TestPeerRoleConflict(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	b := newBrowser(t, browserConfig{})
	u := newTestPeer(t, m, true) // and so is the browser, which offers
	connect(t, m, b, u, call{true, sdp.Active}, nil)
	converse(t, b, u)
}

func TestPeerRestart(t *testing.T) {
	for _, lite := range []bool{false, true} {
		m := newTestMux(t, MuxConfig{Lite: lite})
		b := newBrowser(t, browserConfig{})
		u := newTestPeer(t, m, false)
		connect(t, m, b, u, call{true, sdp.Active}, nil)
		converse(t, b, u)
		first, keys := u.ICE(), u.keys.Load()
		offer := b.offer(t, &webrtc.OfferOptions{ICERestart: true})
		if err := u.Connect(remoteOf(offer, sdp.Active)); err == nil {
			t.Error("new credentials without Restart were taken")
		}
		second, err := u.Restart()
		if err != nil || second.Ufrag == first.Ufrag || second.Pwd == first.Pwd {
			t.Fatalf("Restart() = %+v, %v", second, err)
		}
		if err := u.Connect(remoteOf(offer, sdp.Active)); err != nil {
			t.Fatal(err)
		}
		b.remote(t, webrtc.SDPTypeAnswer, description(m, u.ICE(), sdp.Active))
		eventually(t, "the new session in use", func() bool {
			u.Peer.mu.Lock()
			defer u.Peer.mu.Unlock()
			return u.current.ufrag == second.Ufrag
		})
		converse(t, b, u)
		if u.keys.Load() != keys {
			t.Error("DTLS ran again")
		}
		if u.has(PeerFailed) || u.has(PeerDisconnected) {
			t.Errorf("states %v", u.states.all)
		}
	}
}

func TestConnectAgainDoesNothing(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	b := newBrowser(t, browserConfig{})
	u := newTestPeer(t, m, false)
	var r PeerRemote
	connect(t, m, b, u, call{true, sdp.Active}, func(x *PeerRemote) { r = *x })
	converse(t, b, u)
	keys := u.keys.Load()
	r.ICE.Candidates = append(r.ICE.Candidates, "9 1 udp 1 127.0.0.9 5009 typ host")
	for range 3 {
		if err := u.Connect(r); err != nil {
			t.Fatal(err)
		}
	}
	converse(t, b, u)
	if u.keys.Load() != keys {
		t.Error("DTLS ran again")
	}
	r.Fingerprints = []string{m.Fingerprint()}
	if err := u.Connect(r); err == nil {
		t.Error("another fingerprint without a restart was taken")
	}
}

func TestConnectRefusesBadData(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	good := PeerRemote{
		ICE:          sdp.ICE{Ufrag: "abcd", Pwd: strings.Repeat("p", 22)},
		Fingerprints: []string{m.Fingerprint()}, Setup: sdp.Active,
	}
	for name, edit := range map[string]func(*PeerRemote){
		"no credentials":    func(r *PeerRemote) { r.ICE = sdp.ICE{} },
		"short password":    func(r *PeerRemote) { r.ICE.Pwd = "short" },
		"line in fragment":  func(r *PeerRemote) { r.ICE.Ufrag = "ab\r\ncd" },
		"no fingerprint":    func(r *PeerRemote) { r.Fingerprints = nil },
		"broken one":        func(r *PeerRemote) { r.Fingerprints = []string{"sha-256 AB:CD"} },
		"unknown hash only": func(r *PeerRemote) { r.Fingerprints = []string{"md2 AB"} },
		"actpass":           func(r *PeerRemote) { r.Setup = sdp.ActPass },
	} {
		r := good
		edit(&r)
		if err := u.Connect(r); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := u.Connect(good); err != nil {
		t.Errorf("good data after bad: %v", err)
	}
}

func TestWrongFingerprintIsRefused(t *testing.T) {
	for _, setup := range []sdp.Setup{sdp.Active, sdp.Passive} {
		m := newTestMux(t, MuxConfig{})
		b := newBrowser(t, browserConfig{})
		u := newTestPeer(t, m, false)
		connect(t, m, b, u, call{true, setup}, func(r *PeerRemote) {
			r.Fingerprints = []string{fingerprintOf([]byte("another certificate"))}
		})
		eventually(t, "failed", func() bool { return u.has(PeerFailed) })
		for range 5 {
			b.speak()
			_ = u.WriteRTP(rtpPacket(111, 1, 4242), nil)
		}
		if rtp, _ := u.ear.heard(); rtp != 0 || u.keys.Load() != nil || u.has(PeerConnected) {
			t.Errorf("heard %d, states %v", rtp, u.states.all)
		}
		if m.Counters().FingerprintWrong == 0 || !strings.Contains(u.Stats().Reason, "fingerprint") {
			t.Errorf("counted %d, reason %q", m.Counters().FingerprintWrong, u.Stats().Reason)
		}
	}
}

// TestStrangersOfDTLSAndMedia sprays the port while browsers connect.
func TestStrangersOfDTLSAndMedia(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	foe := socket(t)
	stop, sprayed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sprayed)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				_, _ = foe.WriteToUDPAddrPort(clientHello, m.Addrs()[0])
				_, _ = foe.WriteToUDPAddrPort(rtpPacket(111, 1, 1), m.Addrs()[0])
				_, _ = foe.WriteToUDPAddrPort([]byte{1, 2, 3}, m.Addrs()[0])
				_, _ = foe.WriteToUDPAddrPort([]byte{200, 2, 3}, m.Addrs()[0])
			}
		}
	}()
	for i := range 6 {
		b := newBrowser(t, browserConfig{})
		u := newTestPeer(t, m, false)
		connect(t, m, b, u, call{true, []sdp.Setup{sdp.Active, sdp.Passive}[i%2]}, nil)
		converse(t, b, u)
	}
	close(stop)
	<-sprayed
	silent(t, foe)
	if c := m.Counters(); c.DTLSStranger == 0 || c.MediaStranger == 0 || c.STUNMalformed == 0 || c.Unclassified == 0 {
		t.Errorf("%+v", c)
	}
}

func TestForgedPacketsInAFlow(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	b := newBrowser(t, browserConfig{})
	u := newTestPeer(t, m, false)
	connect(t, m, b, u, call{true, sdp.Passive}, nil)
	converse(t, b, u)
	from := u.flow.Load()
	forge := func(x []byte) { m.take(datagram{spare(x), from.addr, from.via}, nil) }
	alert := []byte{21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40}
	for i := range uint16(100) {
		forge(alert)
		forge(append(append([]byte(nil), clientHello...), alert...))
		forge([]byte{23, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0})
		forge(rtpPacket(111, i, uint32(i)))
		forge(rtcpPacket(uint32(i)))
		forge(rtcpPacket(uint32(i))[:3])
	}
	converse(t, b, u)
	if c := u.Stats().Counters; c.Unauthentic+c.Replayed < 200 || c.Malformed != 100 {
		t.Errorf("%+v", c)
	}
	if c := m.Counters(); c.DTLSRefused != 300 {
		t.Errorf("%d refused by DTLS, want 300", c.DTLSRefused)
	}
	if n := len(u.keys.Load().streams.all) + len(u.keys.Load().controls.all); n > 2 {
		t.Errorf("%d SSRCs remembered", n)
	}
}

func TestBrowserLeaving(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	b := newBrowser(t, browserConfig{})
	u := newTestPeer(t, m, false)
	connect(t, m, b, u, call{true, sdp.Active}, nil)
	converse(t, b, u)
	b.close()
	eventually(t, "closed", func() bool { return u.has(PeerClosed) })
	if err := u.Close(); err != nil {
		t.Error(err)
	}
}

func TestManyPeersAtOnce(t *testing.T) {
	n := 50
	if raceEnabled {
		n = 12
	}
	m := newTestMux(t, MuxConfig{MaxPeers: n})
	var all sync.WaitGroup
	for i := range n {
		b, u := newBrowser(t, browserConfig{}), newTestPeer(t, m, i%2 == 1)
		all.Go(func() {
			connect(t, m, b, u, call{i%2 == 0, []sdp.Setup{sdp.Active, sdp.Passive}[i%2]}, nil)
			converse(t, b, u)
		})
	}
	all.Wait()
	if _, err := m.NewPeer(PeerConfig{Sink: &ear{}}); !errors.Is(err, ErrTooManyPeers) {
		t.Errorf("one more: %v", err)
	}
}

// TestAnotherFarEnd lets a second browser take the place of the first: new
// credentials and a new certificate, as after a transfer.
func TestAnotherFarEnd(t *testing.T) {
	for _, setup := range []sdp.Setup{sdp.Active, sdp.Passive} {
		m := newTestMux(t, MuxConfig{})
		first, second := newBrowser(t, browserConfig{}), newBrowser(t, browserConfig{role: answering(setup)})
		u := newTestPeer(t, m, true)
		connect(t, m, first, u, call{false, sdp.Passive}, nil)
		converse(t, first, u)
		keys := u.keys.Load()
		if _, err := u.Restart(); err != nil {
			t.Fatal(err)
		}
		connect(t, m, second, u, call{false, setup}, nil)
		eventually(t, "new keys", func() bool { k := u.keys.Load(); return k != nil && k != keys })
		converse(t, second, u)
		if u.Stats().State != PeerConnected || u.has(PeerClosed) || u.has(PeerFailed) {
			t.Errorf("states %v", u.states.all)
		}
		_ = u.Close()
	}
}

// answering is the DTLS role of a browser whose peer has the given one.
func answering(setup sdp.Setup) webrtc.DTLSRole {
	if setup == sdp.Active {
		return webrtc.DTLSRoleServer
	}
	return webrtc.DTLSRoleClient
}

// TestRestartAfterFailure repairs a call whose first ICE never found a way.
func TestRestartAfterFailure(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	b := newBrowser(t, browserConfig{})
	offer := remoteOf(b.offer(t, nil), sdp.Active)
	lost := offer
	lost.ICE = sdp.ICE{Ufrag: "lost", Pwd: strings.Repeat("p", 22)}
	if err := u.Connect(lost); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := u.Connect(offer); err != nil {
		t.Fatal(err)
	}
	b.remote(t, webrtc.SDPTypeAnswer, description(m, u.ICE(), sdp.Active))
	converse(t, b, u)
}
