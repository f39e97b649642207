package message

import (
	"log/slog"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
)

// Rules are what may be others while a Service is at work: Service.SetRules.
type Rules struct {
	// Keeper keeps messages for users who are off; nil, and they are refused with
	// 480. What it has kept is delivered also when it keeps no more.
	Keeper Keeper
	// KeepFor is how long a message is kept; zero means 7 days. A sender's Expires
	// may make it shorter.
	KeepFor time.Duration
	// Max bounds a message's body in octets; zero means 4096.
	Max int
}

func (r Rules) withDefaults() Rules {
	if r.KeepFor == 0 {
		r.KeepFor = 7 * 24 * time.Hour
	}
	if r.Max == 0 {
		r.Max = 4096
	}
	return r
}

// Config is what a Service is made of. It must not be changed afterwards.
type Config struct {
	// Rules are the first ones.
	Rules
	// Domain is the host part of the identities that we vouch for.
	Domain string
	// Served says whether a Request-URI's host is one of ours. Required.
	Served func(host string) bool
	// Users are the people that may be written to. Required.
	Users registrar.Users
	// Registrar knows their devices. Required.
	Registrar *registrar.Registrar
	// Route decides where a message goes, or refuses it with a Cause that has a
	// Status. Nil lets users write to users, and nobody else to anybody.
	Route func(from dialplan.Source, to string) (Target, tandem.Cause)
	// Trunk finds a carrier or PBX, nil where there is none with that name. It may be
	// nil itself, and then there are none.
	Trunk func(name string) *trunk.Trunk
	// Texts says whether messages within calls go to a trunk and come from it; nil
	// lets them go between users only.
	Texts func(trunk string) bool
	// Types are media types that are passed on beside text/*, message/cpim and
	// application/im-iscomposing+xml, in lower case.
	Types []string
	// Rate is how many messages a second a user may send for long; ten times as
	// many in a burst, and ten times as many a trunk. Zero means 5.
	Rate float64
	// Changed hears that the number of messages kept for a user is another one; it
	// must not block. May be nil.
	Changed func(user string)
	// Log may be nil.
	Log *slog.Logger
}

// Target is where a message goes: to every device of a user, or to a number at a
// trunk.
type Target struct {
	User          string
	Trunk, Number string
}

// Identifier finds out who sent a request, and answers the request itself where it
// cannot: then false. leg.Server is one.
type Identifier interface {
	Identify(tx *txn.Server, req *sip.Request) (dialplan.Source, bool)
}

// Kept is a message that waits for its user.
type Kept struct {
	// ID is the Keeper's name for it; IDs of one user sort in the order in which
	// the messages came.
	ID string
	// To is the user whom it is for, as the configuration writes his name.
	To string
	// From is who sent it, as it was proved.
	From tandem.Address
	// At is when it came.
	At time.Time
	// Until is when it is worth nothing any more.
	Until time.Time
	// Type is the value of Content-Type, Body the body.
	Type string
	Body []byte
}

// Keeper keeps messages until they are delivered. Its methods may be called from
// several goroutines and may wait for a disk.
type Keeper interface {
	// Keep gives a message its ID and keeps it: when Keep returns without error the
	// message outlives a crash. It errs where the user or the Keeper has no room.
	Keep(m Kept) (id string, err error)
	// Next returns the oldest message of a user with an ID greater than after; of
	// all, where after is empty. Those that are past their time are never returned.
	Next(now time.Time, user, after string) (Kept, bool)
	// Drop forgets a message; an ID that is not known is none's.
	Drop(user, id string)
	// Count returns how many messages of a user are kept. It does not wait.
	Count(user string) int
}

func (c Config) withDefaults() Config {
	if c.Rate == 0 {
		c.Rate = 5
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}
