package registrar

import (
	"log/slog"
	"time"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/guard"
)

// User is somebody who may register.
type User struct {
	Name        string
	DisplayName string
	// HA1 are the secrets that count, the user's own and those of phone sessions.
	// None: registers without, where Config.Open allows that.
	HA1 []digest.HA1
	// MaxCalls bounds the calls that he makes at one time; 0 means no bound.
	MaxCalls int
	// Codecs are the canonical names of the codecs that his devices talk, in order;
	// empty means the default order.
	Codecs []string
	// NoVideo says that his devices are not offered video.
	NoVideo bool
	// DTMF is how his devices take digits: "rfc4733", "info", "inband" or "auto";
	// empty means "auto".
	DTMF string
	// PTime and MaxPTime are how much sound a packet of his is to have and may have
	// at the most, in ms; 0 means that nothing is said.
	PTime, MaxPTime int
}

// Users finds people. It is called for each REGISTER and must be quick.
type Users interface {
	Find(user string) (User, bool)
}

// Rules are what may be others while there are bindings: Registrar.SetRules.
type Rules struct {
	// Open lets users that have no password register without one.
	Open bool
	// Min, Max and Default bound how long a binding lasts (RFC 3261 §10.3 step
	// 7). Zero means 60 s, 1 h and 1 h.
	Min, Max, Default time.Duration
	// MaxBindings bounds the devices of a user. Zero means 10.
	MaxBindings int
}

func (r Rules) withDefaults() Rules {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&r.Min, 60*time.Second)
	set(&r.Max, time.Hour)
	set(&r.Default, time.Hour)
	if r.MaxBindings == 0 {
		r.MaxBindings = 10
	}
	return r
}

// Config is what a Registrar is made of. It must not be changed afterwards.
type Config struct {
	// Served says whether a host is one of ours. Required.
	Served func(host string) bool
	// Domain names us in words.
	Domain string
	// Users and Verifier judge who comes. Required.
	Users    Users
	Verifier *digest.Verifier
	// Challenges chooses algorithms; nil makes one of our own.
	Challenges *Challenges
	// Guard judges sources; nil makes one of our own, which knows those where
	// somebody is registered.
	Guard *guard.Guard
	// Rules are the first ones.
	Rules
	// MaxTotal bounds all bindings. Zero means 100000.
	MaxTotal int
	// KeepAlive is how often UDP bindings are kept open; zero means 25 s, which
	// is under the 30 s that routers commonly keep (RFC 5626 §4.4).
	KeepAlive time.Duration
	// Notify hears of each change, on the goroutine that made it; it must not
	// block. May be nil.
	Notify func(Change)
	// Log may be nil.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.KeepAlive == 0 {
		c.KeepAlive = 25 * time.Second
	}
	if c.MaxTotal == 0 {
		c.MaxTotal = 100000
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}
