package bridge

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
)

// maxRooms bounds the rooms that somebody is in.
const maxRooms = 1000

// RoomRules say how a room is kept. The zero rules are those of a room that the
// configuration does not know.
type RoomRules struct {
	Name string
	// PIN is asked of every caller, ModeratorPIN makes a moderator of one; empty
	// for none.
	PIN, ModeratorPIN string
	// Max is how many callers there may be; zero means media.DefaultRoomMembers.
	Max int
	// Rate is what is mixed at; zero means by the members.
	Rate media.Rate
	// Silent says that nobody hears who comes and goes.
	Silent bool
	// Locked says that only moderators get in until one of them unlocks it.
	Locked bool
	// Record says that it is recorded from its first caller to its last.
	Record bool
}

// Room is a place where the callers of several calls hear each other. It is there
// while somebody is in it. A caller stays its call's own; the room has but a seat
// for it.
type Room struct {
	rules RoomRules   // immutable
	sound *media.Room // immutable; nil where there is no media

	// Guarded by rooms.mu:
	seats   []*seat
	given   int // seats, ever
	locked  bool
	since   time.Time
	speaker *media.Member
	tape    *record.Recording // nil where it is not recorded
}

// seat is a caller's place in a room.
type seat struct {
	room *Room  // immutable, as what follows
	call *Call  //
	id   string // within the room

	// Guarded by rooms.mu:
	leg       tandem.LegID
	party     tandem.Address
	user      string
	moderator bool
	muted     bool
	since     time.Time
	member    *media.Member // nil where there is no media

	// The call's goroutine only:
	out  bool // it was put out of the room
	star bool // * was pressed
}

// rooms are the rooms of a Bridge.
type rooms struct {
	mu    sync.Mutex // a leaf: guards what follows
	rules map[string]RoomRules
	open  map[string]*Room
}

// SetRooms says how rooms are kept from now on. One that somebody is in stays as
// it is until it is empty.
func (b *Bridge) SetRooms(all []RoomRules) {
	rules := make(map[string]RoomRules, len(all))
	for _, r := range all {
		rules[r.Name] = r
	}
	b.rooms.mu.Lock()
	defer b.rooms.mu.Unlock()
	b.rooms.rules = rules
}

// rulesOf returns the rules of a room; those of the room that is there, if any.
func (b *Bridge) rulesOf(name string) RoomRules {
	b.rooms.mu.Lock()
	defer b.rooms.mu.Unlock()
	if r := b.rooms.open[name]; r != nil {
		return r.rules
	}
	r := b.rooms.rules[name]
	r.Name = name
	return r
}

// closedTo says why nobody, or nobody but a moderator, gets into a room now.
func (b *Bridge) closedTo(rules RoomRules, moderator bool) tandem.Cause {
	b.rooms.mu.Lock()
	defer b.rooms.mu.Unlock()
	r := b.rooms.open[rules.Name]
	switch {
	case r == nil && rules.Locked && !moderator, r != nil && r.locked && !moderator:
		return refuse(403, "room "+rules.Name+" is locked")
	case r != nil && len(r.seats) >= r.max():
		return refuse(486, "room "+rules.Name+" is full")
	case r == nil && len(b.rooms.open) >= maxRooms:
		return refuse(503, "too many rooms are open")
	case r == nil && b.cfg.Busy != nil && b.cfg.Busy(), r != nil && r.sound != nil && r.sound.Crowded():
		return refuse(503, "the gateway has no room to mix for another caller now")
	}
	return tandem.Cause{}
}

func (r *Room) max() int {
	if r.rules.Max > 0 {
		return r.rules.Max
	}
	return media.DefaultRoomMembers
}

// newRoom makes a room that nobody is in yet.
func (b *Bridge) newRoom(rules RoomRules) *Room {
	r := &Room{rules: rules, locked: rules.Locked, since: time.Now()}
	if b.cfg.NewRoom == nil {
		return r
	}
	sound, err := b.cfg.NewRoom(media.RoomConfig{
		Name: rules.Name, Rate: rules.Rate, Sounds: !rules.Silent, Log: b.cfg.Log,
		Max:     r.max() + maxBranches, // a leg and the one that takes its place may both be there for a moment
		Speaker: func(m *media.Member) { b.spoke(r, m) },
	})
	if err != nil {
		b.cfg.Log.Error("room without sound", "room", rules.Name, "error", err)
		return r
	}
	r.sound = sound
	return r
}

// spoke notes who speaks most.
func (b *Bridge) spoke(r *Room, m *media.Member) {
	b.rooms.mu.Lock()
	defer b.rooms.mu.Unlock()
	r.speaker = m
}

