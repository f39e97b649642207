package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
)

// call is what is remembered of a call that there is.
type call struct {
	began     time.Time
	rang      bool // the caller heard of the far end: ringing, early media or the answer
	answered  time.Time
	direction string
	trunk     string // the last that it was tried over, or that it came from; "" for none
}

// The directions of calls, as labels: between users, to a trunk, from a trunk.
const (
	internal = "internal"
	outgoing = "out"
	incoming = "in"
)

// callMetrics are the counters of calls.
type callMetrics struct {
	total       *prometheus.CounterVec // direction, result
	setup       prometheus.Histogram
	firstMedia  prometheus.Histogram
	mos, jitter *prometheus.HistogramVec // leg, dir
	oneWay      *prometheus.CounterVec   // cause
	ice, dtls   prometheus.Histogram
}

func newCallMetrics(r *prometheus.Registry) callMetrics {
	histogram := func(name, help string, buckets ...float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
	}
	c := callMetrics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_calls_total", Help: "Calls that have ended, by direction and by what became of them.",
		}, []string{"direction", "result"}),
		setup: prometheus.NewHistogram(histogram("tandem_call_setup_seconds",
			"From a call's coming in to the first ringing, early sound or answer (post-dial delay).", .05, .1, .25, .5, 1, 2, 3, 5, 8, 13, 30)),
		firstMedia: prometheus.NewHistogram(histogram("tandem_first_media_seconds",
			"From the answer to the first packet of a leg; 0 where it came before.", .01, .025, .05, .1, .2, .5, 1, 2, 5)),
		mos: prometheus.NewHistogramVec(histogram("tandem_mos",
			"How legs sounded, estimated after the E-model (ITU-T G.107), at their end: in is what came from the leg, out what it got.",
			1, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.4), []string{"leg", "dir"}),
		jitter: prometheus.NewHistogramVec(histogram("tandem_rtp_jitter_seconds",
			"Jitter of legs (RFC 3550 6.4.1) at their end.", .001, .002, .005, .01, .02, .03, .05, .1, .2), []string{"leg", "dir"}),
		oneWay: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_one_way_calls_total", Help: "Legs of answered calls that nothing came from although we sent, by the likely cause.",
		}, []string{"cause"}),
		ice: prometheus.NewHistogram(histogram("tandem_ice_seconds",
			"From a browser's description to the first working pair of addresses.", .01, .025, .05, .1, .2, .5, 1, 2, 5, 10)),
		dtls: prometheus.NewHistogram(histogram("tandem_dtls_seconds",
			"From a browser's description to verified keys.", .01, .025, .05, .1, .2, .5, 1, 2, 5, 10)),
	}
	r.MustRegister(c.total, c.setup, c.firstMedia, c.mos, c.jitter, c.oneWay, c.ice, c.dtls)
	for _, d := range []string{internal, outgoing, incoming} { // so that rates begin with the first call
		for _, result := range results {
			c.total.WithLabelValues(d, result)
		}
	}
	return c
}

// Observe implements bridge.Observer.
func (m *Collector) Observe(e bridge.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.live[e.Call]
	if c == nil {
		if e.Kind == bridge.Ended {
			return
		}
		c = &call{began: e.At, direction: internal}
		m.live[e.Call] = c
		m.windows.began(e.At)
	}
	m.overLocked(c, &e)
	switch e.Kind {
	case bridge.Ringing, bridge.Early:
		m.heardOf(c, e.At)
	case bridge.Answered:
		m.heardOf(c, e.At)
		if c.answered.IsZero() {
			c.answered = e.At
		}
	case bridge.Measured:
		if e.Stats != nil {
			m.measured(c, e.At, e.Stats)
		}
	case bridge.Ended:
		delete(m.live, e.Call)
		result := resultOf(!c.answered.IsZero(), e.Cause)
		m.calls.total.WithLabelValues(c.direction, result).Inc()
		m.windows.ended(e.At, result, e.Talked)
	}
	if d := directionOf(&e); d != "" {
		c.direction = d
	}
}

// heardOf notes that the caller waits no more.
func (m *Collector) heardOf(c *call, at time.Time) {
	if c.rang {
		return
	}
	c.rang = true
	m.calls.setup.Observe(at.Sub(c.began).Seconds())
	m.windows.setUp(at, at.Sub(c.began))
}

// measured takes how the media of a leg has gone.
func (m *Collector) measured(c *call, at time.Time, s *media.Stats) {
	leg, in, out := legOf(s), &s.Received, &s.Sent
	least := 0.0
	score := func(dir string, mos float64) {
		if mos == 0 {
			return
		}
		m.calls.mos.WithLabelValues(leg, dir).Observe(mos)
		if least == 0 || mos < least {
			least = mos
		}
	}
	score("in", in.MOS)
	score("out", out.MOS)
	if least > 0 {
		m.windows.judged(at, least < lowMOS)
	}
	if in.Packets > 0 {
		m.calls.jitter.WithLabelValues(leg, "in").Observe(in.Jitter.Seconds())
	}
	if out.Reported {
		m.calls.jitter.WithLabelValues(leg, "out").Observe(out.Jitter.Seconds())
	}
	if s.Way.Reached > 0 {
		m.calls.ice.Observe(s.Way.Reached.Seconds())
	}
	if s.Way.Secured > 0 {
		m.calls.dtls.Observe(s.Way.Secured.Seconds())
	}
	if c.answered.IsZero() {
		return
	}
	if !in.First.IsZero() {
		m.calls.firstMedia.Observe(max(0, in.First.Sub(c.answered)).Seconds())
	}
	if cause := oneWay(s); cause != "" && at.Sub(c.answered) >= oneWayAfter {
		m.calls.oneWay.WithLabelValues(cause).Inc()
	}
}

const (
	// lowMOS is what users begin to complain at (G.107 annex B: many dissatisfied).
	lowMOS = 3.5
	// oneWayAfter is how long a call must have lasted for silence to be a fault.
	oneWayAfter = 3 * time.Second
)

// legOf says of what kind a leg is: the labels of its metrics.
func legOf(s *media.Stats) string {
	switch s.Way.State {
	case "latched", "described":
		return "telephone"
	}
	return "browser"
}

// oneWay says why nothing came from a leg that we have sent to; "" where something did.
func oneWay(s *media.Stats) string {
	w := &s.Way
	switch {
	case s.Received.Packets > 0 || s.Received.Fax > 0 || s.Sent.Packets == 0:
		return ""
	case legOf(s) == "browser" && w.Reached == 0:
		return "ice"
	case legOf(s) == "browser" && w.Secured == 0:
		return "dtls"
	case w.Unauthentic > 0:
		return "keys"
	case s.Received.Refused > 0:
		return "codec"
	case w.Strangers > 0:
		return "nat"
	}
	return "silence"
}
