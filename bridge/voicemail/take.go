package voicemail

import (
	"fmt"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
)

const (
	// shortest is how long a message is at least, and leastVoice how much of it is
	// somebody's voice; what is less was left by nobody who had something to say.
	shortest   = 1500 * time.Millisecond
	leastVoice = 200 * time.Millisecond
	// tail is how much silence stays at the end of a message.
	tail = 500 * time.Millisecond
)

// Outcome is what became of a Take.
type Outcome struct {
	Message Message // when Kept
	Kept    bool
	Short   bool  // it was too short, or silent
	Err     error // the disk, as a rule
}

// Take is a recording in the making. Its methods may be called from any goroutine.
type Take struct {
	desk    *Desk
	message Message
	which   string // of a greeting; empty for a message
	tape    *media.Tape
	closed  chan record.Result // capacity 1
}

// Draft is what is known of a message before it is recorded.
type Draft struct {
	Box  string
	From tandem.Address
	To   string
	At   time.Time
}

// Begin records a message of what from sends; nothing is written before its first
// sound. from may be nil, for silence. The error is ErrNoBox, ErrFull, ErrBusy or
// that of the recorder.
func (d *Desk) Begin(draft Draft, from *media.Endpoint) (*Take, error) {
	if err := d.admit(draft.Box); err != nil {
		d.counts.refused.Add(1)
		return nil, err
	}
	m := Message{
		ID: d.c.Keeper.NewID(draft.At), Box: draft.Box, From: draft.From, To: draft.To, At: draft.At, Folder: FolderNew, Letter: d.letter(draft.Box),
	}
	t := &Take{desk: d, message: m}
	err := t.record(from, func() (record.File, error) { return d.c.Keeper.Draft(m) })
	if err != nil {
		d.release(draft.Box)
		d.counts.refused.Add(1)
		return nil, err
	}
	return t, nil
}

// Greet records a greeting.
func (d *Desk) Greet(box, which string, from *media.Endpoint) (*Take, error) {
	t := &Take{desk: d, message: Message{Box: box}, which: which}
	return t, t.record(from, func() (record.File, error) { return d.c.Keeper.DraftGreeting(box, which) })
}

// admit takes a place for a message.
func (d *Desk) admit(box string) error {
	all := d.c.Keeper.Messages(box)
	total := time.Duration(0)
	for _, m := range all {
		total += m.Length
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.boxes[box]
	switch {
	case !ok:
		return ErrNoBox
	case d.closed || d.active >= maxTakes:
		return ErrBusy
	case len(all)+d.takes[box] >= b.Max, total+b.Length*time.Duration(d.takes[box]) >= b.Total:
		return ErrFull
	}
	d.takes[box]++
	d.active++
	return nil
}

// release gives a place back.
func (d *Desk) release(box string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.active--
	if d.takes[box]--; d.takes[box] <= 0 {
		delete(d.takes, box)
	}
}

// record begins the tape.
func (t *Take) record(from *media.Endpoint, create func() (record.File, error)) error {
	t.closed = make(chan record.Result, 1)
	rec, err := t.desk.c.Recorder.Open(record.Options{
		Name: t.message.ID, Rate: codecs.Rate8k, Channels: 1, Create: create,
		Events: record.Events{Closed: func(r record.Result) { t.closed <- r }},
	})
	if err != nil {
		return fmt.Errorf("record for box %s: %w", t.message.Box, err)
	}
	t.tape = t.desk.c.Engine.NewTape(rec, false, from, nil)
	return nil
}

// Hear changes whom it hears; nil is nobody.
func (t *Take) Hear(from *media.Endpoint) { t.tape.Hear(from, nil) }

// Quiet says how long nobody has spoken.
func (t *Take) Quiet() time.Duration {
	_, quiet := t.tape.Voice()
	return quiet
}

// Failed says that nothing more is recorded: the disk is full, as a rule.
func (t *Take) Failed() bool { return t.tape.Over() }

// Finish ends the recording. keep says whether it is wanted; told hears what became
// of it, on another goroutine, and may be nil.
func (t *Take) Finish(keep bool, told func(Outcome)) {
	t.tape.Close()
	d := t.desk
	d.wg.Go(func() {
		result := <-t.closed
		o := t.settle(result, keep)
		if t.which == "" {
			d.release(t.message.Box)
		}
		if o.Err != nil {
			d.log.Error("voicemail was not kept", "box", t.message.Box, "id", t.message.ID, "error", o.Err)
		}
		if o.Kept && t.which == "" {
			d.counts.taken.Add(1)
			d.log.Info("voicemail", "box", o.Message.Box, "id", o.Message.ID, "from", o.Message.From.String(), "length", o.Message.Length)
			d.changed(o.Message.Box)
			d.wake()
		}
		if told != nil {
			told(o)
		}
	})
}

// settle keeps or drops what was recorded.
func (t *Take) settle(r record.Result, keep bool) (o Outcome) {
	heard, quiet := t.tape.Voice()
	o.Short = r.Length < shortest || heard < leastVoice
	keeper, m := t.desk.c.Keeper, t.message
	switch {
	case t.which != "" && (!keep || o.Short || r.Err != nil):
		keeper.DropGreeting(m.Box, t.which)
		o.Err = r.Err
	case t.which != "":
		o.Err = keeper.KeepGreeting(m.Box, t.which)
		o.Kept = o.Err == nil
	case !keep || o.Short: // also what never had a file
		o.Err = r.Err
		if err := keeper.Discard(m.ID); o.Err == nil {
			o.Err = err
		}
	default: // what was written before the disk was full is kept, too
		o.Message, o.Err = keeper.Deliver(m, max(0, quiet-tail))
		o.Kept = o.Err == nil
	}
	return o
}
