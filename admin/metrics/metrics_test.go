package metrics

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/signaling/txn"
)

// scrape returns what Prometheus gets.
func scrape(t *testing.T, m *Collector) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	b, err := io.ReadAll(w.Body)
	if err != nil || w.Code != 200 {
		t.Fatalf("%d, %v: %s", w.Code, err, b)
	}
	return string(b)
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains("\n"+text, "\n"+l+"\n") {
			name, _, _ := strings.Cut(l, "{")
			near := ""
			for got := range strings.Lines(text) {
				if strings.HasPrefix(got, name) {
					near += got
				}
			}
			t.Errorf("lacks %s\n%s", l, near)
		}
	}
}

// clean is a leg's media that was well.
func clean() *media.Stats {
	s := &media.Stats{}
	s.Way.State, s.Way.Reached, s.Way.Secured = "connected", 30*time.Millisecond, 60*time.Millisecond
	s.Received.Packets, s.Received.MOS, s.Received.Jitter = 500, 4.3, 4*time.Millisecond
	s.Sent.Packets, s.Sent.Reported, s.Sent.MOS, s.Sent.Jitter = 500, true, 3.1, 12*time.Millisecond
	return s
}

// deaf is a telephone's leg that nothing came from.
func deaf() *media.Stats {
	s := &media.Stats{}
	s.Way.State, s.Way.Strangers = "described", 3
	s.Sent.Packets = 500
	return s
}

func TestCallsAreCountedByWhatBecameOfThem(t *testing.T) {
	m := New(Config{Version: "1.2.3", MaxCalls: 2000})
	at := time.Now().Add(-2 * time.Minute)
	tell := func(after time.Duration, id tandem.CallID, k bridge.EventKind, change func(*bridge.Event)) {
		e := bridge.Event{At: at.Add(after), Call: id, Kind: k}
		if change != nil {
			change(&e)
		}
		m.Observe(e)
	}
	// From a trunk, answered, with one leg that nothing came from.
	tell(0, "1", bridge.Incoming, func(e *bridge.Event) { e.From = dialplan.Source{Kind: dialplan.FromTrunk, Name: "alpha"} })
	tell(300*time.Millisecond, "1", bridge.Ringing, nil)
	tell(5*time.Second, "1", bridge.Answered, nil)
	tell(65*time.Second, "1", bridge.Measured, func(e *bridge.Event) { e.Stats = clean() })
	tell(65*time.Second, "1", bridge.Measured, func(e *bridge.Event) { e.Stats = deaf() })
	tell(65*time.Second, "1", bridge.Ended, func(e *bridge.Event) { e.Talked, e.Cause = time.Minute, tandem.CauseNormal })
	// To a trunk, busy.
	tell(0, "2", bridge.Incoming, nil)
	tell(0, "2", bridge.Calling, func(e *bridge.Event) { e.Target = dialplan.Target{Kind: dialplan.TargetTrunk, Name: "alpha"} })
	tell(time.Second, "2", bridge.Ended, func(e *bridge.Event) { e.Cause = tandem.FromStatus(486, "") })
	// Between users: canceled, failed, and one that there is.
	tell(0, "3", bridge.Incoming, nil)
	tell(time.Second, "3", bridge.Ended, func(e *bridge.Event) { e.Cause = tandem.CauseCanceled })
	tell(0, "4", bridge.Incoming, nil)
	tell(time.Second, "4", bridge.Ended, func(e *bridge.Event) { e.Cause = tandem.FromStatus(503, "") })
	tell(0, "5", bridge.Incoming, nil)
	tell(0, "gone", bridge.Ended, nil)
	wantLines(
		t, scrape(t, m),
		`tandem_build_info{version="1.2.3"} 1`,
		`tandem_calls_active{direction="internal"} 1`,
		`tandem_calls_active{direction="in"} 0`,
		`tandem_calls_limit 2000`,
		`tandem_calls_total{direction="in",result="answered"} 1`,
		`tandem_calls_total{direction="out",result="busy"} 1`,
		`tandem_calls_total{direction="internal",result="canceled"} 1`,
		`tandem_calls_total{direction="internal",result="failed"} 1`,
		`tandem_calls_total{direction="internal",result="answered"} 0`,
		`tandem_call_setup_seconds_bucket{le="0.25"} 0`,
		`tandem_call_setup_seconds_bucket{le="0.5"} 1`,
		`tandem_mos_bucket{dir="in",leg="browser",le="4.2"} 0`,
		`tandem_mos_bucket{dir="in",leg="browser",le="4.4"} 1`,
		`tandem_mos_count{dir="out",leg="browser"} 1`,
		`tandem_rtp_jitter_seconds_count{dir="out",leg="browser"} 1`,
		`tandem_one_way_calls_total{cause="nat"} 1`,
		`tandem_ice_seconds_count 1`,
		`tandem_dtls_seconds_count 1`,
		`tandem_first_media_seconds_count 0`,
	)
	o := m.Overview()
	if o.Calls != 1 || o.ASR15m != 25 || o.ACDSeconds != 60 || o.MedianSetupMS != 300 || o.LowMOSPercent != 100 || o.MaxCalls != 2000 {
		t.Errorf("%+v", o)
	}
}

