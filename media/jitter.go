package media

import (
	"slices"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

const (
	// jitterSlots is how many packets are held; a power of two. They are 1.28 s
	// of packets of 20 ms, and 640 ms of the shortest.
	jitterSlots = 64
	// jitterSpare is how many octets a slot has at least.
	jitterSpare = 200
	// jitterWindow is of how many packets the transit times are known: 4 s.
	jitterWindow = 200
	// jitterEvery is after how many packets they are looked at anew.
	jitterEvery = 10

	minTarget   = int64(20 * time.Millisecond)
	maxTarget   = int64(200 * time.Millisecond)
	firstTarget = int64(40 * time.Millisecond)
	// targetMargin is waited for longer than the slowest of 95 in 100 packets.
	targetMargin = int64(10 * time.Millisecond)
	// targetFall is by which part, each jitterEvery packets, the target comes down
	// to what is wanted: most of the way in 6 s. It rises at once.
	targetFall = 32
	// muchTooLate is the surplus from which packets are left out whole.
	muchTooLate = int64(250 * time.Millisecond)
)

// jitter is an adaptive jitter buffer: packets are put in as they come, and taken
// out by a clock in the order in which they were sent. It is pure: time comes as
// an argument, in nanoseconds, and it belongs to whoever calls it.
//
//	transit = arrival - timestamp       of each packet, in ns
//	base    = the least transit         of the last jitterWindow packets
//	jitter  = transit - base, 95 %      of them
//	target  = jitter * 1.2 + margin     from 20 to 200 ms; margin: 10 ms, of short packets more
//	delay   = now - (timestamp of what is played + base)
//	surplus = delay - target            what to make shorter, or longer if below 0
//
// Nothing is counted in packets, so that pauses (DTX), packets of any length and
// clocks that run apart all come to the same: a surplus. In a pause the delay is
// put right by itself; else whoever plays the sound shortens or lengthens it.
type jitter struct {
	slots [jitterSlots]jitterSlot
	next  uint16 // to be taken out
	last  uint16 // newest that is held
	held  int

	heard   bool // of a stream
	playing bool // its beginning has been taken out
	ssrc    uint32
	clock   uint32
	lastTS  uint32
	lastExt int64  // lastTS in ns, counted from the stream's first packet
	newest  int64  // end of the newest sound that came, in ns
	span    int64  // how long the packet of sound lasts that came last, in ns; 0 before the first
	due     int64  // what follows the sound that was taken out, in ns
	badSeq  uint16 // a packet out of the way is followed by this one: a new stream
	bad     bool

	transits [jitterWindow]int64
	sorted   [jitterWindow]int64
	counted  int
	base     int64
	target   int64
}

// jitterSlot holds one packet.
type jitterSlot struct {
	used   bool
	seq    uint16
	format format
	ts     int64 // in ns, from the stream's first packet
	span   int64 // in ns; 0 for what has no sound
	data   []byte
}

// putResult says what became of a packet.
type putResult uint8

const (
	putKept putResult = iota
	putLate           // its time is over, or it is there already
	putBad            // it is not of this stream, or malformed
)

// put takes a packet that came at a time. f is formatNone for what has no sound
// and only must not look like a loss: telephone-event, comfort noise.
func (j *jitter) put(h *header, f format, payload []byte, at int64) putResult {
	span := soundSpan(f, payload)
	if f != formatNone && (span <= 0 || len(payload) > slotSize) {
		return putBad
	}
	if f != formatNone {
		j.span = span
	}
	if !j.heard || h.ssrc != j.ssrc || f != formatNone && f.clock() != j.clock && j.clock != 0 {
		j.restart(h, f)
	}
	ts := j.extend(h, f)
	if f != formatNone && j.leaps(at-ts) {
		j.restart(h, f)
		ts = 0
	}
	if r := j.place(h, f, ts); r != putKept {
		if r == putLate && f != formatNone {
			j.count(at - ts)
		}
		return r
	}
	s := &j.slots[h.seq%jitterSlots]
	if s.used {
		return putLate
	}
	if j.held == 0 || int16(h.seq-j.last) > 0 {
		j.last = h.seq
	}
	if f != formatNone {
		ts = j.extend(h, f) // a new stream may have begun
		j.lastTS, j.lastExt = h.ts, ts
		j.newest = max(j.newest, ts+span)
		j.count(at - ts)
	}
	if len(payload) > cap(s.data) { // once or twice, since most packets of a stream are about as long
		s.data = make([]byte, 0, max(jitterSpare, 2*len(payload)))
	}
	*s = jitterSlot{used: true, seq: h.seq, format: f, ts: ts, span: span, data: append(s.data[:0], payload...)}
	j.held++
	return putKept
}

// soundSpan is how long a payload lasts, in ns; 0 when it is malformed.
func soundSpan(f format, payload []byte) int64 {
	switch {
	case f == formatNone:
		return 0
	case f == formatOpus:
		return int64(codecs.OpusDuration(payload))
	}
	return int64(f.span(len(payload))) * int64(time.Second) / int64(f.clock())
}

// restart begins a new stream with h. The target stays: it is the same network.
func (j *jitter) restart(h *header, f format) {
	for i := range j.slots {
		j.slots[i].used = false
	}
	j.held, j.next = 0, h.seq
	j.heard, j.playing, j.bad = true, false, false
	j.ssrc, j.clock = h.ssrc, 0
	if f != formatNone {
		j.clock = f.clock()
	}
	j.lastTS, j.lastExt, j.newest = h.ts, 0, 0
	j.counted = 0
	if j.target == 0 {
		j.target = firstTarget - targetMargin + j.margin()
	}
}

// extend returns the timestamp in ns from the stream's first packet.
func (j *jitter) extend(h *header, f format) int64 {
	if f == formatNone {
		return j.lastExt
	}
	if j.clock == 0 { // the first sound
		j.clock, j.lastTS = f.clock(), h.ts
	}
	d := int64(int32(h.ts - j.lastTS))
	return j.lastExt + d*int64(time.Second)/int64(j.clock)
}

// leaps reports whether a transit time has nothing to do with those before.
func (j *jitter) leaps(transit int64) bool {
	d := transit - j.base
	return j.counted > 0 && (d > int64(leap) || d < -int64(leap))
}

// place says whether a packet is one to be kept, by its sequence number; ts is its
// timestamp in ns. One that is numbered before another and is later than it is of a source
// that counts anew.
func (j *jitter) place(h *header, f format, ts int64) putResult {
	ahead := int(int16(h.seq - j.next))
	switch {
	case ahead >= 0 && ahead < jitterSlots:
	case ahead < 0 && !j.playing && int16(j.last-h.seq) < jitterSlots:
		j.next = h.seq // it overtook nobody: the stream has not begun to be played
	case ahead < 0 && ahead > -jitterSlots && (f == formatNone || ts < j.newest):
		return putLate
	case j.bad && h.seq == j.badSeq:
		j.restart(h, f)
	default:
		j.bad, j.badSeq = true, h.seq+1
		return putBad
	}
	j.bad = false
	return putKept
}

// count takes note of a transit time.
func (j *jitter) count(transit int64) {
	j.transits[j.counted%jitterWindow] = transit
	if j.counted == 0 || transit < j.base {
		j.base = transit
	}
	if j.counted++; j.counted%jitterEvery == 0 {
		j.measure()
	}
}

// measure works the target out.
func (j *jitter) measure() {
	n := min(j.counted, jitterWindow)
	all := j.sorted[:n]
	copy(all, j.transits[:n])
	slices.Sort(all)
	j.base = all[0]
	late := all[n*95/100] - j.base
	want := max(minTarget, min(late*6/5+j.margin(), maxTarget))
	if want >= j.target {
		j.target = want
		return
	}
	j.target = max(want, j.target-max((j.target-want)/targetFall, int64(time.Millisecond)/10))
}

// margin returns for how long more is waited than for the slowest of 95 in 100 packets. A
// tick takes all that is played in it at its begin: the last of short packets must have come
// that much sooner.
func (j *jitter) margin() int64 { return max(targetMargin, tickLength-j.span) }

// jitterKind is what there is to be played next.
type jitterKind uint8

const (
	jitterEmpty   jitterKind = iota // nothing has come, or its time has not: make something up
	jitterFrame                     // a packet
	jitterLost                      // a packet is lost: make up span
	jitterRecover                   // span was lost before this packet, which may carry it (FEC); it comes next
	jitterPause                     // nobody speaks for span
)

// jitterItem is what there is to be played next. Its payload is valid until the
// next put or get.
type jitterItem struct {
	kind    jitterKind
	format  format
	payload []byte
	span    int64 // ns
	// jumped says that sound before it was left out since there was too much.
	jumped bool
}

// get takes out what comes next at now, ahead being how much sound is still to be
// played before it, in ns.
func (j *jitter) get(now, ahead int64) jitterItem {
	jumped := false
	for j.held > 0 {
		s := &j.slots[j.next%jitterSlots]
		if !s.used {
			it, again := j.missing(now, ahead)
			if again {
				continue
			}
			it.jumped = jumped
			return it
		}
		if s.span == 0 {
			j.take(s)
			continue
		}
		if wait := j.wait(s, now, ahead); wait > 0 {
			return jitterItem{kind: jitterPause, format: s.format, span: min(wait, tickLength), jumped: jumped}
		}
		j.take(s)
		j.playing, j.due = true, s.ts+s.span
		if j.held > 0 && j.surplus(now, ahead) > muchTooLate {
			jumped = true
			continue
		}
		return jitterItem{kind: jitterFrame, format: s.format, payload: s.data, span: s.span, jumped: jumped}
	}
	return jitterItem{jumped: jumped}
}

func (j *jitter) take(s *jitterSlot) {
	s.used = false
	j.held--
	j.next++
}

// wait returns for how long the packet that is next is too early: at the
// beginning of a stream and after a pause. That of a stream under way is never.
func (j *jitter) wait(s *jitterSlot, now, ahead int64) int64 {
	if j.playing && s.ts-j.due <= int64(slack) {
		return 0
	}
	if w := s.ts + j.base + j.target - now - ahead; w >= int64(slack) {
		return w
	}
	return 0
}

// missing says what to do about a packet that is not there though a later one is.
// again says to look once more.
func (j *jitter) missing(now, ahead int64) (it jitterItem, again bool) {
	seq := j.next
	for !j.slots[seq%jitterSlots].used {
		seq++
	}
	s := &j.slots[seq%jitterSlots]
	gap := s.ts - j.due
	switch {
	case !j.playing || s.span == 0 || gap <= 0 || gap > int64(longestGap):
		j.next = seq // there is no sound to be made up, or too much
		return it, true
	case j.surplus(now, ahead) < -tickLength:
		return it, false // it may come yet
	}
	carried := int64(0)
	if s.format == formatOpus {
		carried = min(gap, s.span)
	}
	if rest := gap - carried; rest > 0 {
		rest = min(rest, tickLength)
		j.due += rest
		return jitterItem{kind: jitterLost, format: s.format, span: rest}, false
	}
	j.next, j.due = seq, s.ts
	return jitterItem{kind: jitterRecover, format: s.format, payload: s.data, span: gap}, false
}

// ready reports whether the packet that is next is there, of format f, and follows
// on what was taken out.
func (j *jitter) ready(f format) bool {
	s := &j.slots[j.next%jitterSlots]
	return j.playing && j.held > 0 && s.used && s.format == f && s.ts-j.due <= int64(slack)
}

// surplus returns how much later than it should be sound is played, in ns, with
// ahead already taken out; below 0 it is played too early. It never is more than
// can be done without.
func (j *jitter) surplus(now, ahead int64) int64 {
	if !j.playing || j.counted == 0 {
		return 0
	}
	late := now + ahead - j.due - j.base - j.target
	if late > 0 {
		late = min(late, max(0, j.newest-j.due+ahead-tickLength))
	}
	if late > 0 && late < muchTooLate && j.counted < jitterWindow/2 {
		return 0 // what is too much is not known yet
	}
	return late
}
