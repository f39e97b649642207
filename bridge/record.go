package bridge

import (
	"errors"
	"fmt"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
)

// Recording of a call, asked for by the dialplan (dial with record = true) or
// from outside (Bridge.Record). What the caller sends is on the left, what the
// other party sends on the right; who takes a party's place takes its channel.

// Errors of Record.
var (
	// ErrNoCall: there is no such call.
	ErrNoCall = errors.New("there is no such call")
	// ErrNotRecorded: a call that is not recorded can be neither paused nor ended.
	ErrNotRecorded = errors.New("the call is not recorded")
	// ErrNobodyTalks: nothing can be recorded before two parties talk.
	ErrNobodyTalks = errors.New("nobody talks with the caller yet")
	// ErrNoRecorder: the gateway was made without a recorder.
	ErrNoRecorder = errors.New("this gateway records nothing")
)

// recordPatience is how long Record waits for the call's goroutine.
const recordPatience = 2 * time.Second

// RecordState is what Record makes of a recording.
type RecordState string

// The states.
const (
	RecordOn    RecordState = "on"    // begins, or goes on after a pause
	RecordPause RecordState = "pause" // silence from now on
	RecordOff   RecordState = "off"   // ends
)

// Recorder begins recordings. wide says that one of the parties of a call has more
// than a telephone's sound. Room is of what silent listeners in a room hear, mono.
type Recorder interface {
	Room(name string, rate media.Rate) (*record.Recording, error)
	Tape(call tandem.CallID, left, right *media.Endpoint, wide bool, told record.Events) (*media.Tape, error)
}

// Record begins, pauses or ends the recording of a call. The error is one of those
// above, or of the Recorder.
func (b *Bridge) Record(id tandem.CallID, s RecordState) error {
	b.mu.Lock()
	c := b.calls[id]
	b.mu.Unlock()
	done := make(chan error, 1)
	if c == nil || !c.Post(func() { done <- c.setRecording(s) }) {
		return ErrNoCall
	}
	t := time.NewTimer(recordPatience)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return ErrNoCall // it is over, or as good as
	}
}

// setRecording does what Record wants.
func (c *Call) setRecording(s RecordState) error {
	taping := c.tape != nil && !c.tape.Over()
	switch {
	case c.ended:
		return ErrNoCall
	case s == RecordOn && !taping && c.other == nil:
		return ErrNobodyTalks
	case s == RecordOn && !taping:
		return c.beginTape()
	case !taping:
		return ErrNotRecorded
	case s == RecordOff:
		c.endTape()
		c.note(Recording, nil, "ended")
	case s == RecordPause && !c.tape.Paused():
		c.tape.Pause(true)
		c.note(Recording, nil, "paused")
	case s == RecordOn && c.tape.Paused():
		c.tape.Pause(false)
		c.note(Recording, nil, "goes on")
	}
	return nil
}

func (c *Call) beginTape() error {
	if c.bridge.cfg.Recorder == nil {
		return ErrNoRecorder
	}
	if c.caller == nil {
		return ErrNobodyTalks
	}
	var right *media.Endpoint // nobody yet
	if c.other != nil {
		right = c.other.Media()
	}
	tape, err := c.bridge.cfg.Recorder.Tape(c.id, c.caller.Media(), right, wide(c.caller) || c.other != nil && wide(c.other), record.Events{
		Opened: func(name string) { c.Post(func() { c.tell(Recording, nil, "to "+name, Facts{File: name}) }) },
		Failed: func(err error) { c.Post(func() { c.note(Recording, nil, "failed: "+err.Error()) }) },
		Closed: func(r record.Result) {
			c.log.Info("recorded", "file", r.Name, "length", r.Length.Round(time.Millisecond), "dropped", r.Dropped)
		},
	})
	if err != nil {
		return fmt.Errorf("record the call: %w", err)
	}
	c.tape = tape
	return nil
}

// retape lets the tape hear who is in the call now.
func (c *Call) retape() {
	if c.take != nil && c.caller != nil {
		c.take.Hear(c.caller.Media())
	}
	if c.tape == nil {
		return
	}
	var ends [2]*media.Endpoint
	for i, l := range [2]Leg{c.caller, c.other} {
		if l != nil {
			ends[i] = l.Media()
		}
	}
	c.tape.Hear(ends[0], ends[1])
}

func (c *Call) endTape() {
	if c.tape != nil {
		c.tape.Close()
		c.tape = nil
	}
}

// wide says that a leg has more than a telephone's sound.
func wide(l Leg) bool {
	formats := l.Formats()
	if len(formats) == 0 {
		return false
	}
	switch formats[0].Name {
	case "opus", "g722", "l16":
		return true
	}
	return false
}
