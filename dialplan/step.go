package dialplan

import (
	"fmt"
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

// Step is one act of a decision. The kinds are DialStep, RingStep, ForwardStep, AnswerStep, RoomStep, VoicemailStep,
// MailboxStep, EchoStep, PlayStep, ToneStep, WaitStep, RecordStep, RedirectStep,
// RejectStep and HangupStep, and for the built-in test numbers ReadBackStep, CallBackStep and HoldTestStep. All are plain
// values. String gives the step in the words of `tandem route` and the call log.
type Step interface {
	String() string
	isStep() // closes the set, so that a switch over the kinds can be complete
}

// AnswerStep answers the call, so that what follows is heard as a call and not as early media.
type AnswerStep struct{}

// EchoStep gives the caller's sound back until the caller hangs up.
type EchoStep struct{}

// WaitStep does nothing for a time; before answer the caller is told that it rings (180).
type WaitStep struct{ For time.Duration }

// RejectStep refuses the call with a final status, or ends it where it is answered already.
type RejectStep struct {
	Code   int    // 400 to 699
	Phrase string // empty means the standard phrase of Code
}

// ReadBackStep says back, digit by digit, the DTMF that the caller presses, until the caller hangs up (test number 602).
type ReadBackStep struct{}

// CallBackStep arranges that the caller is called After the end of this call and hears an echo (test number 603).
type CallBackStep struct{ After time.Duration }

// HoldTestStep plays the test tone, puts the caller on hold After a time and takes it back as long after that, over and
// over until the caller hangs up (test number 606).
type HoldTestStep struct{ After time.Duration }

func (AnswerStep) isStep()   {}
func (EchoStep) isStep()     {}
func (WaitStep) isStep()     {}
func (RejectStep) isStep()   {}
func (ReadBackStep) isStep() {}
func (CallBackStep) isStep() {}
func (HoldTestStep) isStep() {}

func (AnswerStep) String() string { return "answer" }
func (EchoStep) String() string   { return "echo" }
func (s WaitStep) String() string { return "wait " + seconds(s.For) }

// String gives for example `reject 403` or `reject 403 Not from here`.
func (s RejectStep) String() string {
	if s.Phrase == "" {
		return "reject " + strconv.Itoa(s.Code)
	}
	return fmt.Sprintf("reject %d %s", s.Code, s.Phrase)
}
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
