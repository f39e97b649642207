package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/transport"
)

// TestWhoCountsAnewIsHeardAtOnce: a telephone that comes back from a hold may begin its
// numbers anew and keep its source. What it says then is no late packet.
func TestWhoCountsAnewIsHeardAtOnce(t *testing.T) {
	tests := map[string]struct {
		listener format
		back     uint16 // how far the numbers go back
		ts       bool   // the timestamps begin anew, too
	}{
		"transcoded, numbers":                   {formatOpus, 300, false},
		"transcoded, numbers and timestamps":    {formatOpus, 300, true},
		"transcoded, a few numbers":             {formatOpus, 20, false},
		"passed through, numbers":               {formatPCMU, 300, false},
		"passed through, numbers, timestamps":   {formatPCMU, 300, true},
		"passed through, a few numbers":         {formatPCMU, 20, false},
		"transcoded, all that a window can say": {formatOpus, 2900, true},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(c.listener))
				Join(a.Endpoint, b.Endpoint)
				a.speak(int(c.back), func(int) bool { return true }, 0, nil)
				time.Sleep(time.Second)
				before := len(b.wire.packets())
				a.seq -= c.back
				if a.ts += 8000; c.ts {
					a.ts -= 8000 + 160*uint32(c.back)
				}
				a.speak(50, func(int) bool { return true }, 0, nil)
				synctest.Wait()
				out := b.wire.packets()
				if n := len(out) - before; n < 48 || n > 52 {
					t.Errorf("%d packets of the 50 after it went on", n)
				}
				checkLine(t, b.line.ssrc, out)
				_ = e.Close()
			})
		})
	}
}

// TestRoomHearsWhoCountsAnew by a few numbers only, which are as many as its buffer holds.
func TestRoomHearsWhoCountsAnew(t *testing.T) {
	var j jitter
	at, kept := int64(time.Hour), 0
	put := func(seq uint16, ts uint32) {
		if j.put(&header{seq: seq, ts: ts, ssrc: 7}, formatPCMU, burst(true), at) == putKept {
			kept++
		}
		j.get(at, 0)
		at += int64(20 * time.Millisecond)
	}
	for i := range uint16(100) {
		put(1000+i, 160*uint32(i))
	}
	kept = 0
	for i := range uint16(50) {
		put(1070+i, 160*uint32(100+i))
	}
	if kept < 49 {
		t.Errorf("%d of 50 packets are kept", kept)
	}
}

// TestTapeHearsWhoCountsAnew as its listener does.
func TestTapeHearsWhoCountsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := tapedCall(t, record.Config{}, formatPCMU, formatPCMU)
		quiet := func(int) bool { return false }
		r.a.speak(200, quiet, 0, nil)
		time.Sleep(time.Second)
		r.a.seq, r.a.ts = r.a.seq-200, r.a.ts-200*160
		r.a.speak(100, func(i int) bool { return i >= 5 }, 0, nil)
		left, _ := r.end()
		if sound := time.Duration(count(left)) * time.Second / 8000; sound < 1880*time.Millisecond || sound > 1920*time.Millisecond {
			t.Errorf("%v of it are on the recording, want 1.9 s", sound)
		}
	})
}

// TestVeryLatePacketsAreNoNewCount: what a network held up for long comes in between what
// it did not, and is left out.
func TestVeryLatePacketsAreNoNewCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatOpus))
		Join(a.Endpoint, b.Endpoint)
		for i := range uint16(200) {
			if i < 20 || i >= 22 {
				a.in(header{seq: i, ts: 160 * uint32(i), ssrc: 7}, burst(true), transport.Now())
			}
			if i == 180 { // one of them alone
				a.in(header{seq: 20, ts: 160 * 20, ssrc: 7}, burst(true), transport.Now())
			}
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		if n := len(b.wire.packets()); n < 199 || n > 203 {
			t.Errorf("%d packets went on, want 200 and the end", n)
		}
		_ = e.Close()
	})
}
