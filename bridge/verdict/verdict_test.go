package verdict

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

var began = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// clean is a call of a browser and a telephone on which nothing is wrong, n of them
// each somewhat different.
func clean(n int) Evidence {
	at := func(d time.Duration) time.Time { return began.Add(d) }
	talk := time.Duration(6+n%200) * time.Second
	packets := uint64(talk / (20 * time.Millisecond))
	sound := media.Quality{Level: -20 - n%20, Loudest: -9 - n%10, R: 88, MOS: 4.2 - float64(n%5)*0.1}
	phone := media.Stats{
		Received: media.Received{Codec: "pcma/8000", Packets: packets - uint64(n%7), Lost: int64(n % 7), Jitter: time.Duration(n%15) * time.Millisecond, First: at(time.Second), Quality: sound},
		Sent:     media.Sent{Codec: "pcma/8000", Packets: packets, Reported: n%3 != 0, Lost: int64(n % 5), Quality: sound},
		Way:      media.Way{Local: netip.MustParseAddrPort("203.0.113.5:20000"), Remote: netip.MustParseAddrPort("198.51.100.7:4000"), State: "latched", Heard: true},
		Agreed: media.Agreed{
			Known: true, Sends: true, Receives: true, Expected: true, Announced: netip.MustParseAddr("203.0.113.5"),
			Described: netip.MustParseAddrPort("198.51.100.7:4000"), Toward: netip.MustParseAddr("198.51.100.7"),
		},
	}
	browser := phone
	browser.Received.Codec, browser.Sent.Codec = "opus/48000", "opus/48000"
	if n%2 == 0 { // passed through: nobody decodes it
		browser.Received.Quality, browser.Sent.Quality = media.Quality{}, media.Quality{}
	}
	browser.Way.State, browser.Way.Profile, browser.Way.Keys, browser.Way.Kind = "connected", "AEAD_AES_128_GCM", "DTLS", "udp"
	browser.Way.ICETime, browser.Way.DTLSTime = 90*time.Millisecond, 140*time.Millisecond
	browser.Agreed.Announced, browser.Agreed.Described = netip.Addr{}, netip.AddrPort{}
	e := Evidence{
		Call: "k1", To: "1003", Now: at(talk + time.Minute), Began: began, Alerted: at(time.Duration(n%25) * 100 * time.Millisecond),
		Answered: at(3 * time.Second), Ended: at(3*time.Second + talk), Cause: tandem.CauseNormal,
		Legs: []Leg{{ID: "a", Party: "1001", Stats: browser}, {ID: "b", Party: "1003", Called: true, Stats: phone}},
		Own:  []netip.Addr{netip.MustParseAddr("203.0.113.5")},
	}
	switch n % 10 {
	case 7: // an echo, a menu
		e.Legs = e.Legs[:1]
	case 8: // it goes on
		e.Ended = time.Time{}
	case 9: // two telephones
		e.Legs[0].Stats = phone
	}
	return e
}

func TestACleanCallHasNoChipAndNoFault(t *testing.T) {
	for n := range 200 {
		v := Judge(clean(n))
		if len(v.Chips) > 0 || v.Fault != "" {
			t.Errorf("call %d: %v, %q: %s", n, v.Names(), v.Fault, v.Sentence)
		}
		for _, d := range v.Directions {
			if d.Broken != -1 {
				t.Errorf("call %d is broken at %+v", n, d.Hops[d.Broken])
			}
		}
	}
}

// mute takes away what came of a leg.
func mute(s *media.Stats) {
	s.Received = media.Received{}
	s.Way.Heard, s.Way.Reports = false, 0
	s.Way.State = strings.Replace(s.Way.State, "latched", "described", 1)
}

