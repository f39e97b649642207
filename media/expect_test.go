package media

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
)

// newPhone is a telephone that knows nothing of us yet.
func newPhone(t *testing.T) *phone {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &phone{conn: conn}
}

// say sends a packet of sound.
func (p *phone) say(t *testing.T, seq uint16, octet byte) {
	t.Helper()
	b := make([]byte, headerSize+160)
	h := header{seq: seq, ts: uint32(seq) * 160, ssrc: 77}
	h.put(b)
	copy(b[headerSize:], voice(160, octet))
	if _, err := p.conn.WriteToUDPAddrPort(b, p.to); err != nil {
		t.Fatal(err)
	}
}

// hear waits for a packet that begins with an octet.
func (p *phone) hear(t *testing.T, octet byte) {
	t.Helper()
	buf := make([]byte, 2048)
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		n, err := p.conn.Read(buf)
		if err != nil {
			t.Fatalf("%#x is not heard: %v", octet, err)
		}
		if _, begin, _, ok := parseHeader(buf[:n]); ok && buf[begin] == octet {
			return
		}
	}
}

// Sound that comes while our offer waits for its answer is heard, nothing is sent
// to where it came from, and the answer says whose sound it is from then on.
func TestSoundBeforeTheAnswerIsHeard(t *testing.T) {
	e := newNetwork(t)
	caller, ear := callPhone(t, e, Options{Call: "c"})
	first := make(chan struct{}, 9)
	ep, err := e.NewPlain(Options{
		Call: "c", Offering: true, Toward: netip.MustParseAddr("127.0.0.1"),
		Events: Events{FirstMedia: func(pt uint8) {
			if pt != 0 {
				t.Errorf("payload type %d came first", pt)
			}
			first <- struct{}{}
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	session := sdp.NewSession(sdp.SessionConfig{SessionID: 2})
	local := ep.Local([]sdp.Codec{sdp.PCMA(), sdp.PCMU()}, sdp.SendRecv)
	if _, err := session.Offer(local); err != nil {
		t.Fatal(err)
	}
	if err := ep.Expect(session.Expected()); err != nil {
		t.Fatal(err)
	}
	carrier, described := newPhone(t), newPhone(t)
	carrier.to, described.to = netip.AddrPortFrom(local.Address, local.Port), netip.AddrPortFrom(local.Address, local.Port)
	seq := uint16(100)
	say := func(p *phone, octet byte) {
		for range 8 {
			p.say(t, seq, octet)
			seq++
		}
	}
	say(carrier, 0x11)
	wait(t, first, "the first packet")
	Join(caller, ep)
	ear.say(t, 1, 0x55)
	say(carrier, 0x22)
	ear.hear(t, 0x22)
	if s := ep.Stats(); s.Sent.Packets != 0 || s.Received.Packets == 0 {
		t.Errorf("%d packets sent to nobody, %d received", s.Sent.Packets, s.Received.Packets)
	}

	stream, err := session.ReceiveAnswer(fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0\r\n", described.conn.LocalAddr().(*net.UDPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	if session.Expected() != nil {
		t.Error("still expecting what is described")
	}
	if err := ep.Apply(stream); err != nil {
		t.Fatal(err)
	}
	say(carrier, 0x33)
	say(described, 0x44)
	ear.hear(t, 0x44)
	if n := ep.Stats().Way.Strangers; n == 0 {
		t.Error("who was heard before the answer is still heard after it")
	}
	ear.say(t, 2, 0x66)
	described.hear(t, 0x66)
}

// A picture that is offered beside sound that is awaited stays offered.
func TestAwaitedSoundLeavesThePictureAlone(t *testing.T) {
	e := newNetwork(t)
	ep, err := e.NewPlain(Options{Call: "c", Offering: true, Toward: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	lines := ep.LocalLines([]LineOffer{{Kind: sdp.KindVideo, Codecs: []sdp.Codec{{Name: sdp.NameVP8, Clock: 90000}}}})
	if len(lines) != 1 || lines[0].Port == 0 {
		t.Fatalf("%+v", lines)
	}
	session := sdp.NewSession(sdp.SessionConfig{SessionID: 2})
	local := ep.Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
	local.Lines = lines
	if _, err := session.Offer(local); err != nil {
		t.Fatal(err)
	}
	if err := ep.Expect(session.Expected()); err != nil {
		t.Fatal(err)
	}
	if p := ep.video[0].plain; p == nil {
		t.Error("the port of the picture was given up before it was answered")
	}
}
