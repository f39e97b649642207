package media

import (
	"net"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/media/transport"
)

// securedWire encrypts in place as a browser's does, and sends to nobody.
type securedWire struct {
	fakeWire
	out    *srtp.Context
	header rtp.Header
}

func (w *securedWire) WriteRTP(b []byte, _ *transport.Batch) error {
	_, err := w.out.EncryptRTP(b[:0], b, &w.header)
	return err
}

// RelayRTP implements transport.Wire.
func (w *securedWire) RelayRTP(b []byte, _ *transport.Batch) error { return w.WriteRTP(b, nil) }

func srtpContext(b testing.TB, profile srtp.ProtectionProfile) *srtp.Context {
	b.Helper()
	keyLen, err := profile.KeyLen()
	if err != nil {
		b.Fatal(err)
	}
	saltLen, err := profile.SaltLen()
	if err != nil {
		b.Fatal(err)
	}
	c, err := srtp.CreateContext(make([]byte, keyLen), make([]byte, saltLen), profile)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// joinedLegs returns two legs of PCMU that hear each other.
func joinedLegs(b testing.TB, one, other format) (*testLeg, *testLeg) {
	b.Helper()
	e := newTestEngine(b, Config{Workers: 1})
	x, y := newTestLeg(b, e, Options{}, testStream(one)), newTestLeg(b, e, Options{}, testStream(other))
	x.Endpoint.wire, y.Endpoint.wire = &discardWire{}, &discardWire{}
	Join(x.Endpoint, y.Endpoint)
	return x, y
}

// BenchmarkRelay is a packet of PCMU, 20 ms, passed from leg to leg without the
// network: what the relay itself costs.
func BenchmarkRelay(b *testing.B) {
	for name, to := range map[string]format{"PCMU-PCMU": formatPCMU, "PCMU-PCMA": formatPCMA} {
		b.Run(name, func(b *testing.B) {
			x, _ := joinedLegs(b, formatPCMU, to)
			buf := make([]byte, 172, 172+transport.Tail)
			h := header{ssrc: 7}
			at := transport.Now()
			b.ReportAllocs()
			done := reportCPU(b)
			for b.Loop() {
				h.put(buf)
				x.RTP(buf, at, nil)
				h.seq++
				h.ts += 160
				at += 20 * ms
			}
			done()
		})
	}
}

// BenchmarkSRTP is the same with one leg secured, by real SRTP contexts:
// in decrypts and sends in the clear, out receives in the clear and encrypts.
func BenchmarkSRTP(b *testing.B) {
	for _, profile := range []srtp.ProtectionProfile{srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAes128CmHmacSha1_80} {
		b.Run("in/"+profile.String(), func(b *testing.B) { benchmarkSRTPIn(b, profile) })
		b.Run("out/"+profile.String(), func(b *testing.B) {
			x, y := joinedLegs(b, formatPCMU, formatPCMU)
			y.Endpoint.wire = &securedWire{out: srtpContext(b, profile)}
			buf := make([]byte, 172, 172+transport.Tail)
			h := header{ssrc: 7}
			at := transport.Now()
			b.ReportAllocs()
			done := reportCPU(b)
			for b.Loop() {
				h.put(buf)
				x.RTP(buf, at, nil)
				h.seq++
				h.ts += 160
				at += 20 * ms
			}
			done()
		})
	}
}

func benchmarkSRTPIn(b *testing.B, profile srtp.ProtectionProfile) {
	x, _ := joinedLegs(b, formatPCMU, formatPCMU)
	far, near := srtpContext(b, profile), srtpContext(b, profile)
	// Encrypted beforehand, since that is the browser's work, and used again
	// and again: no replay protection here.
	packets := make([][]byte, 1000)
	var head rtp.Header
	for i := range packets {
		plain := make([]byte, 172, 172+transport.Tail)
		header{seq: uint16(i), ts: uint32(i) * 160, ssrc: 7}.put(plain)
		out, err := far.EncryptRTP(plain[:0], plain, &head)
		if err != nil {
			b.Fatal(err)
		}
		packets[i] = out
	}
	buf := make([]byte, 2048)
	at, i := transport.Now(), 0
	b.ReportAllocs()
	done := reportCPU(b)
	for b.Loop() {
		n := copy(buf, packets[i%len(packets)])
		out, err := near.DecryptRTP(buf[:0], buf[:n], &head)
		if err != nil {
			b.Fatal(err)
		}
		x.RTP(out, at, nil)
		i++
		at += 20 * ms
	}
	done()
}

// BenchmarkSockets is a packet from a socket of a phone through the gateway to
// that of another, one at a time: two system calls of ours and two of theirs,
// and the wake-ups between.
func BenchmarkSockets(b *testing.B) {
	e := newNetwork(b)
	var eps [2]*Endpoint
	var conns [2]*net.UDPConn
	for i := range eps {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		conns[i] = conn
		if eps[i], err = e.NewPlain(Options{}); err != nil {
			b.Fatal(err)
		}
		s := testStream(formatPCMU)
		s.Remote.RTP = conn.LocalAddr().(*net.UDPAddr).AddrPort()
		if err := eps[i].Apply(s); err != nil {
			b.Fatal(err)
		}
	}
	Join(eps[0], eps[1])
	l := eps[0].Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
	to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(l.Port)}
	out, in := make([]byte, 172), make([]byte, 2048)
	h := header{ssrc: 7}
	b.ReportAllocs()
	done := reportCPU(b)
	for b.Loop() {
		h.put(out)
		h.seq++
		h.ts += 160
		if _, err := conns[0].WriteToUDP(out, to); err != nil {
			b.Fatal(err)
		}
		_ = conns[1].SetReadDeadline(time.Now().Add(patience))
		if _, _, err := conns[1].ReadFromUDPAddrPort(in); err != nil {
			b.Fatal(err)
		}
	}
	done()
}

