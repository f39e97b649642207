package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/signaling/trace"
)

// TestTsharkReadsTheSoundThatWasKept: of legs of every profile, since a capture whose
// description names encryption would be taken for encrypted.
func TestTsharkReadsTheSoundThatWasKept(t *testing.T) {
	start := time.Date(2026, 11, 21, 21, 3, 4, 0, time.UTC)
	c := &trace.Trace{Summary: trace.Summary{Call: "k3v9x2mqa7", Start: start}}
	profiles := map[string]string{
		"RTP/AVP": "", "RTP/SAVP": "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n",
		"UDP/TLS/RTP/SAVPF": "a=rtcp-mux\r\na=fingerprint:sha-256 " + strings.Repeat("AB:", 31) + "AB\r\na=setup:active\r\n",
	}
	n := 0
	for profile, lines := range profiles {
		n++
		leg, at := c.Call.Leg(n), start.Add(time.Duration(n)*time.Second)
		near, far := netip.MustParseAddrPort(fmt.Sprintf("192.0.2.1:%d", 10000+2*n)), netip.MustParseAddrPort(fmt.Sprintf("198.51.100.%d:4000", n))
		words := func(a netip.AddrPort) string {
			return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d %[3]s 0\r\n%[4]s", a.Addr(), a.Port(), profile, lines)
		}
		sip := func(in bool, text []byte) trace.Item {
			return trace.Item{At: at, Leg: leg, Kind: trace.SIP, In: in, Transport: "udp", Local: netip.AddrPortFrom(near.Addr(), 5060), Remote: netip.AddrPortFrom(far.Addr(), 5060), Text: text}
		}
		c.Items = append(c.Items, sip(true, message(n, "INVITE sip:1002@example.test SIP/2.0", "1 INVITE", words(far))), sip(false, message(n, "SIP/2.0 200 OK", "1 INVITE", words(near))))
		for i := range 3 {
			c.Packets = append(c.Packets, trace.Packet{
				PacketHeader: media.PacketHeader{At: at.Add(time.Duration(i+1) * 20 * time.Millisecond), In: i != 1, SSRC: 77, Seq: uint16(i), Timestamp: uint32(160 * i), Size: 160},
				Payload:      bytes.Repeat([]byte{0x55}, 160), Leg: leg, Local: near, Remote: far,
			})
		}
	}
	var b bytes.Buffer
	if err := trace.PCAPNG(&b, c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "call.pcapng")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out := run(t, "tshark", "-n", "-r", path, "-T", "fields", "-e", "rtp.payload", "-e", "sip.Method", "-e", "sip.Status-Code", "-e", "_ws.malformed")
	if got := strings.Count(out, strings.Repeat("55", 160)); got != 9 {
		t.Errorf("tshark reads the sound of %d packets, want 9:\n%s", got, out)
	}
	if strings.Count(out, "INVITE") != 3 || strings.Count(out, "200") != 3 || strings.Contains(out, "alformed") {
		t.Errorf("tshark reads\n%s", out)
	}
	if c.Mask(); c.Packets[0].Payload != nil {
		t.Error("who is no administrator gets the sound")
	}
}

