package media

import (
	"github.com/tandemgw/tandem/media/rtcpmsg"
)

// bursts is how losses are spread, after the Markov model of RFC 3611 A.2. It is
// told of losses only, so that packets that come cost it nothing.
type bursts struct {
	begun         bool
	last          uint32 // extended sequence number of the last packet lost, or of the first ever
	run           uint32 // losses in the burst so far
	gaps          uint32 // times that something was missing
	missing       uint32 // packets that were
	c11, c13, c14 uint32
	c22, c23, c33 uint32
}

// begin says which packet was the first.
func (b *bursts) begin(first uint32) { *b = bursts{begun: true, last: first - 1} }

// lost notes n packets missing, the first of them at an extended sequence number.
func (b *bursts) lost(first, n uint32) {
	if !b.begun || n == 0 {
		return
	}
	got := first - b.last - 1
	if got > 0 {
		b.gaps++
	}
	b.missing += n
	if got >= rtcpmsg.Gmin {
		b.close()
		b.run = 1
		b.c11 += got
	} else {
		b.run++
		if got == 0 {
			b.c33++
		} else {
			b.c23++
			b.c22 += got - 1
		}
	}
	b.c33 += n - 1
	b.run += n - 1
	b.last = first + n - 1
}

// close counts what was lost last: alone, or as a burst.
func (b *bursts) close() {
	switch {
	case b.run == 1:
		b.c14++
	case b.run > 1:
		b.c13++
	}
}

// ratio is BurstR of the E-model: how much longer the losses are together than if
// they came at random with the same rate (ITU-T G.107 §7.5). share is that rate.
func (b *bursts) ratio(share float64) float64 {
	if b.gaps == 0 {
		return 1
	}
	return max(1, float64(b.missing)/float64(b.gaps)*(1-min(max(share, 0), 1)))
}

// metrics computes them up to the extended sequence number now; packetMS is how
// long a packet lasts.
func (b *bursts) metrics(now uint32, packetMS int) rtcpmsg.Spread {
	c := *b
	tail := uint32(0)
	if int32(now-c.last) > 0 {
		tail = now - c.last
	}
	c.c11 += tail // what has come since the last loss belongs to a gap
	c.close()
	length := func(packets, times uint32) uint16 {
		ms := uint64(packets) * uint64(packetMS)
		if times > 1 {
			ms /= uint64(times)
		}
		return uint16(min(ms, 0xffff))
	}
	var s rtcpmsg.Spread
	if gap := c.c11 + c.c14; gap > 0 {
		s.GapDensity = uint8(min(256*uint64(c.c14)/uint64(gap), 255))
	}
	s.GapMS = length(c.c11+c.c14, c.c13)
	if inBurst := c.c22 + 2*c.c23 + c.c33 + c.c13; c.c13 > 0 && inBurst > 0 {
		lostInBurst := c.c23 + c.c33 + c.c13
		s.BurstDensity = uint8(min(256*uint64(lostInBurst)/uint64(inBurst), 255))
		s.BurstMS = length(inBurst, c.c13)
	}
	return s
}