func TestEachFaultIsNamedAtItsHop(t *testing.T) {
	private := netip.MustParseAddr("10.0.0.5")
	tests := []struct {
		name, hop string
		fault     Fault
		chips     string
		harm      func(e *Evidence)
	}{
		{"the wrong public address", HopOffered, FaultPublicAddress, "one-way", func(e *Evidence) {
			mute(&e.Legs[1].Stats)
			e.Legs[1].Stats.Agreed.Announced = netip.MustParseAddr("203.0.113.99")
		}},
		{"a private address announced", HopOffered, FaultPrivateAddress, "one-way", func(e *Evidence) {
			mute(&e.Legs[1].Stats)
			e.Legs[1].Stats.Agreed.Announced = private
		}},
		{"a firewall", HopArrived, FaultBlocked, "one-way", func(e *Evidence) { mute(&e.Legs[1].Stats) }},
		{"nobody is heard", HopArrived, FaultBlocked, "no-rtp", func(e *Evidence) {
			mute(&e.Legs[1].Stats)
			e.Legs[0] = e.Legs[1]
		}},
		{"a private address described", HopSent, FaultPrivateAddress, "one-way nat", func(e *Evidence) {
			mute(&e.Legs[1].Stats)
			e.Legs[1].Stats.Agreed.Described = netip.AddrPortFrom(private, 4000)
			e.Legs[1].Stats.Sent.Reported = false
			e.Legs[1].Stats.Agreed.Expected = false
		}},
		{"a private address that was cured", "", "", "nat", func(e *Evidence) {
			e.Legs[1].Stats.Agreed.Described = netip.AddrPortFrom(private, 4000)
		}},
		{"no check of ICE", HopICE, FaultICE, "one-way", func(e *Evidence) {
			s := &e.Legs[0].Stats
			mute(s)
			s.Way = media.Way{State: "new"}
		}},
		{"no keys", HopDTLS, FaultDTLS, "one-way", func(e *Evidence) {
			s := &e.Legs[0].Stats
			mute(s)
			s.Way.Profile, s.Way.Reason, s.Way.State = "", "DTLS: fingerprint is wrong", "failed"
		}},
		{"sendonly", HopAgreed, FaultDirection, "one-way", func(e *Evidence) {
			e.Legs[1].Stats.Agreed.Held, e.Legs[1].Stats.Agreed.Sends = true, false
		}},
		{"a hold", HopHold, FaultHold, "", func(e *Evidence) {
			e.Legs[1].Held, e.Legs[1].Stats.Agreed.Held = true, true
		}},
		{"an operator holds who is called", HopHold, FaultHold, "", func(e *Evidence) {
			e.Legs[1].Parked, e.Legs[1].Stats.Agreed.Receives = true, false
		}},
		{"a test number holds the caller", HopHold, FaultHold, "", func(e *Evidence) {
			e.Legs = e.Legs[:1]
			e.Legs[0].Parked, e.Legs[0].Stats.Agreed.Receives = true, false
		}},
		{"keys that do not fit", HopDecrypted, FaultKeys, "one-way", func(e *Evidence) {
			e.Legs[0].Stats.Received = media.Received{}
			e.Legs[0].Stats.Way.Unauthentic = 500
		}},
		{"another codec than agreed", HopPayload, FaultCodec, "one-way codec", func(e *Evidence) {
			e.Legs[1].Stats.Received = media.Received{Refused: 500, Unknown: 500, UnknownType: 18}
		}},
		{"a microphone that is off", HopLevel, FaultSilence, "", func(e *Evidence) {
			e.Legs[1].Stats.Received.Loudest = -91
		}},
		{"much is lost", HopDecoded, FaultLoss, "low-mos", func(e *Evidence) {
			e.Legs[1].Stats.Received.Lost = 200
			e.Legs[1].Stats.Received.MOS = 2.2
		}},
		{"nothing arrives there", HopReceived, FaultNotHeard, "one-way", func(e *Evidence) {
			e.Legs[1].Stats.Sent.Reported, e.Legs[1].Stats.Sent.Lost = true, 1e6
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := clean(1)
			e.Ended = e.Answered.Add(20 * time.Second)
			tt.harm(&e)
			v := Judge(e)
			if v.Fault != tt.fault || strings.Join(v.Names(), " ") != tt.chips {
				t.Errorf("fault %q, chips %v, want %q, %q: %s", v.Fault, v.Names(), tt.fault, tt.chips, v.Sentence)
			}
			hops := ""
			for _, d := range v.Directions {
				if d.Broken >= 0 && d.Fault == v.Fault && hops == "" {
					hops = d.Hops[d.Broken].Name
				}
			}
			if hops != tt.hop {
				t.Errorf("broken at %q, want %q", hops, tt.hop)
			}
			if tt.fault != "" && (v.Sentence == "" || v.Cure == "") {
				t.Errorf("it says %q and %q", v.Sentence, v.Cure)
			}
		})
	}
}

func TestACallThatCameToNothingIsExplained(t *testing.T) {
	refused := func(status int, detail string) tandem.Cause {
		c := tandem.FromStatus(status, "")
		c.Detail = detail
		return c
	}
	tests := []struct {
		name  string
		at    []Attempt
		cause tandem.Cause
		fault Fault
		chips []string
	}{
		{"a trunk forbids it", []Attempt{{Party: "trunk alpha", Cause: refused(403, "")}}, refused(403, ""), FaultRefused, nil},
		{"a trunk has no codec", []Attempt{{Party: "trunk alpha", Cause: refused(488, "")}}, refused(488, ""), FaultCodec, []string{ChipCodec}},
		{"the caller has no codec", nil, refused(488, "no codec"), FaultCodec, []string{ChipCodec}},
		{"an account is wrong", []Attempt{{Party: "trunk alpha", Cause: refused(401, "")}}, refused(503, ""), FaultCredentials, nil},
		{"a certificate", []Attempt{{Party: "trunk alpha", Cause: refused(503, "tls: certificate has expired or is not yet valid")}}, refused(503, ""), FaultCertificate, nil},
		{"nobody answers", []Attempt{{Party: "trunk alpha", Cause: refused(408, "the far end did not answer the INVITE at all")}}, refused(408, ""), FaultUnreachable, nil},
		{"nobody is registered", nil, refused(480, ""), FaultOffline, nil},
		{"no row", nil, refused(404, ""), FaultRoute, nil},
		{"busy", []Attempt{{Party: "1002", Cause: refused(486, "")}}, refused(486, ""), "", nil},
		{"given up", nil, tandem.CauseCanceled, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := Judge(Evidence{Call: "k", To: "123", Began: began, Ended: began.Add(time.Second), Now: began.Add(time.Minute), Attempts: tt.at, Cause: tt.cause})
			if v.Fault != tt.fault || v.State != "failed" || !slices.Equal(v.Names(), tt.chips) || v.Sentence == "" {
				t.Errorf("%+v, want fault %q, chips %v", v, tt.fault, tt.chips)
			}
		})
	}
}

