package dialog

import "time"

// The timers of RFC 3261 §17.1.1.1.
const (
	T1 = 500 * time.Millisecond
	T2 = 4 * time.Second
)

// Resend times the retransmission of a 2xx to an INVITE until its ACK comes (RFC
// 3261 §13.3.1.4):
//
//	0    T1    3*T1     7*T1       15*T1       +T2 ...   64*T1
//	200  200   200      200        200         200       give up: BYE
//
// The zero Resend is ready for use.
type Resend struct {
	interval time.Duration
	elapsed  time.Duration
}

// giveUp is how long an ACK is waited for.
const giveUp = 64 * T1

// Next returns how long to wait before the next retransmission; false means that
// 64*T1 are over and the session is to be ended with a BYE.
func (r *Resend) Next() (time.Duration, bool) {
	if r.interval == 0 {
		r.interval = T1
	} else {
		r.interval = min(2*r.interval, T2)
	}
	if r.elapsed >= giveUp {
		return 0, false
	}
	wait := min(r.interval, giveUp-r.elapsed)
	r.elapsed += wait
	return wait, true
}
