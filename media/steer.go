package media

import (
	"sync/atomic"

	"github.com/tandemgw/tandem/codecs"
)

// farLoss is the loss of what a leg is sent, as its far end reports it (RFC 3550
// §6.4.1), made steady: it follows what rises at once by half and what falls by
// an eighth a report, in steps, and FEC that is on stays on until next to nothing
// is lost. A report is rare, and an encoder that changes its mind with each
// sounds worse than one that expects a little too much.
type farLoss struct {
	smooth atomic.Uint32 // 1/256 of a percent
	told   atomic.Uint32 // percent
}

// lossSteps are the losses that an encoder is told, in percent.
var lossSteps = [...]uint32{0, 2, 4, 7, 10, 15, 20, 30}

// note takes a report: fraction is in 1/256 of what was sent.
func (f *farLoss) note(fraction uint8) {
	now, old := uint32(fraction)*100, f.smooth.Load()
	if now > old {
		old += (now - old + 1) / 2
	} else {
		old -= (old - now + 7) / 8
	}
	f.smooth.Store(old)
	percent := old / 256
	told := f.told.Load()
	switch {
	case told == 0 && percent < 2: // FEC is not worth its bits yet
	case told != 0 && percent < 1:
		f.told.Store(0)
	case percent > told || percent*4 < told*3:
		f.told.Store(lossStep(percent))
	}
}

// lossStep returns the step that covers a loss.
func lossStep(percent uint32) uint32 {
	for _, s := range lossSteps[1:] {
		if percent <= s {
			return s
		}
	}
	return lossSteps[len(lossSteps)-1]
}

// Load returns the loss to expect, in percent.
func (f *farLoss) Load() uint32 { return f.told.Load() }

// efforts are the complexities of Opus's SILK by how busy a worker is.
var efforts = [...]int{5, 1, 0}

// steer leads an Opus encoder: what losses it expects, how many bits it takes,
// and how much time.
type steer struct {
	clean  int // bit/s without loss
	base   int // bit/s with some
	loss   uint32
	effort int
}

// begin is for a new encoder.
func (s *steer) begin(rate codecs.Rate, w opusWish) {
	*s = steer{clean: w.clean(rate), base: w.lossy(rate)}
}

// follow tells e what has changed.
func (s *steer) follow(e codecs.Encoder, loss uint32, effort int) {
	if loss != s.loss {
		s.loss = loss
		e.SetLoss(int(loss))
		e.SetBitrate(s.bitrate())
	}
	if effort != s.effort {
		s.effort = effort
		e.SetComplexity(efforts[effort])
	}
}

// bitrate returns what is sent at a loss: with some, SILK encodes, which has FEC;
// where much is lost the way may be full, and wide sound gives way. What is narrow has
// little to give: below some 15 kbit/s Opus would leave FEC out, which is worse.
func (s *steer) bitrate() int {
	bits := s.base
	switch {
	case s.loss == 0:
		return s.clean
	case s.loss >= 20:
		bits = s.base * 6 / 10
	case s.loss >= 10:
		bits = s.base * 8 / 10
	}
	return max(bits, min(s.base, 16000))
}
