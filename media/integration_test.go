package media

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
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

const patience = 20 * time.Second

// newNetwork returns an Engine on real sockets of the loopback.
func newNetwork(t testing.TB) *Engine {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	loopback := netip.MustParseAddr("127.0.0.1")
	mux, err := transport.ListenMux(transport.MuxConfig{
		Listen:      []netip.AddrPort{netip.AddrPortFrom(loopback, 0)},
		Certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
	})
	if err != nil {
		t.Fatal(err)
	}
	ports, err := transport.NewPorts(transport.PortsConfig{Addr: loopback, Certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Mux: mux, Ports: ports})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = e.Close()
		_ = mux.Close()
		_ = ports.Close()
	})
	return e
}

// browser is a pion PeerConnection.
type browser struct {
	pc    *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	heard chan *rtp.Packet
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	heard := make(chan *rtp.Packet, 1000)
	opus := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	b := newBrowserWith(t, webrtc.RTPCodecParameters{RTPCodecCapability: opus, PayloadType: testOpus}, func(p *rtp.Packet) {
		select {
		case heard <- p:
		default:
		}
	})
	b.heard = heard
	return b
}

// newBrowserWith is a browser with one codec, that gives hear what it receives.
func newBrowserWith(t *testing.T, codec webrtc.RTPCodecParameters, hear func(*rtp.Packet)) *browser {
	t.Helper()
	var s webrtc.SettingEngine
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	s.LoggerFactory = quiet
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetInterfaceFilter(func(name string) bool { return strings.HasPrefix(name, "lo") })
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	var me webrtc.MediaEngine
	if err := me.RegisterCodec(codec, webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(&me)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{pc: pc}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	if b.track, err = webrtc.NewTrackLocalStaticRTP(codec.RTPCodecCapability, "audio", "stream"); err != nil {
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
			hear(p)
		}
	})
	return b
}

// offer returns the browser's whole offer.
func (b *browser) offer(t *testing.T) []byte {
	t.Helper()
	d, err := b.pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(b.pc)
	if err := b.pc.SetLocalDescription(d); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return []byte(b.pc.LocalDescription().SDP)
}

// answerBrowser connects a browser to a new endpoint of e.
func answerBrowser(t *testing.T, e *Engine, b *browser, o Options) *Endpoint {
	t.Helper()
	ep, err := e.NewPeer(o)
	if err != nil {
		t.Fatal(err)
	}
	session := sdp.NewSession(sdp.SessionConfig{SessionID: 1})
	r, err := session.ReceiveOffer(b.offer(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := ep.Prepare(r, sdp.Active); err != nil {
		t.Fatal(err)
	}
	l := ep.Local([]sdp.Codec{sdp.Opus()}, sdp.SendRecv)
	l.Setup = sdp.Active
	body, stream, err := session.Answer(l)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(body)}); err != nil {
		t.Fatal(err)
	}
	if err := ep.Apply(stream); err != nil {
		t.Fatal(err)
	}
	return ep
}

// phone is a telephone: one socket, PCMU.
type phone struct {
	conn *net.UDPConn
	to   netip.AddrPort
}

// callPhone connects a phone to a new endpoint of e that offers.
func callPhone(t *testing.T, e *Engine, o Options) (*Endpoint, *phone) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	o.Toward, o.Offering = netip.MustParseAddr("127.0.0.1"), true
	ep, err := e.NewPlain(o)
	if err != nil {
		t.Fatal(err)
	}
	session := sdp.NewSession(sdp.SessionConfig{SessionID: 2})
	local := ep.Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
	if _, err := session.Offer(local); err != nil {
		t.Fatal(err)
	}
	answer := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", conn.LocalAddr().(*net.UDPAddr).Port)
	stream, err := session.ReceiveAnswer([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	if err := ep.Apply(stream); err != nil {
		t.Fatal(err)
	}
	return ep, &phone{conn: conn, to: netip.AddrPortFrom(local.Address, local.Port)}
}

// TestBrowserTalksWithPhone is the whole way: ICE, DTLS and SRTP at one end,
// plain RTP at the other, Opus transcoded to PCMU and back.
func TestBrowserTalksWithPhone(t *testing.T) {
	e := newNetwork(t)
	connected, first := make(chan struct{}, 9), make(chan struct{}, 9)
	b := newBrowser(t)
	web := answerBrowser(t, e, b, Options{Call: "c", Events: Events{
		Connected:  func() { connected <- struct{}{} },
		FirstMedia: func(uint8) { first <- struct{}{} },
	}})
	tel, p := callPhone(t, e, Options{Call: "c"})
	Join(web, tel)
	wait(t, connected, "ICE and DTLS")

	talkAtBothEnds(t, b, p)
	wait(t, first, "the first packet")

	var got []packet
	buf := make([]byte, 2048)
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	for len(got) < 50 {
		n, err := p.conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		h, begin, end, ok := parseHeader(buf[:n])
		if !ok || h.pt != 0 || end-begin != 160 {
			t.Fatalf("the phone got % x", buf[:n])
		}
		got = append(got, packet{header: h, payload: make([]byte, 160)})
	}
	checkLine(t, tel.line.ssrc, got)
	for range 50 {
		select {
		case h := <-b.heard:
			if h.SSRC != web.line.ssrc || h.PayloadType != testOpus {
				t.Fatalf("the browser got %v", h)
			}
		case <-time.After(patience):
			t.Fatal("the browser heard nothing")
		}
	}
	if s := web.Stats(); s.Chain != "opus/48000 -> pcmu/8000 transcoded" || s.Received.Packets == 0 || s.Sent.Packets == 0 {
		t.Errorf("Stats = %+v", s)
	}
}

// talkAtBothEnds sends a packet from each end every 20 ms until the test is over.
func talkAtBothEnds(t *testing.T, b *browser, p *phone) {
	t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop); <-stopped })
	in := opusPackets(t, speech(t, 100), 20)
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
			_ = b.track.WriteRTP(&rtp.Packet{
				Header:  rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(i) * 960},
				Payload: in[i%len(in)],
			})
			h := header{seq: uint16(i), ts: uint32(i) * 160, ssrc: 4711}
			raw := append(make([]byte, headerSize), voice(160, byte(0x80+i%64))...)
			h.put(raw)
			_, _ = p.conn.WriteToUDPAddrPort(raw, p.to)
		}
	}()
}

func wait(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
	}
}
