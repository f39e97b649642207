package media

import (
	"sync/atomic"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// Member is an endpoint in a room. Its methods may be called from any goroutine.
type Member struct {
	room   *Room     // immutable
	ep     *Endpoint // immutable
	origin origin
	input  roomInput

	gone    bool // guarded by room.mu
	muted   atomic.Bool
	talking atomic.Bool
	wanted  atomic.Uint32 // RoomSound+1 that the member alone is to hear; 0: none

	// worker only
	ready   bool    // packets can be sent to it
	gain    float32 // of the member's voice in the mix
	keys    int     // frames for which nothing is heard of a member who has pressed a key
	sounds  bool    // in this frame it is part of the mix
	started bool    // since this frame
	voice   []int16 // as it is in the mix of this frame
	energy  float64 // of the last second or so
	key     streamKey
	shared  *roomStream // with others
	own     *roomStream // nil until it is needed
	alone   bool        // hears own, not shared
	beep    []int16     // what is left of what it alone hears
	unused  int         // frames since own was of use
	packet  [headerSize + slotSize + transport.Tail]byte
}

// Leave takes the member out of its room; the endpoint hears nothing. It does
// nothing when the endpoint has begun to hear something else.
func (m *Member) Leave() {
	m.ep.engine.mu.Lock()
	defer m.ep.engine.mu.Unlock()
	if m.ep.hears.member == m {
		m.ep.hearLocked(source{})
	}
}

// Mute says whether the others hear the member.
func (m *Member) Mute(on bool) { m.muted.Store(on) }

// Muted reports whether the others do not hear the member.
func (m *Member) Muted() bool { return m.muted.Load() }

// Speaking reports whether the member is heard by the others now.
func (m *Member) Speaking() bool { return m.talking.Load() }

// Sound lets the member alone hear a sound beside the room.
func (m *Member) Sound(s RoomSound) { m.wanted.Store(uint32(s) + 1) }

const (
	// gateOpen is the part of a frame in which a voice comes in: 5 ms; it goes out
	// over a whole one.
	gateOpen = 4
	// energyKeep is how much of the energy is left after a frame: half in 300 ms.
	energyKeep = 0.955
)

// listen takes the next 20 ms of the member's voice. free says that one more may
// be heard.
func (m *Member) listen(now int64, rate int, free bool) {
	m.input.setRate(rate)
	pcm := m.input.next(now)
	t := &m.input.talker
	heard := t.on && !m.muted.Load() && (free || m.gain > 0) && !m.holds(now) && !m.dials()
	m.energy *= energyKeep
	if heard {
		m.energy += (1 - energyKeep) * (t.level - noiseLeast)
	}
	m.fade(pcm, heard)
}

// holds reports whether the far end holds the room: what it sends meanwhile, music as a
// rule, is for nobody. Who has only ever spoken to us, as a bell at a door does, holds
// nothing.
func (m *Member) holds(now int64) bool {
	t := m.ep.terms.Load()
	if t == nil || t.sends {
		return false
	}
	_, _, _, started := m.ep.line.now(now)
	return started
}

// dials reports whether what is played of the member now is a key, or may be one: keys
// are for the gateway. What comes is known at once and played after a while.
func (m *Member) dials() bool {
	tone := m.ep.tone.Load()
	if tone == toneSure || m.ep.pressed.Load() {
		m.keys = int(m.input.wait()/tickLength) + 2
	} else if m.keys > 0 {
		m.keys--
	}
	return m.keys > 0 || tone == toneMaybe
}

// fade makes the voice of a frame: all of it, nothing, or on the way between.
func (m *Member) fade(pcm []int16, heard bool) {
	if cap(m.voice) < len(pcm) {
		m.voice = make([]int16, len(pcm))
	}
	m.voice = m.voice[:len(pcm)]
	from := m.gain
	m.gain = 0
	if heard {
		m.gain = 1
	}
	m.sounds, m.started = from > 0 || m.gain > 0, m.gain > from
	switch ramp := len(pcm); {
	case !m.sounds:
	case from == m.gain:
		copy(m.voice, pcm)
	default:
		if m.gain > from {
			ramp /= gateOpen
		}
		step := (m.gain - from) / float32(ramp)
		for i, v := range pcm {
			if i < ramp {
				from += step
			}
			m.voice[i] = int16(float32(v) * from)
		}
	}
	m.talking.Store(m.sounds)
}

// hears returns what packets of the member look like; ok is false while nothing
// can be sent to it.
func (m *Member) hears() (key streamKey, ok bool) {
	t := m.ep.terms.Load()
	if t == nil || !t.sends || t.send.rate() == 0 || !m.ep.up.Load() {
		return key, false
	}
	key = streamKey{format: t.send, frame: t.frame}
	if t.send == formatOpus {
		key.wish = t.opus
		key.wish.dtx = false // a quiet line is heard
		key.lossy = m.ep.loss.told.Load() > 0
	}
	return key, true
}

// takeSound begins the sound that the member alone is to hear.
func (m *Member) takeSound(rate int) {
	if s := m.wanted.Swap(0); s > 0 && s <= roomSounds {
		m.beep = roomSound()[codecs.Rate(rate)][s-1]
	}
}

// send sends what a stream has encoded in this tick.
func (m *Member) send(s *roomStream, at int64) {
	span := s.key.format.clock() / 1000 * uint32(s.key.frame)
	for i := range s.made {
		payload := s.packets[i].payload()
		b := m.packet[:headerSize+copy(m.packet[headerSize:headerSize+slotSize], payload)]
		m.ep.emit(&m.origin, b, lasting{span: span, by: s.encoder}, at, m.room.job.worker.out)
	}
}
