package voicemail

import (
	"cmp"
	"time"

	"github.com/tandemgw/tandem"
)

// Bounds where a Box says nothing.
const (
	DefaultMax    = 100             // messages of a box
	DefaultLength = 5 * time.Minute // of a message
	DefaultTotal  = 4 * time.Hour   // of all messages of a box
)

// Box says how messages of somebody's are taken. It is a plain value.
type Box struct {
	Name        string // as voicemail("name") says it
	DisplayName string // for mail; empty when there is none
	PIN         string // digits; empty: nobody proves by one that the box is his
	SkipPIN     bool   // calls of Users are not asked for the PIN
	// Users are those whose box it is: their lamps show it, and from their devices
	// it is theirs without a name.
	Users []string
	// Greeting is a sound file that callers hear where nobody has recorded a greeting;
	// empty means the built-in one.
	Greeting string
	// Max, Length and Total bound what is kept; zero means the defaults above.
	Max    int
	Length time.Duration
	Total  time.Duration
	// Keep is how long a message is kept; zero means until it is deleted.
	Keep time.Duration
	// Zone is the time zone that times are told in; nil means the machine's own.
	Zone *time.Location
	// Email is who is told by mail; empty for nobody. Attach puts the sound into it,
	// and DeleteAfterMail deletes a message once a server has taken its mail.
	Email                   string
	Attach, DeleteAfterMail bool
}

func (b Box) withDefaults() Box {
	b.Max = cmp.Or(b.Max, DefaultMax)
	b.Length = cmp.Or(b.Length, DefaultLength)
	b.Total = cmp.Or(b.Total, DefaultTotal)
	return b
}

// Folder is where in its box a message is.
type Folder string

// The folders.
const (
	FolderNew   Folder = "new"   // nobody has listened to it
	FolderSaved Folder = "saved" // somebody has
)

// Message is one recording that was left. It is a plain value.
type Message struct {
	ID     string // of its own in all boxes; later ones are greater
	Box    string
	From   tandem.Address // who left it, as it was shown
	To     string         // what was dialed
	At     time.Time      // when it began
	Length time.Duration
	Folder Folder
	// Letter is the mail that is still to be sent of it; nil for none.
	Letter *Letter
}

// Letter is mail that waits to be sent.
type Letter struct {
	Tries int       // that have failed
	Next  time.Time // when the next one is due
	Since time.Time // when the first was
	Error string    // why the last one failed
}

// Settings are what the people of a box have chosen by telephone.
type Settings struct {
	// PIN is their own; zero where it is that of the configuration.
	PIN Proof
}

// Greetings that are recorded by telephone.
const (
	GreetingAway = "away" // for callers who were not answered
	GreetingBusy = "busy" // for callers of one who talks
)
