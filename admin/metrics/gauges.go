package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/tandemgw/tandem/media"
)

// gauges are what is read when Prometheus asks.
type gauges struct{ m *Collector }

// metric is one of them: its name and labels.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func gauge(name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue}
}

func counter(name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue}
}

// The metrics that are read.
var (
	buildInfo     = gauge("tandem_build_info", "1; the version is in the label.", "version")
	callsActive   = gauge("tandem_calls_active", "Calls that there are now.", "direction")
	callsLimit    = gauge("tandem_calls_limit", "Calls that there may be at one time.")
	registrations = gauge("tandem_registrations_active", "Devices that are registered, by transport.", "transport")
	sipMessages   = counter("tandem_sip_messages_total", "SIP messages by method, status code (empty: requests) and direction.", "method", "code", "dir")
	trunkUp       = gauge("tandem_trunk_up", "Whether a trunk is registered, reachable or not checked.", "trunk")
	trunkCalls    = gauge("tandem_trunk_calls_active", "Calls of a trunk that there are now.", "trunk")
	rtpPackets    = counter("tandem_rtp_packets_total", "Packets of RTP, by the kind of leg and direction.", "leg", "dir")
	rtpOctets     = counter("tandem_rtp_payload_bytes_total", "Octets of payload of RTP.", "leg", "dir")
	rtpLost       = counter("tandem_rtp_lost_total", "Packets of RTP that were to come and did not (RFC 3550 A.3).", "leg")
	rtpLate       = counter("tandem_rtp_late_total", "Packets of RTP that came after their place was filled.", "leg")
	rtpDropped    = counter("tandem_rtp_dropped_total", "Packets of RTP that were dropped since a worker had too much to do.", "leg")
	rtpFlooded    = counter("tandem_rtp_flooded_total", "Packets of RTP and RTCP that a leg sent beyond what is taken of one (500 a second of sound, 10 000 of video).", "leg")
	rtpRefused    = counter("tandem_rtp_refused_total", "Packets that came to the ports of legs and were of no use, by why: of strangers, or what the far end sends and may not.", "leg", "reason")
	digitsUnsent  = counter("tandem_digits_unsent_total", "Digits that were to go to a leg and did not: too many waited, or for too long.", "leg")
	legsActive    = gauge("tandem_legs_active", "Legs with media.", "leg")
	transcodes    = gauge("tandem_transcodes_active", "Directions that are decoded and encoded.", "from", "to")
	dtlsFailures  = counter("tandem_dtls_failures_total", "Handshakes of browsers' media that came to nothing.", "cause")
	portDropped   = counter("tandem_media_port_dropped_total", "What came to the browsers' port and was of no use, by why; most of it is of strangers.", "reason")
	relayLegs     = gauge("tandem_relay_allocations_active", "Allocations of the relay (TURN) that there are now.")
	relayMade     = counter("tandem_relay_allocations_total", "Allocations of the relay (TURN) that were made.")
	relayDropped  = counter("tandem_relay_dropped_total", "What the relay (TURN) refused or dropped, by why.", "reason")
	authFailures  = counter("tandem_auth_failures_total", "Wrong passwords and unknown users.")
	bans          = gauge("tandem_bans_active", "Addresses that are banned.")
	turnedAway    = counter("tandem_connections_refused_total", "Connections that were not taken: too many at a time or a second, or a banned address.", "transport")
	certificate   = gauge("tandem_tls_certificate_expiry_seconds", "How long the certificate of the listeners is still good for; below 0 when it is not.")
	reloadOK      = gauge("tandem_config_reload_success", "Whether the last reload was taken; 1 before the first.")
	reloadAt      = gauge("tandem_config_reload_timestamp_seconds", "When the last reload was, in seconds since 1970; 0 before the first.")
	draining      = gauge("tandem_draining", "Whether no more calls are taken.")
	udpDropped    = counter("tandem_udp_drops_total", "Datagrams that the kernel dropped because a buffer was full, of all programs here.")
	fault         = gauge("tandem_fault", "1 while a part has a fault; calls go on.", "part")
	homerUp       = gauge("tandem_homer_up", "Whether Homer is reached.")
	homerSent     = counter("tandem_homer_sent_total", "What was sent to Homer.")
	homerDropped  = counter("tandem_homer_dropped_total", "What Homer was to get and did not.")
)

// Describe implements prometheus.Collector; none are named beforehand, since there are
// none where nothing can be asked.
func (gauges) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (g gauges) Collect(to chan<- prometheus.Metric) {
	tell := func(m metric, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(m.desc, m.kind, value, labels...)
	}
	tell(buildInfo, 1, g.m.config.Version)
	g.calls(tell)
	g.media(tell)
	g.parts(tell)
	g.messages(tell)
	for what := range g.m.config.Views.Faults {
		tell(fault, truth(g.m.faults.has(what)), what)
	}
	tell(udpDropped, float64(g.m.machine.udpDrops()))
}

