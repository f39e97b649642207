package transport

import (
	"bytes"
	"crypto/tls"
	"net/netip"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// plainPair is two plain legs that are each other's far end.
type plainPair struct {
	legs  [2]*Plain
	ears  [2]*ear
	told  [2]chan bool
	certs [2]tls.Certificate
}

func newPlainPair(t *testing.T) *plainPair {
	t.Helper()
	p := &plainPair{}
	for i := range p.legs {
		p.certs[i], p.ears[i], p.told[i] = certificate(t), &ear{}, make(chan bool, 8)
		first := uint16(26000 + 500*i)
		ports := newTestPorts(t, PortsConfig{Certificate: p.certs[i], Min: first, Max: first + 499})
		var err error
		if p.legs[i], err = ports.Open(PlainConfig{Sink: p.ears[i], OnSecured: func(ok bool) { p.told[i] <- ok }}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// connect describes each leg to the other; leg 0 is the DTLS client.
func (p *plainPair) connect(t *testing.T, mux bool, prints ...string) {
	t.Helper()
	for i, role := range []sdp.Setup{sdp.Active, sdp.Passive} {
		other := 1 - i
		r := PlainRemote{Mux: mux, Signaling: netip.MustParseAddr("127.0.0.5"), Security: PlainSecurity{
			Keying: sdp.DTLS, Setup: role, Fingerprints: []string{fingerprintOf(p.certs[other].Certificate[0])},
		}}
		if prints != nil {
			r.Security.Fingerprints = prints
		}
		r.RTP, r.RTCP = plainAddr(p.legs[other])
		if mux {
			r.RTCP = r.RTP
		}
		r.PayloadTypes[0] = true
		if err := p.legs[i].SetRemote(r); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *plainPair) talk(t *testing.T, seq uint16) {
	t.Helper()
	for i := range p.legs {
		sent := rtpPacket(0, seq, 7)
		before, reports := p.ears[1-i].heard()
		if err := p.legs[i].WriteRTP(spare(sent), nil); err != nil {
			t.Fatal(err)
		}
		_ = p.legs[i].WriteRTCP(rtcpPacket(7))
		eventually(t, "sound and report heard", func() bool {
			n, m := p.ears[1-i].heard()
			return n == before+1 && m == reports+1
		})
		if !bytes.Equal(p.ears[1-i].rtpAt(before), sent) {
			t.Error("the packet was changed")
		}
	}
}

func TestPlainDTLSBothWays(t *testing.T) {
	for name, mux := range map[string]bool{"RTCP on the same port": true, "RTCP on its own port": false} {
		t.Run(name, func(t *testing.T) {
			p := newPlainPair(t)
			_ = p.legs[0].WriteRTP(rtpPacket(0, 1, 7), nil) // nothing is agreed yet
			p.connect(t, mux)
			for i := range p.told {
				if !<-p.told[i] {
					t.Fatal("the handshake has failed")
				}
			}
			eventually(t, "RTCP's own keys", func() bool {
				for _, l := range p.legs {
					if l.guard.Load().keysOut(true) == nil {
						return false
					}
				}
				return true
			})
			p.talk(t, 10)
			p.connect(t, mux) // a re-INVITE: the same association goes on
			p.talk(t, 11)
			if k, profile := p.legs[0].Secured(); k != sdp.DTLS || profile == "" {
				t.Errorf("Secured = %v, %q", k, profile)
			}
			if n := len(p.told[0]) + len(p.told[1]); n != 0 {
				t.Errorf("%d handshakes more", n)
			}
		})
	}
}

func TestPlainDTLSRefusesAnotherCertificate(t *testing.T) {
	p := newPlainPair(t)
	p.connect(t, true, "sha-256 "+strings.TrimSuffix(strings.Repeat("AB:", 32), ":"))
	var ok bool
	select { // whoever sees it first; the other one goes on asking for a while
	case ok = <-p.told[0]:
	case ok = <-p.told[1]:
	}
	if ok {
		t.Error("a certificate that nobody has promised was taken")
	}
	for _, l := range p.legs {
		_ = l.WriteRTP(rtpPacket(0, 1, 7), nil)
		if _, profile := l.Secured(); profile != "" {
			t.Errorf("secured by %s", profile)
		}
	}
	for _, e := range p.ears {
		if n, _ := e.heard(); n != 0 {
			t.Error("sound was heard")
		}
	}
}

// A ClientHello of a host that is neither described nor the signaling's is not
// answered with a single octet, and does not hold up the real one.
func TestPlainDTLSAnswersNoStranger(t *testing.T) {
	p := newPlainPair(t)
	foe := socket(t)
	home, _ := plainAddr(p.legs[0])
	r := PlainRemote{RTP: netip.MustParseAddrPort("127.0.0.9:4000"), Mux: true, Signaling: netip.MustParseAddr("127.0.0.9"), Security: PlainSecurity{
		Keying: sdp.DTLS, Setup: sdp.Passive, Fingerprints: []string{fingerprintOf(p.certs[1].Certificate[0])},
	}}
	if err := p.legs[0].SetRemote(r); err != nil {
		t.Fatal(err)
	}
	hello := append([]byte{22, 254, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1}, make([]byte, 39)...)
	for range 20 {
		_, _ = foe.WriteToUDPAddrPort(hello, home)
	}
	eventually(t, "all refused", func() bool { return p.legs[0].Counters().Stranger == 20 })
	silent(t, foe)
	p.connect(t, true)
	for i := range p.told {
		for ok := range p.told[i] { // the first handshake of leg 0 was given up
			if ok {
				break
			}
		}
	}
	p.talk(t, 1)
}

func TestPlainDTLSNeedsACertificateOfItsOwn(t *testing.T) {
	pl, _ := openPlain(t, addrOf(socket(t)), loopback)
	err := pl.SetRemote(PlainRemote{RTP: addrOf(socket(t)), Security: PlainSecurity{
		Keying: sdp.DTLS, Setup: sdp.Active, Fingerprints: []string{"sha-256 " + strings.TrimSuffix(strings.Repeat("AB:", 32), ":")},
	}})
	if err == nil {
		t.Error("DTLS without a certificate is taken")
	}
}
