package transport

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/tandemgw/tandem/media/sdp"
)

// record is one record of DTLS in the clear (RFC 6347 §4.1).
func record(kind byte, number byte, body ...byte) []byte {
	return append([]byte{kind, 254, 253, 0, 0, 0, 0, 0, 0, 0, number, 0, byte(len(body))}, body...)
}

// part is a fragment of a handshake message (RFC 6347 §4.2.2).
func part(kind, sequence, offset, length, whole byte, body ...byte) []byte {
	return append([]byte{kind, 0, 0, whole, 0, sequence, 0, 0, offset, 0, 0, length}, body...)
}

// hostileDTLS are datagrams in the name of a far end, which pion/dtls would answer
// with an alert under our own keys, or keep.
func hostileDTLS() map[string][]byte {
	many := []byte(nil)
	for i := range byte(100) {
		many = append(many, record(20, i, 1)...)
	}
	return map[string][]byte{
		"a change of cipher that is none":       record(20, 50, 2),
		"an empty change of cipher":             record(20, 51),
		"a long change of cipher":               record(20, 52, 1, 1),
		"an empty handshake":                    record(22, 53),
		"a handshake cut short":                 record(22, 54, 1, 0, 0, 9),
		"a fragment longer than its message":    record(22, 55, part(1, 9, 0, 4, 2, 1, 2, 3, 4)...),
		"a fragment longer than its record":     record(22, 56, part(1, 9, 0, 40, 40, 1, 2)...),
		"a message that is far ahead":           record(22, 57, part(1, 200, 0, 4, 4, 1, 2, 3, 4)...),
		"an unknown kind of record":             record(30, 58, 1, 2, 3),
		"a heartbeat":                           record(24, 59, 1, 0, 2),
		"another version":                       {20, 2, 2, 0, 0, 0, 0, 0, 0, 0, 60, 0, 1, 1},
		"more records than a flight has":        many,
		"a hello again":                         record(22, 61, part(1, 0, 0, 2, 2, 254, 253)...),
		"the last message of a handshake again": record(22, 62, part(20, 7, 0, 2, 2, 1, 2)...),
	}
}

// TestForgedDTLSIsNotAnsweredAndEndsNothing: an alert of ours under the keys that
// were agreed, provoked by one datagram that anybody may forge, would end the call
// at the browser.
func TestForgedDTLSIsNotAnsweredAndEndsNothing(t *testing.T) {
	for name, setup := range map[string]sdp.Setup{"we are the client": sdp.Active, "we are the server": sdp.Passive} {
		t.Run(name, func(t *testing.T) {
			m := newTestMux(t, MuxConfig{})
			b := newBrowser(t, browserConfig{})
			u := newTestPeer(t, m, false)
			var ended atomic.Bool
			b.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
				if s == webrtc.PeerConnectionStateClosed || s == webrtc.PeerConnectionStateFailed {
					ended.Store(true)
				}
			})
			connect(t, m, b, u, call{true, setup}, nil)
			converse(t, b, u)
			from := u.flow.Load()
			for what, x := range hostileDTLS() {
				m.take(datagram{spare(x), from.addr, from.via}, nil)
				converse(t, b, u)
				if ended.Load() || u.has(PeerClosed) {
					t.Fatalf("%s ended the call", what)
				}
			}
		})
	}
}

// TestForgedDTLSOnAPlainLegIsNotAnswered is the same where nobody has proven an
// address: any port of the far end's host may speak DTLS.
func TestForgedDTLSOnAPlainLegIsNotAnswered(t *testing.T) {
	p := newPlainPair(t)
	p.connect(t, true)
	for i := range p.told {
		if !<-p.told[i] {
			t.Fatal("the handshake has failed")
		}
	}
	p.talk(t, 1)
	foe := socket(t)
	sent := uint64(0)
	for range 3 {
		for _, x := range hostileDTLS() {
			for _, l := range p.legs {
				to, _ := plainAddr(l)
				_, _ = foe.WriteToUDPAddrPort(x, to)
			}
			sent++
		}
	}
	for i, l := range p.legs {
		eventually(t, "all judged", func() bool { c := l.Counters(); return c.Malformed+c.Stranger >= sent })
		if c := l.guard.Load().rtp; !c.pipe.Load().done.Load() {
			t.Errorf("leg %d has begun anew", i)
		}
	}
	silent(t, foe)
	p.talk(t, 2)
}

