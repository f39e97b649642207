package transport

import "errors"

var (
	errReplayed  = errors.New("SRTP packet seen before or too old")
	errShortSRTP = errors.New("SRTP packet too short")
)

// srtpStream is what is known of one SSRC under one key: the index of the newest
// packet and which of the replayWindow before it there were (RFC 3711 §3.2.1,
// §3.3.2).
type srtpStream struct {
	ssrc    uint32
	started bool
	newest  uint64 // rollover counter and sequence number
	seen    [replayWindow / 64]uint64
}

// index returns the index that a sequence number most likely means (RFC 3711
// §3.3.1). Nothing comes before a rollover counter of 0.
func (s *srtpStream) index(seq uint16) uint64 {
	const half = 1 << 15
	last, roc := s.newest&0xffff, s.newest>>16
	switch {
	case last < half && roc > 0 && uint64(seq) > last+half:
		roc--
	case last >= half && last-half > uint64(seq):
		roc++
	}
	return roc<<16 | uint64(seq)
}

// fresh reports whether there was no packet of that index, and whether it is not
// too old to tell.
func (s *srtpStream) fresh(i uint64) bool {
	switch {
	case !s.started || i > s.newest:
		return true
	case s.newest-i >= replayWindow:
		return false
	}
	bit := i % replayWindow
	return s.seen[bit/64]&(1<<(bit%64)) == 0
}

// note remembers a packet that was fresh.
func (s *srtpStream) note(i uint64) {
	switch {
	case !s.started || i >= s.newest+replayWindow:
		clear(s.seen[:])
		s.newest, s.started = i, true
	case i > s.newest:
		for n := s.newest + 1; n < i; n++ { // the places of what is missing
			bit := n % replayWindow
			s.seen[bit/64] &^= 1 << (bit % 64)
		}
		s.newest = i
	case s.newest-i >= replayWindow:
		return
	}
	bit := i % replayWindow
	s.seen[bit/64] |= 1 << (bit % 64)
}

// srtpStreams are those of one key. There is one mostly, and it is found first.
type srtpStreams struct {
	all  []srtpStream
	last int
	room [1]srtpStream // of all, as long as there is no more than one
}

// find returns the stream of an SSRC, nil if there is none yet.
func (t *srtpStreams) find(ssrc uint32) *srtpStream {
	if t.last < len(t.all) && t.all[t.last].ssrc == ssrc {
		return &t.all[t.last]
	}
	for i := range t.all {
		if t.all[i].ssrc == ssrc {
			t.last = i
			return &t.all[i]
		}
	}
	return nil
}

// add makes the stream of an SSRC; nil beyond maxSSRCs.
func (t *srtpStreams) add(ssrc uint32) *srtpStream {
	if len(t.all) >= maxSSRCs {
		return nil
	}
	if t.all == nil {
		t.all = t.room[:0]
	}
	t.all = append(t.all, srtpStream{ssrc: ssrc})
	return &t.all[len(t.all)-1]
}