// transcoding returns a path from one format to the other that no worker runs,
// and packets to give it.
func transcoding(b testing.TB, from, to format) (*path, [][]byte) {
	b.Helper()
	x, _ := joinedLegs(b, from, to)
	p := newPath(x.Endpoint, x.route.Load())
	pcm := speech(b, 250)
	if from == formatOpus {
		return p, browserParty().encode(b, pcm, 0)
	}
	var packets [][]byte
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		raw := make([]byte, 160)
		codecs.EncodeULaw(raw, pcm)
		packets = append(packets, raw)
	}
	return p, packets
}

// feed gives the path its next packet and lets it work.
func (p *path) feed(h *header, f format, payload []byte, now int64) {
	p.inbox.put(h, f, payload, now)
	p.run(now)
	h.seq++
	h.ts += f.clock() / 50
}

// BenchmarkTranscode is 20 ms of speech in one direction: ordered, decoded,
// encoded and given to the leg, at 8000 samples a second; Opus comes as a browser
// sends it, at 48000.
func BenchmarkTranscode(b *testing.B) {
	for name, ff := range map[string][2]format{
		"Opus-PCMU": {formatOpus, formatPCMU}, "PCMU-Opus": {formatPCMU, formatOpus},
	} {
		b.Run(codecs.OpusEngine+"/"+name, func(b *testing.B) {
			p, packets := transcoding(b, ff[0], ff[1])
			h := header{ssrc: 7}
			now, i := transport.Now(), 0
			b.ReportAllocs()
			done := reportCPU(b)
			for b.Loop() {
				p.feed(&h, ff[0], packets[i%len(packets)], now)
				now += 20 * ms
				i++
			}
			done()
		})
	}
}

func TestTranscodingAllocatesNothing(t *testing.T) {
	for name, ff := range map[string][2]format{
		"opus to pcmu": {formatOpus, formatPCMU}, "pcmu to opus": {formatPCMU, formatOpus}, "g711 to opus": {formatPCMA, formatOpus},
	} {
		t.Run(name, func(t *testing.T) {
			p, packets := transcoding(t, ff[0], ff[1])
			h := header{ssrc: 7}
			now, i := transport.Now(), 0
			give := func() {
				p.feed(&h, ff[0], packets[i%len(packets)], now)
				now += 20 * ms
				i++
			}
			for range 50 {
				give()
			}
			if n := testing.AllocsPerRun(150, give); n != 0 {
				t.Errorf("%v allocations a packet, want 0", n)
			}
		})
	}
}

// BenchmarkPlay is 20 ms of a tone to a leg.
func BenchmarkPlay(b *testing.B) {
	for name, f := range map[string]format{"PCMU": formatPCMU, "Opus": formatOpus} {
		b.Run(name, func(b *testing.B) {
			x, _ := joinedLegs(b, f, f)
			s, err := sound.NewTone("test", "", 0)
			if err != nil {
				b.Fatal(err)
			}
			p := newPlayer(x.Endpoint, s, nil)
			x.line.source(&p.origin)
			now := transport.Now()
			b.ReportAllocs()
			done := reportCPU(b)
			for b.Loop() {
				now = p.run(now)
			}
			done()
		})
	}
}
