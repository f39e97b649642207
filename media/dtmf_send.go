package media

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

const (
	maxQueuedDigits = 32
	maxDigit        = 5 * time.Second
	digitStep       = 20 * time.Millisecond // between packets of a digit
	minTone         = 70 * time.Millisecond // receivers want 40 ms, and ways lose some
	digitPause      = 70 * time.Millisecond // between digits
	// Where hurried digits wait, keys come faster than that: before the queue is full tones of 60 ms and
	// 40 ms of silence are what receivers must take (ITU-T Q.24 wants 40 and 40).
	hurried       = 24
	hurriedTone   = 60 * time.Millisecond
	hurriedPause  = 40 * time.Millisecond
	digitPatience = 5 * time.Second // a digit that cannot be sent is given up
)

// digitSender sends the queued digits of one leg, each whole, one after the
// other, on the clock of the leg's worker.
type digitSender struct {
	ep  *Endpoint
	job job

	mu     sync.Mutex // guards queue and closed
	queue  []queuedDigit
	closed bool

	// worker only
	now   queuedDigit
	state sending
	began int64
	next  int64
	tone  *digitTone
	buf   [eventSize + transport.Tail]byte
}

type queuedDigit struct {
	digit  Digit
	length time.Duration
	at     int64 // when it was queued
}

type sending uint8

const (
	sendingNothing sending = iota
	sendingEvent
	sendingTone
	sendingPause
)

func newDigitSender(ep *Endpoint) *digitSender {
	s := &digitSender{ep: ep, queue: make([]queuedDigit, 0, maxQueuedDigits)}
	s.job.worker, s.job.run, s.job.broken = ep.worker, s.run, s.broken
	return s
}

// SendDigit queues one digit out of this leg: as SetDigits says, at first as RFC
// 4733 where the far end has telephone-event, else as its tone. dur is brought
// into 40 ms (70 ms for a tone) to 5 s; 0 means 100 ms. The error is ErrClosed, or says that d is no digit, that 32 are queued
// or that nothing is agreed with the far end.
func (ep *Endpoint) SendDigit(d Digit, dur time.Duration) error {
	switch {
	case !d.Valid():
		return fmt.Errorf("send digit %q: no such digit", byte(d))
	case ep.terms.Load() == nil:
		return errors.New("send digit: nothing is agreed with the far end")
	}
	if dur <= 0 {
		dur = 100 * time.Millisecond
	}
	dur = max(minDigit, min(dur, maxDigit))
	if signal := ep.o.Events.Signal; signal != nil && ep.sendsDigits() == DigitsBySignaling {
		if ep.closed.Load() {
			return ErrClosed
		}
		ep.noteDigit(NoticeDigitOut, d, dur)
		signal(d, dur)
		return nil
	}
	if err := ep.sender.add(queuedDigit{digit: d, length: dur, at: transport.Now()}); err != nil {
		return err
	}
	ep.noteDigit(NoticeDigitOut, d, dur)
	return nil
}

func (s *digitSender) add(q queuedDigit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case len(s.queue) == maxQueuedDigits:
		s.ep.count.digitsUnsent.Add(1)
		return fmt.Errorf("send digit: %d are queued", maxQueuedDigits)
	}
	s.queue = append(s.queue, q)
	s.job.wake()
	return nil
}

func (s *digitSender) take() (q queuedDigit, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 || s.closed {
		return q, false
	}
	q = s.queue[0]
	s.queue = s.queue[:copy(s.queue, s.queue[1:])]
	return q, true
}

// waiting is how many digits are still to come.
func (s *digitSender) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

func (s *digitSender) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.job.wake()
}

func (s *digitSender) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// broken gives the line back after a panic.
func (s *digitSender) broken() { s.ep.line.release(s) }

// run is the job: one step, and the time of the next.
func (s *digitSender) run(now int64) int64 {
	if s.isClosed() {
		s.stop()
		return 0
	}
	if s.state != sendingNothing && now < s.next {
		return s.next // woken by another digit
	}
	switch s.state {
	case sendingEvent:
		s.stepEvent(now)
	case sendingTone:
		s.stepTone(now)
	case sendingNothing, sendingPause:
		s.begin(now)
	}
	if s.state == sendingNothing {
		return 0
	}
	return s.next
}

func (s *digitSender) stop() {
	if s.tone != nil {
		s.tone.close()
		s.tone = nil
	}
	s.ep.line.release(s)
	s.state = sendingNothing
}

// begin starts the next digit, if there is one and the line is free.
func (s *digitSender) begin(now int64) {
	if s.now.digit == 0 {
		var ok bool
		if s.now, ok = s.take(); !ok {
			s.state = sendingNothing
			return
		}
	}
	s.began, s.next = now, now
	switch {
	case s.ep.line.beginEvent(s, s.now.digit.event(), nil, now):
		s.state = sendingEvent
		s.stepEvent(now)
	case s.now.digit == Flash && !s.ep.line.hasEvents():
		s.pause(now) // there is no tone for it
	case !s.ep.line.hasEvents() && s.ep.line.hold(s):
		s.tone = newDigitTone(s.ep, s.now.digit, s.now.length, s.waiting() >= hurried)
		s.state = sendingTone
		s.stepTone(now)
	case now-s.now.at > int64(digitPatience):
		s.ep.count.digitsUnsent.Add(1)
		s.pause(now)
	default: // held, or another digit is on its way
		s.state, s.next = sendingPause, now+int64(digitStep)
	}
}

func (s *digitSender) pause(now int64) {
	s.now = queuedDigit{}
	s.state, s.next = sendingPause, now+int64(digitPause)
}

// stepEvent sends the packet that is due of a digit.
func (s *digitSender) stepEvent(now int64) {
	const clock = 48000 // a multiple of what is met
	gone := min(time.Duration(now-s.began)+digitStep, s.now.length)
	p := progress{total: uint32(units(int64(gone), clock)), clock: clock}
	if time.Duration(now-s.began) >= s.now.length {
		p.end = true
		s.ep.endEvent(s, s.buf[:eventSize], p, now)
		s.pause(now)
		return
	}
	s.ep.writeEvent(s, s.buf[:eventSize], p, now)
	s.next += int64(digitStep)
	if end := s.began + int64(s.now.length); s.next > end {
		s.next = end
	}
}

// stepTone sends the frame that is due of a digit's tone.
func (s *digitSender) stepTone(now int64) {
	if s.tone == nil || time.Duration(now-s.began) >= s.tone.whole {
		if next := s.endTone(now); next.digit != 0 {
			s.now = next
			return
		}
	}
	if s.state == sendingTone {
		s.next += int64(s.tone.step(s, now))
	}
}

// endTone ends a tone, and begins the next one where it had better follow at once; it
// returns a digit that was to follow and cannot.
func (s *digitSender) endTone(now int64) (unsent queuedDigit) {
	pause := digitPause
	if s.tone != nil {
		pause = s.tone.pause
		if s.tone.follows() {
			next, ok := s.take()
			if ok && s.tone.again(next.digit, next.length, s.waiting() >= hurried) {
				s.now, s.began, s.next = next, now, now
				s.ep.line.another(s)
				return queuedDigit{}
			}
			unsent = next
		}
		s.tone.close()
		s.tone = nil
	}
	s.ep.line.release(s)
	s.pause(now)
	s.next = now + int64(pause)
	return unsent
}
