package transport

import (
	"math/rand/v2"
	"time"
)

// portList is a queue of even ports in a random order. A port that was in use
// goes to its end and stays there until it has rested. Ports are unguessable
// in their order, and the one longest unused is always taken next.
type portList struct {
	queue []resting // ring of all the ports there are
	head  int
	count int
	rest  time.Duration
}

type resting struct {
	port  uint16
	until time.Time
}

func newPortList(low, high uint16, rest time.Duration) *portList {
	l := &portList{rest: rest}
	for p := int(low) + int(low)%2; p+1 <= int(high); p += 2 {
		l.queue = append(l.queue, resting{port: uint16(p)})
	}
	rand.Shuffle(len(l.queue), func(i, j int) { l.queue[i], l.queue[j] = l.queue[j], l.queue[i] })
	l.count = len(l.queue)
	return l
}

// take returns a port that has rested, false if there is none at now.
func (l *portList) take(now time.Time) (uint16, bool) {
	if l.count == 0 || now.Before(l.queue[l.head].until) {
		return 0, false
	}
	port := l.queue[l.head].port
	l.head = (l.head + 1) % len(l.queue)
	l.count--
	return port, true
}

// put gives a port back, to rest from now on.
func (l *portList) put(port uint16, now time.Time) {
	l.queue[(l.head+l.count)%len(l.queue)] = resting{port: port, until: now.Add(l.rest)}
	l.count++
}
