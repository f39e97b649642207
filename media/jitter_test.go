package media

import (
	"testing"
	"time"
)

// feed is a sender whose packets of PCMU reach a jitter buffer.
type feed struct {
	j    *jitter
	seq  uint16
	ts   uint32
	ssrc uint32
}

func (f *feed) packet(at int64) putResult {
	h := header{seq: f.seq, ts: f.ts, ssrc: f.ssrc}
	f.seq++
	f.ts += 160
	return f.j.put(&h, formatPCMU, ulawSilence(160), at)
}

// skip leaves n packets out.
func (f *feed) skip(n int) { f.seq, f.ts = f.seq+uint16(n), f.ts+uint32(n)*160 }

func ulawSilence(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0xff
	}
	return b
}

// kinds takes n ticks out of j and names what came.
func kinds(j *jitter, now int64, n int) string {
	var all []byte
	for i := range n {
		at := now + int64(i)*tickLength
		for ahead := int64(0); ahead < tickLength; {
			it := j.get(at, ahead)
			all = append(all, "-f!rp"[it.kind])
			if it.span == 0 {
				it.span = tickLength - ahead
			}
			ahead += it.span
		}
	}
	return string(all)
}

func TestJitterPutsPacketsInOrder(t *testing.T) {
	j := &jitter{}
	for i, n := range []uint16{1, 0, 3, 2, 2, 4, 5} {
		h := header{seq: 65533 + n, ts: 0xffffff00 + uint32(n)*160}
		if got, want := j.put(&h, formatPCMU, ulawSilence(160), int64(i)*20*ms), map[bool]putResult{true: putLate}[i == 4]; got != want {
			t.Errorf("packet %d: put = %v, want %v", i, got, want)
		}
	}
	var got []int64
	for i := range 6 {
		it := j.get(int64(i)*20*ms+time.Second.Nanoseconds()/5, 0)
		if it.kind != jitterFrame {
			t.Fatalf("item %d is %v, want a packet", i, it.kind)
		}
		got = append(got, j.due)
	}
	for i := range got {
		if i > 0 && got[i] != got[i-1]+20*ms {
			t.Errorf("packets end at %v, want 20 ms between them", got)
		}
	}
}

func TestJitterWaitsForItsTargetFirst(t *testing.T) {
	j := &jitter{}
	f := &feed{j: j}
	f.packet(0)
	if it := j.get(0, 0); it.kind != jitterPause || it.span != 20*ms {
		t.Errorf("at once: %v for %v, want a pause of a tick", it.kind, time.Duration(it.span))
	}
	if it := j.get(30*ms, 0); it.kind != jitterPause || it.span != 10*ms {
		t.Errorf("after 30 ms: %v for %v, want a pause of 10 ms", it.kind, time.Duration(it.span))
	}
	if it := j.get(30*ms, 10*ms); it.kind != jitterFrame {
		t.Errorf("after the pause: %v, want the packet", it.kind)
	}
}

func TestJitterTellsLossFromPauseAndDelay(t *testing.T) {
	for name, c := range map[string]struct {
		lose func(f *feed)
		want string // what comes out after the first three packets
	}{
		"nothing":             {func(*feed) {}, "ffff"},
		"a packet":            {func(f *feed) { f.skip(1) }, "!ffff"},
		"two packets":         {func(f *feed) { f.skip(2) }, "!!fff"},
		"a pause of 40 ms":    {func(f *feed) { f.ts += 320 }, "ppfff"},
		"a pause and a loss":  {func(f *feed) { f.ts += 1600; f.skip(1) }, "fff"}, // more than can be made up
		"a comfort noise":     {func(f *feed) { f.put(formatNone); f.ts += 160 }, "pfff"},
		"a digit and a pause": {func(f *feed) { f.put(formatNone); f.put(formatNone); f.ts += 320 }, "ppff"},
	} {
		t.Run(name, func(t *testing.T) {
			j := &jitter{}
			f := &feed{j: j}
			for i := range int64(3) {
				f.packet(i * 20 * ms)
			}
			c.lose(f)
			for range int64(4) {
				f.packet(int64(f.ts) / 8 * ms)
			}
			got := kinds(j, 40*ms, 3)
			if got != "fff" {
				t.Fatalf("the first packets came out as %q", got)
			}
			got = kinds(j, 100*ms, 12)
			if len(got) < len(c.want) || got[:len(c.want)] != c.want && name != "a pause and a loss" {
				t.Errorf("then %q, want %q", got, c.want)
			}
		})
	}
}

