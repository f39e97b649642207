package trace

import (
	"errors"
	"slices"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// clearAfter is how long after the end of a call what was kept of it in the clear stays
// in memory, where nobody lets go of it before.
const clearAfter = time.Hour

// Errors of KeepClear.
var (
	// ErrOver says that the call is over.
	ErrOver = errors.New("the call is over")
	// ErrNoRoom says that other calls have used up the memory that there is for it.
	ErrNoRoom = errors.New("there is no memory left to keep sound in: let go of that of another call")
)

// Clear is what is kept of a call in the clear: its RTP packets, decrypted, with their
// sound.
type Clear struct {
	// On says that packets are being kept.
	On bool
	// Octets is how much memory it takes.
	Octets int
	// Until is when it is let go of at the latest; zero while the call goes on.
	Until time.Time
}

// KeepClear begins to keep the packets of a call in the clear, on all legs that it has and
// will have, or ends that; what was kept stays until DropClear, or an hour after the end
// of the call. false says that nothing is known of the call; the error is ErrOver or
// ErrNoRoom.
func (s *Store) KeepClear(id tandem.CallID, on bool) (Clear, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[id]
	if c == nil {
		return Clear{}, false, nil
	}
	if on && !c.End.IsZero() {
		return c.clearNow(), true, ErrOver
	}
	for _, m := range c.media {
		if m.endpoint == nil || m.endpoint.KeepClear(on) {
			continue
		}
		if !c.clear { // all legs or none
			for _, m := range c.media {
				if m.endpoint != nil {
					m.endpoint.DropClear()
				}
			}
		}
		return c.clearNow(), true, ErrNoRoom
	}
	if c.clear != on {
		note := "the sound is kept in the clear from here on, as an administrator asked"
		if !on {
			note = "the sound is not kept in the clear any more"
		}
		s.addLocked(c, Item{At: time.Now(), Kind: Event, Note: note})
	}
	c.clear = on
	return c.clearNow(), true, nil
}

// DropClear ends it, and lets go of what was kept. false says that nothing is known of
// the call.
func (s *Store) DropClear(id tandem.CallID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[id]
	if c != nil {
		s.dropClearLocked(c)
	}
	return c != nil
}

// ClearOf says what is kept of a call in the clear; false where nothing is known of it.
func (s *Store) ClearOf(id tandem.CallID) (Clear, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[id]
	if c == nil {
		return Clear{}, false
	}
	return c.clearNow(), true
}

// clearNow says what is kept. The Store's mutex is held.
func (c *call) clearNow() Clear {
	v := Clear{On: c.clear && c.End.IsZero()}
	for _, m := range c.media {
		v.Octets += m.clear.Size()
		if m.endpoint != nil {
			v.Octets += m.endpoint.ClearSize()
		}
	}
	if v.Octets > 0 && !c.End.IsZero() {
		v.Until = c.End.Add(clearAfter)
	}
	return v
}

func (s *Store) dropClearLocked(c *call) {
	c.clear = false
	for n := range c.media {
		m := &c.media[n]
		if m.endpoint != nil {
			m.endpoint.DropClear()
		}
		s.resizeLocked(c, -m.clear.Size())
		m.clear = nil
	}
	if c.judged {
		c.media = nil
	}
	delete(s.clears, c)
}

// dropOldLocked lets go of what has been kept in the clear for long enough.
func (s *Store) dropOldLocked(now time.Time) {
	for c := range s.clears {
		if !c.End.IsZero() && now.Sub(c.End) >= clearAfter {
			s.dropClearLocked(c)
		}
	}
}

// clearOnly is what stays of the media of a call that is judged: what was kept in the
// clear.
func clearOnly(all []mediaLog) []mediaLog {
	var some []mediaLog
	for _, m := range all {
		if m.clear != nil {
			m.headers = nil
			some = append(some, m)
		}
	}
	return some
}

// withoutClear leaves out what was kept in the clear, which goes to no disk.
func withoutClear(all []mediaLog) []mediaLog {
	all = slices.Clone(all)
	for n := range all {
		all[n].clear = nil
	}
	return all
}

// packetKey names a packet of an endpoint.
type packetKey struct {
	in   bool
	ssrc uint32
	ts   uint32
	seq  uint16
}

func keyOf(h *media.PacketHeader) packetKey {
	return packetKey{h.In, h.SSRC, h.Timestamp, h.Seq}
}

// packetsOf are the packets of an endpoint: those in the clear where there are such,
// the headers of the others.
func (m *mediaLog) packetsOf() (all []Packet) {
	headers, clear, way := m.headers.List(), m.clear.List(), m.way
	if m.endpoint != nil {
		clear, _ = m.endpoint.Clear()
		headers, way = m.endpoint.Headers(), m.endpoint.Stats().Way
	}
	whole := make(map[packetKey]bool, len(clear))
	add := func(h media.PacketHeader, payload []byte) {
		all = append(all, Packet{PacketHeader: h, Payload: payload, Leg: m.leg, Local: unmapped(way.Local), Remote: unmapped(way.Remote)})
	}
	for _, p := range clear {
		whole[keyOf(&p.PacketHeader)] = true
		add(p.PacketHeader, p.Payload)
	}
	for _, h := range headers {
		if !whole[keyOf(&h)] {
			add(h, nil)
		}
	}
	return all
}
