package bridge

import (
	"cmp"
	"slices"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// RoomView is a room as it is at one moment.
type RoomView struct {
	Name string
	// Known says that the configuration defines it; else it is there because
	// somebody is in it.
	Known  bool
	Locked bool
	// Private says that a PIN is asked for.
	Private bool
	Max     int
	Rate    media.Rate // that is mixed at now; zero while it is empty
	Since   time.Time  // zero while it is empty
	Members []MemberView
}

// MemberView is somebody in a room.
type MemberView struct {
	ID        string // within the room
	Call      tandem.CallID
	Leg       tandem.LegID
	Party     tandem.Address
	User      string // of ours; empty for none
	Moderator bool
	Muted     bool
	Speaking  bool // heard by the others now
	Floor     bool // has spoken most lately
	Since     time.Time
}

// Rooms returns all rooms that the configuration defines or somebody is in, by
// name.
func (b *Bridge) Rooms() []RoomView {
	b.rooms.mu.Lock()
	defer b.rooms.mu.Unlock()
	var all []RoomView
	for name := range b.rooms.rules {
		all = append(all, b.rooms.viewLocked(name))
	}
	for name := range b.rooms.open {
		if _, known := b.rooms.rules[name]; !known {
			all = append(all, b.rooms.viewLocked(name))
		}
	}
	slices.SortFunc(all, func(x, y RoomView) int { return cmp.Compare(x.Name, y.Name) })
	return all
}

// Room returns one room; false where there is none.
func (b *Bridge) Room(name string) (RoomView, bool) {
	b.rooms.mu.Lock()
	defer b.rooms.mu.Unlock()
	_, known := b.rooms.rules[name]
	if !known && b.rooms.open[name] == nil {
		return RoomView{}, false
	}
	return b.rooms.viewLocked(name), true
}

func (t *rooms) viewLocked(name string) RoomView {
	rules, known := t.rules[name]
	r := t.open[name]
	if r == nil {
		r = &Room{rules: rules, locked: rules.Locked}
	}
	v := RoomView{
		Name: name, Known: known, Locked: r.locked, Private: r.rules.PIN != "", Max: r.max(), Rate: r.rules.Rate, Since: r.since,
	}
	if r.sound != nil {
		v.Rate = r.sound.Rate()
	}
	for _, s := range r.seats {
		m := MemberView{
			ID: s.id, Call: s.call.id, Leg: s.leg, Party: s.party, User: s.user, Moderator: s.moderator, Muted: s.muted, Since: s.since,
		}
		if s.member != nil {
			m.Speaking, m.Floor = s.member.Speaking(), s.member == r.speaker
		}
		v.Members = append(v.Members, m)
	}
	return v
}

// RoomAct is something that is done to a room, or to a member of it.
type RoomAct string

// What can be done.
const (
	RoomLock   RoomAct = "lock"
	RoomUnlock RoomAct = "unlock"
	RoomMute   RoomAct = "mute"
	RoomUnmute RoomAct = "unmute"
	RoomKick   RoomAct = "kick"
)

// ActOnRoom does it; member is empty for what is done to a room. False means that
// there is no such room that somebody is in, no such member, or no such act.
func (b *Bridge) ActOnRoom(name, member string, act RoomAct) bool {
	b.rooms.mu.Lock()
	r := b.rooms.open[name]
	var s *seat
	if r != nil {
		if i := slices.IndexFunc(r.seats, func(s *seat) bool { return s.id == member }); i >= 0 {
			s = r.seats[i]
		}
	}
	b.rooms.mu.Unlock()
	switch {
	case r == nil || (member != "") != (s != nil):
		return false
	case s == nil && (act == RoomLock || act == RoomUnlock):
		b.lock(r, act == RoomLock, nil)
	case s != nil && (act == RoomMute || act == RoomUnmute):
		b.mute(s, act == RoomMute)
	case s != nil && act == RoomKick:
		return s.call.Post(func() { s.out = true })
	default:
		return false
	}
	return true
}
