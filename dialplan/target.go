package dialplan

// TargetKind says what kind of place a target is.
type TargetKind uint8

// The places that a dial or ring step may call.
const (
	TargetUser  TargetKind = iota + 1 // every registered device of a user
	TargetTrunk                       // a number at a carrier or PBX
	TargetURI                         // a SIP URI, called directly
	TargetRoom                        // a room, which is always there
)

// Target is one place that a dial or ring step calls. A decision holds targets complete: nothing is left to fill in.
type Target struct {
	Kind   TargetKind
	Name   string // user, trunk or room; empty for a URI
	Number string // TargetTrunk: the number to ask the trunk for, never empty in a decision
	URI    string // TargetURI: the whole URI, "sip:..." or "sips:..."
	// Refused says why the caller may not call it, naming the setting: it fails with 403. Empty when it may be called.
	Refused string
	Help    bool // TargetTrunk: a call for help, which no limit holds up
}

// String gives the target as events and logs write it: `user:201`, `trunk:alpha +442071234567`, `sip:bob@192.0.2.1`.
func (t Target) String() string {
	switch t.Kind {
	case TargetUser:
		return "user:" + t.Name
	case TargetRoom:
		return "room:" + t.Name
	case TargetTrunk:
		if t.Number == "" {
			return "trunk:" + t.Name
		}
		if t.Refused != "" {
			return "trunk:" + t.Name + " " + t.Number + " (403: " + t.Refused + ")"
		}
		return "trunk:" + t.Name + " " + t.Number
	}
	return t.URI
}

// Key gives the target without its number, as `answers` of a test names it: `user:201`, `trunk:alpha`, a URI.
func (t Target) Key() string {
	t.Number, t.Refused, t.Help = "", "", false
	return t.String()
}

// Act gives the event word of calling this target: "ring user:201" for a user, "dial ..." for all else.
func (t Target) Act() string {
	if t.Kind == TargetUser {
		return "ring " + t.String()
	}
	return "dial " + t.String()
}
