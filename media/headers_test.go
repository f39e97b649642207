package media

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

func TestTheLastHeadersAreKept(t *testing.T) {
	var r headerRing
	note := func(n int) {
		r.note(&header{seq: uint16(n), ts: uint32(n * 160), ssrc: 7, pt: 8, marker: n == 0}, 160, int64(n)*int64(20*time.Millisecond))
	}
	note(0) // nothing is kept yet
	for n := range 10000 {
		if r.wants() && len(r.chunks) < 3 {
			r.grow(new(headerChunk), int64(n)*int64(20*time.Millisecond))
		}
		note(n)
	}
	all := r.list(true, time.Now(), 10000*int64(20*time.Millisecond))
	if len(all) < 2*chunkHeaders || len(all) > 3*chunkHeaders {
		t.Fatalf("%d headers, want those of two to three chunks", len(all))
	}
	for i, h := range all {
		if want := uint16(10000 - len(all) + i); h.Seq != want || h.Timestamp != uint32(want)*160 || h.SSRC != 7 || h.PayloadType != 8 || h.Size != 160 {
			t.Fatalf("header %d is %+v, want that of packet %d", i, h, want)
		}
		if i > 0 {
			if d := h.At.Sub(all[i-1].At); d < 19*time.Millisecond || d > 21*time.Millisecond {
				t.Fatalf("header %d is %v after the one before, want 20 ms", i, d)
			}
		}
	}
	if n := testing.AllocsPerRun(1000, func() { note(1) }); n != 0 {
		t.Errorf("%v allocations a header, want none", n)
	}
}

// A call may last for weeks, and its ticks are of 32 bits.
func TestHeadersOfALongCallHaveTheirTimes(t *testing.T) {
	var r headerRing
	r.grow(new(headerChunk), 0)
	wall := time.Now()
	for day := range int64(30) {
		now := day * int64(24*time.Hour)
		r.note(&header{seq: uint16(day)}, 160, now)
		all := r.list(true, wall, now+int64(time.Second))
		if ago := wall.Sub(all[day].At); ago < 999*time.Millisecond || ago > 1001*time.Millisecond {
			t.Errorf("on day %d: a second ago is shown as %v ago", day, ago)
		}
	}
}

func TestTheHeadersOfAllLegsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Headers: 5 * chunkSize})
		var legs []*testLeg
		for range 4 {
			legs = append(legs, newTestLeg(t, e, Options{}, testStream(formatPCMU)))
		}
		time.Sleep(time.Second)
		if n := e.chunks.Load(); n != 5 {
			t.Errorf("%d chunks are in use, want 5", n)
		}
		for _, l := range legs {
			l.Close()
		}
		if n := e.chunks.Load(); n != 0 {
			t.Errorf("%d chunks are in use after the end, want none", n)
		}
	})
}

func TestWhatMediaDoesIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []Notice
		e := newTestEngine(t, Config{Headers: 1 << 20, Notify: func(n Notice) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, n)
		}})
		a, b := newTestLeg(t, e, Options{Call: "c", Leg: "a"}, testStream(formatPCMU)), newTestLeg(t, e, Options{Call: "c", Leg: "b"}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		for n := range 100 {
			if n == 50 {
				a.seq += 5
			}
			a.talk(0, make([]byte, 160), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		a.noteDigit(NoticeDigitIn, '5', 100*time.Millisecond)
		time.Sleep(3 * time.Second)
		a.Close()
		b.Close()
		mu.Lock()
		defer mu.Unlock()
		count := map[NoticeKind]int{}
		for _, n := range told {
			count[n.Kind]++
			if n.Call != "c" || n.At.IsZero() || n.Leg != "a" && n.Leg != "b" {
				t.Errorf("%+v", n)
			}
			if n.Kind == NoticeLoss && (n.Lost != 5 || n.Leg != "a") || n.Kind == NoticeDigitIn && n.Digit != '5' {
				t.Errorf("%+v", n)
			}
			if n.Kind == NoticeClosed && n.Leg == "a" && (len(n.Headers.List()) < 95 || n.Stats.Received.Packets != 100) {
				t.Errorf("%d headers, %d packets, want about 100", len(n.Headers.List()), n.Stats.Received.Packets)
			}
		}
		for kind, want := range map[NoticeKind]int{NoticeOpened: 0, NoticeFirstIn: 1, NoticeFirstOut: 1, NoticeLoss: 1, NoticeDigitIn: 1, NoticeClosed: 2} {
			if count[kind] != want && kind != NoticeOpened {
				t.Errorf("notices of kind %d: %d, want %d", kind, count[kind], want)
			}
		}
	})
}

// BenchmarkKeepHeader is what a packet costs more since its header is kept.
func BenchmarkKeepHeader(b *testing.B) {
	var r headerRing
	for n := range maxChunks {
		r.grow(new(headerChunk), int64(n))
	}
	h := header{ssrc: 7, pt: 8}
	at := int64(0)
	for b.Loop() {
		h.seq++
		at += int64(20 * time.Millisecond)
		r.note(&h, 160, at)
	}
}
