package event

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/txn"
)

// Config is what a Service is made of. It must not be changed afterwards.
type Config struct {
	// Domain is the host part of the identities that we vouch for.
	Domain string
	// Served says whether a Request-URI's host is one of ours. Required.
	Served func(host string) bool
	// Announce returns the address and port that a far end on this flow reaches us
	// at: what Contact says. Required.
	Announce func(f *flow.Flow) netip.AddrPort
	// Users are the people that may be watched. Required.
	Users registrar.Users
	// Registrar knows who is there. Required.
	Registrar *registrar.Registrar
	// Policy says who may watch what of whom; nil lets each user watch presence and
	// dialogs of every user and who is in a room, and the rest of himself only. Trunks watch nobody.
	Policy func(watcher dialplan.Source, event, user string) bool
	// Mailbox says what waits for a user; nil means that nothing ever does.
	Mailbox func(user string) []Waiting
	// Room returns a room by its name; nil means that there are none, and that
	// nobody can subscribe to one.
	Room func(name string) (bridge.RoomView, bool)
	// RoomOf returns the room that a call of somebody's to a number would lead to,
	// "" for none; nil means that rooms are known by their names only.
	RoomOf func(src dialplan.Source, number string) string
	// Min, Max and Default bound how long a subscription or publication lasts
	// without being refreshed. Zero means 60 s, 1 h and 1 h.
	Min, Max, Default time.Duration
	// LostFor is how long a subscription whose connection is gone waits for its
	// device to come back; zero means 60 s.
	LostFor time.Duration
	// MaxSubscriptions bounds the subscriptions, MaxPerUser those of one watcher,
	// MaxPublications the publications of one user. Zero means 20000, 300 and 10.
	MaxSubscriptions, MaxPerUser, MaxPublications int
	// Log may be nil.
	Log *slog.Logger
}

// Waiting is how many messages of one kind wait for a user: Class is a
// message-context-class of RFC 3458 as RFC 3842 §5.2 writes it, "Voice-Message" or
// "Text-Message".
type Waiting struct {
	Class    string
	New, Old int
}

// Identifier finds out who sent a request, and answers the request itself where it
// cannot: then false. leg.Server is one.
type Identifier interface {
	Identify(tx *txn.Server, req *sip.Request) (dialplan.Source, bool)
}

// Sender sends requests. txn.Layer is one.
type Sender interface {
	Send(f *flow.Flow, req *sip.Request, on func(*sip.Response), done func(error)) (*txn.Client, error)
}

func (c Config) withDefaults() Config {
	duration := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	number := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	duration(&c.Min, 60*time.Second)
	duration(&c.Max, time.Hour)
	duration(&c.Default, time.Hour)
	duration(&c.LostFor, 60*time.Second)
	number(&c.MaxSubscriptions, 20000)
	number(&c.MaxPerUser, 300)
	number(&c.MaxPublications, 10)
	if c.Policy == nil {
		c.Policy = sees
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// sees is the Policy where the configuration has none.
func sees(watcher dialplan.Source, event, user string) bool {
	if watcher.Kind != dialplan.FromUser {
		return false
	}
	return watcher.Name == user || event == presenceEvent || event == dialogEvent || event == conferenceEvent
}
