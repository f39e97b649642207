package caller

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/sound"
)

// Limits of a script.
const (
	// MaxRing is how long it may ring, and MaxTalk how long the call may last.
	MaxRing = 10 * time.Minute
	MaxTalk = time.Hour
	// defaultTalk is how long a call lasts in which nothing is played or pressed.
	defaultTalk = 5 * time.Second
	defaultRing = 60 * time.Second
)

// Server is where the call goes.
type Server struct {
	// Transport is "udp", "tcp", "tls", "ws" or "wss".
	Transport string
	// Host and Port are of the server; a zero Port is the transport's own. For ws and
	// wss URL says where.
	Host string
	Port uint16
	// URL is the WebSocket's, such as "wss://sip.example.org/ws".
	URL string
	// Domain is the host of the URIs of whoever calls and is called; empty means Host.
	Domain string
	// TLS is what secure connections begin with; nil believes what the system does.
	TLS *tls.Config
}

// Script is a call that is to be made.
type Script struct {
	Server Server
	// To is the number, or the user part of a URI.
	To string
	// User and Password are whose call it is; without a password no challenge is
	// answered.
	User, Password string
	// Codecs are the canonical names of the only ones that are offered, in order; empty
	// means all.
	Codecs []string
	// Play is what the far end hears; nil for silence.
	Play *sound.Clip
	// Record makes the file of what is heard, a WAV of one channel; nil for none.
	Record func() (record.File, error)
	// Digits are pressed once it is answered; a comma waits a second.
	Digits string
	// Ring is how long it may ring, 0 means a minute. Talk is how long the call lasts
	// once answered; 0 means until Play and Digits have ended, and 5 s without them.
	Ring, Talk time.Duration
	// Log may be nil.
	Log *slog.Logger
}

// Validate says what is wrong with a script.
func (s Script) Validate() error {
	switch {
	case !slices.Contains([]string{"udp", "tcp", "tls", "ws", "wss"}, s.Server.Transport):
		return fmt.Errorf("%q is no transport: they are udp, tcp, tls, ws and wss", s.Server.Transport)
	case s.browser() && s.Server.URL == "":
		return errors.New("a WebSocket needs its URL")
	case s.Server.Host == "":
		return errors.New("there is no server to call")
	case s.To == "":
		return errors.New("there is nobody to call")
	case s.User == "":
		return errors.New("a call is somebody's: there is no user")
	case s.Ring < 0 || s.Ring > MaxRing:
		return fmt.Errorf("it may ring for at most %s", MaxRing)
	case s.Talk < 0 || s.Talk > MaxTalk:
		return fmt.Errorf("a call may last for at most %s", MaxTalk)
	}
	return nil
}

// browser says that the script calls as a browser does.
func (s Script) browser() bool { return s.Server.Transport == "ws" || s.Server.Transport == "wss" }

// talk is how long the call is to last.
func (s Script) talk() time.Duration {
	if s.Talk > 0 {
		return s.Talk
	}
	least := time.Duration(0)
	if s.Play != nil {
		least = s.Play.Length() + 500*time.Millisecond
	}
	for _, d := range s.Digits {
		if d == ',' {
			least = max(least, pressLead) + time.Second
		}
	}
	if s.Digits != "" {
		least = max(least, pressLead) + time.Duration(len(s.Digits))*300*time.Millisecond + time.Second
	}
	if least == 0 {
		return defaultTalk
	}
	return min(least, MaxTalk)
}

// pressLead is when the first digit is pressed: a far end needs a moment to listen.
const pressLead = 500 * time.Millisecond

// Result is what came of a call. Times are 0 where it did not come to that.
type Result struct {
	// Status is the SIP status that decided: 200 for a call that was answered, 408
	// where nobody did. Reason is it in words.
	Status int
	Reason string
	// Ringing, Setup and FirstMedia are how long it took from the INVITE until it rang,
	// until it was answered, and until the first packet of sound came.
	Ringing, Setup, FirstMedia time.Duration
	// Talked is how long the call lasted once it was answered.
	Talked time.Duration
	// Left says that the far end ended the call before the script did; End is how.
	Left bool
	// End is how it ended, in words.
	End string
	// Media is how the sound has gone, Level how loud it was that was heard; of calls
	// that were answered.
	Media media.Stats
	Level Level
}

// Answered says whether the call was.
func (r Result) Answered() bool { return r.Setup > 0 }
