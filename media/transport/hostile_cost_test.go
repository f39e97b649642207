package transport

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/pion/ice/v4"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"

	"github.com/tandemgw/tandem/media/sdp"
)

// nobody is a Sink that takes everything and does nothing.
type nobody struct{}

func (nobody) RTP([]byte, int64, *Batch) {}
func (nobody) RTCP([]byte, int64)        {}

// BenchmarkHostilePlain is what a packet costs a plain leg, beside the good one of
// the same kind: ours to compare.
func BenchmarkHostilePlain(b *testing.B) {
	far, thief := netip.MustParseAddrPort("127.0.0.1:4000"), netip.MustParseAddrPort("127.0.0.66:4000")
	open := func(b *testing.B, s PlainSecurity, signaling netip.Addr) *Plain {
		pl, err := NewPorts(PortsConfig{Addr: loopback, Min: 27000, Max: 27999})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = pl.Close() })
		p, err := pl.Open(PlainConfig{Sink: nobody{}})
		if err != nil {
			b.Fatal(err)
		}
		r := PlainRemote{RTP: far, Signaling: signaling, Security: s}
		r.PayloadTypes[0] = true
		if err := p.SetRemote(r); err != nil {
			b.Fatal(err)
		}
		return p
	}
	run := func(name string, p func(*testing.B) *Plain, from netip.AddrPort, rtpPort bool, next func(i int, b []byte) []byte) {
		b.Run(name, func(b *testing.B) {
			pl := p(b)
			buf := make([]byte, 2048)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				pl.take(next(i, buf), from, rtpPort, nil)
			}
		})
	}
	clear := func(b *testing.B) *Plain { return open(b, PlainSecurity{}, loopback) }
	natted := func(b *testing.B) *Plain { return open(b, PlainSecurity{}, netip.MustParseAddr("127.0.0.9")) }
	good := rtpPacket(0, 1, 7)
	rtp := func(i int, b []byte) []byte {
		n := copy(b, good)
		binary.BigEndian.PutUint16(b[2:], uint16(i))
		return b[:n]
	}
	churn := func(i int, b []byte) []byte {
		n := copy(b, good)
		binary.BigEndian.PutUint32(b[8:], uint32(i)*2654435761)
		binary.BigEndian.PutUint16(b[2:], uint16(i*7919))
		return b[:n]
	}
	control := func(i int, b []byte) []byte {
		n := copy(b, rtcpPacket(uint32(i)))
		return b[:n]
	}
	fixed := func(x []byte) func(int, []byte) []byte {
		return func(_ int, b []byte) []byte { return b[:copy(b, x)] }
	}
	run("clear/good", clear, far, true, rtp)
	run("clear/stranger", clear, thief, true, rtp)
	run("clear/natted-stranger", natted, thief, true, churn)
	run("clear/churn", clear, far, true, churn)
	run("clear/malformed", clear, far, true, fixed([]byte("OPTIONS sip:a@b SIP/2.0\r\n\r\n")))
	run("clear/dtls", clear, far, true, fixed(clientHello))
	run("clear/rtcp-stranger", clear, thief, false, control)
	for _, suite := range []sdp.Suite{sdp.AES128CMSHA80, sdp.AES128GCM} {
		s := sdes(suite, "o", "t")
		leg := func(b *testing.B) *Plain { return open(b, s, loopback) }
		ctx, _ := srtpContext(s.Theirs)
		sealed := make([][]byte, 1<<15)
		for i := range sealed {
			sealed[i], _ = ctx.EncryptRTP(nil, rtp(i, make([]byte, 200)), nil)
		}
		name := suite.String() + "/"
		b.Run(name+"good", func(b *testing.B) {
			pl := leg(b)
			buf := make([]byte, 2048)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if i == len(sealed) { // all heard: a leg that has heard none
					pl, i = leg(b), 0
				}
				pl.take(buf[:copy(buf, sealed[i])], far, true, nil)
				i++
			}
		})
		run(name+"replay", leg, far, true, fixed(sealed[0]))
		run(name+"forged", leg, far, true, func(i int, b []byte) []byte { return append(rtp(i%30000, b), make([]byte, 16)...) })
		run(name+"forged-churn", leg, far, true, func(i int, b []byte) []byte { return append(churn(i, b), make([]byte, 16)...) })
		run(name+"forged-rtcp", leg, far, false, func(i int, b []byte) []byte { return append(control(i, b), make([]byte, 32)...) })
		run(name+"stranger", leg, thief, true, rtp)
		mki := s
		mki.Theirs.MKI = "abcd"
		run(name+"mki-forged-churn", func(b *testing.B) *Plain { return open(b, mki, loopback) }, far, true, func(i int, b []byte) []byte { return append(churn(i, b), make([]byte, 30)...) })
	}
}

// BenchmarkHostileMux is the same for the port of the browsers.
func BenchmarkHostileMux(b *testing.B) {
	m := newTestMux(b, MuxConfig{Sockets: 1})
	p, err := m.NewPeer(PeerConfig{Sink: nobody{}})
	if err != nil {
		b.Fatal(err)
	}
	far := newFarEnd(b, m, p, srtp.ProtectionProfileAeadAes128Gcm)
	thief := netip.MustParseAddrPort("127.0.0.66:4000")
	me := addrOf(far.conn)
	run := func(name string, from netip.AddrPort, next func(i int, b []byte) []byte) {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 2048)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				m.take(datagram{next(i, buf), from, m.v4[0]}, nil)
			}
		})
	}
	fixed := func(x []byte) func(int, []byte) []byte {
		return func(_ int, b []byte) []byte { return b[:copy(b, x)] }
	}
	check := func(user, password string, more ...stun.Setter) []byte {
		all := append([]stun.Setter{stun.BindingRequest, stun.TransactionID, stun.NewUsername(user), ice.AttrControlling(1), ice.PriorityAttr(1)}, more...)
		all = append(all, stun.NewShortTermIntegrity(password), stun.Fingerprint)
		msg, err := stun.Build(all...)
		if err != nil {
			b.Fatal(err)
		}
		return msg.Raw
	}
	b.Run("good", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.take(datagram{far.next(), me, m.v4[0]}, nil)
		}
	})
	run("stranger-rtp", thief, fixed(rtpPacket(0, 1, 1)))
	run("stranger-dtls", thief, fixed(clientHello))
	run("stranger-stun", thief, fixed(check("nobodyis:there", "passwordpasswordpassword")))
	run("stranger-stun-many", thief, func(_ int, b []byte) []byte {
		clear(b[copy(b, []byte{0, 1, 5, 0xb0, 0x21, 0x12, 0xa4, 0x42}):1476])
		return b[:20+0x5b0]
	})
	run("stranger-success", thief, fixed([]byte{1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
	run("stun-our-frag", thief, fixed(check(m.anyFrag()+":there", "passwordpasswordpassword")))
	run("forged", me, func(i int, b []byte) []byte {
		n := copy(b, rtpPacket(111, uint16(i%30000), 9))
		return b[:n+16]
	})
	run("forged-rtcp", me, func(i int, b []byte) []byte {
		n := copy(b, rtcpPacket(uint32(i)))
		clear(b[n : n+32])
		return b[:n+32]
	})
	run("dtls", me, fixed(clientHello))
}
