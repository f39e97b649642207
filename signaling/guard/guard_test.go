package guard

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

func from(kind flow.Kind, addr string) *flow.Flow {
	return flow.New(flow.Way{Kind: kind, Remote: netip.MustParseAddrPort(addr)})
}

func TestRatesAreBySourceAndMethod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := netip.MustParseAddr("192.0.2.9")
		g := New(Config{Limits: Limits{PerSource: 10}, Known: func(a netip.Addr) bool { return a == known }})
		many := func(addr string, m sip.RequestMethod) (passed int) {
			for range 2000 {
				if g.Admit(time.Now(), from(flow.UDP, addr), m) {
					passed++
				}
			}
			return passed
		}
		for _, c := range []struct {
			addr   string
			method sip.RequestMethod
			want   int
		}{
			{"192.0.2.1:5060", sip.INVITE, 20},
			{"192.0.2.1:5060", sip.REGISTER, 20},
			{"192.0.2.1:5061", sip.INVITE, 20},
			{"192.0.2.2:5060", sip.INVITE, 20},
			{"192.0.2.9:5060", sip.INVITE, 1000},
		} {
			if got := many(c.addr, c.method); got != c.want {
				t.Errorf("%s from %s: %d passed, want %d", c.method, c.addr, got, c.want)
			}
		}
		time.Sleep(time.Second)
		if got := many("192.0.2.1:5060", sip.INVITE); got != 10 {
			t.Errorf("a second later %d passed, want 10", got)
		}
		passed := 0
		for i := range 1000 { // the whole /64 is one source
			if g.Admit(time.Now(), from(flow.UDP, fmt.Sprintf("[2001:db8::%x]:5060", i)), sip.OPTIONS) {
				passed++
			}
		}
		if passed != 200 {
			t.Errorf("%d passed of one /64, want 200", passed)
		}
	})
}

func TestCallsOfAUserAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, passed := New(Config{Limits: Limits{PerUser: 2}}), 0
		for range 10 {
			if g.Call(time.Now(), "1001") {
				passed++
			}
		}
		if passed != 4 || !g.Call(time.Now(), "1002") || g.Counters().PerUser != 6 {
			t.Errorf("%d calls passed, %+v", passed, g.Counters())
		}
	})
}

func TestWhoGoesOnGuessingIsBannedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Config{Limits: Limits{Guesses: 3, Ban: time.Minute}})
		f := from(flow.UDP, "192.0.2.66:5060")
		for range 3 {
			if g.Guessing(time.Now(), f) {
				t.Fatal("held back too early")
			}
			g.Guessed(time.Now(), f)
		}
		for i := range 3 * insistence {
			if g.Banned(f.Remote().Addr()) {
				t.Errorf("banned after %d attempts", 3+i)
			}
			if !g.Guessing(time.Now(), f) {
				t.Error("not held back")
			}
		}
		if !g.Banned(f.Remote().Addr()) || g.Banned(netip.MustParseAddr("192.0.2.67")) {
			t.Error("not banned, or somebody else too")
		}
		if all := g.BanList(time.Now()); len(all) != 1 || all[0].Source.String() != "192.0.2.66/32" {
			t.Errorf("BanList() = %v", all)
		}
		time.Sleep(time.Minute)
		if g.Banned(f.Remote().Addr()) || g.bans.Load() != 0 {
			t.Error("banned for longer than said")
		}
		if c := g.Counters(); c.Banned != 1 || c.Held != 3*insistence || c.Dropped != 1 {
			t.Errorf("%+v", c)
		}
	})
}

func TestAKnownSourceIsNeverHeldBackNorBanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := false
		g := New(Config{Limits: Limits{Guesses: 3}, Known: func(netip.Addr) bool { return known }})
		f := from(flow.TCP, "192.0.2.66:5060")
		for range 4 * insistence {
			g.Guessed(time.Now(), f)
			g.Guessing(time.Now(), f)
		}
		if !g.Banned(f.Remote().Addr()) {
			t.Fatal("a stranger is not banned")
		}
		known = true
		if g.Banned(f.Remote().Addr()) || g.Guessing(time.Now(), f) {
			t.Error("banned where somebody is registered")
		}
	})
}

func TestTheSourcesRememberedAreBounded(t *testing.T) {
	g := New(Config{Limits: Limits{Guesses: 1}})
	for i := range maxSources + 1000 {
		f := from(flow.UDP, fmt.Sprintf("10.%d.%d.%d:5060", i>>16&255, i>>8&255, i&255))
		g.Guessed(time.Now(), f)
		for range insistence {
			if i >= 100 {
				break
			}
			g.Guessing(time.Now(), f)
		}
	}
	if c := g.Counters(); c.Banned != 100 {
		t.Errorf("%d were banned, want 100", c.Banned)
	}
	if n := g.sources.Len(); n != maxSources || g.bans.Load() != 0 {
		t.Errorf("%d sources and %d bans are remembered, want %d and none of the oldest", n, g.bans.Load(), maxSources)
	}
}

