package media

import (
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/rtcpmsg"
)

// leastBuffer is the jitter buffer that the model gives to whoever listens; it is
// at least twice the jitter.
const leastBuffer = 20 * time.Millisecond

// direction is one direction of a leg, as the E-model sees it.
type direction struct {
	codec         format
	narrow        bool // the sound has a telephone's bandwidth
	expected      uint64
	lost, late    int64 // what came twice is in both, with other signs
	burst         float64
	jitter        time.Duration
	roundTrip     time.Duration
	frame         time.Duration // length of a packet
	listenerDelay time.Duration // what the far end says of its own; 0 = unknown
}

// score returns R and MOS, 0 while there is nothing to judge, and for codecs that
// are only passed on.
func (d direction) score() (r, mos float64, wide bool) {
	if d.codec.rate() == 0 || d.expected == 0 {
		return 0, 0, false
	}
	c := codingOf(d.codec, d.narrow)
	k := conditions{
		delay: d.roundTrip/2 + max(d.frame, 10*time.Millisecond) + d.buffer(),
		loss:  float64(max(d.lost+d.late, 0)) / float64(d.expected), burst: max(d.burst, 1),
	}
	r = rating(c, k)
	return r, opinion(r, c.wide), c.wide
}

// buffer is how long sound waits at whoever hears it.
func (d direction) buffer() time.Duration {
	if d.listenerDelay > 0 {
		return d.listenerDelay
	}
	return min(max(2*d.jitter, leastBuffer), 200*time.Millisecond)
}

// hearing is the direction from the far end to us. The caller holds no lock.
func (ep *Endpoint) hearing() direction {
	in := &ep.in
	in.mu.Lock()
	defer in.mu.Unlock()
	return ep.hearingLocked()
}

// hearingLocked is hearing where in.mu is held.
func (ep *Endpoint) hearingLocked() direction {
	in := &ep.in
	d := direction{
		codec: format(in.codec), late: int64(ep.count.late.Load()), roundTrip: in.far.roundTrip, frame: 20 * time.Millisecond,
	}
	d.narrow = narrowband(d.codec)
	if r := ep.route.Load(); r != nil && r.out != formatNone {
		d.narrow = d.narrow || narrowband(r.out)
	}
	if !in.started {
		return d
	}
	d.lost = in.lost + in.lostNow()
	d.expected = uint64(max(int64(in.packets)+d.lost, 0))
	d.jitter = inTime(uint32(in.jitter>>4), in.clock)
	if in.span > 0 {
		d.frame = inTime(in.span, in.clock)
	}
	all := in.bursts
	all.gaps += in.before.gaps
	all.missing += in.before.missing
	if d.expected > 0 {
		d.burst = all.ratio(float64(max(d.lost, 0)) / float64(d.expected))
	}
	return d
}

// narrowband reports whether a format holds 300 to 3400 Hz only.
func narrowband(f format) bool { return f.rate() == codecs.Rate8k }

// extended returns what there is to say to a far end that speaks of extended
// reports; nil to others. deaf says that this report has no sender's part.
func (ep *Endpoint) extended(deaf bool, now int64, wall time.Time) *rtcpmsg.Extended {
	in := &ep.in
	level, _ := ep.heardLevel.level()
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.xr.heard {
		return nil
	}
	x := &rtcpmsg.Extended{}
	if deaf {
		x.Reference = rtcpmsg.NTP(wall)
	}
	if in.xr.at != 0 {
		x.Delay = &rtcpmsg.DelayAnswer{SSRC: in.xr.from, Last: in.xr.reference, Since: uint32(units(now-in.xr.at, 1<<16))}
		in.xr.at = 0
	}
	if !in.started {
		return x
	}
	d := ep.hearingLocked()
	r, mos, wide := d.score()
	v := &rtcpmsg.VoiceMetrics{
		SSRC: in.ssrc, Level: level, RoundTrip: milliseconds(d.roundTrip), Delay: milliseconds(d.buffer() + d.frame),
		Buffer: milliseconds(d.buffer()), R: rtcpmsg.Unavailable, ExtR: rtcpmsg.Unavailable, Listening: rtcpmsg.Unavailable, Conversing: rtcpmsg.Unavailable,
		Spread: in.bursts.metrics(in.settled, int(d.frame/time.Millisecond)),
	}
	if d.expected > 0 {
		v.LossRate = share(d.lost, d.expected)
		v.DiscardRate = share(d.late+min(d.lost, 0), d.expected)
	}
	if d.expected > 0 && d.codec.rate() != 0 {
		if wide { // §4.7.5: R of other scales than G.107's is not for this field
			r = min(r/1.29, 100)
		}
		d.roundTrip, d.jitter = 0, 0 // listening does not mind the delay (§4.7.5)
		_, listening, _ := d.score()
		v.R, v.Conversing, v.Listening = uint8(r+0.5), uint8(mos*10+0.5), uint8(listening*10+0.5)
	}
	x.Voice = v
	return x
}

// share is a part of n in 1/256.
func share(part int64, n uint64) uint8 {
	if part <= 0 || n == 0 {
		return 0
	}
	return uint8(min(256*uint64(part)/n, 255))
}

func milliseconds(d time.Duration) uint16 {
	return uint16(min(max(d/time.Millisecond, 0), 0xffff))
}
