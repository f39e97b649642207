package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// own is where everything of these tests is.
func own() netip.Addr { return netip.MustParseAddr("127.0.0.1") }

// newEngine is media on sockets of the loopback, that tells far ends to send to
// announced.
func newEngine(t *testing.T, announced netip.Addr) *media.Engine {
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
	mux, err := transport.ListenMux(transport.MuxConfig{
		Listen: []netip.AddrPort{netip.AddrPortFrom(own(), 0)}, Certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
	})
	if err != nil {
		t.Fatal(err)
	}
	ports, err := transport.NewPorts(transport.PortsConfig{Addr: own()})
	if err != nil {
		t.Fatal(err)
	}
	e, err := media.New(media.Config{Mux: mux, Ports: ports, Announce: func(netip.Addr) netip.Addr { return announced }})
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

// phone is a telephone: a socket, and our leg to it.
type phone struct {
	t    *testing.T
	leg  *media.Endpoint
	sock *net.UDPConn
}

// facts are what is odd about a telephone.
type facts struct {
	toward    netip.Addr     // where its signaling comes from; zero: the loopback
	described netip.AddrPort // where it wants its sound; zero: where it is
	held      bool           // its description is sendonly
}

func newPhone(t *testing.T, e *media.Engine, f facts) *phone {
	t.Helper()
	sock, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(own(), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sock.Close() })
	if !f.toward.IsValid() {
		f.toward = own()
	}
	leg, err := e.NewPlain(media.Options{Call: "k1", Toward: f.toward})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(leg.Close)
	pcmu := sdp.Codec{Name: "pcmu", Clock: 8000, Channels: 1, PayloadType: 0}
	_ = leg.Local([]sdp.Codec{pcmu}, sdp.SendRecv) // which says where it is to send to
	s := &sdp.Stream{Send: pcmu, Receive: []sdp.Codec{pcmu}, Direction: sdp.SendRecv, PTime: 20, Remote: sdp.Remote{Direction: sdp.SendRecv, RTP: f.described, Held: f.held}}
	if !f.described.IsValid() {
		s.Remote.RTP = sock.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	if f.held {
		s.Remote.Direction, s.Direction = sdp.SendOnly, sdp.RecvOnly
	}
	if err := leg.Apply(s); err != nil {
		t.Fatal(err)
	}
	return &phone{t: t, leg: leg, sock: sock}
}

// talk sends packets of a payload type to our leg, with sound in them.
func (p *phone) talk(payloadType byte, n int) {
	p.t.Helper()
	to := p.leg.Stats().Way.Local
	for i := range n {
		b := make([]byte, 12+160)
		b[0], b[1] = 0x80, payloadType
		binary.BigEndian.PutUint16(b[2:], uint16(i))
		binary.BigEndian.PutUint32(b[4:], uint32(160*i))
		binary.BigEndian.PutUint32(b[8:], 0x1234)
		for j := range 160 {
			b[12+j] = byte(0x10 + 0x80*(j/8%2)) // loud, at 500 Hz
		}
		if _, err := p.sock.WriteToUDPAddrPort(b, to); err != nil {
			p.t.Fatal(err)
		}
	}
}

// judge gives the verdict once a leg is as it should be for that.
func judge(t *testing.T, until func() bool, legs ...*media.Endpoint) verdict.Verdict {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !until(); {
		if time.Now().After(end) {
			t.Fatal("the packets have not come in")
		}
		<-time.After(50 * time.Millisecond)
	}
	now := time.Now()
	e := verdict.Evidence{Call: "k1", To: "1003", Now: now, Began: now.Add(-time.Minute), Alerted: now.Add(-59 * time.Second), Answered: now.Add(-50 * time.Second), Own: []netip.Addr{own()}}
	for i, l := range legs {
		e.Legs = append(e.Legs, verdict.Leg{ID: tandem.CallID("k1").Leg(i), Party: []string{"1001", "1003"}[i], Called: i > 0, Stats: l.Stats()})
	}
	return verdict.Judge(e)
}

func heard(p *phone) func() bool {
	return func() bool { s := p.leg.Stats(); return s.Received.Packets+s.Received.Refused > 40 }
}

func TestFaultsOfTheMediaAreNamed(t *testing.T) {
	outside := netip.MustParseAddr("198.51.100.7")
	tests := []struct {
		name      string
		announced string
		of        facts // of the second telephone
		payload   int   // that it sends; below 0: nothing
		fault     verdict.Fault
		chip      string
	}{
		{"nothing is wrong", "127.0.0.1", facts{}, 0, "", ""},
		{"a wrong public address in SDP", "203.0.113.99", facts{toward: outside}, -1, verdict.FaultPublicAddress, verdict.ChipOneWay},
		{"no way through a firewall to the RTP range", "127.0.0.1", facts{}, -1, verdict.FaultBlocked, verdict.ChipOneWay},
		{"the callee is told, and sends to, a private address", "10.0.0.5", facts{toward: outside}, -1, verdict.FaultPrivateAddress, verdict.ChipOneWay},
		{"the callee names a private address", "203.0.113.5", facts{toward: outside, described: netip.MustParseAddrPort("10.9.9.9:4000")}, -1, verdict.FaultPublicAddress, verdict.ChipNAT},
		{"one leg is sendonly", "127.0.0.1", facts{held: true}, 0, verdict.FaultDirection, verdict.ChipOneWay},
		{"the callee sends another codec", "127.0.0.1", facts{}, 18, verdict.FaultCodec, verdict.ChipCodec},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEngine(t, netip.MustParseAddr(tt.announced))
			a, b := newPhone(t, e, facts{}), newPhone(t, e, tt.of)
			media.Join(a.leg, b.leg)
			a.talk(0, 50)
			until := heard(a)
			if tt.payload >= 0 {
				b.talk(byte(tt.payload), 50)
				until = func() bool { return heard(a)() && heard(b)() }
			}
			v := judge(t, until, a.leg, b.leg)
			if v.Fault != tt.fault || tt.chip != "" && !slices.Contains(v.Names(), tt.chip) || tt.chip == "" && len(v.Chips) > 0 {
				t.Errorf("named %q with %v, want %q with %q: %s", v.Fault, v.Names(), tt.fault, tt.chip, v.Sentence)
			}
			if tt.fault != "" && v.Cure == "" {
				t.Error("it has no cure")
			}
		})
	}
}

