package guard

import (
	"log/slog"
	"net/netip"
	"time"
)

// Limits are what may be others while a Guard is at work: Guard.SetLimits.
type Limits struct {
	// PerSource bounds the requests of each method a second from one address with its
	// port, where the source is a stranger; ten times as many may come from the
	// address. A source that is known may send 50 times as many. 0 means 1000.
	PerSource int
	// PerUser bounds the calls a second of one user; 0 means 100.
	PerUser int
	// Guesses is how many wrong passwords in a row make a source held back; going on
	// for 50 times as many gets it banned. 0 means 10.
	Guesses int
	// Ban is for how long; 0 means 10 minutes, negative never.
	Ban time.Duration
	// Silent leaves strangers unanswered: see Guard.Silent.
	Silent bool
}

// Config is what a Guard is made of; the zero value is usable.
type Config struct {
	// Limits are the first ones.
	Limits
	// Known says that a source is a trunk's or that somebody is registered from
	// there. Nil means that nobody is known.
	Known func(a netip.Addr) bool
	// Log may be nil.
	Log *slog.Logger
}

const (
	knownFactor   = 50
	addressFactor = 10
	// insistence is how many times Guesses somebody who is held back goes on before
	// he is banned.
	insistence = 50
	// guessEvery is how often somebody who is held back has one more guess.
	guessEvery = 30 * time.Second
	// maxSources and maxUsers bound who is remembered.
	maxSources = 16384
	maxUsers   = 16384
)

func (c Limits) withDefaults() Limits {
	orElse := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	orElse(&c.PerSource, 1000)
	orElse(&c.PerUser, 100)
	orElse(&c.Guesses, 10)
	if c.Ban == 0 {
		c.Ban = 10 * time.Minute
	}
	return c
}

func (c Config) withDefaults() Config {
	if c.Known == nil {
		c.Known = func(netip.Addr) bool { return false }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}
