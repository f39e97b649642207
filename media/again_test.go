package media

import (
	"testing"

	"github.com/tandemgw/tandem/media/transport"
)

// TestWhatComesTwiceGoesOnOnce between legs that pass packets through, whatever way a
// network repeats them; and a far end that counts anew is heard.
func TestWhatComesTwiceGoesOnOnce(t *testing.T) {
	x, y := quotaLegs(t)
	at, sent := transport.Now(), 0
	send := func(seq uint16, ts uint32) {
		x.in(header{seq: seq, ts: ts, ssrc: 7}, make([]byte, 160), at)
		at += 20 * ms
	}
	for seq := uint16(65500); seq != 100; seq++ { // across the end of the numbers
		ts := 160 * uint32(seq-65500)
		send(seq, ts)
		send(seq, ts)
		if sent++; sent > 40 {
			send(seq-40, ts-40*160)
		}
	}
	if n := len(y.wire.packets()); n != sent {
		t.Errorf("%d packets went on, want each of %d once", n, sent)
	}
	if s := x.Stats().Received; s.Late != uint64(sent+sent-40) {
		t.Errorf("%d are counted as late, want %d", s.Late, 2*sent-40)
	}
	for i := range uint16(10) { // it begins anew, a little further down
		send(90+i, 160*(200+uint32(i)))
	}
	if s := x.Stats().Received; s.Late != uint64(sent+sent-40) {
		t.Errorf("%d are counted as late once the far end counts anew", s.Late)
	}
}

// TestWhatComesVeryLateDoesNotMakeForget which of the packets before have come.
func TestWhatComesVeryLateDoesNotMakeForget(t *testing.T) {
	x, y := quotaLegs(t)
	at := transport.Now()
	send := func(seq uint16) {
		x.in(header{seq: seq, ts: 160 * uint32(seq), ssrc: 7}, make([]byte, 160), at)
		at += 10 * ms
	}
	const sent = 200
	for seq := range uint16(sent) {
		if seq == 20 {
			continue // it is held up
		}
		send(seq)
		if seq == 100 {
			send(20)
			send(97)
			send(98)
		}
	}
	if n := len(y.wire.packets()); n > sent {
		t.Errorf("%d packets of %d went on", n, sent)
	}
	if s := x.Stats().Received; s.Late != 2 {
		t.Errorf("%d are counted as repeated, want 2", s.Late)
	}
}
