package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// MaxRooms is how many rooms a file may define.
const MaxRooms = 1000

// maxPIN is the longest PIN of a room, in digits.
const maxPIN = 16

// Room is a place where several callers hear each other.
type Room struct {
	Name         string // as room("name") says it
	PIN          Secret // asked of every caller; empty for none
	ModeratorPIN Secret // makes a moderator of a caller; empty for none
	Max          int    // callers at a time; 0 means the default
	Rate         int    // that is mixed at; 0 means by the members
	Announce     bool   // all hear who comes and goes
	Record       bool   // from the first caller to the last, into the folder of the recordings
	Lock         bool   // nobody but moderators gets in until one of them unlocks it
}

// room reads one room.
func (l *loader) room(b *hclsyntax.Block) {
	name, at, ok := l.label(b)
	r := Room{Name: name, Announce: true}
	places := map[string]hcl.Range{}
	pin := func(into *Secret) func(v value) {
		return func(v value) {
			places[v.name] = v.at
			v.pin(into)
		}
	}
	l.attributes(b.Body, section{name: "room", keys: []key{
		{"pin", pin(&r.PIN)},
		{"moderator_pin", pin(&r.ModeratorPIN)},
		{"max", func(v value) { v.number(&r.Max, 2, 1000) }},
		{"rate", func(v value) { v.samplingRate(&r.Rate) }},
		{"announce", func(v value) { v.boolean(&r.Announce) }},
		{"record", func(v value) { v.boolean(&r.Record) }},
		{"lock", func(v value) { places["lock"] = v.at; v.boolean(&r.Lock) }},
	}}, "room "+name)
	if !ok {
		return
	}
	if !dialplan.IsRoomName(name) {
		l.errorf(at, "", "a room has a name of letters, digits and . - _ + *, which %q is not", name)
		return
	}
	if r.PIN != "" && r.PIN == r.ModeratorPIN {
		l.errorf(places["moderator_pin"], "", "the moderator_pin of room %q is its pin: every caller would be a moderator", name)
	}
	if r.Lock && r.ModeratorPIN == "" {
		l.warnf(places["lock"], `Write moderator_pin = "..." too, or let moderators in by room(..., { moderator = true }).`,
			"room %q is locked and has no moderator_pin", name)
	}
	if len(l.file.Rooms) == MaxRooms {
		l.errorf(at, "", "a file defines at most %d rooms", MaxRooms)
		return
	}
	l.file.Rooms = append(l.file.Rooms, r)
	if r.PIN == "" && !r.Lock {
		l.seen.openRooms = append(l.seen.openRooms, placedName{name, at})
	}
}

// warnOpenRooms tells of rooms that everybody who calls from outside gets into.
func (l *loader) warnOpenRooms(p *dialplan.Plan) {
	if len(l.seen.openRooms) == 0 {
		return
	}
	reached := p.RoomsOfTrunks()
	for _, r := range l.seen.openRooms {
		if slices.Contains(reached, r.name) {
			l.warnf(r.at, `Write pin = "4711" in it, with digits of your own, or pin = env("PIN").`,
				"room %q has no pin, and a row of trunks leads into it: whoever calls from outside hears all who are there", r.name)
		}
	}
}

// pin reads digits that are typed on a telephone.
func (v value) pin(into *Secret) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: fmt.Sprintf("1 to %d digits", maxPIN), Secret: true}) || !v.text(&s) {
		return
	}
	if s == "" || len(s) > maxPIN || strings.Trim(s, "0123456789") != "" {
		v.l.errorf(v.at, `Write pin = "4711" or pin = env("PIN").`, "%s is 1 to %d digits", v.name, maxPIN)
		return
	}
	*into = Secret(s)
}

// samplingRate reads a number of samples a second.
func (v value) samplingRate(into *int) {
	n := 0
	if v.asked(Shape{Kind: KindNumber, Words: []string{"8000", "16000", "48000"}}) {
		return
	}
	if v.number(&n, 0, 192000); n == 0 {
		return
	}
	if !slices.Contains([]int{8000, 16000, 48000}, n) {
		v.l.errorf(v.at, "", "%s is 8000, 16000 or 48000", v.name)
		return
	}
	*into = n
}
