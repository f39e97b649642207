package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

// Leg is one party of a call: an incoming leg called us, an outgoing one (a
// branch) is called by us. All methods are called on the call's goroutine and
// none blocks; what comes of them is told to the leg's Owner.
type Leg interface {
	// ID is the leg's name in logs, ours alone.
	ID() tandem.LegID
	// Ref is the name under which the far end knows the leg; for SIP the value of
	// its Call-ID header field.
	Ref() string
	// Party is who is at the far end.
	Party() tandem.Address
	// User is the user of ours at the far end, "" for none: a carrier, a URI.
	User() string
	// Source is as whose calls those are that the far end asks for: a user's, a trunk's,
	// or nobody's (the zero Source).
	Source() dialplan.Source
	// Called says that we have called the far end; else it has called us.
	Called() bool
	// Path says how the far end is reached, for people: "wss", "udp".
	Path() string
	// Media is the leg's sound; nil before Begin, and for a leg that has none.
	Media() *media.Endpoint
	// Formats are the voice codecs that the far end takes and that can be carried,
	// in its own order of preference; the one agreed on, once there is one; nil
	// while that is unknown.
	Formats() []media.Codec

	// Lines are what the far end has beside its sound, as far as it may have any:
	// what it offers while it waits for its answer, else what is agreed.
	Lines() []media.LineOffer

	// Flowing are those of Lines as they flow now: in no direction that the far end
	// would have and that was not agreed with it.
	Flowing() []media.LineOffer
	// Reline offers the far end the lines that the other party has now, in mid-call,
	// and calls done with what is agreed then, at once or later. A refusal leaves
	// them as they were. done may be nil.
	Reline(lines []media.LineOffer, done func(agreed []media.LineOffer))

	// Begin takes the first steps of a new leg, away from the socket's reader: an
	// incoming one reads the offer and starts its media, an outgoing one sends
	// its invitation. A Cause with a Status means that the leg came to nothing;
	// Ended is not called then.
	Begin() tandem.Cause
	// Progress tells a caller that the call goes on. It does nothing once the leg
	// is answered.
	Progress(Progress) tandem.Cause
	// Answer answers a caller, its codec chosen to suit the other leg; other may
	// be nil. A Cause with a Status means that no common way to talk was found.
	// It does nothing on a leg that is answered.
	Answer(other Leg) tandem.Cause
	// Suit looks whether the leg and the other one, with which it talks, could
	// talk something together that sounds better or costs less, and asks their
	// far ends for it where these can do it.
	Suit(other Leg)
	// Focus says whether the far end is in a room from now on, which it is told with
	// whatever is sent to it next.
	Focus(on bool)
	// Connected tells the far end who the other party is now, where it is to know and
	// does not yet.
	Connected(who tandem.Address)
	// Hold asks the far end to hold (true) or to resume, by a re-offer.
	Hold(on bool)
	// Digit sends one digit to the far end in the way that it takes digits.
	Digit(d media.Digit, length time.Duration)
	// Move gives the leg to another call. Nil, called on the goroutine of the call
	// that has it, sends it on its way: what comes of the leg waits, and the call
	// touches it no more. An Owner, called on that call's goroutine, lets it
	// arrive, and what has waited is done at once.
	Move(to Owner)
	// Redirect refuses a caller with a redirection: 300, 301 or 302 and the places.
	// It does nothing on any leg but one that waits for its answer.
	Redirect(status int, to []dialplan.Contact)
	// End refuses, cancels or hangs up, as the leg's state wants it. It may be
	// called at any time and more than once.
	End(tandem.Cause)
	// Close frees what is left of the leg without a word to the far end. It is
	// the last thing that the call does with it.
	Close()
	// Done says that nothing more will come of the leg: its media is closed and
	// no message is owed or awaited.
	Done() bool
}

// Progress is a step of a call before its answer.
type Progress struct {
	// Sound says that there is early media to be heard (183 with a description);
	// without, it just rings (180).
	Sound bool
	// From is the leg that the early media comes from; nil means from us.
	From Leg
	// Status is said in place of 180: 181 (the call is forwarded) or 182 (it waits in
	// a queue). Zero means 180. It is for a Progress without Sound.
	Status int
}

