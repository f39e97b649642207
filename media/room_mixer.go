package media

import (
	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record"
)

const (
	// maxVoices is how many members are heard at a time; who begins to speak while
	// so many do is not heard before one of them pauses.
	maxVoices = 24
	// ownKeep is for how many ticks an encoder is kept that nobody needs: 10 s.
	ownKeep = 500
	// retuneWait is how many ticks a change of rate waits for a pause: 3 s.
	retuneWait = 150
)

// roomMixer is the inside of a Room. It belongs to the worker.
type roomMixer struct {
	room    *Room
	running bool
	clock   clock
	ticks   int64
	rate    int
	waited  int // ticks that a change of rate has waited for
	members []*Member
	streams []*roomStream // shared ones
	open    int           // members that are heard in this tick

	sum, part []int32
	parting   []int32 // how the voices of those go out who have just left
	mix       []int16 // what those hear who are silent
	before    []int16 // that of the last tick
	pcm       []int16
	limiter   limiter
	noise     uint32
	cue       []int16 // what is left of what all hear
	floor     floor
}

// change takes a member in, or lets it go.
func (x *roomMixer) change(c roomChange) {
	sound := RoomLeft
	if c.come {
		sound = RoomJoined
		x.members = append(x.members, c.m)
		if x.rate == 0 {
			x.setRate(x.wants())
		}
	} else {
		x.members = drop(x.members, c.m)
		x.forget(c.m)
	}
	if x.room.c.Sounds && x.rate > 0 && len(x.cue) == 0 {
		x.cue = roomSound()[codecs.Rate(x.rate)][sound]
	}
}

// forget gives back what a member had.
func (x *roomMixer) forget(m *Member) {
	x.goOut(m)
	m.input.release()
	x.releaseOwn(m)
	m.shared = nil
	m.talking.Store(false)
	if x.floor.leave(m) {
		x.tellSpeaker(nil)
	}
}

// goOut lets the voice of who leaves while it is heard fade within 5 ms: what was heard last of
// it, backwards, which follows on that without a click.
func (x *roomMixer) goOut(m *Member) {
	if m.gain == 0 || len(m.voice) != len(x.sum) || len(m.voice) < len(x.parting) {
		return
	}
	n := len(x.parting)
	for i := range x.parting {
		x.parting[i] += int32(m.voice[len(m.voice)-1-i]) * int32(n-i) / int32(n+1)
	}
}

func (x *roomMixer) releaseOwn(m *Member) {
	if m.own != nil {
		m.own.release(&x.room.engine.codecs)
		m.own = nil
	}
	m.alone = false
}

// rest gives everything back: the room is empty.
func (x *roomMixer) rest() {
	x.releaseStreams()
	x.running, x.rate, x.cue, x.waited = false, 0, nil, 0
	x.room.rate.Store(int32(max(x.room.c.Rate, codecs.Rate8k)))
}

func (x *roomMixer) releaseStreams() {
	for _, s := range x.streams {
		s.release(&x.room.engine.codecs)
	}
	x.streams = x.streams[:0]
}

// renew says that what the members get next does not follow from what they got.
func (x *roomMixer) renew() {
	for _, m := range x.members {
		m.ep.line.renew(&m.origin)
	}
}

// wants returns the rate that is best for the members there are.
func (x *roomMixer) wants() int {
	if r := x.room.c.Rate; r != 0 {
		return int(r)
	}
	return int(bestRate(x.members))
}

// retune goes to a better rate where the members have one, in a pause if there is
// one soon. It never goes back before the room is empty.
func (x *roomMixer) retune() {
	if x.room.c.Rate != 0 || x.ticks%16 != 0 && x.waited == 0 {
		return
	}
	want := x.wants()
	if want <= x.rate {
		x.waited = 0
		return
	}
	if x.waited++; x.open == 0 || x.waited > retuneWait {
		x.waited = 0
		x.setRate(want)
	}
}

// setRate makes all that depends on the rate anew.
func (x *roomMixer) setRate(rate int) {
	x.releaseStreams()
	for _, m := range x.members {
		x.releaseOwn(m)
		m.shared = nil
	}
	n := rate / 50
	x.rate = rate
	x.sum, x.part = make([]int32, n), make([]int32, n)
	x.parting = make([]int32, rate/blendPart)
	x.mix, x.before, x.pcm = make([]int16, n), make([]int16, n), make([]int16, n)
	x.limiter, x.cue = newLimiter(), nil
	if x.noise == 0 {
		x.noise = 1
	}
	x.room.rate.Store(int32(rate))
}

// tick makes 20 ms.
func (x *roomMixer) tick(at int64) {
	x.retune()
	x.listen(at)
	for _, m := range x.members {
		x.assign(m)
	}
	for _, s := range x.streams {
		x.encode(s)
	}
	for _, m := range x.members {
		x.serve(m, at)
	}
	if rec := x.room.recording.Load(); rec != nil {
		rec.write(x.mix, x.rate)
	}
	if x.floor.give(x.members) {
		x.tellSpeaker(x.floor.speaker)
	}
	x.mix, x.before = x.before, x.mix
	x.ticks++
}

