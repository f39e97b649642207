package transport

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// plainState is a state that a pair of plain ports may be in: who is described, where the
// signaling comes from, and what was agreed besides.
type plainState struct {
	signaling netip.Addr
	mux       bool
	security  PlainSecurity
	then      func(t *testing.T, pl *Plain, r PlainRemote)
}

// plainStates are all there are of a call, by name; before is that nobody is described.
func plainStates(print string) map[string]plainState {
	nat := netip.MustParseAddr("127.0.0.5")
	describe := func(t *testing.T, pl *Plain, r PlainRemote) {
		t.Helper()
		if err := pl.SetRemote(r); err != nil {
			t.Fatal(err)
		}
	}
	keys := PlainSecurity{Keying: sdp.SDES, Ours: cryptoOf(sdp.AES128CMSHA80, "o"), Theirs: cryptoOf(sdp.AES128CMSHA80, "t")}
	certificate := PlainSecurity{Keying: sdp.DTLS, Setup: sdp.Passive, Fingerprints: []string{print}}
	held := func(t *testing.T, pl *Plain, r PlainRemote) {
		describe(t, pl, r)
		r.RTP = netip.AddrPortFrom(netip.IPv4Unspecified(), r.RTP.Port())
		describe(t, pl, r)
	}
	fax := func(t *testing.T, pl *Plain, r PlainRemote) {
		describe(t, pl, r)
		pl.SetRaw(func([]byte, int64) { t.Error("a stranger's datagram is taken for fax") })
	}
	return map[string]plainState{
		"nobody is described yet":       {then: func(*testing.T, *Plain, PlainRemote) {}},
		"sound may come early":          {then: func(_ *testing.T, pl *Plain, r PlainRemote) { pl.Await(r) }},
		"before the first packet":       {signaling: loopback, then: describe},
		"the same, behind a NAT":        {signaling: nat, then: describe},
		"RTCP on the same port":         {signaling: loopback, mux: true, then: describe},
		"on hold":                       {signaling: loopback, then: held},
		"on hold, behind a NAT":         {signaling: nat, then: held},
		"fax":                           {signaling: loopback, then: fax},
		"fax, behind a NAT":             {signaling: nat, then: fax},
		"keys in the description":       {signaling: loopback, security: keys, then: describe},
		"the same, behind its NAT":      {signaling: nat, security: keys, then: describe},
		"a handshake that is to come":   {signaling: loopback, security: certificate, then: describe},
		"the same, behind a NAT too":    {signaling: nat, mux: true, security: certificate, then: describe},
		"encrypted, and on hold":        {signaling: nat, security: keys, then: held},
		"a fax where keys were agreed":  {signaling: nat, security: keys, then: fax},
		"the call is over":              {signaling: loopback, then: func(_ *testing.T, pl *Plain, _ PlainRemote) { _ = pl.Close() }},
		"over, and described once more": {signaling: loopback, then: func(_ *testing.T, pl *Plain, r PlainRemote) { _ = pl.Close(); _ = pl.SetRemote(r) }},
	}
}

// TestHostilePacketsInEveryStateOfAPlainPort: a stranger's packets on both ports are
// counted, not heard and not answered, and nothing is sent to where they came from.
func TestHostilePacketsInEveryStateOfAPlainPort(t *testing.T) {
	cert := certificate(t)
	for name, s := range plainStates(fingerprintOf(cert.Certificate[0])) {
		t.Run(name, func(t *testing.T) {
			phone, stranger := socket(t), foreign(t)
			ports := newTestPorts(t, PortsConfig{Certificate: cert})
			e, told := &ear{}, atomic.Int32{}
			pl, err := ports.Open(PlainConfig{Sink: e, OnSecured: func(bool) { told.Add(1) }})
			if err != nil {
				t.Fatal(err)
			}
			r := PlainRemote{RTP: addrOf(phone), Mux: s.mux, Signaling: s.signaling, Security: s.security}
			r.PayloadTypes[0] = true
			s.then(t, pl, r)
			rtp, rtcp := plainAddr(pl)
			sent := uint64(0)
			for _, b := range hostile() {
				for _, to := range []netip.AddrPort{rtp, rtcp} {
					if _, err := stranger.WriteToUDPAddrPort(b, to); err == nil {
						sent++
					}
				}
			}
			if !pl.closed.Load() {
				eventually(t, "all counted", func() bool { return pl.Counters().dropped() == sent })
			}
			silent(t, stranger)
			_ = pl.WriteRTP(spare(rtpPacket(0, 1, 9)), nil)
			_ = pl.WriteRTCP(spare(rtcpPacket(9)))
			_ = pl.WriteRaw(udptl(1))
			silent(t, stranger)
			if n, m := e.heard(); n != 0 || m != 0 || told.Load() != 0 || pl.Latched() {
				t.Errorf("heard %d and %d packets, told %d times, latched %v", n, m, told.Load(), pl.Latched())
			}
		})
	}
}

// foreign is a socket of a host that is nobody's.
func foreign(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 66)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
