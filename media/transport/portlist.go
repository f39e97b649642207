package transport

import (
	"math/rand/v2"
	"time"
)

// portList are the even ports that nobody uses, in a random order. A port that was
// in use goes to the end of a queue and stays there until it has rested. Ports are
// unguessable in their order, and the one longest unused is always taken next.
//
// There are two queues, for two lengths of rest: a port on which packets came or
// went may get late ones, from the network or a far end that has not yet heard of
// the end; one on which there never was any only from a far end that begins in
// that moment, so it need not rest much longer than a message takes.
//
// Rest is a comfort: where nothing else is left, the port that has rested longest is
// taken, be it only for quietRest. A call that is refused is worse than a stray packet,
// which the latch judges anyway.
type portList struct {
	heard, quiet portQueue
}

// portQueue is a ring of ports that rest equally long.
type portQueue struct {
	ring  []resting // as large as all the ports there are, made with the first
	head  int
	count int
	rest  time.Duration
}

type resting struct {
	port  uint16
	since time.Time
}

func newPortList(low, high uint16, rest time.Duration) *portList {
	l := &portList{heard: portQueue{rest: rest}, quiet: portQueue{rest: min(rest, quietRest)}}
	var all []resting
	for p := int(low) + int(low)%2; p+1 <= int(high); p += 2 {
		all = append(all, resting{port: uint16(p)})
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	l.quiet.ring, l.quiet.count = all, len(all)
	l.heard.ring = make([]resting, len(all))
	return l
}

// count is how many ports nobody uses, rested or not.
func (l *portList) count() int { return l.heard.count + l.quiet.count }

// take returns a port that has rested, false if there is none at now.
func (l *portList) take(now time.Time) (uint16, bool) {
	heard, quiet := l.heard.ready(now, l.heard.rest), l.quiet.ready(now, l.quiet.rest)
	switch {
	case !heard && !quiet:
		if !l.heard.ready(now, l.quiet.rest) {
			return 0, false
		}
		return l.heard.pop(), true
	case heard && (!quiet || l.heard.ring[l.heard.head].since.Before(l.quiet.ring[l.quiet.head].since)):
		return l.heard.pop(), true
	}
	return l.quiet.pop(), true
}

// put gives a port back, to rest from now on; heard says that there were packets
// on it.
func (l *portList) put(port uint16, now time.Time, heard bool) {
	if heard {
		l.heard.push(port, now)
	} else {
		l.quiet.push(port, now)
	}
}

// ready says whether there is a port that has rested so long.
func (q *portQueue) ready(now time.Time, rest time.Duration) bool {
	return q.count > 0 && !now.Before(q.ring[q.head].since.Add(rest))
}

func (q *portQueue) pop() uint16 {
	port := q.ring[q.head].port
	q.head = (q.head + 1) % len(q.ring)
	q.count--
	return port
}

func (q *portQueue) push(port uint16, now time.Time) {
	q.ring[(q.head+q.count)%len(q.ring)] = resting{port: port, since: now}
	q.count++
}
