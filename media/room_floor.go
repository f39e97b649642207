package media

const (
	// A member has the floor who speaks more than who has it by floorMore, for
	// floorAfter frames: a cough does not take it.
	floorMore  = 1.3
	floorAfter = 15
	// floorQuiet is for how many frames whoever has it may be silent while another
	// speaks.
	floorQuiet = 25
)

// floor tells who speaks most in a room. Who had it last has it on while nobody
// speaks.
type floor struct {
	speaker *Member
	rival   *Member
	ahead   int // frames that rival has been
	quiet   int // frames that speaker has been
}

// leave takes note of a member who is gone; it reports whether it had the floor.
func (f *floor) leave(m *Member) bool {
	if f.rival == m {
		f.rival, f.ahead = nil, 0
	}
	if f.speaker != m {
		return false
	}
	f.speaker = nil
	return true
}

// give looks at a frame; it reports whether somebody else has the floor now.
func (f *floor) give(members []*Member) bool {
	var best *Member
	for _, m := range members {
		if m.gain > 0 && (best == nil || m.energy > best.energy) {
			best = m
		}
	}
	f.quiet++
	if f.speaker != nil && f.speaker.gain > 0 {
		f.quiet = 0
	}
	if best == nil || best == f.speaker {
		f.rival, f.ahead = nil, 0
		return false
	}
	if best != f.rival {
		f.rival, f.ahead = best, 0
	}
	if f.speaker == nil || f.quiet > floorQuiet || best.energy > f.speaker.energy*floorMore {
		f.ahead++
	}
	if f.speaker != nil && f.ahead < floorAfter {
		return false
	}
	f.speaker, f.rival, f.ahead, f.quiet = best, nil, 0, 0
	return true
}
