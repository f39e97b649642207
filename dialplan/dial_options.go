package dialplan

import (
	"slices"
	"strings"
	"time"
)

// Bounds of the options of dial, ring and forward.
const (
	MaxHeaders     = 10             // header fields that a step adds
	MaxHeaderValue = 256            // octets of one
	MaxCallerName  = 64             // octets of a shown name
	MinTalk        = time.Second    // of max
	MaxTalk        = 24 * time.Hour // of max
)

// Anonymous is the caller_id that shows nobody.
const Anonymous = "anonymous"

// Privacy is what a step says about the caller's wish not to be shown (RFC 3323 §4.2, RFC 3325 §9.3).
type Privacy string

// The privacies.
const (
	PrivacyCaller Privacy = ""       // as the caller wishes
	PrivacyID     Privacy = "id"     // hidden in From; a trunk is asked to keep the asserted identity to itself
	PrivacyHeader Privacy = "header" // the same, asked for with Privacy: header
	PrivacyNone   Privacy = "none"   // shown, whatever the caller wishes
)

// EarlySound says what becomes of sound that a target sends before it answers.
type EarlySound string

// What becomes of it.
const (
	EarlyDefault EarlySound = ""     // heard, unless there is a ringback of ours
	EarlyPass    EarlySound = "pass" // heard
	EarlyRing    EarlySound = "ring" // not heard: the caller is told that it rings
	EarlyNone    EarlySound = "none" // not heard, and nothing told
)

// RingbackMusic is the ringback that is music on hold.
const RingbackMusic = "music"

// Header is one header field that is added to an INVITE.
type Header struct{ Name, Value string }

// DialOptions are what the last argument of dial, ring and forward may say about the calls that they make. The zero
// value says nothing.
type DialOptions struct {
	NextOn     []int         // SIP statuses after which the next target is tried; never nil in a decision's dial or forward
	CallerID   string        // number shown to the targets, or Anonymous; empty means the caller's own
	CallerName string        // name shown to the targets; empty means the caller's own, or none beside a CallerID
	Privacy    Privacy       // whether the caller is shown
	Headers    []Header      // at most MaxHeaders, sorted by name; allowed ones only
	Ringback   string        // what the caller hears while it rings: RingbackMusic, one of Tones, a sound file; empty means the far end's
	Early      EarlySound    // what becomes of the far end's sound before its answer
	Record     bool          // the call is recorded while it lasts
	Codecs     []string      // the only codecs talked with the targets, preferred first; nil means as configured
	DTMF       string        // how digits go to the targets: "rfc4733", "info", "inband", "auto"; empty means as configured
	Max        time.Duration // the longest talk; 0 means no limit
}

// Next says whether the next target is to be tried after one failed with this status.
func (o DialOptions) Next(status int) bool { return slices.Contains(o.NextOn, status) }

// HearsEarly says whether sound of the far end before its answer is let through to the caller.
func (o DialOptions) HearsEarly() bool {
	return o.Early == EarlyPass || o.Early == EarlyDefault && o.Ringback == ""
}

// words lists what the options change, for String of a step.
func (o DialOptions) words() []string {
	var out []string
	add := func(is bool, word string) {
		if is {
			out = append(out, word)
		}
	}
	add(o.CallerID != "", "as "+o.CallerID)
	add(o.CallerName != "", "named "+o.CallerName)
	add(o.Privacy != "", "privacy "+string(o.Privacy))
	for _, h := range o.Headers {
		out = append(out, h.Name+": "+h.Value)
	}
	add(o.Ringback != "", "ringback "+o.Ringback)
	add(o.Early != "", "early "+string(o.Early))
	add(o.Record, "recorded")
	add(len(o.Codecs) > 0, "codecs "+strings.Join(o.Codecs, " "))
	add(o.DTMF != "", "dtmf "+o.DTMF)
	add(o.Max != 0, "at most "+seconds(o.Max))
	return out
}

// OptionsOf gives the options of a step that calls somebody.
func OptionsOf(s Step) (o DialOptions, ok bool) {
	switch s := s.(type) {
	case DialStep:
		return s.Options, true
	case RingStep:
		return s.Options, true
	case ForwardStep:
		return s.Options, true
	}
	return o, false
}

// timeoutOf gives how long a step calls; 0 for one that calls nobody.
func timeoutOf(s Step) time.Duration {
	switch s := s.(type) {
	case DialStep:
		return s.Timeout
	case RingStep:
		return s.Timeout
	case ForwardStep:
		return s.Timeout
	}
	return 0
}
