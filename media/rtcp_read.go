package media

import (
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
)

// maxRoundTrip is the longest round trip believed; more is a clock that was
// set or a report that lies.
const maxRoundTrip = 10 * time.Second

// maxJitter is the most jitter believed of a report. Telephones built on ccRTP, such as
// Twinkle, tell of hours: they take a time of day for a time of the media.
const maxJitter = 10 * time.Second

// take puts a leg's reports to use. wall is the NTP time of their arrival, its
// middle 32 bits.
func (r *reception) take(p rtcpmsg.Heard, wall uint32, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = at
	if p.HasSR && (!r.started || p.From == r.ssrc) {
		r.lastSR, r.lastSRBy, r.lastSRAt = p.SRNTP, p.From, at
	}
	for _, ssrc := range p.Bye[:p.Byes] {
		if r.started && ssrc == r.ssrc {
			r.byeAt = at // a forged one is as good as none: the next packet refutes it
		}
	}
	if p.About {
		r.far.at = at
		r.far.lost, r.far.fraction, r.far.jitter = int64(p.Block.Lost), p.Block.Fraction, p.Block.Jitter
		r.trip(wall, p.Block.LastSR, p.Block.Delay)
	}
	r.takeExtended(&p.XR, wall, at)
}

// wantsExtended says that the far end has asked for extended reports.
func (r *reception) wantsExtended() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.xr.heard = true
}

// takeExtended puts a leg's extended report to use.
func (r *reception) takeExtended(x *rtcpmsg.HeardExtended, wall uint32, at int64) {
	if !x.Any {
		return
	}
	r.xr.heard = true
	if x.Reference {
		r.xr.from, r.xr.reference, r.xr.at = x.From, x.NTP, at
	}
	if x.Delay {
		r.trip(wall, x.Last, x.Since)
	}
	if x.Heard {
		r.xr.told, r.xr.quality = true, x.Voice
	}
}

// trip measures the round trip: arrival - LSR - DLSR, in 1/65536 s (RFC 3550
// §6.4.1, RFC 3611 §4.5).
func (r *reception) trip(wall, last, since uint32) {
	if last == 0 {
		return
	}
	trip := int64(int32(wall - last - since))
	d := time.Duration(trip * int64(time.Second) >> 16)
	if d >= -time.Millisecond && d < maxRoundTrip {
		r.far.roundTrip = max(d, time.Microsecond)
	}
}
