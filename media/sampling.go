package media

import "time"

// sampling is when the sound or picture of a timestamp was made, by the wall clock: what
// a sender report tells so that receivers may show both at the same time (RFC 3550 §6.4.1).
// Packets come in late, each by another time, and go on at once; the relation must not go
// to and fro with them. What came with the least delay is the nearest to the truth.
//
//	a packet               the relation
//	the first, or a leap   is its
//	earlier than due       is its
//	later than due         goes after it within some 20 s: clocks drift, ways change
type sampling struct {
	known bool
	ts    uint32
	at    int64
}

const (
	// samplingLeap is how late a packet may be at most for the relation to stay.
	samplingLeap = int64(500 * time.Millisecond)
	// samplingFollows is how long the relation takes to go after what is late, in ms.
	samplingFollows = 20_000
)

// note takes a packet that went out at a time.
func (s *sampling) note(ts, clock uint32, at int64) {
	gone := int64(int32(ts-s.ts)) * int64(time.Second) / int64(clock)
	due := s.at + gone
	if late := at - due; s.known && late >= 0 && late < samplingLeap {
		at = due + late/samplingFollows*min(max(gone/int64(time.Millisecond), 0), samplingFollows)
	}
	*s = sampling{true, ts, at}
}

// now returns the timestamp of what is made at a time.
func (s *sampling) now(clock uint32, at int64) uint32 {
	return s.ts + uint32(units(at-s.at, clock))
}
