package gateway

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/metrics"
	"github.com/tandemgw/tandem/signaling/hep"
)

// observingParts are those that only look on.
type observingParts struct {
	metrics    *metrics.Collector
	homerCalls *hep.Calls
	relayed    relayCounts
	turnedAway [4]atomic.Uint64           // connections, by transport: see connectionKinds
	homer      atomic.Pointer[hep.Sender] // nil where there is no homer block
}

// maxCalls bounds the calls at one time.
const maxCalls = 2000

// renewBy is how long before its end a certificate should have been replaced: ours and
// those by ACME are at a third of their life.
const renewBy = 7 * 24 * time.Hour

// openMetrics makes what counts.
func (g *Gateway) openMetrics() {
	g.metrics = metrics.New(metrics.Config{Version: g.options.Version, Since: g.since, MaxCalls: maxCalls, Views: metrics.Views{
		Media:         g.engine.Totals,
		Registrations: g.devicesByTransport,
		Trunks:        g.trunkStates,
		Guesses:       func() uint64 { return g.guard.Counters().Guessed },
		Bans:          func() int { return g.guard.Bans(time.Now()) },
		DTLS: func() map[string]uint64 {
			c := g.mux.Counters()
			return map[string]uint64{"handshake": c.HandshakesFailed - min(c.HandshakesFailed, c.FingerprintWrong), "fingerprint": c.FingerprintWrong}
		},
		TurnedAway:      g.connectionsRefused,
		MediaPort:       func() map[string]uint64 { return portDrops(g.mux.Counters()) },
		Relay:           g.relayed.sum,
		CertificateEnds: g.certificateEnds,
		Reload: func() (bool, time.Time) {
			if r := g.lastReload.Load(); r != nil {
				return r.Outcome != admin.ReloadRefused, r.At
			}
			return true, time.Time{}
		},
		Draining: func() bool { return g.draining.Load() != nil },
		Homer:    g.homerState,
		Faults: map[string]func() string{
			"certificate": g.certificateFault,
			"records":     func() string { return g.records.fault() },
			"disk":        func() string { return diskFault(g.options.State) },
			"homer":       g.homerFault,
			"reload":      g.reloadFault,
			"traces":      g.archiveFault,
		},
	}})
}

// devicesByTransport counts the registrations of each transport.
func (g *Gateway) devicesByTransport() map[string]int {
	all := map[string]int{"udp": 0, "tcp": 0, "tls": 0, "ws": 0, "wss": 0}
	for kind, n := range g.reg.Transports(time.Now()) {
		all[kind.String()] += n
	}
	return all
}

func (g *Gateway) trunkStates() []metrics.Trunk {
	var all []metrics.Trunk
	for _, t := range g.trunks.List() {
		up := t.State == "registered" || t.State == "reachable" || t.State == "unchecked"
		all = append(all, metrics.Trunk{Name: t.Name, Up: up, Calls: t.Calls})
	}
	return all
}

// certificateEnds is when the certificate of the listeners does; zero for unknown.
func (g *Gateway) certificateEnds() time.Time {
	c, err := g.source.TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: g.file().Domain})
	if err != nil || c == nil || c.Leaf == nil {
		return time.Time{}
	}
	return c.Leaf.NotAfter
}

func (g *Gateway) certificateFault() string {
	ends := g.certificateEnds()
	switch left := time.Until(ends); {
	case ends.IsZero() || left > renewBy:
		return ""
	case left <= 0:
		return "the certificate of the listeners has ended on " + ends.UTC().Format(time.DateOnly) + ": browsers refuse it"
	default:
		return fmt.Sprintf("the certificate of the listeners ends on %s and has not been renewed", ends.UTC().Format(time.DateOnly))
	}
}

func (g *Gateway) reloadFault() string {
	if r := g.lastReload.Load(); r != nil && r.Outcome == admin.ReloadRefused {
		return "the last reload was refused: the configuration of before it runs on"
	}
	return ""
}

// archiveFault says that traces of calls cannot be kept.
func (g *Gateway) archiveFault() string {
	words, lost := g.archive.Fault()
	switch {
	case words == "":
		return ""
	case lost == 1:
		return "traces of calls are not kept: " + words + "; one was lost"
	}
	return fmt.Sprintf("traces of calls are not kept: %s; %d were lost", words, lost)
}

// metricsHandler serves the metrics to whom the file allows them.
func (g *Gateway) metricsHandler() http.Handler {
	return metrics.Guarded(g.metrics.Handler(), func() []netip.Prefix { return g.file().Metrics.Allow })
}

// withProfiles adds to the control socket what is for nobody else: the profiles of the
// process, and the metrics.
func (g *Gateway) withProfiles(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", g.metrics.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.Handle("/", next)
	return mux
}
