package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/tandemgw/tandem/media/sdp"
)

// certificate is a self-signed one as browsers have it.
func certificate(t testing.TB) tls.Certificate {
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

func newTestMux(t testing.TB, c MuxConfig) *Mux {
	t.Helper()
	c.Certificate = certificate(t)
	if c.Listen == nil {
		c.Listen = []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}
	}
	m, err := ListenMux(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = m.Close()
		if m.flows.size() != 0 || m.frags.size() != 0 || m.checks.size() != 0 || m.Counters().Peers != 0 {
			t.Errorf("left behind: %d flows, %d fragments, %d checks, %d peers",
				m.flows.size(), m.frags.size(), m.checks.size(), m.Counters().Peers)
		}
	})
	return m
}

// browser is a pion/webrtc PeerConnection with sockets of its own.
type browser struct {
	pc    *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	heard chan *rtp.Packet
	seq   uint16
}

type browserConfig struct {
	role webrtc.DTLSRole // when answering
	ipv6 bool
	tcp  bool // has no UDP
}

func newBrowser(t testing.TB, c browserConfig) *browser {
	t.Helper()
	var s webrtc.SettingEngine
	quietLog := logging.NewDefaultLoggerFactory()
	quietLog.DefaultLogLevel = logging.LogLevelDisabled
	s.LoggerFactory = quietLog
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetInterfaceFilter(func(name string) bool { return strings.HasPrefix(name, "lo") })
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if c.ipv6 {
		// pion/ice gathers no ::1 by itself, so the browser is given the socket.
		conn, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
		if err != nil {
			t.Fatal(err)
		}
		mux := webrtc.NewICEUDPMux(quietLog.NewLogger("mux"), conn)
		t.Cleanup(func() { _ = mux.Close(); _ = conn.Close() })
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP6})
		s.SetICEUDPMux(mux)
	}
	if c.tcp {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}
	if c.role != 0 {
		if err := s.SetAnsweringDTLSRole(c.role); err != nil {
			t.Fatal(err)
		}
	}
	var me webrtc.MediaEngine
	opus := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	if err := me.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: opus, PayloadType: 111}, webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(&me)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{pc: pc, heard: make(chan *rtp.Packet, 256)}
	t.Cleanup(b.close)
	if b.track, err = webrtc.NewTrackLocalStaticRTP(opus, "audio", "stream"); err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTrack(b.track); err != nil {
		t.Fatal(err)
	}
	pc.OnTrack(func(tr *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			p, _, err := tr.ReadRTP()
			if err != nil {
				return
			}
			select {
			case b.heard <- p:
			default:
			}
		}
	})
	return b
}

func (b *browser) close() { _ = b.pc.GracefulClose() }

// local sets an offer or an answer of its own and returns it whole.
func (b *browser) local(t testing.TB, d webrtc.SessionDescription, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	done := webrtc.GatheringCompletePromise(b.pc)
	if err := b.pc.SetLocalDescription(d); err != nil {
		t.Fatal(err)
	}
	<-done
	return b.pc.LocalDescription().SDP
}

func (b *browser) offer(t testing.TB, o *webrtc.OfferOptions) string {
	t.Helper()
	d, err := b.pc.CreateOffer(o)
	return b.local(t, d, err)
}

func (b *browser) answer(t testing.TB, offer string) string {
	t.Helper()
	b.remote(t, webrtc.SDPTypeOffer, offer)
	d, err := b.pc.CreateAnswer(nil)
	return b.local(t, d, err)
}

func (b *browser) remote(t testing.TB, kind webrtc.SDPType, text string) {
	t.Helper()
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: text}); err != nil {
		t.Fatal(err)
	}
}

// speak sends one packet.
func (b *browser) speak() {
	b.seq++
	_ = b.track.WriteRTP(&rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: b.seq, Timestamp: uint32(b.seq) * 960},
		Payload: []byte(fmt.Sprintf("packet %d of the browser", b.seq)),
	})
}