// TestTheSoundOfACallIsKeptFromWhenItIsAskedFor: of the legs that there are and of those
// that come, until somebody lets go of it.
func TestTheSoundOfACallIsKeptFromWhenItIsAskedFor(t *testing.T) {
	own := netip.MustParseAddr("127.0.0.1")
	ports, err := transport.NewPorts(transport.PortsConfig{Addr: own})
	if err != nil {
		t.Fatal(err)
	}
	defer ports.Close()
	s := trace.New(trace.Config{})
	e, err := media.New(media.Config{Ports: ports, Notify: s.Notice, Headers: 1 << 20, Clear: 1 << 20, Announce: func(netip.Addr) netip.Addr { return own }})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, known, _ := s.KeepClear("one", true); known {
		t.Error("a call is known that there is none of")
	}
	s.Observe(bridge.Event{At: time.Now(), Kind: bridge.Incoming, Call: "one", Leg: "one-a", Ref: "ref-0", Text: "to 1002"})
	sock, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(own, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	open := func(leg string) *media.Endpoint {
		ep, err := e.NewPlain(media.Options{Call: "one", Leg: leg, Toward: own})
		if err != nil {
			t.Fatal(err)
		}
		pcmu := sdp.Codec{Name: "pcmu", Clock: 8000, Channels: 1, PayloadType: 0}
		if err := ep.Apply(&sdp.Stream{Send: pcmu, Receive: []sdp.Codec{pcmu}, Direction: sdp.SendRecv, PTime: 20, Remote: sdp.Remote{Direction: sdp.SendRecv, RTP: sock.LocalAddr().(*net.UDPAddr).AddrPort()}}); err != nil {
			t.Fatal(err)
		}
		return ep
	}
	seq := uint16(0)
	talk := func(ep *media.Endpoint, sound byte) {
		t.Helper()
		before := ep.Stats().Received.Packets
		for end := time.Now().Add(15 * time.Second); ep.Stats().Received.Packets < before+5; <-time.After(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("no packets come in")
			}
			seq++
			b := append([]byte{0x80, 0, byte(seq >> 8), byte(seq)}, 0, 0, 0, 0, 0, 0, 0, 7)
			binary.BigEndian.PutUint32(b[4:], 160*uint32(seq))
			if _, err := sock.WriteToUDPAddrPort(append(b, bytes.Repeat([]byte{sound}, 160)...), ep.Stats().Way.Local); err != nil {
				t.Fatal(err)
			}
		}
	}
	sound := func() (heads int, kept string) {
		whole, _ := s.Get("one")
		seen := map[string]bool{}
		for _, p := range whole.Packets {
			if p.Payload == nil {
				heads++
			} else if seen[fmt.Sprint(p.Leg, p.Payload[0])] = true; len(p.Payload) != 160 {
				t.Errorf("%d octets of sound", len(p.Payload))
			}
		}
		for _, leg := range []tandem.LegID{"one-a", "one-b"} {
			for n := range 4 {
				if seen[fmt.Sprint(leg, byte(n))] {
					kept += fmt.Sprint(leg[4:], n, " ")
				}
			}
		}
		return heads, strings.TrimSpace(kept)
	}
	a := open("one-a")
	talk(a, 1)
	if c, known, err := s.KeepClear("one", true); !known || err != nil || !c.On || c.Octets == 0 {
		t.Fatalf("%+v, %v, %v", c, known, err)
	}
	b := open("one-b")
	talk(a, 2)
	talk(b, 2)
	if c, _, _ := s.KeepClear("one", false); c.On || c.Octets == 0 {
		t.Errorf("after its end it is %+v", c)
	}
	talk(b, 3)
	if heads, kept := sound(); heads < 10 || kept != "a2 b2" {
		t.Errorf("%d headers, and the sound %q is kept, want a2 b2", heads, kept)
	}
	a.Close()
	b.Close()
	s.Observe(bridge.Event{At: time.Now(), Kind: bridge.Ended, Call: "one", Cause: tandem.CauseNormal})
	if err := s.Close(); err != nil { // which judges it
		t.Fatal(err)
	}
	if _, _, err := s.KeepClear("one", true); err != trace.ErrOver { //nolint:errorlint // it is this one
		t.Errorf("a call that is over: %v", err)
	}
	if c, _ := s.ClearOf("one"); c.Octets == 0 || c.Until.IsZero() {
		t.Errorf("after the call it is %+v", c)
	}
	if heads, kept := sound(); heads != 0 || kept != "a2 b2" {
		t.Errorf("after the call there are %d headers and the sound %q, want a2 b2", heads, kept)
	}
	before := s.Counters().Octets
	if !s.DropClear("one") || s.Counters().Octets >= before {
		t.Error("what was let go of takes memory")
	}
	if _, kept := sound(); kept != "" {
		t.Errorf("what was let go of is there: %q", kept)
	}
}