// TestForgedDTLSDoesNotHoldUpAHandshake sprays hellos and alerts from another port
// of the far end's host while it shakes hands.
func TestForgedDTLSDoesNotHoldUpAHandshake(t *testing.T) {
	foe := socket(t)
	for range 5 {
		p := newPlainPair(t)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				for _, l := range p.legs {
					to, _ := plainAddr(l)
					_, _ = foe.WriteToUDPAddrPort(clientHello, to)
					_, _ = foe.WriteToUDPAddrPort(record(21, 9, 2, 40), to)
					_, _ = foe.WriteToUDPAddrPort(record(20, 9, 2), to)
				}
			}
		}()
		p.connect(t, true)
		ok := true
		for i := range p.told {
			ok = <-p.told[i] && ok
		}
		close(stop)
		<-stopped
		if !ok {
			t.Fatal("a stranger has spoiled the handshake")
		}
		p.talk(t, 1)
	}
}

func TestWhatDTLSIsGivenToRead(t *testing.T) {
	sealed := append([]byte{21, 254, 253, 0, 1, 0, 0, 0, 0, 0, 1, 0, 20}, make([]byte, 20)...)
	flight := join3(record(22, 1, part(11, 1, 0, 3, 3, 0, 0, 0)...), record(20, 2, 1), sealed)
	for _, tc := range []struct {
		name                   string
		b                      []byte
		before, client, server bool // whether it passes: in the handshake, after one as client, as server
	}{
		{"an encrypted alert", sealed, true, true, true},
		{"a flight", flight, true, false, true},
		{"a hello", clientHello, true, false, true},
		{"an alert in the clear", record(21, 1, 2, 40), true, false, false},
		{"one hidden behind a hello", join3(clientHello, record(21, 1, 2, 40), nil), true, false, false},
		{"data in the clear", record(23, 1, 9), false, false, false},
		{"a record cut short", sealed[:15], false, false, false},
		{"a header cut short", sealed[:9], false, false, false},
		{"a handshake under the keys", sealedAs(22), true, false, true},
		{"a change of cipher under the keys", sealedAs(20), true, false, true},
		{"data under the keys", sealedAs(23), true, false, false},
		{"data behind an alert", join3(sealedAs(21), sealedAs(23), nil), true, false, false},
		{"an epoch to come", append([]byte{23, 254, 253, 0, 2, 0, 0, 0, 0, 0, 1, 0, 1}, 0), false, false, false},
	} {
		var before, client, server dtlsSieve
		client.over(false)
		server.over(true)
		if a, b, c := before.passes(tc.b, false), client.passes(tc.b, false), server.passes(tc.b, false); a != tc.before || b != tc.client || c != tc.server {
			t.Errorf("%s: passes %v, %v, %v; want %v, %v, %v", tc.name, a, b, c, tc.before, tc.client, tc.server)
		}
	}
	for name, x := range hostileDTLS() {
		var s dtlsSieve
		if name != "a hello again" && name != "the last message of a handshake again" && s.passes(x, false) {
			t.Errorf("%s passes", name)
		}
	}
	var s dtlsSieve
	s.over(true)
	passed := 0
	for range 1000 {
		if s.passes(sealed, false) {
			passed++
		}
	}
	if most := int(alertAtOnce / alertEvery); passed < most || passed > 2*most {
		t.Errorf("%d of 1000 alerts pass, want %d", passed, most)
	}
	for i := range 2 * maxRepeats {
		if s.passes(flight, false) != (i < maxRepeats) {
			t.Fatalf("repeat %d of a flight: %v", i, i >= maxRepeats)
		}
	}
}

// sealedAs is a record that by its looks is under the keys.
func sealedAs(kind byte) []byte {
	return append([]byte{kind, 254, 253, 0, 1, 0, 0, 0, 0, 0, 1, 0, 20}, make([]byte, 20)...)
}

func join3(a, b, c []byte) []byte { return append(append(append([]byte(nil), a...), b...), c...) }

// FuzzRecords checks that reading records neither panics nor goes beyond them.
func FuzzRecords(f *testing.F) {
	for _, x := range hostileDTLS() {
		f.Add(x)
	}
	f.Add(clientHello)
	f.Fuzz(func(t *testing.T, b []byte) {
		if worst, ok := readRecords(b); ok && worst > sealedData {
			t.Fatal("no such thing")
		}
	})
}
