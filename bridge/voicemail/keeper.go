package voicemail

import (
	"errors"
	"io"
	"time"

	"github.com/tandemgw/tandem/media/record"
)

// ErrGone says that there is no such message any more.
var ErrGone = errors.New("there is no such message")

// Keeper keeps messages so that they outlive the process. What a method has
// returned without an error for is there after a crash at any later moment, and a
// Draft that neither Deliver nor Discard was called for is delivered by the next
// process as far as it was written. Methods may wait for the disk and may be called
// from any goroutine; Messages and Get do not wait.
type Keeper interface {
	// NewID returns the name of a message that begins now.
	NewID(at time.Time) string
	// Draft makes the file that a message is recorded to, with m.ID, m.Box, m.From,
	// m.To, m.At and m.Letter.
	Draft(m Message) (record.File, error)
	// Deliver puts a draft whose file is closed into its box, without the last cut of
	// its sound. m is as for Draft.
	Deliver(m Message, cut time.Duration) (Message, error)
	// Discard drops a draft.
	Discard(id string) error

	// Boxes returns the names of all boxes that have messages.
	Boxes() []string
	// Messages returns those of a box, the oldest first.
	Messages(box string) []Message
	// Get returns one message; false when there is none.
	Get(box, id string) (Message, bool)
	// Update lets change change the Folder or Letter of a message, one Update at a
	// time, and keeps that. It errs with ErrGone, or because of the disk; then nothing
	// is changed.
	Update(box, id string, change func(*Message)) error
	// Delete takes a message away; one that there is not is no error.
	Delete(box, id string) error
	// Sound opens the WAV file of a message. It errs with ErrGone, or because of the
	// disk.
	Sound(box, id string) (io.ReadCloser, error)

	// DraftGreeting makes the file that a greeting (GreetingAway, GreetingBusy) is
	// recorded to, KeepGreeting puts it into the place of the one before, and
	// DropGreeting drops it.
	DraftGreeting(box, which string) (record.File, error)
	KeepGreeting(box, which string) error
	DropGreeting(box, which string)
	// ForgetGreeting takes a greeting away that was recorded.
	ForgetGreeting(box, which string) error
	// Greeting opens the WAV file of a greeting; ErrGone when there is none.
	Greeting(box, which string) (io.ReadCloser, error)
	// Settings returns what is kept of a box, and Set keeps it.
	Settings(box string) Settings
	Set(box string, s Settings) error
}