// put gives the buffer what has no sound.
func (f *feed) put(kind format) {
	h := header{seq: f.seq, ts: f.ts, ssrc: f.ssrc}
	f.seq++
	f.j.put(&h, kind, nil, int64(f.ts)/8*ms)
}

func TestJitterRecoversOpusFromThePacketAfter(t *testing.T) {
	j := &jitter{}
	packet := opusPackets(t, speech(t, 4), 20)[2]
	for _, n := range []uint16{0, 1, 3, 4, 7} {
		h := header{seq: n, ts: uint32(n) * 960}
		j.put(&h, formatOpus, packet, int64(n)*20*ms)
	}
	if got := kinds(j, 180*ms, 9); got != "ffrff!rf-" {
		t.Errorf("came out as %q, want FEC after one loss, and one more made up after two", got)
	}
}

func TestJitterWaitsForALatePacketAndDropsNothing(t *testing.T) {
	j := &jitter{}
	f := &feed{j: j}
	for i := range int64(5) {
		f.packet(i * 20 * ms)
	}
	if got := kinds(j, 40*ms, 8); got != "fffff---" {
		t.Fatalf("came out as %q", got)
	}
	for i := range int64(3) { // 90 ms late, all at once
		f.packet((190 + i) * ms)
	}
	if got := kinds(j, 200*ms, 4); got != "fff-" {
		t.Errorf("the late ones came out as %q, want all of them", got)
	}
}

func TestJitterBeginsAnewWithAnotherStream(t *testing.T) {
	for name, c := range map[string]struct {
		change func(f *feed)
		refuse int // packets of the new stream that are not believed
	}{
		"ssrc":             {func(f *feed) { f.ssrc++; f.seq, f.ts = 40000, 7 }, 0},
		"sequence":         {func(f *feed) { f.seq += 20000 }, 1},
		"sequence back":    {func(f *feed) { f.seq -= 5000 }, 1},
		"clock forward":    {func(f *feed) { f.ts += 8000 * 60 }, 0},
		"clock back":       {func(f *feed) { f.ts -= 8000 * 3600 }, 0},
		"everything":       {func(f *feed) { f.seq += 9000; f.ts += 1 << 31 }, 1},
		"a burst is lost":  {func(f *feed) { f.skip(100) }, 1},
		"clock 1 s ahead":  {func(f *feed) { f.ts += 8000 }, 0},
		"clock 1 s behind": {func(f *feed) { f.ts -= 8000 }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			j := &jitter{}
			f := &feed{j: j, seq: 30000, ts: 1 << 20}
			now := int64(0)
			run := func(n int) (frames int) {
				for range n {
					f.packet(now)
					if j.get(now+5*ms, 0).kind == jitterFrame {
						frames++
					}
					now += tickLength
				}
				return frames
			}
			run(100)
			c.change(f)
			run(5 + c.refuse) // it waits for its target again
			if n := run(100); n < 98 {
				t.Errorf("%d of 100 packets came out after the change", n)
			}
			if j.held > 12 {
				t.Errorf("%d packets are held", j.held)
			}
		})
	}
}

func TestJitterTakesMalformedAndOversizeForNothing(t *testing.T) {
	j := &jitter{}
	h := header{}
	for _, b := range [][]byte{nil, {3}, make([]byte, slotSize+1)} {
		if got := j.put(&h, formatOpus, b, 0); got != putBad {
			t.Errorf("put of %d octets = %v, want bad", len(b), got)
		}
	}
	if j.heard || j.held != 0 {
		t.Error("something of it is held")
	}
}

func FuzzJitter(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	f.Add([]byte("a jitter buffer of arbitrary packets at arbitrary times"))
	f.Fuzz(func(t *testing.T, b []byte) {
		j := &jitter{}
		now := int64(0)
		for ; len(b) >= 6; b = b[6:] {
			h := header{seq: uint16(b[0]) << (b[5] & 8), ts: uint32(b[1]) * 80 << (b[5] & 16), ssrc: uint32(b[5]) >> 7}
			kind := [4]format{formatPCMU, formatNone, formatOpus, formatPCMU}[b[5]&3]
			j.put(&h, kind, b[:b[2]%6], now)
			now += int64(b[3]) * ms
			for range b[4] % 4 {
				it := j.get(now, int64(b[4])*ms/8)
				if it.kind == jitterFrame && it.span <= 0 || it.span < 0 || it.span > int64(time.Second) {
					t.Fatalf("%v for %v", it.kind, time.Duration(it.span))
				}
				j.surplus(now, 0)
			}
			used := 0
			for i := range j.slots {
				if j.slots[i].used {
					used++
				}
			}
			if used != j.held {
				t.Fatalf("%d slots are used, and %d held", used, j.held)
			}
		}
	})
}
