package metrics

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"time"
)

// sample looks at what there is, once a second.
func (m *Collector) sample(now time.Time) {
	v := &m.config.Views
	s := stood{at: now, cpu: cpuTime()}
	if v.Media != nil {
		s.media = v.Media()
	}
	m.mu.Lock()
	was, calls := m.stood, len(m.live)
	took := now.Sub(was.at)
	if first := was.at.IsZero(); first || took <= 0 {
		was, took = s, 0
	}
	in := s.media.Browsers.In + s.media.Telephones.In - was.media.Browsers.In - was.media.Telephones.In
	out := s.media.Browsers.Out + s.media.Telephones.Out - was.media.Browsers.Out - was.media.Telephones.Out
	octets := s.media.Browsers.OctetsIn + s.media.Telephones.OctetsIn + s.media.Browsers.OctetsOut + s.media.Telephones.OctetsOut -
		was.media.Browsers.OctetsIn - was.media.Telephones.OctetsIn - was.media.Browsers.OctetsOut - was.media.Telephones.OctetsOut
	lost := s.media.Browsers.Lost + s.media.Telephones.Lost - was.media.Browsers.Lost - was.media.Telephones.Lost
	if took > 0 {
		s.pps, s.bits = float64(in+out)/took.Seconds(), 8*float64(octets)/took.Seconds()
		s.cores = (s.cpu - was.cpu).Seconds() / took.Seconds()
	}
	m.stood = s
	m.mu.Unlock()
	m.windows.take(calls, took, float64(in), float64(max(0, lost)), inMS(p95(s.media.Jitters)))
	if v.Guesses != nil {
		m.windows.guessed(v.Guesses())
	}
	m.faults.look(now, v.Faults)
}

// p95 is what 95 % of the values are not above.
func p95(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(percentile*float64(len(all))))]
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// round keeps two digits behind the point.
func round(x float64) float64 { return math.Round(x*100) / 100 }

// Overview is the gateway at a glance, at most a second old. What it holds must not be
// changed.
func (m *Collector) Overview() Overview {
	now := time.Now()
	if s := m.last.Load(); s != nil && now.Sub(s.at) < shownFor && now.Sub(s.at) >= 0 {
		return s.overview
	}
	o := m.look(now)
	m.last.Store(&shown{now, o})
	return o
}

// look makes an Overview.
func (m *Collector) look(now time.Time) Overview {
	v := &m.config.Views
	m.mu.Lock()
	calls, stood := len(m.live), m.stood
	m.mu.Unlock()
	r := m.windows.ratios(now)
	o := Overview{
		Calls: calls, MaxCalls: m.config.MaxCalls, CallsPerSecond: round(m.windows.callsPerSecond()),
		ASR15m: round(r.asr), ACDSeconds: round(r.acd), MedianSetupMS: round(inMS(r.median)), LowMOSPercent: round(r.low),
		Registrations: map[string]int{}, PPS: math.Round(stood.pps), Mbps: round(stood.bits / 1e6),
		CPU: round(stood.cores), RSSBytes: resident(), Goroutines: runtime.NumGoroutine(), UDPDrops: m.machine.udpDrops(),
		AuthFailuresPerMinute: m.windows.guessesAMinute(), CertDaysLeft: -1,
		Version: m.config.Version, UptimeSeconds: math.Floor(now.Sub(m.config.Since).Seconds()), Faults: m.faults.list(),
	}
	for _, n := range stood.media.Transcodes {
		o.Transcoding += n
	}
	if v.Registrations != nil {
		o.Registrations = v.Registrations()
	}
	if v.Trunks != nil {
		for _, t := range v.Trunks() {
			if t.Up {
				o.TrunksUp++
			} else {
				o.TrunksDown++
			}
		}
	}
	if v.CertificateEnds != nil {
		if ends := v.CertificateEnds(); !ends.IsZero() {
			o.CertDaysLeft = max(0, math.Floor(10*ends.Sub(now).Hours()/24)/10)
		}
	}
	o.Seconds, o.Series = m.windows.series()
	return o
}

// oldestFirst compares faults.
func oldestFirst(a, b PartFault) int {
	return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.What, b.What))
}