func TestStrangersAreLeftUnansweredWhereWished(t *testing.T) {
	known := netip.MustParseAddr("192.0.2.9")
	g := New(Config{Limits: Limits{Silent: true}, Known: func(a netip.Addr) bool { return a == known }})
	ours := Ours{
		ByName: func(host string) bool { return host == "pbx.example.org" },
		Proved: func(m sip.RequestMethod) bool { return m == sip.INVITE },
	}
	for _, c := range []struct {
		what, addr    string
		kind          flow.Kind
		method, to    string
		authorization string
		want          bool
	}{
		{"a scanner", "192.0.2.1:5060", flow.UDP, "OPTIONS", "100@192.0.2.200", "", true},
		{"a call", "192.0.2.1:5060", flow.UDP, "INVITE", "100@pbx.example.org", "", true},
		{"over TLS", "192.0.2.1:5060", flow.TLS, "INVITE", "100@pbx.example.org", "", true},
		{"a phone that registers", "192.0.2.1:5060", flow.UDP, "REGISTER", "1001@pbx.example.org", "", false},
		{"somebody who does not exist", "192.0.2.1:5060", flow.UDP, "REGISTER", "nobody@pbx.example.org", "", false},
		{"registering by address", "192.0.2.1:5060", flow.UDP, "REGISTER", "1001@192.0.2.200", "", true},
		{"credentials", "192.0.2.1:5060", flow.UDP, "INVITE", "100@192.0.2.200", "Digest username=\"1001\"", false},
		{"credentials that nobody looks at", "192.0.2.1:5060", flow.UDP, "OPTIONS", "100@192.0.2.200", "Digest username=\"1001\"", true},
		{"a known source", "192.0.2.9:5060", flow.UDP, "OPTIONS", "100@192.0.2.200", "", false},
		{"a browser", "192.0.2.1:5060", flow.WSS, "INVITE", "100@pbx.example.org", "", false},
	} {
		t.Run(c.what, func(t *testing.T) {
			lines := []string{
				c.method + " sip:" + c.to + " SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "From: <sip:x@y>;tag=1", "To: <sip:" + c.to + ">",
				"Call-ID: 1", "CSeq: 1 " + c.method,
			}
			if c.authorization != "" {
				lines = append(lines, "Authorization: "+c.authorization)
			}
			m, err := sipmsg.NewParser().Parse([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n"))
			if err != nil {
				t.Fatal(err)
			}
			if got := g.Silent(from(c.kind, c.addr), m.(*sip.Request), ours); got != c.want {
				t.Errorf("Silent = %v, want %v", got, c.want)
			}
		})
	}
}

func TestWhoIsTakenBackIsHeardAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Config{Limits: Limits{Guesses: 1, Ban: time.Minute}})
		f := from(flow.UDP, "192.0.2.66:5060")
		g.Guessed(time.Now(), f)
		for range insistence {
			g.Guessing(time.Now(), f)
		}
		a := f.Remote().Addr()
		if !g.Banned(a) || g.Unban(time.Now(), netip.MustParseAddr("192.0.2.67")) || !g.Unban(time.Now(), a) {
			t.Error("not banned, or not taken back")
		}
		if g.Banned(a) || g.Guessing(time.Now(), f) || g.Unban(time.Now(), a) || len(g.BanList(time.Now())) > 0 || g.bans.Load() != 0 {
			t.Error("still banned")
		}
	})
}

func TestWhoGuessesAndWhoScansIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Config{Limits: Limits{Guesses: 2, Silent: true}, Known: func(a netip.Addr) bool { return a == netip.MustParseAddr("192.0.2.1") }})
		guesser, scanner := from(flow.UDP, "192.0.2.66:5060"), from(flow.UDP, "192.0.2.77:5060")
		for range 4 {
			g.Guessed(time.Now(), guesser)
		}
		if all := g.Suspects(time.Now()); len(all) != 1 || all[0].Guesses != 4 || !all[0].Held || all[0].Source.Addr() != guesser.Remote().Addr() {
			t.Errorf("Suspects() = %+v", all)
		}
		req := sip.NewRequest(sip.OPTIONS, sip.Uri{Host: "192.0.2.10"})
		for i := range 2 * maxAgents {
			req.RemoveHeader("User-Agent")
			req.AppendHeader(sip.NewHeader("User-Agent", fmt.Sprintf("friendly-scanner\x1b %d %s", i, strings.Repeat("x", 100))))
			g.Silent(scanner, req, Ours{ByName: func(string) bool { return false }, Proved: func(sip.RequestMethod) bool { return false }})
		}
		all := g.Scanners()
		if len(all) != maxAgents || len(all[0].Agent) > maxAgent || strings.Contains(all[0].Agent, "\x1b") || all[0].Requests != 1 {
			t.Errorf("%d scanners, the first %+v", len(all), all[0])
		}
		time.Sleep(suspected)
		if all := g.Suspects(time.Now()); len(all) > 0 {
			t.Errorf("after an hour: %+v", all)
		}
	})
}

func TestABanByHandEndsAndSparesWhomWeKnow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := netip.MustParseAddr("192.0.2.1")
		g := New(Config{Known: func(a netip.Addr) bool { return a == known }})
		if g.Ban(time.Now(), known, time.Hour) {
			t.Error("a device of ours was banned")
		}
		a := netip.MustParseAddr("192.0.2.66")
		if !g.Ban(time.Now(), a, time.Hour) || !g.Ban(time.Now(), a, 2*time.Hour) || !g.Banned(a) {
			t.Error("not banned")
		}
		if all := g.BanList(time.Now()); len(all) != 1 || !all[0].ByHand || all[0].Until.Sub(all[0].Since) != 2*time.Hour {
			t.Errorf("BanList() = %+v", all)
		}
		time.Sleep(2 * time.Hour)
		if g.Banned(a) || g.bans.Load() != 0 {
			t.Error("banned for longer than said")
		}
	})
}
