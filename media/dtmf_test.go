package media

import (
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// sentDigit is one digit as a receiver sees it in captured packets.
type sentDigit struct {
	Digit    string
	Units    int // duration of all segments
	Packets  int
	Ends     int
	Marked   bool // the first packet, and no other
	Segments int
}

// readDigits finds the digits in what went out, by timestamp and code.
func readDigits(t *testing.T, all []packet, pt uint8) []sentDigit {
	t.Helper()
	var digits []sentDigit
	var ts uint32
	before := 0
	for _, p := range audio(all, pt) {
		if len(p.payload) != 4 {
			t.Fatalf("event of %d octets", len(p.payload))
		}
		d, ok := digitOf(p.payload[0])
		if !ok {
			t.Fatalf("event %d", p.payload[0])
		}
		length := int(binary.BigEndian.Uint16(p.payload[2:]))
		n := len(digits) - 1
		switch {
		case n >= 0 && p.ts == ts:
		case n >= 0 && p.ts-ts == maxEvent && digits[n].Digit == d.String() && !p.marker:
			before += maxEvent
			digits[n].Segments++
		default:
			digits = append(digits, sentDigit{Digit: d.String(), Marked: p.marker, Segments: 1})
			before, n = 0, n+1
			p.marker = false
		}
		ts = p.ts
		s := &digits[n]
		s.Marked = s.Marked && !p.marker
		s.Packets++
		s.Units = max(s.Units, before+length)
		if p.payload[1]&0x80 != 0 {
			s.Ends++
		}
	}
	return digits
}

func eventPT(f format) uint8 {
	if f == formatOpus {
		return testEvent48
	}
	return testEvent8
}

// pressing is what a sender does for one digit: updates at 20 ms, then ends.
type pressing struct {
	digit   Digit
	updates int
	ends    int
	marker  bool
	skip    int // that many of the first packets are lost
}

func (l *testLeg) pressAll(f format, presses []pressing) {
	step := f.clock() / 50
	for _, p := range presses {
		ts, at := l.ts, transport.Now()
		total := 0
		for i := range p.updates {
			total = (i + 1) * int(step)
			if i < p.skip {
				l.seq++
				continue
			}
			l.press(eventPT(f), ts, p.digit.event(), uint16(total), false, p.marker && i == 0, at)
			time.Sleep(20 * time.Millisecond)
			at = transport.Now()
		}
		for i := range p.ends {
			l.press(eventPT(f), ts, p.digit.event(), uint16(p.updates)*uint16(step), true, p.marker && p.updates == 0 && i == 0, at)
		}
		time.Sleep(200 * time.Millisecond)
		l.ts = ts + uint32(units(transport.Now()-at, f.clock())) + uint32(total)
	}
}

func TestDigitsCrossOnce(t *testing.T) {
	presses := []pressing{
		{digit: '1', updates: 5, ends: 3, marker: true},
		{digit: '2', updates: 5, ends: 3},                        // no marker
		{digit: '2', updates: 5, ends: 1, marker: true},          // again, ends lost
		{digit: '*', updates: 5, ends: 0, marker: true},          // every end lost
		{digit: '#', updates: 5, ends: 3, marker: true, skip: 2}, // first packets lost
		{digit: 'D', updates: 8, ends: 2, marker: true},
		{digit: Flash, updates: 4, ends: 3, marker: true},
		{digit: '0', updates: 4, ends: 3, marker: true},
	}
	for name, ff := range map[string][2]format{
		"8000 to 8000":   {formatPCMU, formatPCMU},
		"48000 to 8000":  {formatOpus, formatPCMU},
		"8000 to 48000":  {formatPCMA, formatOpus},
		"48000 to 48000": {formatOpus, formatOpus},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				var heard []string
				var lengths []time.Duration
				a := newTestLeg(t, e, Options{Events: Events{Digit: func(d Digit, length time.Duration) {
					heard, lengths = append(heard, d.String()), append(lengths, length)
				}}}, testStream(ff[0]))
				b := newTestLeg(t, e, Options{}, testStream(ff[1]))
				Join(a.Endpoint, b.Endpoint)
				a.pressAll(ff[0], presses)
				synctest.Wait()
				per20 := int(ff[1].clock() / 50)
				var want []sentDigit
				var names []string
				for i, p := range presses {
					want = append(want, sentDigit{
						Digit: p.digit.String(), Units: p.updates * per20, Ends: 3, Marked: true,
						Packets: p.updates - p.skip + 3, Segments: 1,
					})
					names = append(names, p.digit.String())
					if lengths[i] != time.Duration(p.updates)*20*time.Millisecond {
						t.Errorf("digit %d lasted %v, want %d updates", i, lengths[i], p.updates)
					}
				}
				out := b.wire.packets()
				if diff := cmp.Diff(want, readDigits(t, out, eventPT(ff[1]))); diff != "" {
					t.Errorf("digits sent on (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(names, heard); diff != "" {
					t.Errorf("digits told (-want +got):\n%s", diff)
				}
				checkLine(t, b.line.ssrc, out)
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestDigitOfEndPacketsOnly(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	at := transport.Now()
	for range 3 {
		a.press(testEvent48, 5000, 5, 960, true, false, at) // 20 ms
	}
	want := []sentDigit{{Digit: "5", Units: 320, Ends: 3, Marked: true, Packets: 4, Segments: 1}} // 40 ms at least
	if diff := cmp.Diff(want, readDigits(t, b.wire.packets(), testEvent8)); diff != "" {
		t.Errorf("digits sent on (-want +got):\n%s", diff)
	}
}

func TestLongDigitIsSegmented(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		var told []time.Duration
		a := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		b := newTestLeg(t, e, Options{Events: Events{Digit: func(_ Digit, d time.Duration) { told = append(told, d) }}}, testStream(formatOpus))
		Join(a.Endpoint, b.Endpoint)
		for i := range 150 { // 3 s: 144000 units at 48000
			a.press(testEvent8, 5000, 9, uint16(i+1)*160, false, i == 0, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		for range 3 {
			a.press(testEvent8, 5000, 9, 150*160, true, false, transport.Now())
		}
		out := b.wire.packets()
		want := []sentDigit{{Digit: "9", Units: 144000, Ends: 3, Marked: true, Packets: 155, Segments: 3}}
		if diff := cmp.Diff(want, readDigits(t, out, testEvent48)); diff != "" {
			t.Errorf("digits sent on (-want +got):\n%s", diff)
		}
		checkLine(t, b.line.ssrc, out)
		// And back: what was segmented is one digit again.
		for _, p := range out {
			b.in(header{seq: p.seq, ts: p.ts, ssrc: 77, pt: testEvent48, marker: p.marker}, p.payload, transport.Now())
		}
		synctest.Wait()
		want = []sentDigit{{Digit: "9", Units: 24000, Ends: 3, Marked: true, Packets: 155, Segments: 1}}
		got := readDigits(t, a.wire.packets(), testEvent8)
		for i := range got {
			got[i].Packets = 155 // the two of segment ends may count twice
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("digits sent back (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{3 * time.Second}, told); diff != "" {
			t.Errorf("digits told (-want +got):\n%s", diff)
		}
		_ = e.Close()
	})
}

func TestDigitSuppressesSound(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	at := transport.Now()
	a.talk(0, voice(160, 1), 160, at)
	a.talk(0, voice(160, 1), 160, at+20*ms)
	ts := a.ts
	for i := range 5 { // some phones send sound beside their digits
		at += 20 * ms
		a.press(testEvent8, ts, 1, uint16(i+1)*160, false, i == 0, at)
		a.talk(0, voice(160, 2), 160, at)
	}
	for range 3 {
		a.press(testEvent8, ts, 1, 800, true, false, at)
	}
	a.talk(0, voice(160, 3), 160, at+20*ms)
	a.talk(0, voice(160, 3), 160, at+40*ms)
	out := b.wire.packets()
	checkLine(t, b.line.ssrc, out)
	var fills []byte
	for _, p := range audio(out, 0) {
		fills = append(fills, p.payload[0])
	}
	if diff := cmp.Diff([]byte{1, 1, 3, 3}, fills); diff != "" {
		t.Errorf("sound sent (-want +got):\n%s", diff)
	}
	if d := out[2].ts - out[1].ts; d != 160 {
		t.Errorf("the digit begins %d units after the last sound, want 160", d)
	}
	last := audio(out, 0)
	if d := last[2].ts - last[1].ts; d != 160*6 {
		t.Errorf("sound goes on %d units later, want %d", d, 160*6)
	}
}

func TestRelayedDigitAllocatesNothing(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatOpus))
	b.Endpoint.wire = &discardWire{}
	Join(a.Endpoint, b.Endpoint)
	buf := make([]byte, eventSize, eventSize+transport.Tail)
	h := header{pt: testEvent8, ssrc: 7}
	n := testing.AllocsPerRun(1000, func() {
		h.put(buf)
		buf[12], buf[13], buf[14], buf[15] = 5, 10, 0, 160
		if h.seq%4 == 3 {
			buf[13] |= 0x80
			h.ts += 1600
		}
		a.RTP(buf, transport.Now(), nil)
		h.seq++
	})
	if n != 0 {
		t.Errorf("%v allocations a packet, want 0", n)
	}
}

func TestSendDigit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(formatOpus))
		keys := "0123456789*#ABCD"
		for _, c := range keys {
			if err := a.SendDigit(Digit(c), 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.SendDigit('x', 0); err == nil {
			t.Error("SendDigit(x) was accepted")
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		var want []sentDigit
		for _, c := range keys {
			want = append(want, sentDigit{Digit: string(c), Units: 4800, Ends: 3, Marked: true, Packets: 8, Segments: 1})
		}
		out := a.wire.packets()
		if diff := cmp.Diff(want, readDigits(t, out, testEvent48)); diff != "" {
			t.Errorf("digits sent (-want +got):\n%s", diff)
		}
		checkLine(t, a.line.ssrc, out)
		for i := 1; i < len(want); i++ {
			if gap := out[8*i].at - out[8*i-1].at; gap < 50*ms || gap > 100*ms {
				t.Errorf("pause %d lasted %v, want 50 to 100 ms", i, time.Duration(gap))
			}
		}
		_ = e.Close()
	})
}

func TestSendDigitIsBounded(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	s := testStream(formatPCMU)
	s.Direction = sdp.Inactive // so that none is sent
	a := newTestLeg(t, e, Options{}, s)
	accepted := 0
	for range 100 {
		if a.SendDigit('1', time.Second) == nil {
			accepted++
		}
	}
	if accepted > maxQueuedDigits+1 {
		t.Errorf("%d digits were queued, want at most %d", accepted, maxQueuedDigits+1)
	}
	if n := a.Stats().Sent.DigitsUnsent; n != uint64(100-accepted) {
		t.Errorf("%d digits are told of as not sent, want %d", n, 100-accepted)
	}
	a.Close()
	if err := a.SendDigit('1', 0); err == nil {
		t.Error("a closed endpoint took a digit")
	}
}

func TestParseDigit(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "9": "9", "*": "*", "#": "#", "a": "A", "D": "D", "10": "*", "11": "#", "12": "A", "15": "D",
		"16": "!", "flash": "!", " 5 ": "5", "": "?", "E": "?", "17": "?", "123": "?", "1x": "?",
	} {
		d, ok := ParseDigit(in)
		if ok != (want != "?") || d.String() != want {
			t.Errorf("ParseDigit(%q) = %v, %v, want %s", in, d, ok, want)
		}
	}
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte{1, 10, 0, 160, 0x81, 10, 3, 32}, uint32(8000))
	f.Fuzz(func(t *testing.T, b []byte, ts uint32) {
		var r eventReader
		at := int64(1)
		for len(b) > 0 {
			n := min(len(b), 4)
			h := header{ts: ts, ssrc: 1, marker: b[0] > 128}
			c := r.packet(&h, b[:n], 8000, at)
			if c.ended && r.active || c.began && !c.updated {
				t.Fatalf("change %+v, reader %+v", c, r)
			}
			ts += uint32(b[0])
			at += int64(b[0]) * ms
			r.expire(at)
			b = b[n:]
		}
	})
}
