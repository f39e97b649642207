package media

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// secretPhone is a telephone with SRTP, AES-GCM with keys of its own.
type secretPhone struct {
	*net.UDPConn
	to      netip.AddrPort
	in, out *srtp.Context
}

// callSecretPhone connects such a phone to a new endpoint.
func callSecretPhone(t *testing.T, e *Engine, fill string) (*Endpoint, *secretPhone) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	home := netip.MustParseAddr("127.0.0.1")
	ep, err := e.NewPlain(Options{Toward: home})
	if err != nil {
		t.Fatal(err)
	}
	local := ep.Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
	ours := local.Crypto[0]
	theirs := sdp.Crypto{Tag: 1, Suite: sdp.AES128GCM, Key: sdp.Secret(strings.Repeat(fill, 28))}
	s := testStream(formatPCMU)
	s.Remote.RTP = conn.LocalAddr().(*net.UDPAddr).AddrPort()
	s.Security = sdp.Security{Keying: sdp.SDES, Ours: ours, Theirs: theirs}
	if err := ep.Apply(s); err != nil {
		t.Fatal(err)
	}
	p := &secretPhone{UDPConn: conn, to: netip.AddrPortFrom(home, local.Port)}
	for _, c := range []struct {
		of   sdp.Crypto
		into **srtp.Context
	}{{theirs, &p.out}, {ours, &p.in}} {
		key := []byte(c.of.Key)
		if *c.into, err = srtp.CreateContext(key[:16], key[16:], srtp.ProtectionProfileAeadAes128Gcm); err != nil {
			t.Fatal(err)
		}
	}
	return ep, p
}

func TestEncryptedPhonesHearEachOther(t *testing.T) {
	e := newNetwork(t)
	a, pa := callSecretPhone(t, e, "a")
	b, pb := callSecretPhone(t, e, "b")
	Join(a, b)
	if a.ownKeys()[0].Key == b.ownKeys()[0].Key {
		t.Fatal("two legs have the same key")
	}
	var h rtp.Header
	var got int
	buf, raw := make([]byte, 2048), make([]byte, headerSize+160, headerSize+160+transport.Tail)
	_ = pb.SetReadDeadline(time.Now().Add(patience))
	seq := uint16(0)
	step := func() {
		seq++
		raw = raw[:headerSize+160]
		header{seq: seq, ts: uint32(seq) * 160, ssrc: 4711}.put(raw)
		for i := headerSize; i < len(raw); i++ {
			raw[i] = byte(0x80 + seq%64)
		}
		sealed, err := pa.out.EncryptRTP(raw[:0], raw, &h)
		if err != nil {
			return
		}
		_, _ = pa.WriteToUDPAddrPort(sealed, pa.to)
		for { // past the reports
			n, _, err := pb.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			if buf[1]&0x7f == 0 {
				got = n
				return
			}
		}
	}
	step()
	clear, err := pb.in.DecryptRTP(nil, buf[:got], nil)
	if err != nil || !bytes.Equal(clear[headerSize:], voice(160, 0x81)) {
		t.Fatalf("the other phone reads % x, %v", clear, err)
	}
	for name, ep := range map[string]*Endpoint{"a": a, "b": b} {
		if w := ep.Stats().Way; w.Keys != "SDES" || w.Profile != "AEAD_AES_128_GCM" {
			t.Errorf("%s: way = %+v", name, w)
		}
	}
	if raceEnabled {
		return // the race detector allocates
	}
	if n := testing.AllocsPerRun(300, step); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
