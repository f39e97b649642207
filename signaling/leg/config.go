package leg

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/guard"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
)

// Prefer says what a browser talks when the other leg talks G.711.
type Prefer uint8

// The two preferences.
const (
	// Quality is Opus at the browser, transcoded where the other leg has none.
	Quality Prefer = iota
	// Passthrough is G.711 at the browser where the other leg has it: nothing is
	// decoded.
	Passthrough
)

// Policy is what may be another one while calls go on: Core.SetPolicy.
type Policy struct {
	// Timer is what we want of session timers (RFC 4028), on each leg by itself.
	Timer dialog.TimerConfig
	// Detach is how long a leg whose connection or media is gone may take to come
	// back; 0 means 30 s, below 0 that nobody is waited for.
	Detach time.Duration
	// Open lets users without a password call without proof.
	Open bool
	// Prefer chooses the codec at browsers.
	Prefer Prefer
	// Opus is how Opus is sent and asked for.
	Opus media.OpusOptions
	// NoVideo says that nobody has video; else users have it unless theirs says that
	// they have not, and trunks where theirs says that they have.
	NoVideo bool
	// Secure says what is wished of encryption towards a user's device, or a trunk;
	// of the two one is empty. Nil means that offers are answered as they are.
	Secure func(user, trunk string) sdp.Secure
}

// Config is what legs are made with. It must not be changed afterwards.
type Config struct {
	// Policy is the first one.
	Policy
	// Domain is the host part of the identities we vouch for.
	Domain string
	// Served says whether a Request-URI's host is one of ours.
	Served func(host string) bool
	// Announce returns the address and port that a far end on this flow reaches
	// us at: what Contact says.
	Announce func(f *flow.Flow) netip.AddrPort
	// Client sends requests to devices, trunks and URIs. Required.
	Client *uac.Client
	// Silence is how long a trunk's or URI's server may be without any response
	// before the next one is tried, or the next target of the dialplan; 0 means 5 s.
	// The last resort has Timer B: 32 s.
	Silence time.Duration
	// Guard judges sources and users before anything else does; nil admits all.
	Guard *guard.Guard
	// Busy says that no more sound can be decoded: calls that need it are refused
	// with 503, others are passed through. Nil means never.
	Busy func() bool
	// Engine makes the media. Required, unless Media is set.
	Engine *media.Engine
	// Media makes a leg's media in place of Engine, where there are no sockets:
	// such legs are not heard. Nil means Engine.
	Media func(p sdp.Profile, o media.Options) (Endpoint, error)
	// Registrar finds users' devices and answers REGISTER. Required.
	Registrar *registrar.Registrar
	// Users are the people that may call. Required.
	Users registrar.Users
	// Verifier judges credentials. Required.
	Verifier *digest.Verifier
	// Challenges chooses the algorithms of a challenge; the registrar's own.
	Challenges *registrar.Challenges
	// Trunks are the carriers and PBXs; nil for none.
	Trunks *trunk.Trunks
	// Usage holds calls to trunks to the calls and minutes of their callers; nil
	// counts nothing.
	Usage Usage
	// Others take the methods that make no call, such as MESSAGE and SUBSCRIBE.
	Others []Other
	// Log may be nil.
	Log *slog.Logger
}

// Other takes requests of methods that make no call: those out of any dialog, and
// those within dialogs that are no leg's. It is called as txn.Handler is: in order
// for each flow, and it must not block.
type Other interface {
	// Methods are the methods it takes, which Allow then lists.
	Methods() []sip.RequestMethod
	// Types are the media types of bodies that its methods may have, in lower case;
	// "text/*" stands for all of a kind.
	Types() []string
	// Request takes a request and answers it. Whoever sent it has not been asked
	// who he is: see Server.Identify.
	Request(tx *txn.Server, req *sip.Request)
}
