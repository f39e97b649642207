package media

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

func TestPacketsAreKeptInTheClearOnlyWhileThatIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var closed *ClearLog
		e := newTestEngine(t, Config{Clear: 64 * clearChunkSize, Notify: func(n Notice) {
			if n.Kind == NoticeClosed && n.Leg == "a" {
				closed = n.Clear
			}
		}})
		a, b := newTestLeg(t, e, Options{Call: "c", Leg: "a"}, testStream(formatPCMU)), newTestLeg(t, e, Options{Call: "c", Leg: "b"}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		talk := func(n int, sound byte) {
			for range n {
				a.talk(0, bytes.Repeat([]byte{sound}, 160), 160, transport.Now())
				time.Sleep(20 * time.Millisecond)
			}
		}
		talk(10, 1)
		if all, octets := a.Clear(); len(all) != 0 || octets != 0 {
			t.Fatalf("%d packets, %d octets before anybody asked", len(all), octets)
		}
		if !a.KeepClear(true) || !b.KeepClear(true) || !a.KeepClear(true) {
			t.Fatal("it could not begin")
		}
		talk(20, 2)
		a.KeepClear(false)
		talk(10, 3)
		all, octets := a.Clear()
		if len(all) != 20 || octets != 2*clearChunkSize {
			t.Fatalf("%d packets, %d octets, want those of 20 packets", len(all), octets)
		}
		for i, p := range all {
			if !p.In || p.Size != 160 || !bytes.Equal(p.Payload, bytes.Repeat([]byte{2}, 160)) || i > 0 && p.Seq != all[i-1].Seq+1 {
				t.Fatalf("packet %d is %+v", i, p.PacketHeader)
			}
		}
		sent, _ := b.Clear()
		if len(sent) != 30 || sent[0].In || !bytes.Equal(sent[29].Payload, bytes.Repeat([]byte{3}, 160)) {
			t.Fatalf("%d packets were kept of what went to the other leg, want 30", len(sent))
		}
		b.DropClear()
		if all, _ := b.Clear(); len(all) != 0 || b.ClearSize() != 0 {
			t.Error("something is left of what was dropped")
		}
		a.Close()
		if len(closed.List()) != 20 || closed.Size() != 2*clearChunkSize || a.KeepClear(true) {
			t.Errorf("%d packets are left after the end, want 20", len(closed.List()))
		}
		b.Close()
		if n := e.clears.Load(); n != 0 {
			t.Errorf("%d chunks are in use after the end, want none", n)
		}
	})
}

func TestPacketsInTheClearAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Clear: 5 * clearChunkSize})
		a, b, c := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		if !a.KeepClear(true) || !b.KeepClear(true) || c.KeepClear(true) {
			t.Fatal("two legs have room, the third has none")
		}
		for range 2000 { // four chunks
			a.talk(0, make([]byte, 160), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		all, octets := a.Clear()
		if octets != 3*clearChunkSize || len(all) < 300 || len(all) > 800 {
			t.Errorf("%d packets in %d octets, want those of two chunks", len(all), octets)
		}
		for i := range all[1:] {
			if all[i+1].Seq != all[i].Seq+1 {
				t.Fatalf("packet %d follows %d", all[i+1].Seq, all[i].Seq)
			}
		}
		a.DropClear()
		if !c.KeepClear(true) {
			t.Error("what was dropped has left no room")
		}
	})
}

func TestKeepingInTheClearAllocatesNothing(t *testing.T) {
	var c clearing
	c.in.grow(new(clearChunk))
	c.out.grow(new(clearChunk))
	h, b := header{pt: 8}, make([]byte, headerSize+160)
	h.put(b)
	if n := testing.AllocsPerRun(1000, func() {
		h.seq++
		c.keepIn(&h, b[headerSize:], 1)
		c.keepOut(b, 1)
	}); n != 0 {
		t.Errorf("%v allocations a packet, want none", n)
	}
	c.in.note([headerSize]byte(b), make([]byte, 3000), 1) // a length that nobody has
}
