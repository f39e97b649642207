package dialplan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of steps. A plan that exceeds one is refused when it is checked.
const (
	MaxSteps   = 64 // steps of one row
	MaxTargets = 32 // targets of one dial or ring step

	DefaultTimeout = 30 * time.Second // of dial and ring without a timeout
	MinTimeout     = time.Second      // of dial and ring
	MaxTimeout     = 10 * time.Minute // of dial and ring
	MaxWait        = time.Hour        // of wait

	ToneTime = 30 * time.Second // how long tone plays
)

// Step is one act of a decision. The kinds are DialStep, RingStep, AnswerStep, RoomStep, VoicemailStep, MailboxStep,
// EchoStep, PlayStep, ToneStep, WaitStep,
// RejectStep and HangupStep, and for the built-in test numbers ReadBackStep, CallBackStep and HoldTestStep. All are plain
// values. String gives the step in the words of `tandem route` and the call log.
type Step interface {
	String() string
	isStep() // closes the set, so that a switch over the kinds can be complete
}

// DialStep calls its targets one after the other until one answers.
type DialStep struct {
	Targets []Target      // 1 to MaxTargets
	Timeout time.Duration // for each target: MinTimeout to MaxTimeout
	Options DialOptions
}

// DialOptions are what the third argument of dial may say.
type DialOptions struct {
	NextOn   []int  // SIP statuses after which the next target is tried; never nil in a decision
	CallerID string // number shown to the targets; empty means the caller's own
	Record   bool   // the call is recorded while it lasts
}

// Next says whether the next target is to be tried after one failed with this status. A target that does not answer in
// time has failed with 408, one that nobody is registered for with 480.
func (s DialStep) Next(status int) bool { return slices.Contains(s.Options.NextOn, status) }

// DefaultNextOn gives the statuses after which dial tries the next target unless `next_on` says otherwise: no answer,
// nobody there, and the failures of a server. A busy or declining party (486, 600, 603) has been reached and is not
// called by another way.
func DefaultNextOn() []int { return []int{408, 480, 500, 502, 503, 504} }

// RingStep calls all its targets at the same time; the first that answers has the call and the others are told that it
// was completed elsewhere.
type RingStep struct {
	Targets []Target      // 1 to MaxTargets
	Timeout time.Duration // for all of them: MinTimeout to MaxTimeout
}

// AnswerStep answers the call, so that what follows is heard as a call and not as early media.
type AnswerStep struct{}

// EchoStep gives the caller's sound back until the caller hangs up.
type EchoStep struct{}

// PlayStep plays a sound file once.
type PlayStep struct {
	File string // relative, with forward slashes and without ".."
}

// ToneStep plays a named tone (see Tones) for ToneTime; then the next step runs.
type ToneStep struct{ Name string }

// WaitStep does nothing for a time; before answer the caller is told that it rings (180).
type WaitStep struct{ For time.Duration }

// RejectStep refuses the call with a final status, or ends it where it is answered already.
type RejectStep struct {
	Code   int    // 400 to 699
	Phrase string // empty means the standard phrase of Code
}

// HangupStep ends the call: BYE once answered, else 480.
type HangupStep struct{}

// ReadBackStep says back, digit by digit, the DTMF that the caller presses, until the caller hangs up (test number 602).
type ReadBackStep struct{}

// CallBackStep arranges that the caller is called After the end of this call and hears an echo (test number 603).
type CallBackStep struct{ After time.Duration }

// HoldTestStep plays the test tone, puts the caller on hold After a time and takes it back as long after that, over and
// over until the caller hangs up (test number 606).
type HoldTestStep struct{ After time.Duration }

func (DialStep) isStep()     {}
func (RingStep) isStep()     {}
func (AnswerStep) isStep()   {}
func (EchoStep) isStep()     {}
func (PlayStep) isStep()     {}
func (ToneStep) isStep()     {}
func (WaitStep) isStep()     {}
func (RejectStep) isStep()   {}
func (HangupStep) isStep()   {}
func (ReadBackStep) isStep() {}
func (CallBackStep) isStep() {}
func (HoldTestStep) isStep() {}

// String gives for example `dial trunk:alpha 030123, then trunk:beta 030123 (20s each)`.
func (s DialStep) String() string {
	var b strings.Builder
	b.WriteString("dial " + joinTargets(s.Targets, ", then ") + " (" + seconds(s.Timeout))
	if len(s.Targets) > 1 {
		b.WriteString(" each")
		if !slices.Equal(s.Options.NextOn, DefaultNextOn()) {
			b.WriteString(", next on " + joinCodes(s.Options.NextOn))
		}
	}
	if s.Options.CallerID != "" {
		b.WriteString(", as " + s.Options.CallerID)
	}
	if s.Options.Record {
		b.WriteString(", recorded")
	}
	return b.String() + ")"
}

// String gives for example `ring user:201 and user:202 (20s)`.
func (s RingStep) String() string {
	return "ring " + joinTargets(s.Targets, " and ") + " (" + seconds(s.Timeout) + ")"
}

func (AnswerStep) String() string { return "answer" }
func (EchoStep) String() string   { return "echo" }
func (s PlayStep) String() string { return "play " + s.File }
func (s ToneStep) String() string { return "tone " + s.Name }
func (s WaitStep) String() string { return "wait " + seconds(s.For) }

// String gives for example `reject 403` or `reject 403 Not from here`.
func (s RejectStep) String() string {
	if s.Phrase == "" {
		return "reject " + strconv.Itoa(s.Code)
	}
	return fmt.Sprintf("reject %d %s", s.Code, s.Phrase)
}
func (HangupStep) String() string     { return "hangup" }
func (ReadBackStep) String() string   { return "read digits back" }
func (s CallBackStep) String() string { return "call back in " + seconds(s.After) }
func (s HoldTestStep) String() string { return "hold after " + seconds(s.After) }

func joinTargets(targets []Target, sep string) string {
	words := make([]string, len(targets))
	for i, t := range targets {
		words[i] = t.String()
	}
	return strings.Join(words, sep)
}

func joinCodes(codes []int) string {
	if len(codes) == 0 {
		return "nothing"
	}
	words := make([]string, len(codes))
	for i, c := range codes {
		words[i] = strconv.Itoa(c)
	}
	return strings.Join(words, " ")
}

// seconds writes a duration as the file does: 20s, 1m30s, 2m, 500ms.
func seconds(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
