package attack

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
)

// page is the media of a browser: pion/webrtc on loopback.
type page struct {
	pc    *webrtc.PeerConnection
	conn  *net.UDPConn // its one socket
	track *webrtc.TrackLocalStaticRTP
	heard chan []byte
	voice *voice // who hears it instead; nil for none
	seq   uint16
}

func newPage(t *testing.T) *page {
	t.Helper()
	var s webrtc.SettingEngine
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	s.LoggerFactory = quiet
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetInterfaceFilter(func(name string) bool { return strings.HasPrefix(name, "lo") })
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	mux := webrtc.NewICEUDPMux(quiet.NewLogger("mux"), conn)
	s.SetICEUDPMux(mux)
	t.Cleanup(func() { _ = mux.Close(); _ = conn.Close() })
	var me webrtc.MediaEngine
	pcmu := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}
	if err := me.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: pcmu, PayloadType: 0}, webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	event := webrtc.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 8000} // nobody listens for tones then
	if err := me.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: event, PayloadType: 101}, webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(&me)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	p := &page{pc: pc, conn: conn, heard: make(chan []byte, 64)}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	if p.track, err = webrtc.NewTrackLocalStaticRTP(pcmu, "audio", "stream"); err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTrack(p.track); err != nil {
		t.Fatal(err)
	}
	pc.OnTrack(func(tr *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			x, _, err := tr.ReadRTP()
			if err != nil {
				return
			}
			if p.voice != nil {
				p.voice.take(x.Payload)
				continue
			}
			select {
			case p.heard <- x.Payload:
			default:
			}
		}
	})
	return p
}

// call calls the echo and returns the call, and where the gateway's media is.
func (p *page) call(t *testing.T, u *fakeua.UA) (*fakeua.Call, netip.AddrPort) {
	t.Helper()
	return p.callTo(t, u, "600", func() {})
}

// callTo calls a number, which answers with the help of answer.
func (p *page) callTo(t *testing.T, u *fakeua.UA, number string, answer func()) (*fakeua.Call, netip.AddrPort) {
	t.Helper()
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	done := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-done
	out := u.Invite(number, fakeua.Invitation{SDP: p.pc.LocalDescription().SDP})
	answer()
	sdp := out.Answered().Body()
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}); err != nil {
		t.Fatalf("%v in\n%s", err, sdp)
	}
	var port int
	for line := range strings.Lines(sdp) {
		if v, ok := strings.CutPrefix(line, "a=candidate:"); ok && port == 0 {
			_, _ = fmt.Sscanf(strings.Fields(v)[5], "%d", &port)
		}
	}
	return out, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
}

// hears speaks until its own numbered packets have come back.
func (p *page) hears(t *testing.T, packets int) {
	t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for got := 0; got < packets; {
		select {
		case <-tick.C:
			p.seq++
			_ = p.track.WriteRTP(&rtp.Packet{
				Header:  rtp.Header{Version: 2, SequenceNumber: p.seq, Timestamp: uint32(p.seq) * 160},
				Payload: rtpPacket(0, uint32(p.seq), mark)[12:],
			})
		case b := <-p.heard:
			if len(b) == 160 && string(b[4:4+len(mark)]) == string(mark) {
				got++
			} else if strings.Contains(string(b), "forged") {
				t.Fatal("a forged packet is heard")
			}
		case <-deadline:
			t.Fatalf("the browser hears %d of %d packets only", got, packets)
		}
	}
}

// ssrc is what the browser sends with.
func (p *page) ssrc() uint32 { return uint32(p.pc.GetSenders()[0].GetParameters().Encodings[0].SSRC) }

// spray sends until stop is closed: what a stranger can make up against the
// browsers' port, some thousands a second.
func spray(send func(netip.AddrPort, []byte), to netip.AddrPort, stop chan struct{}, forge func(i int) [][]byte) chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-tick.C:
				for _, b := range forge(i) {
					send(to, b)
				}
			}
		}
	}()
	return done
}

// mediaPort finds the browsers' port, by a call.
func (h *house) mediaPort() netip.AddrPort {
	h.t.Helper()
	u := h.web("1003").Online()
	out, at := newPage(h.t).call(h.t, u)
	out.Bye()
	return at
}

func TestADTLSRaceAndSTUNOfAStrangerHinderNoBrowser(t *testing.T) {
	t.Parallel()
	h := open(t)
	at, s := h.mediaPort(), h.stranger("127.0.0.66")
	stop := make(chan struct{})
	done := spray(s.send, at, stop, func(i int) [][]byte {
		return [][]byte{clientHello(), stunBinding(true), clientHello()}
	})
	u := h.web("1001").Online()
	for range 20 {
		p := newPage(t)
		out, _ := p.call(t, u)
		p.hears(t, 5)
		out.Bye()
		_ = p.pc.Close()
	}
	close(stop)
	<-done
	peers.Pause(100 * time.Millisecond)
	if n, octets := s.heard(); n != 0 {
		t.Errorf("the stranger was sent %d packets, %d octets", n, octets)
	}
	h.recovers()
}

func TestInvalidSRTPDoesNotEndABrowsersCall(t *testing.T) {
	h := open(t)
	u, p := h.web("1001").Online(), newPage(t)
	out, at := p.call(t, u)
	p.hears(t, 10)
	stop, s := make(chan struct{}), h.stranger("127.0.0.1")
	ssrc := p.ssrc()
	// From a stranger, and from the very address that ICE has proven.
	everywhere := func(to netip.AddrPort, b []byte) {
		s.send(to, b)
		_, _ = p.conn.WriteToUDPAddrPort(b, to)
	}
	done := spray(everywhere, at, stop, func(i int) [][]byte {
		forged := rtpPacket(ssrc, uint32(i), []byte("forged"))
		bye := append(binary.BigEndian.AppendUint32([]byte{0x81, 203, 0, 1}, ssrc), make([]byte, 14)...)
		return [][]byte{forged, forged[:12+i%20], rtpPacket(rand.Uint32(), uint32(i), []byte("forged")), bye, {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, byte(i), 0, 4, 1, 2, 3, 4}}
	})
	p.hears(t, 60)
	close(stop)
	<-done
	silent(t, s)
	p.hears(t, 10)
	out.Bye()
	h.recovers()
}

func TestHundredsOfCandidatesAreCheckedBoundedly(t *testing.T) {
	t.Parallel()
	h := open(t)
	s, u := h.stranger("0.0.0.0"), h.web("1001").Online() // all of 127.0.0.0/8
	_, port, _ := net.SplitHostPort(s.LocalAddr().String())
	var b strings.Builder
	for i := range 700 { // as many as a message may hold
		fmt.Fprintf(&b, "a=candidate:%d 1 udp %d 127.0.1.%d %s typ host\r\n", i, 2000000+i, i%250+1, port)
	}
	sdp := strings.Join([]string{
		"v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", "a=mid:0",
		"a=ice-ufrag:abcd", "a=ice-pwd:p0vBmQeYB8WKFVy2rEcGzT3a", "a=fingerprint:" + fakeua.Fingerprint, "a=setup:actpass", "a=sendrecv", "a=rtcp-mux", "",
	}, "\r\n")
	h.during(func() {
		out := u.Invite("600", fakeua.Invitation{SDP: sdp + b.String()})
		out.Answered()
		peers.Pause(2 * time.Second)
		out.Bye()
	})
	if n, _ := s.heard(); n > 300 {
		t.Errorf("%d checks were sent to made-up candidates", n)
	} else {
		t.Logf("%d checks", n)
	}
}