// attributes returns the values of an attribute in a description.
func attributes(description, name string) []string {
	var all []string
	for _, l := range strings.Split(description, "\n") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l), "a="+name+":"); ok {
			all = append(all, v)
		}
	}
	return all
}

// remoteOf reads what a peer needs of a browser's description.
func remoteOf(description string, setup sdp.Setup) PeerRemote {
	return PeerRemote{
		ICE: sdp.ICE{
			Ufrag: attributes(description, "ice-ufrag")[0], Pwd: attributes(description, "ice-pwd")[0],
			Candidates: attributes(description, "candidate"),
		},
		Fingerprints: attributes(description, "fingerprint")[:1],
		Setup:        setup,
	}
}

// description writes one of ours.
func description(m *Mux, i sdp.ICE, setup sdp.Setup) string {
	var b strings.Builder
	b.WriteString("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n")
	if i.Lite {
		b.WriteString("a=ice-lite\r\n")
	}
	b.WriteString("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n")
	b.WriteString("a=rtpmap:111 opus/48000/2\r\na=ssrc:4242 cname:tandem\r\na=msid:s audio\r\n")
	fmt.Fprintf(&b, "a=fingerprint:%s\r\na=setup:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", m.Fingerprint(), setup, i.Ufrag, i.Pwd)
	for _, c := range i.Candidates {
		fmt.Fprintf(&b, "a=candidate:%s\r\n", c)
	}
	b.WriteString("a=end-of-candidates\r\n")
	return b.String()
}

// states records what OnState was told.
type states struct {
	mu  sync.Mutex
	all []PeerState
}

func (s *states) add(st PeerState) {
	s.mu.Lock()
	s.all = append(s.all, st)
	s.mu.Unlock()
}

func (s *states) has(st PeerState) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, have := range s.all {
		if have == st {
			return true
		}
	}
	return false
}

// peerUnderTest is a peer with what it hears and becomes.
type peerUnderTest struct {
	*Peer
	ear
	states
	out uint16
}

func newTestPeer(t testing.TB, m *Mux, controlling bool) *peerUnderTest {
	t.Helper()
	u := &peerUnderTest{}
	p, err := m.NewPeer(PeerConfig{Sink: &u.ear, OnState: u.add, Controlling: controlling})
	if err != nil {
		t.Fatal(err)
	}
	u.Peer = p
	return u
}

// call is which side offers and who is the DTLS client.
type call struct {
	browserOffers bool
	ourSetup      sdp.Setup
}

// connect negotiates between a browser and a peer; edit, if not nil, may
// change what the peer is told.
func connect(t testing.TB, m *Mux, b *browser, u *peerUnderTest, c call, edit func(*PeerRemote)) {
	t.Helper()
	var theirs string
	if c.browserOffers {
		theirs = b.offer(t, nil)
	} else {
		theirs = b.answer(t, description(m, u.ICE(), sdp.ActPass))
	}
	r := remoteOf(theirs, c.ourSetup)
	if edit != nil {
		edit(&r)
	}
	if err := u.Connect(r); err != nil {
		t.Fatal(err)
	}
	if c.browserOffers {
		b.remote(t, webrtc.SDPTypeAnswer, description(m, u.ICE(), c.ourSetup))
	}
}

// converse checks that both hear each other, and that what is heard is what
// was said.
func converse(t testing.TB, b *browser, u *peerUnderTest) {
	t.Helper()
	before, _ := u.ear.heard()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	theirs := false
	for {
		ours, _ := u.ear.heard()
		if ours > before+2 && theirs {
			break
		}
		b.speak()
		u.out++
		_ = u.WriteRTP(rtpPacket(111, u.out, 4242), nil)
		select {
		case p := <-b.heard:
			theirs = true
			if p.SSRC != 4242 || len(p.Payload) != 160 || p.Payload[0] != 12 {
				t.Fatalf("the browser heard %v", p)
			}
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no conversation: we heard %d, they heard %v; %+v; %+v", ours-before, theirs, u.Stats(), u.mux.Counters())
		}
	}
}