// TestABrowserWhoseChecksDoNotComeIsNamed: what others call "STUN is unreachable".
func TestABrowserWhoseChecksDoNotComeIsNamed(t *testing.T) {
	e := newEngine(t, own())
	leg, err := e.NewPeer(media.Options{Call: "k1", Toward: own()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(leg.Close)
	remote := &sdp.Remote{Direction: sdp.SendRecv, Fingerprints: []string{"sha-256 " + strings.Repeat("AB:", 31) + "AB"}, ICE: &sdp.ICE{Ufrag: "abcd", Pwd: "abcdefghijklmnopqrstuvwx", Candidates: []string{"1 1 udp 2113937151 127.0.0.1 9 typ host"}}}
	if err := leg.Prepare(remote, sdp.Passive); err != nil {
		t.Fatal(err)
	}
	opus := sdp.Codec{Name: "opus", Clock: 48000, Channels: 2, PayloadType: 111}
	if err := leg.Apply(&sdp.Stream{Send: opus, Receive: []sdp.Codec{opus}, Direction: sdp.SendRecv, PTime: 20, Remote: *remote}); err != nil {
		t.Fatal(err)
	}
	v := judge(t, func() bool { return true }, leg)
	if v.Fault != verdict.FaultICE || !slices.Contains(v.Names(), verdict.ChipNoRTP) {
		t.Errorf("named %q with %v: %s", v.Fault, v.Names(), v.Sentence)
	}
}