// Owner is the call as its legs see it. Post may be called from anywhere; the
// other methods are called on the call's goroutine, that is from a function
// given to Post.
type Owner interface {
	// Post runs f on the call's goroutine, after what was posted before. It
	// returns false, and f never runs, when the call has ended or its inbox is
	// full.
	Post(f func()) bool
	// Ringing: the far end of a branch is being alerted (180).
	Ringing(Leg)
	// Early: the far end of a branch sends sound before its answer (183).
	Early(Leg)
	// Answered: the far end of a branch has answered; its media is agreed.
	Answered(Leg)
	// Redirected: the far end of a branch says that the caller should turn to
	// somebody else. The branch is over, as after Ended.
	Redirected(Leg, Redirection)
	// Changed: the far end's direction changed; held says whether it has put us
	// on hold.
	Changed(l Leg, held bool)
	// Relined: the far end offers other lines beside its sound than before. answer
	// is called with what the other party agrees to, at once or later. False means
	// that this cannot be done now.
	Relined(l Leg, offered []media.LineOffer, answer func([]media.LineOffer)) bool
	// Unlined: the far end has taken back what Relined told, before its answer.
	Unlined(Leg)
	// Pressed: the far end pressed a digit.
	Pressed(Leg, Press)
	// Transfer: the far end wants its other party to talk with somebody else. A
	// Cause with a Status means that this is refused at once; else what becomes
	// of it is reported.
	Transfer(Leg, Transfer) tandem.Cause
	// Replace lets a new leg take the place of one of the call's. A Cause with a
	// Status means that this is refused and the new leg was not made.
	Replace(old Leg, r Replacement) tandem.Cause
	// Away: the connection to the far end is gone, or it is back.
	Away(l Leg, away bool)
	// Faded: the far end is not heard any more, or it is heard again.
	Faded(l Leg, faded bool)
	// Renamed: the far end says that somebody else is there now, and is believed.
	Renamed(Leg)
	// Other returns the party that l talks with; nil when it talks with nobody.
	Other(l Leg) Leg
	// Ended: the far end refused, gave up, hung up or is gone. It is called once,
	// and not after End was called on the leg.
	Ended(Leg, tandem.Cause)
}

// Press is one digit pressed at a leg.
type Press struct {
	Digit  media.Digit
	Length time.Duration
	// InMedia says that the digit came as RFC 4733 in the media, where a joined
	// leg hears it already.
	InMedia bool
}

// Invitation is what a Dialer needs to know to call somebody.
type Invitation struct {
	Call tandem.CallID
	// Name gives the identifier of each new branch.
	Name   func() tandem.LegID
	Target dialplan.Target
	// Place is the URI that a trunk has redirected the call to and that is its own;
	// empty means what Target says.
	Place string
	// From is as whose call this one is made: the user or trunk whose row of the
	// dialplan it is.
	From dialplan.Source
	// By is the caller's leg; nil in a call that the gateway makes by itself.
	By Leg
	// Caller is whom the called party shall see.
	Caller tandem.Address
	// Formats are the caller's, to call with codecs that meet; nil when there is
	// no caller (a call that the gateway makes by itself).
	Formats []media.Codec
	// Lines are the caller's beside its sound.
	Lines []media.LineOffer
	// Hops is how often the call may be forwarded on: RFC 3261 §20.22, already
	// counted down.
	Hops int
	// Hurry says that there is somebody else to call where the target does not
	// answer: one without any sign of life in a few seconds has failed with 408.
	Hurry bool
	// Diverted says by whom the call was sent on before, the newest first (RFC
	// 5806); at most tandem.MaxDiversions. It is for far ends that are to know.
	Diverted []tandem.Diversion
	// Referred is who has sent the caller on to here (RFC 3892); zero for nobody.
	Referred tandem.Address
	// Options are those of the step that calls: Privacy, Headers, Codecs and DTMF are
	// for the branches to keep; what Caller shows follows from them already.
	Options dialplan.DialOptions
	// Device says that of its user this device only is to be called; zero for all.
	Device Device
}

// Dialer makes the branches of a target: one for each device of a user, one for
// a trunk. The branches have not begun: the call begins each of them. No leg and
// a Cause with a Status means that nobody could be called.
type Dialer interface {
	Dial(o Owner, inv Invitation) ([]Leg, tandem.Cause)
}
