package message

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/uac"
)

// patience is how long a sender is kept waiting for his answer: shorter than the
// 32 s after which his transaction ends (Timer F), so that he hears a reason.
const patience = 15 * time.Second

// outcome is what came of a delivery.
type outcome struct {
	arrived bool
	status  int          // of the 2xx, if it has arrived
	cause   tandem.Cause // otherwise: what the sender is told
	away    bool         // otherwise: some device could not be asked, and may take it later
	deaf    bool         // otherwise: the devices take no messages at all
}

// delivery is copies of one message under way (RFC 3261 §16.7, as far as it goes
// for a request that is not INVITE: nothing can be canceled).
type delivery struct {
	done func(outcome)
	late func() // a 2xx after done; may be nil

	mu      sync.Mutex // a leaf: guards what follows
	open    int
	settled bool
	timer   *time.Timer
	so      outcome // the best so far
}

// deliver sends a copy to each place and calls done, once: with the first 2xx,
// with the best refusal when all have refused, or when the time is over (0: when
// the transactions end). late is called, once at most, for a 2xx after that.
func (s *Service) deliver(l letter, to []place, within time.Duration, done func(outcome), late func()) {
	d := &delivery{done: done, late: late, open: len(to)}
	d.so.deaf = true
	if within > 0 {
		d.mu.Lock()
		d.timer = time.AfterFunc(within, d.expire)
		d.mu.Unlock()
	}
	for _, p := range to {
		s.try(d, l, p)
	}
}

// flowFailed is the status of a proxy that has lost the flow to a device (RFC 5626
// §11.1).
const flowFailed = 430

// try sends a copy to one device: by its next flow where one fails.
func (s *Service) try(d *delivery, l letter, p place) {
	var final *sip.Response // Done comes after On, on the same goroutine
	s.client.Send(uac.Request{
		Dest: p.dest, Build: l.writer(p),
		On: func(res *sip.Response) {
			if res.StatusCode >= 200 && final == nil {
				final = res
			}
		},
		Done: func(error) {
			switch failed := final == nil || final.StatusCode == flowFailed; {
			case failed && len(p.others) > 0:
				next := p.others[0]
				next.others = p.others[1:]
				s.try(d, l, next)
			case final == nil:
				d.add(outcome{away: true, cause: refused(480, "the device did not answer")})
			default:
				d.final(final)
			}
		},
	})
}

// final takes a device's answer.
func (d *delivery) final(res *sip.Response) {
	if res.IsSuccess() {
		d.over(outcome{arrived: true, status: res.StatusCode})
		return
	}
	d.add(judge(res.StatusCode))
}

// judge says what a refusal means for the sender.
func judge(status int) outcome {
	switch status {
	case 401, 407: // its challenge is nobody's business: RFC 3261 §22.3 has no aggregation over a B2BUA
		return outcome{cause: refused(403, "the device asked for a password")}
	case 404, 410, 604, 408, 430, 480, 486, 487, 491, 500, 502, 503, 504, 600:
		// Somebody else's device by now, not there, or not now.
		return outcome{away: true, cause: refused(480, "the device answered "+itoa(status))}
	case 405, 501:
		return outcome{deaf: true, cause: refused(status, "the device takes no messages")}
	}
	if status < 400 { // a redirection goes nowhere
		return outcome{away: true, cause: refused(480, "the device answered "+itoa(status))}
	}
	return outcome{cause: refused(status, "the device answered "+itoa(status))}
}

// add takes one refusal, the last of which settles.
func (d *delivery) add(o outcome) {
	d.mu.Lock()
	if d.so.cause.Status == 0 || rank(o.cause.Status) < rank(d.so.cause.Status) {
		d.so.cause = o.cause
	}
	d.so.away, d.so.deaf = d.so.away || o.away, d.so.deaf && o.deaf
	d.open--
	last, so := d.open == 0, d.so
	d.mu.Unlock()
	if last {
		d.over(so)
	}
}

// expire settles what nobody has answered in time.
func (d *delivery) expire() {
	d.over(outcome{away: true, cause: refused(480, "no device has answered in time")})
}

// over settles, once.
func (d *delivery) over(o outcome) {
	d.mu.Lock()
	first := !d.settled
	d.settled = true
	late := d.late
	if o.arrived {
		d.late = nil
	}
	if d.timer != nil {
		d.timer.Stop()
	}
	d.mu.Unlock()
	switch {
	case first:
		d.done(o)
	case o.arrived && late != nil:
		late()
	}
}

// rank orders refusals as RFC 3261 §16.7 step 6 does: a 6xx before all, then the
// lowest class, and in 4xx first those that tell the sender what to change.
func rank(status int) int {
	switch class := status / 100; {
	case class == 6:
		return 0
	case class != 4:
		return class * 10
	}
	switch status {
	case 413, 415, 420, 488:
		return 41
	case 480:
		return 43
	}
	return 42
}
