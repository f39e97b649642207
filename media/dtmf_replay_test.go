package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/media/transport"
)

// captured gives the leg a digit as a file of captured packets has it: always from
// the same sequence number and timestamp, which rise from one key to the next.
func (l *testLeg) captured(code uint8) {
	seq := l.seq
	l.seq = 8000 + 40*uint16(code)
	ts := 13280 + 7000*uint32(code)
	for i := range 7 {
		l.press(testEvent8, ts, code, uint16(i)*320, false, i == 0, transport.Now())
		time.Sleep(20 * time.Millisecond)
	}
	for range 3 {
		l.press(testEvent8, ts, code, 2240, true, false, transport.Now())
		l.seq--
	}
	l.seq = seq
}

// Digits that are played from captures, as SIPp does: the one that is pressed later
// may have been captured earlier, and one that is pressed twice is the same packets.
func TestCapturedDigitsInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		var want []sentDigit
		for _, code := range []uint8{3, 1, 4, 1, 1, 5, 9, 2, 6, 5, 10, 0, 11} {
			a.captured(code)
			time.Sleep(repeated)
			d, _ := digitOf(code)
			want = append(want, sentDigit{Digit: d.String(), Units: 2240, Ends: 3, Marked: true, Packets: 10, Segments: 1})
		}
		out := b.wire.packets()
		if diff := cmp.Diff(want, readDigits(t, out, testEvent8)); diff != "" {
			t.Errorf("digits sent on (-want +got):\n%s", diff)
		}
		checkLine(t, b.line.ssrc, out)
		_ = e.Close()
	})
}

// What the network holds up or doubles is no new digit.
func TestLatePacketsAreNoDigits(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	at := transport.Now()
	digit := func(ts uint32, code uint8) {
		for i := range 5 {
			a.press(testEvent8, ts, code, uint16(i+1)*160, i == 4, i == 0, at+int64(i)*20*ms)
		}
		at += 150 * ms
	}
	digit(8000, 1)
	digit(9600, 2)
	digit(11200, 3)
	for _, end := range []bool{false, true} {
		a.press(testEvent8, 11200, 3, 160, end, !end, at)
		a.press(testEvent8, 9600, 2, 160, end, !end, at)                     // two ago
		a.press(testEvent8, 9600, 2, 320, end, false, at+int64(time.Second)) // and without a marker
		a.press(testEvent8, 8800, 7, 320, end, false, at)                    // never heard of, and too late
	}
	var got string
	for _, d := range readDigits(t, b.wire.packets(), testEvent8) {
		got += d.Digit
	}
	if got != "123" {
		t.Errorf("the digits %s were sent on, want 123", got)
	}
}
