package transport

import "time"

// Quota bounds how much of something is taken from one source: each packet, or octet, has
// a time that it takes, and what comes sooner may run ahead so far and no further. It is
// one number, a time of Now: when all that came would have come at that rate (the generic
// cell rate algorithm, ITU-T I.371). The zero Quota is unspent. It is used by one
// goroutine, or under a lock.
type Quota int64

// Spend reports whether what takes so long may be taken at a time of Now, running ahead
// no further than most.
func (q *Quota) Spend(takes, most time.Duration, at int64) bool {
	until := int64(takes) + at
	if spent := int64(*q); spent != 0 && spent > at {
		until = int64(takes) + spent
	}
	if until-at > int64(most) {
		return false
	}
	*q = Quota(until)
	return true
}
