package dialplan

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// MaxRoomName is the longest name of a room, in octets.
const MaxRoomName = 64

// RoomStep lets the caller into a room, where all hear each other, until the caller hangs up or is put out. A room that
// refuses the caller, being full or locked, leaves the call to the next step.
type RoomStep struct {
	Name    string // of a room block, or of a room that is there while somebody is in it
	Options RoomOptions
}

// RoomOptions are what the second argument of room may say.
type RoomOptions struct {
	Moderator bool // the caller is a moderator without being asked for a PIN
	Muted     bool // the others do not hear the caller until it says so
}

func (RoomStep) isStep() {}

// String gives for example `room sales` or `room sales (moderator, muted)`.
func (s RoomStep) String() string {
	var words []string
	if s.Options.Moderator {
		words = append(words, "moderator")
	}
	if s.Options.Muted {
		words = append(words, "muted")
	}
	if len(words) == 0 {
		return "room " + s.Name
	}
	return "room " + s.Name + " (" + strings.Join(words, ", ") + ")"
}

// IsRoomName says whether s can be the name of a room: it stands in URIs as it is.
func IsRoomName(s string) bool {
	if s == "" || len(s) > MaxRoomName {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_+*", c) >= 0) {
			return false
		}
	}
	return true
}

// roomStepSpec is room(name, {options}) as the file writes it.
func roomStepSpec() *stepSpec {
	return &stepSpec{
		name: "room", form: "room(name, {options})", least: 1, params: []param{{"name", readRoom}, {"options", readRoomOptions}},
		make: func(a []any) Step {
			s := RoomStep{Name: a[0].(string)}
			if len(a) > 1 {
				s.Options = a[1].(RoomOptions)
			}
			return s
		},
	}
}

// readRoom reads the name of a room.
func readRoom(v cty.Value, in *reading) (any, []problem) {
	s, ok, p := text(v, "a room")
	if !ok {
		return nil, p
	}
	if bad := badRoom(s); bad != nil {
		return nil, []problem{*bad}
	}
	if !in.live {
		return s, exists(TargetRoom, s, in.names)
	}
	return s, nil
}

// badRoom says what is wrong with the name of a room.
func badRoom(name string) *problem {
	if IsRoomName(name) {
		return nil
	}
	hint := ""
	if rest, is := strings.CutPrefix(name, "room:"); is && IsRoomName(rest) {
		hint = fmt.Sprintf("Write room(%q).", rest)
	}
	return &problem{index: -1, message: fmt.Sprintf("a room has a name of 1 to %d letters, digits and . - _ + *, which %q does not", MaxRoomName, name), hint: hint, status: 484}
}

// roomExists says that a room is nowhere defined, which is no error: one without PIN and rules is there as long as
// somebody is in it.
func roomExists(name string, names *directory) []problem {
	if names.rooms[name] || !names.asked {
		return nil
	}
	hint := fmt.Sprintf("Write room %q { } to have it for sure.", name)
	if s := Suggest(name, names.Rooms); s != "" {
		hint = fmt.Sprintf("Did you mean %q?", s)
	}
	return []problem{{index: -1, message: fmt.Sprintf("there is no room %q, so one without any rules is made when somebody dials it", name), hint: hint, warning: true}}
}

// readRoomOptions reads the second argument of room.
func readRoomOptions(v cty.Value, in *reading) (any, []problem) {
	var o RoomOptions
	problems := readGroup(v, in, "room", "{ moderator = true }", map[string]option{
		"moderator": func(v cty.Value, _ *reading) (p []problem) { o.Moderator, p = readFlag(v, "moderator"); return p },
		"muted":     func(v cty.Value, _ *reading) (p []problem) { o.Muted, p = readFlag(v, "muted"); return p },
	})
	return o, problems
}