// teller gives Prometheus one value.
type teller = func(m metric, value float64, labels ...string)

func (g gauges) calls(tell teller) {
	by := map[string]int{internal: 0, incoming: 0, outgoing: 0}
	g.m.mu.Lock()
	for _, c := range g.m.live {
		by[c.direction]++
	}
	g.m.mu.Unlock()
	for d, n := range by {
		tell(callsActive, float64(n), d)
	}
	if limit := g.m.config.MaxCalls; limit > 0 {
		tell(callsLimit, float64(limit))
	}
}

func (g gauges) media(tell teller) {
	v := &g.m.config.Views
	if v.Media == nil {
		return
	}
	all := v.Media()
	for leg, t := range map[string]media.Traffic{"browser": all.Browsers, "telephone": all.Telephones} {
		tell(legsActive, float64(t.Legs), leg)
		tell(rtpPackets, float64(t.In), leg, "in")
		tell(rtpPackets, float64(t.Out), leg, "out")
		tell(rtpOctets, float64(t.OctetsIn), leg, "in")
		tell(rtpOctets, float64(t.OctetsOut), leg, "out")
		tell(rtpLost, float64(max(0, t.Lost)), leg)
		tell(rtpLate, float64(t.Late), leg)
		tell(rtpDropped, float64(t.Dropped), leg)
		tell(rtpFlooded, float64(t.Flooded), leg)
		tell(digitsUnsent, float64(t.DigitsUnsent), leg)
		for reason, n := range map[string]uint64{
			"stranger": t.Refused.Strangers, "unauthentic": t.Refused.Unauthentic, "replayed": t.Refused.Replayed,
			"malformed": t.Refused.Malformed, "not_agreed": t.Refused.NotAgreed,
		} {
			tell(rtpRefused, float64(n), leg, reason)
		}
	}
	for of, n := range all.Transcodes {
		tell(transcodes, float64(n), of.From, of.To)
	}
	if v.DTLS != nil {
		for cause, n := range v.DTLS() {
			tell(dtlsFailures, float64(n), cause)
		}
	}
	if v.MediaPort != nil {
		for reason, n := range v.MediaPort() {
			tell(portDropped, float64(n), reason)
		}
	}
	if v.Relay != nil {
		r := v.Relay()
		tell(relayLegs, float64(r.Allocations))
		tell(relayMade, float64(r.Made))
		for reason, n := range r.Dropped {
			tell(relayDropped, float64(n), reason)
		}
	}
}

func (g gauges) parts(tell teller) {
	v := &g.m.config.Views
	if v.Registrations != nil {
		for transport, n := range v.Registrations() {
			tell(registrations, float64(n), transport)
		}
	}
	if v.Trunks != nil {
		for _, t := range v.Trunks() {
			tell(trunkUp, truth(t.Up), t.Name)
			tell(trunkCalls, float64(t.Calls), t.Name)
		}
	}
	if v.Guesses != nil {
		tell(authFailures, float64(v.Guesses()))
	}
	if v.TurnedAway != nil {
		for transport, n := range v.TurnedAway() {
			tell(turnedAway, float64(n), transport)
		}
	}
	if v.Bans != nil {
		tell(bans, float64(v.Bans()))
	}
	if v.CertificateEnds != nil {
		if ends := v.CertificateEnds(); !ends.IsZero() {
			tell(certificate, time.Until(ends).Seconds())
		}
	}
	if v.Reload != nil {
		ok, at := v.Reload()
		tell(reloadOK, truth(ok))
		tell(reloadAt, inSeconds(at))
	}
	if v.Draining != nil {
		tell(draining, truth(v.Draining()))
	}
	if v.Homer != nil {
		if h, there := v.Homer(); there {
			tell(homerUp, truth(h.Up))
			tell(homerSent, float64(h.Sent))
			tell(homerDropped, float64(h.Dropped))
		}
	}
}

func (g gauges) messages(tell teller) {
	for m, method := range methods {
		for c, code := range codes {
			for d, dir := range [...]string{"in", "out"} {
				if n := g.m.messages.counts[m][c][d].Load(); n > 0 {
					tell(sipMessages, float64(n), method, codeLabel(code), dir)
				}
			}
		}
	}
}

// codeLabel is a status code as a label.
func codeLabel(code int) string {
	switch {
	case code == 0:
		return ""
	case code < 0:
		return "other"
	}
	return strconv.Itoa(code)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// inSeconds is a time in seconds since 1970; 0 for none.
func inSeconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}

// registerRuntime adds what the language and the system know of the process.
func registerRuntime(r *prometheus.Registry) {
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}
