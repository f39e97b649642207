package media

import (
	"sync/atomic"

	"github.com/tandemgw/tandem/codecs"
)

// sampleEvery is which of the packets of a stream is measured: at 20 ms each,
// that is three a second.
const sampleEvery = 16

// meter is how loud a direction of a leg is. One goroutine at a time writes it;
// anybody may read. What nobody decodes has no level, and none is guessed.
type meter struct {
	power   atomic.Uint32 // smoothed mean square + 1; 0 = never measured
	loudest atomic.Uint32 // the greatest mean square + 1
}

// note takes the mean square of some 20 ms of sound.
func (m *meter) note(power uint32) {
	smooth := power
	if old := m.power.Load(); old != 0 {
		smooth = uint32((uint64(old-1) + uint64(power)) / 2)
	}
	m.power.Store(smooth + 1)
	if power+1 > m.loudest.Load() {
		m.loudest.Store(power + 1)
	}
}

// payload measures what can be measured without decoding.
func (m *meter) payload(f format, b []byte) {
	switch f {
	case formatPCMU:
		m.note(codecs.PowerULaw(b))
	case formatPCMA:
		m.note(codecs.PowerALaw(b))
	}
}

// keep remembers how loud it was that somebody was heard who is heard no more.
func (m *meter) keep(heard *meter) {
	if l := heard.loudest.Load(); l > m.loudest.Load() {
		m.loudest.Store(l)
	}
}

// level returns both in dBFS, 0 while unknown.
func (m *meter) level() (now, loudest int) {
	return decibels(m.power.Load()), decibels(m.loudest.Load())
}

// louder is the greater of two levels in dBFS, 0 where neither is known.
func louder(a, b int) int {
	if a == 0 || b != 0 && b > a {
		return b
	}
	return a
}

func decibels(stored uint32) int {
	if stored == 0 {
		return 0
	}
	return min(codecs.Decibels(stored-1), -1)
}

// gauge measures one piece of sound in so many of a direction that is decoded or
// encoded. It belongs to whoever does that.
type gauge struct{ skipped int }

func (g *gauge) note(m *meter, pcm []int16) {
	if g.skipped--; g.skipped < 0 {
		g.skipped = sampleEvery - 1
		m.note(codecs.Power(pcm))
	}
}