func TestWhatOthersCountIsReadWhenItIsAsked(t *testing.T) {
	totals := media.Totals{
		Browsers: media.Traffic{Legs: 1, In: 50, Out: 40, OctetsIn: 5000, Lost: 2}, Telephones: media.Traffic{In: 7, Lost: -1, Flooded: 11, DigitsUnsent: 12, Refused: media.Refusals{Strangers: 18, NotAgreed: 19}},
		Transcodes: map[media.Transcode]int{{From: "opus/48000", To: "pcmu/8000"}: 3},
	}
	m := New(Config{Views: Views{
		Media:           func() media.Totals { return totals },
		Registrations:   func() map[string]int { return map[string]int{"wss": 4} },
		Trunks:          func() []Trunk { return []Trunk{{Name: "alpha", Up: true, Calls: 2}, {Name: "beta"}} },
		Guesses:         func() uint64 { return 9 },
		Bans:            func() int { return 1 },
		TurnedAway:      func() map[string]uint64 { return map[string]uint64{"https": 17} },
		DTLS:            func() map[string]uint64 { return map[string]uint64{"fingerprint": 2} },
		MediaPort:       func() map[string]uint64 { return map[string]uint64{"stun_unknown": 13, "unclassified": 0} },
		Relay:           func() Relay { return Relay{Allocations: 14, Made: 15, Dropped: map[string]uint64{"ignored": 16}} },
		CertificateEnds: func() time.Time { return time.Now().Add(48*time.Hour + time.Minute) },
		Reload:          func() (bool, time.Time) { return false, time.Unix(1790000000, 0) },
		Draining:        func() bool { return true },
		Homer:           func() (Homer, bool) { return Homer{Sent: 5, Dropped: 1}, true },
		Faults:          map[string]func() string{"homer": func() string { return "away" }, "disk": func() string { return "" }},
	}})
	m.sample(time.Now())
	wantLines(
		t, scrape(t, m),
		`tandem_rtp_packets_total{dir="in",leg="browser"} 50`,
		`tandem_rtp_packets_total{dir="out",leg="browser"} 40`,
		`tandem_rtp_payload_bytes_total{dir="in",leg="browser"} 5000`,
		`tandem_rtp_lost_total{leg="browser"} 2`,
		`tandem_rtp_refused_total{leg="telephone",reason="stranger"} 18`,
		`tandem_rtp_refused_total{leg="telephone",reason="not_agreed"} 19`,
		`tandem_rtp_refused_total{leg="telephone",reason="replayed"} 0`,
		`tandem_rtp_lost_total{leg="telephone"} 0`,
		`tandem_rtp_flooded_total{leg="telephone"} 11`,
		`tandem_rtp_flooded_total{leg="browser"} 0`,
		`tandem_digits_unsent_total{leg="telephone"} 12`,
		`tandem_media_port_dropped_total{reason="stun_unknown"} 13`,
		`tandem_media_port_dropped_total{reason="unclassified"} 0`,
		`tandem_relay_allocations_active 14`,
		`tandem_relay_allocations_total 15`,
		`tandem_relay_dropped_total{reason="ignored"} 16`,
		`tandem_transcodes_active{from="opus/48000",to="pcmu/8000"} 3`,
		`tandem_registrations_active{transport="wss"} 4`,
		`tandem_trunk_up{trunk="alpha"} 1`,
		`tandem_trunk_up{trunk="beta"} 0`,
		`tandem_trunk_calls_active{trunk="alpha"} 2`,
		`tandem_auth_failures_total 9`,
		`tandem_connections_refused_total{transport="https"} 17`,
		`tandem_bans_active 1`,
		`tandem_dtls_failures_total{cause="fingerprint"} 2`,
		`tandem_config_reload_success 0`,
		`tandem_config_reload_timestamp_seconds 1.79e+09`,
		`tandem_draining 1`,
		`tandem_homer_up 0`,
		`tandem_homer_sent_total 5`,
		`tandem_homer_dropped_total 1`,
		`tandem_fault{part="homer"} 1`,
		`tandem_fault{part="disk"} 0`,
	)
	o := m.Overview()
	if o.TrunksUp != 1 || o.TrunksDown != 1 || o.Registrations["wss"] != 4 || o.Transcoding != 3 || o.CertDaysLeft != 2 {
		t.Errorf("%+v", o)
	}
	if len(o.Faults) != 1 || o.Faults[0].What != "homer" || o.Faults[0].Text != "away" || o.Faults[0].Since.IsZero() {
		t.Errorf("faults %+v", o.Faults)
	}
}

