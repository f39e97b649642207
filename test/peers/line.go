package peers

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/test/sound"
)

// Line is the sound of a plain phone whose signaling somebody else does: RTP with
// PCMU both ways. It plays a melody, records, and writes down every RFC 4733
// event just as it came.
type Line struct {
	Port int // of RTP
	conn *net.UDPConn
	play []byte // the melody as PCMU, a round of it

	mu     sync.Mutex
	remote *net.UDPAddr
	busy   bool // pressing: the melody waits
	seq    uint16
	ts     uint32
	at     int
	ssrcs  []uint32
	base   uint32 // time stamp of the first sample heard
	pcm    []int16
	events []*KeyEvent
}

// KeyEvent is one RFC 4733 event as it was received.
type KeyEvent struct {
	Key      byte
	At       uint32 // RTP time stamp
	Markers  int    // packets with the marker bit
	Ends     int    // packets with the end bit
	Length   uint16 // the longest duration told, in time stamp units
	Backward bool   // a duration was shorter than one before
}

const (
	frame      = 160 // samples of 20 ms
	lineEvents = 101 // payload type of the events that it sends
	lineSSRC   = 0x1a2b3c4d
	keyOrder   = "0123456789*#ABCD" // RFC 4733 §3.2
)

// StartLine opens a line at an address until the test ends.
func StartLine(t testing.TB, ip string, m sound.Melody) *Line {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		t.Fatal(err)
	}
	pcm := m.PCM(8000, time.Duration(len(m))*sound.Note)
	l := &Line{conn: conn, Port: conn.LocalAddr().(*net.UDPAddr).Port, play: make([]byte, len(pcm))}
	codecs.EncodeULaw(l.play, pcm)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(l.read)
	wg.Go(func() { l.write(stop) })
	t.Cleanup(func() { close(stop); _ = conn.Close(); wg.Wait() })
	return l
}

// To says where the sound goes; it goes there from now on.
func (l *Line) To(ip string, port int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remote = &net.UDPAddr{IP: net.ParseIP(ip), Port: port}
}

func (l *Line) write(stop chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		l.mu.Lock()
		l.ts += frame
		if l.remote != nil && !l.busy {
			payload := make([]byte, frame)
			for i := range payload {
				payload[i] = l.play[(l.at+i)%len(l.play)]
			}
			l.at = (l.at + frame) % len(l.play)
			l.sendLocked(0, false, l.ts, payload)
		}
		l.mu.Unlock()
	}
}

func (l *Line) sendLocked(pt byte, marker bool, ts uint32, payload []byte) {
	b := []byte{0x80, pt}
	if marker {
		b[1] |= 0x80
	}
	l.seq++
	b = binary.BigEndian.AppendUint16(b, l.seq)
	b = binary.BigEndian.AppendUint32(b, ts)
	b = binary.BigEndian.AppendUint32(b, lineSSRC)
	_, _ = l.conn.WriteToUDP(append(b, payload...), l.remote)
}

// Press sends keys as RFC 4733 events of 100 ms.
func (l *Line) Press(keys string) {
	for _, k := range keys {
		l.mu.Lock()
		l.busy = true
		ts := l.ts
		l.mu.Unlock()
		for n := 1; n <= 7; n++ { // five that grow, two more of the last
			end := byte(0)
			if n >= 5 {
				end = 0x80
			}
			payload := binary.BigEndian.AppendUint16([]byte{byte(strings.IndexRune(keyOrder, k)), end | 10}, uint16(min(n, 5)*frame))
			l.mu.Lock()
			l.sendLocked(lineEvents, n == 1, ts, payload)
			l.mu.Unlock()
			Pause(20 * time.Millisecond)
		}
		l.mu.Lock()
		l.busy = false
		l.mu.Unlock()
		Pause(60 * time.Millisecond)
	}
}

func (l *Line) read() {
	b := make([]byte, 2048)
	for {
		n, _, err := l.conn.ReadFromUDP(b)
		if err != nil {
			return
		}
		if n > 12 && b[0] == 0x80 {
			l.mu.Lock()
			l.takeLocked(b[1]&0x7f, b[1]&0x80 != 0, b[:n])
			l.mu.Unlock()
		}
	}
}

func (l *Line) takeLocked(pt byte, marker bool, b []byte) {
	ts, ssrc, payload := binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), b[12:]
	if len(l.ssrcs) == 0 || l.ssrcs[len(l.ssrcs)-1] != ssrc {
		l.ssrcs = append(l.ssrcs, ssrc)
	}
	switch {
	case pt == 0 || pt == 8:
		if len(l.pcm) == 0 {
			l.base = ts
		}
		at, most := int(int32(ts-l.base)), 8000*120
		if at < 0 || at > most {
			return
		}
		for len(l.pcm) < at+len(payload) {
			l.pcm = append(l.pcm, 0)
		}
		decode := codecs.DecodeULaw
		if pt == 8 {
			decode = codecs.DecodeALaw
		}
		decode(l.pcm[at:], payload)
	case len(payload) == 4 && int(payload[0]) < len(keyOrder):
		l.eventLocked(ts, marker, payload)
	}
}

func (l *Line) eventLocked(ts uint32, marker bool, payload []byte) {
	var e *KeyEvent
	if n := len(l.events); n > 0 && l.events[n-1].At == ts {
		e = l.events[n-1]
	} else {
		e = &KeyEvent{Key: keyOrder[payload[0]], At: ts}
		l.events = append(l.events, e)
	}
	if marker {
		e.Markers++
	}
	if payload[1]&0x80 != 0 {
		e.Ends++
	}
	d := binary.BigEndian.Uint16(payload[2:])
	e.Backward = e.Backward || d < e.Length
	e.Length = max(e.Length, d)
}

// Recorded implements Ear.
func (l *Line) Recorded() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pcm)
}

// Heard implements Ear.
func (l *Line) Heard(from int) ([]int16, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]int16(nil), l.pcm[min(from, len(l.pcm)):]...), 8000
}

// SSRCs returns the streams that were received, in order.
func (l *Line) SSRCs() []uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]uint32(nil), l.ssrcs...)
}

// Digits returns the keys received so far.
func (l *Line) Digits() string {
	var out strings.Builder
	for _, e := range l.Events() {
		out.WriteByte(e.Key)
	}
	return out.String()
}

// Events returns the events received so far.
func (l *Line) Events() []KeyEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []KeyEvent
	for _, e := range l.events {
		out = append(out, *e)
	}
	return out
}

// String is for test messages.
func (e KeyEvent) String() string {
	return fmt.Sprintf("%c at %d: %d markers, %d ends, %d long", e.Key, e.At, e.Markers, e.Ends, e.Length)
}
