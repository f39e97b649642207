package media

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// fakeWire is a Wire that keeps what is written.
type fakeWire struct {
	mu     sync.Mutex
	rtp    []packet
	rtcp   [][]byte
	heard  int64
	closed bool
	notify chan struct{} // capacity 1
}

// packet is one RTP packet that went out.
type packet struct {
	header
	payload []byte
	at      int64
}

func newFakeWire() *fakeWire { return &fakeWire{notify: make(chan struct{}, 1)} }

func (w *fakeWire) WriteRTP(b []byte, _ *transport.Batch) error {
	if cap(b)-len(b) < transport.Tail {
		return transport.ErrShortTail
	}
	h, begin, end, ok := parseHeader(b)
	if !ok || begin != headerSize || end != len(b) {
		return transport.ErrShortTail
	}
	w.mu.Lock()
	w.rtp = append(w.rtp, packet{h, append([]byte(nil), b[begin:end]...), transport.Now()})
	w.mu.Unlock()
	clear(b) // as encryption leaves nothing readable
	w.tell()
	return nil
}

func (w *fakeWire) RelayRTP(b []byte, _ *transport.Batch) error { return w.WriteRTP(b, nil) }

func (w *fakeWire) WriteRTCP(b []byte) error {
	if cap(b)-len(b) < transport.Tail {
		return transport.ErrShortTail
	}
	w.mu.Lock()
	w.rtcp = append(w.rtcp, append([]byte(nil), b...))
	w.mu.Unlock()
	w.tell()
	return nil
}

func (w *fakeWire) tell() {
	select {
	case w.notify <- struct{}{}:
	default:
	}
}

func (w *fakeWire) LastHeard() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard
}

func (w *fakeWire) setHeard(at int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = at
}

func (w *fakeWire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	return nil
}

// packets returns what was written so far.
func (w *fakeWire) packets() []packet {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]packet(nil), w.rtp...)
}

func (w *fakeWire) reports() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([][]byte(nil), w.rtcp...)
}

// audio returns the packets of one payload type.
func audio(all []packet, pt uint8) []packet {
	var some []packet
	for _, p := range all {
		if p.pt == pt {
			some = append(some, p)
		}
	}
	return some
}

// await waits until there are n packets and returns them all.
func (w *fakeWire) await(t *testing.T, n int) []packet {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		if all := w.packets(); len(all) >= n {
			return all
		}
		select {
		case <-w.notify:
		case <-limit:
			t.Fatalf("%d packets were sent, want %d", len(w.packets()), n)
		}
	}
}

// newTestEngine returns an Engine that is closed with the test.
func newTestEngine(t testing.TB, c Config) *Engine {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// testLeg is an Endpoint with its fake wire.
type testLeg struct {
	reading sync.Mutex // as a leg's socket does, one packet at a time
	*Endpoint
	wire *fakeWire
	seq  uint16
	ts   uint32
	ssrc uint32
}

func newTestLeg(t testing.TB, e *Engine, o Options, s *sdp.Stream) *testLeg {
	t.Helper()
	l := &testLeg{Endpoint: e.newEndpoint(o), wire: newFakeWire(), seq: 1000, ts: 5000, ssrc: 0xabcd}
	l.up.Store(true)
	if err := l.open(l.wire); err != nil {
		t.Fatal(err)
	}
	if s != nil {
		if err := l.Apply(s); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// Payload types of the test streams.
const (
	testOpus    = 111
	testEvent8  = 101
	testEvent48 = 110
)

func testCodec(f format) sdp.Codec {
	switch f {
	case formatOpus:
		c := sdp.Opus()
		c.PayloadType = testOpus
		return c
	case formatPCMA:
		return sdp.PCMA()
	}
	return sdp.PCMU()
}

// testStream is an agreed stream of one codec, with telephone-event at its
// clock.
func testStream(f format) *sdp.Stream {
	c := testCodec(f)
	pt := uint8(testEvent8)
	if f == formatOpus {
		pt = testEvent48
	}
	event := sdp.Codec{Name: sdp.NameEvent, Clock: c.Clock, PayloadType: pt}
	return &sdp.Stream{
		Send: c, Receive: []sdp.Codec{c}, SendEvent: event, ReceiveEvents: []sdp.Codec{event}, PTime: 20,
		Remote: sdp.Remote{RTP: netip.MustParseAddrPort("127.0.0.1:9")},
	}
}

// in gives the leg one packet as its socket would.
func (l *testLeg) in(h header, payload []byte, at int64) {
	b := make([]byte, headerSize+len(payload), headerSize+len(payload)+transport.Tail)
	h.put(b)
	copy(b[headerSize:], payload)
	l.reading.Lock()
	defer l.reading.Unlock()
	l.RTP(b, at, nil)
}

// talk gives the leg the next packet of its audio, span units after the last.
func (l *testLeg) talk(pt uint8, payload []byte, span uint32, at int64) {
	l.in(header{pt: pt, seq: l.seq, ts: l.ts, ssrc: l.ssrc}, payload, at)
	l.seq++
	l.ts += span
}

// press gives the leg one telephone-event packet.
func (l *testLeg) press(pt uint8, ts uint32, code uint8, duration uint16, end, marker bool, at int64) {
	b := []byte{code, 10, 0, 0}
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], duration)
	l.in(header{pt: pt, seq: l.seq, ts: ts, ssrc: l.ssrc, marker: marker}, b, at)
	l.seq++
}

// checkLine fails the test unless the packets are one unbroken line: one SSRC,
// each sequence number one more than the last, timestamps that never go back
// but for the packets of one digit.
func checkLine(t *testing.T, ssrc uint32, all []packet) {
	t.Helper()
	for i, p := range all {
		if p.ssrc != ssrc {
			t.Fatalf("packet %d has SSRC %#x, want %#x", i, p.ssrc, ssrc)
		}
		if i == 0 {
			continue
		}
		before := all[i-1]
		if p.seq != before.seq+1 {
			t.Errorf("packet %d has sequence number %d after %d", i, p.seq, before.seq)
		}
		ahead := int32(p.ts - before.ts)
		if ahead < 0 || ahead == 0 && len(p.payload) != 4 {
			t.Errorf("packet %d has timestamp %d after %d", i, p.ts, before.ts)
		}
	}
}
