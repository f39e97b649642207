package metrics

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// Views are what others count. Each is called when it is asked for, from several
// goroutines, must be quick, and may be nil.
type Views struct {
	// Media are the sums of the packets.
	Media func() media.Totals
	// Registrations are the devices by transport: "udp", "wss".
	Registrations func() map[string]int
	Trunks        func() []Trunk
	// Guesses are the wrong passwords since the start, Bans the addresses that are
	// banned now.
	Guesses func() uint64
	Bans    func() int
	// TurnedAway are the connections that were not taken since the start, by transport.
	TurnedAway func() map[string]uint64
	// DTLS are the handshakes that came to nothing since the start, by cause.
	DTLS func() map[string]uint64
	// MediaPort is what came to the browsers' port and was of no use since the start,
	// by why: the same few reasons each time.
	MediaPort func() map[string]uint64
	// Relay is what the relay (TURN) has seen since the start.
	Relay func() Relay
	// CertificateEnds is when the certificate of the listeners does; zero for unknown.
	CertificateEnds func() time.Time
	// Reload says how the last reload went; ok is true before the first, and at zero.
	Reload   func() (ok bool, at time.Time)
	Draining func() bool
	// Homer is what goes to Homer; false where nothing is to.
	Homer func() (Homer, bool)
	// Faults are what may be wrong, by part: each says what is, "" while nothing is.
	Faults map[string]func() string
}

// Trunk is a trunk as it stands.
type Trunk struct {
	Name  string
	Up    bool
	Calls int
}

// Relay is what the relay has seen.
type Relay struct {
	Allocations, Made uint64            // now, and since the start
	Dropped           map[string]uint64 // by why: the same few reasons each time
}

// Homer is what was sent to Homer since the start.
type Homer struct {
	Up            bool
	Sent, Dropped uint64
}

// Config is what a Collector is made of.
type Config struct {
	Version string
	Since   time.Time // the start
	// MaxCalls bounds the calls at one time; 0 means no limit.
	MaxCalls int
	Views    Views
}

// Collector counts. Its methods may be called from any goroutine.
type Collector struct {
	config   Config // immutable, as what follows but for what it counts
	registry *prometheus.Registry
	calls    callMetrics
	messages messages
	machine  machine

	mu    sync.Mutex // a leaf: guards what follows
	live  map[tandem.CallID]*call
	hours map[string]*trunkHour // by trunk, maxTrunks at most
	stood stood

	windows windows

	last   atomic.Pointer[shown]
	faults faults
}

// stood are the sums that the sampler saw a second ago.
type stood struct {
	at    time.Time
	media media.Totals
	cpu   time.Duration
	pps   float64
	bits  float64 // a second
	cores float64
}

// shown is an Overview, and when it was made.
type shown struct {
	at       time.Time
	overview Overview
}

// shownFor is how long an Overview is good for: many may look at it.
const shownFor = 900 * time.Millisecond

// New returns a Collector. It counts from now on; Run samples.
func New(c Config) *Collector {
	if c.Since.IsZero() {
		c.Since = time.Now()
	}
	m := &Collector{config: c, registry: prometheus.NewRegistry(), live: map[tandem.CallID]*call{}, hours: map[string]*trunkHour{}}
	m.calls = newCallMetrics(m.registry)
	m.registry.MustRegister(gauges{m})
	registerRuntime(m.registry)
	return m
}

// sampleEvery is how often the sampler looks.
const sampleEvery = time.Second

// Run samples until ctx ends.
func (m *Collector) Run(ctx context.Context) error {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	m.sample(time.Now())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			m.sample(time.Now())
		}
	}
}