func (x *roomMixer) tellSpeaker(m *Member) {
	if tell := x.room.c.Speaker; tell != nil {
		tell(m)
	}
}

// listen adds up what the members say, what tells of comers and goers, and a
// little noise: a line that is all silent sounds dead.
func (x *roomMixer) listen(at int64) {
	for i := range x.sum {
		x.noise ^= x.noise << 13
		x.noise ^= x.noise >> 17
		x.noise ^= x.noise << 5
		x.sum[i] = int32(x.noise>>26) - 32 // -65 dBFS
	}
	n := min(len(x.cue), len(x.sum))
	for i, v := range x.cue[:n] {
		x.sum[i] += int32(v)
	}
	x.cue = x.cue[n:]
	for i, v := range x.parting {
		x.sum[i] += v
	}
	clear(x.parting)
	x.open = 0
	for _, m := range x.members {
		if m.gain > 0 {
			x.open++
		}
	}
	for _, m := range x.members {
		m.listen(at, x.rate, x.open < maxVoices)
		if !m.sounds {
			continue
		}
		if m.started {
			x.open++
		}
		for i, v := range m.voice {
			x.sum[i] += int32(v)
		}
	}
	x.limiter.apply(x.mix, x.sum)
}

// passed returns how much of a frame of some ms is over at the begin of this tick.
func (x *roomMixer) passed(frame int) int { return int(x.ticks * 20 % int64(frame)) }

// assign decides what a member hears in this tick: what all hear who are silent,
// or what is made for it alone.
func (x *roomMixer) assign(m *Member) {
	key, ok := m.hears()
	if m.ready = ok; !ok {
		m.shared, m.alone = nil, false
		return
	}
	if key != m.key || m.shared == nil {
		if m.own != nil && m.own.key != key {
			x.releaseOwn(m)
		}
		m.key, m.shared = key, x.stream(key)
	}
	if m.shared == nil {
		m.ready = false
		return
	}
	m.takeSound(x.rate)
	passed := x.passed(key.frame)
	switch private := m.sounds || len(m.beep) > 0; {
	case private && !m.alone:
		x.leaveShared(m, passed)
	case !private && m.alone && passed == 0 && m.own.limiter.near(&x.limiter):
		m.alone = false
	}
	if m.alone {
		m.unused = 0
		return
	}
	m.shared.users++
	if m.unused++; m.unused == ownKeep {
		x.releaseOwn(m)
	}
}

// leaveShared gives a member an encoder of its own that goes on where the shared
// one is.
func (x *roomMixer) leaveShared(m *Member, passed int) {
	if m.own == nil {
		s, err := newStream(&x.room.engine.codecs, m.key, x.rate)
		if err != nil {
			m.ready = false
			m.ep.count.encodeErrors.Add(1)
			return
		}
		m.own = s
	}
	m.own.begin(m.shared, x.before, passed)
	m.ep.follow(m.own.encoder)
	m.own.limiter = x.limiter
	m.alone = true
}

// stream returns the shared stream of a key; nil where it cannot be had.
func (x *roomMixer) stream(key streamKey) *roomStream {
	for _, s := range x.streams {
		if s.key == key {
			return s
		}
	}
	s, err := newStream(&x.room.engine.codecs, key, x.rate)
	if err != nil {
		x.room.log.Warn("room cannot be heard", "room", x.room.c.Name, "format", key.format.String(), "error", err)
		return nil
	}
	s.unused = 1
	x.streams = append(x.streams, s)
	return s
}

// encode encodes what is shared, where somebody hears it.
func (x *roomMixer) encode(s *roomStream) {
	users := s.users
	s.users, s.made = 0, 0
	if users == 0 {
		s.unused++
		return
	}
	if s.unused > 0 {
		s.begin(nil, x.before, x.passed(s.key.frame))
		s.unused = 0
	}
	s.add(x.mix)
}

// serve sends a member what it hears.
func (x *roomMixer) serve(m *Member, at int64) {
	switch {
	case !m.ready:
	case !m.alone:
		m.send(m.shared, at)
	default:
		copy(x.part, x.sum)
		if m.sounds {
			for i, v := range m.voice {
				x.part[i] -= int32(v)
			}
		}
		n := min(len(m.beep), len(x.part))
		for i, v := range m.beep[:n] {
			x.part[i] += int32(v)
		}
		m.beep = m.beep[n:]
		m.own.limiter.apply(x.pcm, x.part)
		if !m.own.add(x.pcm) {
			m.ep.count.encodeErrors.Add(1)
		}
		m.send(m.own, at)
	}
}

// roomRecording is what a room is recorded with. What is not to belongs to the
// worker.
type roomRecording struct {
	to     *record.Recording
	rate   int
	from   int
	change *codecs.Resampler
	pcm    []int16
}

func (r *roomRecording) write(mix []int16, rate int) {
	if r.from != rate {
		c, err := codecs.NewResampler(codecs.Rate(rate), codecs.Rate(r.rate))
		if err != nil {
			return
		}
		r.from, r.change, r.pcm = rate, c, make([]int16, c.Size(rate/50))
	}
	r.to.WriteMono(r.pcm[:r.change.Resample(r.pcm, mix)])
}