func TestAnAnswerThatIsNeverAcknowledgedNamesTheALG(t *testing.T) {
	e := clean(1)
	e.Cause = tandem.FromStatus(408, "No ACK for our 200")
	e.Cause.Detail = "the far end was told Contact sip:203.0.113.5:5060"
	if v := Judge(e); v.Fault != FaultALG || v.Cure == "" {
		t.Errorf("%q: %s", v.Fault, v.Sentence)
	}
}

func TestChipsOfTime(t *testing.T) {
	e := clean(1)
	e.Alerted, e.Ended = began.Add(3500*time.Millisecond), e.Answered.Add(4*time.Second)
	v := Judge(e)
	if got := v.Names(); !slices.Equal(got, []string{ChipSlowSetup, ChipShort}) {
		t.Errorf("chips %v", got)
	}
}

func TestNothingIsBlamedOnWhoHadNoTime(t *testing.T) {
	e := clean(1)
	for i := range e.Legs {
		mute(&e.Legs[i].Stats)
	}
	e.Ended, e.Now = time.Time{}, e.Answered.Add(time.Second)
	if v := Judge(e); v.Fault != "" || len(v.Chips) > 0 || v.State != "talking" {
		t.Errorf("%+v", v)
	}
	if v := Judge(Evidence{}); v.State != "ringing" || v.Directions == nil || v.Chips == nil {
		t.Errorf("of nothing: %+v", v)
	}
}

func TestAPhonesWordsAreBounded(t *testing.T) {
	good := Phone{CallID: "abc@x", Hears: PhoneSound{Codec: "opus/48000", Packets: 10, LevelDBFS: -20}, Warnings: []string{"loss"}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, harm := range map[string]func(*Phone){
		"no call":         func(p *Phone) { p.CallID = "" },
		"a long call":     func(p *Phone) { p.CallID = strings.Repeat("x", 300) },
		"many warnings":   func(p *Phone) { p.Warnings = make([]string, 17) },
		"a long text":     func(p *Phone) { p.State = strings.Repeat("x", 65) },
		"an escape":       func(p *Phone) { p.Pair = "\x1b[2J" },
		"too loud":        func(p *Phone) { p.Says.LevelDBFS = 1 },
		"negative jitter": func(p *Phone) { p.Hears.JitterMS = -1 },
		"negative trip":   func(p *Phone) { p.RoundTripMS = -1 },
	} {
		p := good
		harm(&p)
		if p.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// What strangers send to a call's ports breaks nothing, and is told: somebody tries to hear
// it or to be heard.
func TestStrangersAtACallsPortsAreTold(t *testing.T) {
	for _, n := range []uint64{0, 99, 45850} {
		e := clean(0)
		e.Legs[1].Stats.Way.Strangers = n
		v := Judge(e)
		told := false
		for _, d := range v.Directions {
			for _, hop := range d.Hops {
				told = told || strings.Contains(hop.Evidence, "; 45850 packets of strangers were dropped")
			}
		}
		if told != (n >= enoughPackets) || v.Fault != "" || len(v.Chips) != 0 {
			t.Errorf("%d of strangers: told %v, fault %q, chips %v", n, told, v.Fault, v.Chips)
		}
	}
}

// Behind a relay the gateway has no address of its own in the pair, and none is told.
func TestAPairBehindARelayHasNoAddressOfOurs(t *testing.T) {
	for kind, want := range map[string]string{"relay": "to 192.0.2.7:5000 by relay", "tcp": "198.51.100.1:443 to 192.0.2.7:5000 by tcp"} {
		e := clean(0)
		w := &e.Legs[0].Stats.Way
		w.Kind, w.Remote, w.Local, w.ICETime = kind, netip.MustParseAddrPort("192.0.2.7:5000"), netip.AddrPort{}, time.Millisecond
		if kind == "tcp" {
			w.Local = netip.MustParseAddrPort("198.51.100.1:443")
		}
		told := false
		for _, d := range Judge(e).Directions {
			for _, hop := range d.Hops {
				told = told || hop.Name == HopICE && strings.HasPrefix(hop.Evidence, want)
			}
		}
		if !told {
			t.Errorf("%s: %+v", kind, Judge(e).Directions)
		}
	}
}