func TestOverviewHasTheLastMinuteAndTheLastHour(t *testing.T) {
	var totals media.Totals
	guesses, fault := uint64(0), ""
	m := New(Config{Views: Views{
		Media: func() media.Totals { return totals }, Guesses: func() uint64 { return guesses },
		Faults: map[string]func() string{"homer": func() string { return fault }},
	}})
	now := time.Now()
	m.sample(now)
	for i := range 90 * 60 { // for an hour and a half
		totals.Telephones.In += 99
		totals.Telephones.Lost++
		totals.Telephones.OctetsIn += 12500
		totals.Jitters = []time.Duration{time.Millisecond, 20 * time.Millisecond}
		if i%30 == 0 {
			guesses++
		}
		id := tandem.CallID(fmt.Sprint(i))
		cause := tandem.FromStatus(500, "")
		if i%2 == 0 {
			cause = tandem.FromStatus(486, "")
		}
		m.Observe(bridge.Event{At: now, Call: id, Kind: bridge.Incoming})
		m.Observe(bridge.Event{At: now, Call: id, Kind: bridge.Ended, Cause: cause})
		now = now.Add(time.Second)
		m.sample(now)
	}
	o := m.look(now)
	if len(o.Seconds.Calls) != 60 || len(o.Series.Calls) != 60 || len(o.Series.JitterP95) != 60 {
		t.Fatalf("%d seconds, %d minutes", len(o.Seconds.Calls), len(o.Series.Calls))
	}
	if s := o.Series; s.CPS[10] != 1 || s.Failures[10] != .5 || s.Loss[10] != 1 || s.JitterP95[10] != 20 {
		t.Errorf("a minute: %v calls/s, %v failures/s, %v %% lost, %v ms", s.CPS[10], s.Failures[10], s.Loss[10], s.JitterP95[10])
	}
	if o.Seconds.CPS[59] != 1 || o.Seconds.Loss[0] != 1 || o.PPS != 99 || o.Mbps != .1 || o.CallsPerSecond != 1 {
		t.Errorf("the last seconds: %v packets/s, %v Mbit/s, %v calls/s", o.PPS, o.Mbps, o.CallsPerSecond)
	}
	if o.AuthFailuresPerMinute != 2 || o.ASR15m != 0 || len(o.Faults) != 0 {
		t.Errorf("%v wrong passwords a minute, ASR %v, faults %v", o.AuthFailuresPerMinute, o.ASR15m, o.Faults)
	}
	fault = "away"
	m.sample(now)
	fault = "away, still"
	m.sample(now.Add(5 * time.Second))
	if f := m.look(now).Faults; len(f) != 1 || !f[0].Since.Equal(now) || f[0].Text != "away, still" {
		t.Errorf("%+v", f)
	}
	fault = ""
	now = now.Add(20 * time.Minute)
	m.sample(now)
	if o = m.look(now); len(o.Faults) != 0 || o.PPS != 0 || o.ASR15m != -1 {
		t.Errorf("%+v, %v packets a second, ASR %v", o.Faults, o.PPS, o.ASR15m)
	}
}

func TestRunSamplesEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(Config{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(3500 * time.Millisecond)
		if n := len(m.Overview().Seconds.Calls); n != 4 {
			t.Errorf("%d samples, want the first and three", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestMessagesAreCountedAndLabelsBounded(t *testing.T) {
	m := New(Config{})
	for _, raw := range []string{
		"INVITE sip:a@b SIP/2.0\r\n\r\n",
		"SIP/2.0 180 Ringing\r\nVia: x\r\nCSeq: 1 INVITE\r\n\r\n",
		"SIP/2.0 299 Fine\r\ncseq:1 EVIL\"\r\n\r\n",
		"EVIL\"{ sip:a SIP/2.0\r\n\r\n",
		"SIP/2.0 2",
		"",
	} {
		m.Message(nil, txn.In, []byte(raw))
	}
	m.Message(nil, txn.Out, []byte("SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n"))
	wantLines(
		t, scrape(t, m),
		`tandem_sip_messages_total{code="",dir="in",method="INVITE"} 1`,
		`tandem_sip_messages_total{code="180",dir="in",method="INVITE"} 1`,
		`tandem_sip_messages_total{code="other",dir="in",method="other"} 2`,
		`tandem_sip_messages_total{code="",dir="in",method="other"} 2`,
		`tandem_sip_messages_total{code="200",dir="out",method="BYE"} 1`,
	)
}

func TestMessagesCostNoMemory(t *testing.T) {
	m := New(Config{})
	raw := []byte("SIP/2.0 180 Ringing\r\nVia: x\r\nCSeq: 1 INVITE\r\n\r\n")
	if n := testing.AllocsPerRun(100, func() { m.Message(nil, txn.In, raw) }); n != 0 {
		t.Errorf("%v allocations a message", n)
	}
}

func FuzzKindOf(f *testing.F) {
	f.Add([]byte("SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Add([]byte("SIP/2.0 :::\ncseq"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if m, c := kindOf(raw); m < 0 || m >= len(methods) || c < 0 || c >= len(codes) {
			t.Errorf("%d, %d", m, c)
		}
	})
}

func TestMetricsAreForThisMachineAndWhoIsAllowed(t *testing.T) {
	allow := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	h := Guarded(New(Config{}).Handler(), func() []netip.Prefix { return allow })
	for _, c := range []struct {
		from, field string
		code        int
	}{
		{"127.0.0.1:1234", "", 200},
		{"[::1]:1234", "", 200},
		{"[::ffff:127.0.0.1]:1234", "", 200},
		{"10.1.2.3:1234", "", 200},
		{"10.1.2.3:1234", "X-Forwarded-For", 200},
		{"192.0.2.1:1234", "", 403},
		{"127.0.0.1:1234", "X-Forwarded-For", 403}, // somebody else's, through a proxy beside us
		{"127.0.0.1:1234", "Forwarded", 403},
		{"@", "", 403},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = c.from
		if c.field != "" {
			r.Header.Set(c.field, "192.0.2.9")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.code {
			t.Errorf("from %s %s: %d, want %d", c.from, c.field, w.Code, c.code)
		}
	}
}

func TestOneWayIsGivenItsLikelyCause(t *testing.T) {
	for want, change := range map[string]func(*media.Stats){
		"":        func(s *media.Stats) { s.Received.Packets = 1 },
		"ice":     func(s *media.Stats) { s.Way.State = "checking" },
		"dtls":    func(s *media.Stats) { s.Way.State, s.Way.Reached = "connected", 1 },
		"keys":    func(s *media.Stats) { s.Way.Unauthentic = 9 },
		"codec":   func(s *media.Stats) { s.Received.Refused = 9 },
		"nat":     func(s *media.Stats) { s.Way.Strangers = 9 },
		"silence": func(*media.Stats) {},
	} {
		s := &media.Stats{}
		s.Way.State, s.Sent.Packets = "latched", 100
		change(s)
		if got := oneWay(s); got != want {
			t.Errorf("%+v: %q, want %q", s.Way, got, want)
		}
	}
}

func TestTheKernelsTablesAreRead(t *testing.T) {
	if resident() <= 0 || cpuTime() <= 0 {
		t.Errorf("%d octets, %v", resident(), cpuTime())
	}
	if _, ok := receiveErrors(); !ok {
		t.Error("the kernel's counters are not read")
	}
}

func TestAnHourOfATrunkIsOfWhatItTookAndWhatItRefused(t *testing.T) {
	m := New(Config{})
	at := time.Now()
	tell := func(id tandem.CallID, k bridge.EventKind, trunk string, talked time.Duration) {
		m.Observe(bridge.Event{At: at, Call: id, Kind: k, Talked: talked, Facts: bridge.Facts{Target: dialplan.Target{Kind: dialplan.TargetTrunk, Name: trunk}}})
	}
	// The first trunk refuses, the second takes the call.
	tell("1", bridge.Calling, "alpha", 0)
	tell("1", bridge.Declined, "alpha", 0)
	tell("1", bridge.Calling, "beta", 0)
	tell("1", bridge.Answered, "", 0)
	tell("1", bridge.Ended, "", time.Minute)
	if a, b := m.Hour("alpha"), m.Hour("beta"); a != (Hour{Calls: 1}) || b != (Hour{1, 1, time.Minute}) {
		t.Errorf("alpha %+v, beta %+v", a, b)
	}
	at = at.Add(-2 * time.Hour)
	tell("2", bridge.Calling, "gamma", 0)
	tell("2", bridge.Ended, "", 0)
	if c := m.Hour("gamma"); c != (Hour{}) {
		t.Errorf("two hours ago: %+v", c)
	}
}