// take gives a call a seat in a room, which it makes where there is none.
func (b *Bridge) take(c *Call, rules RoomRules, moderator, muted bool) (*seat, tandem.Cause) {
	if cause := b.closedTo(rules, moderator); cause.Status != 0 {
		return nil, cause
	}
	fresh := b.newRoom(rules)
	s := &seat{
		call: c, leg: c.caller.ID(), party: c.shown, user: c.caller.User(), moderator: moderator, muted: muted, since: time.Now(),
	}
	b.rooms.mu.Lock()
	r := b.rooms.open[rules.Name]
	if r == nil {
		r = fresh
		b.rooms.open[rules.Name] = r
	}
	r.given++
	s.room, s.id = r, strconv.Itoa(r.given)
	r.seats = append(r.seats, s)
	b.rooms.mu.Unlock()
	switch {
	case r == fresh && rules.Record:
		b.recordRoom(r)
	case r != fresh && fresh.sound != nil:
		fresh.sound.Close()
	}
	b.roomChanged(rules.Name)
	return s, tandem.Cause{}
}

// give takes a seat back. The room is no more when it was the last.
func (b *Bridge) give(s *seat) {
	r := s.room
	b.rooms.mu.Lock()
	r.seats = slices.DeleteFunc(r.seats, func(o *seat) bool { return o == s })
	empty, member, tape := len(r.seats) == 0, s.member, r.tape
	if empty && b.rooms.open[r.rules.Name] == r {
		delete(b.rooms.open, r.rules.Name)
	}
	b.rooms.mu.Unlock()
	if member != nil {
		member.Leave()
	}
	if empty && r.sound != nil {
		r.sound.Close()
	}
	if empty && tape != nil {
		tape.Close()
	}
	b.roomChanged(r.rules.Name)
}

// roomRecordingRate is what a room is recorded at that has no rate of its own.
const roomRecordingRate = media.Rate(16000)

// recordRoom begins the recording of a room. One that cannot be recorded is there
// all the same: who confers must not suffer from a disk.
func (b *Bridge) recordRoom(r *Room) {
	if r.sound == nil || b.cfg.Recorder == nil {
		return
	}
	rate := r.rules.Rate
	if rate == 0 {
		rate = roomRecordingRate
	}
	tape, err := b.cfg.Recorder.Room(r.rules.Name, rate)
	if err != nil {
		b.cfg.Log.Error("room is not recorded", "room", r.rules.Name, "error", err)
		return
	}
	b.rooms.mu.Lock()
	r.tape = tape
	b.rooms.mu.Unlock()
	r.sound.Record(tape, rate)
}

func (b *Bridge) roomChanged(name string) {
	if tell := b.cfg.RoomChanged; tell != nil {
		tell(name)
	}
}

// sit lets a leg of the seat's call hear the room, and be heard there. It runs on
// the call's goroutine.
func (s *seat) sit(l Leg) {
	b := s.call.bridge
	l.Focus(true)
	var member *media.Member
	if m := l.Media(); m != nil && s.room.sound != nil {
		var err error
		if member, err = s.room.sound.Join(m); err != nil {
			s.call.log.Warn("not heard in the room", "room", s.room.rules.Name, "error", err)
		}
	}
	b.rooms.mu.Lock()
	s.leg, s.party, s.user, s.member = l.ID(), s.call.shown, l.User(), member
	muted := s.muted
	b.rooms.mu.Unlock()
	if member != nil {
		member.Mute(muted)
	}
	b.roomChanged(s.room.rules.Name)
}

// mute says whether the others hear whoever has the seat.
func (b *Bridge) mute(s *seat, on bool) {
	b.rooms.mu.Lock()
	s.muted = on
	member := s.member
	b.rooms.mu.Unlock()
	if member != nil {
		member.Mute(on)
		sound := media.RoomUnmuted
		if on {
			sound = media.RoomMuted
		}
		member.Sound(sound)
	}
	b.roomChanged(s.room.rules.Name)
}

// lock says whether anybody but moderators gets in; by hears that it was done.
func (b *Bridge) lock(r *Room, on bool, by *seat) {
	b.rooms.mu.Lock()
	r.locked = on
	var member *media.Member
	if by != nil {
		member = by.member
	}
	b.rooms.mu.Unlock()
	if member != nil {
		sound := media.RoomUnlocked
		if on {
			sound = media.RoomLocked
		}
		member.Sound(sound)
	}
	b.roomChanged(r.rules.Name)
}
