package interop

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// lineIP is the address of the trunk, which is SIPp and a peers.Line.
const lineIP = "127.0.0.2"

// sipp runs a scenario as the trunk. hold is the length of its pauses.
func (h *house) sipp(t *testing.T, scenario, number string, media int, hold time.Duration) *peers.SIPp {
	t.Helper()
	return peers.StartSIPp(t, peers.SIPpConfig{
		Scenario: filepath.Join("testdata", scenario+".xml"), IP: lineIP, Port: h.line,
		Gateway: h.SIP, Number: number, Media: media, Hold: hold,
		Repeats: scenario == "called-repeats" || scenario == "calls-without-ack",
	})
}

// caller is somebody who calls the trunk: a browser and a phone do it alike.
type caller struct {
	name   string
	begin  func()              // forgets the last call
	dial   func(number string) // begins one
	rings  func()              // waits until it hears that the line rings
	hangup func()
	told   func(t *testing.T, status int) // fails with the status
	ended  func()                         // waits for its end
	ear    peers.Ear
	plays  sound.Melody
}

func (h *house) callers(t *testing.T) []caller {
	t.Helper()
	web := h.web(t, "1001", peers.WebPeerConfig{})
	desk := h.desk(t, "1003", peers.BaresipConfig{Melody: sound.High()})
	return []caller{{
		name: "browser", begin: web.Forget, dial: func(n string) { web.Call(uri(n)) }, hangup: web.Hangup,
		rings: func() { web.Event("progress", soon) },
		told:  func(t *testing.T, status int) { t.Helper(); fails(t, web, status) },
		ended: func() { web.Event("ended", soon) }, ear: web, plays: sound.High(),
	}, {
		name: "phone", begin: desk.Forget, dial: func(n string) { desk.Dial(h.at(n)) }, hangup: desk.Hangup,
		rings: func() { desk.Event("CALL_RINGING", soon) },
		told:  func(t *testing.T, status int) { t.Helper(); desk.Closed(status, soon) },
		ended: func() { desk.Event("CALL_CLOSED", soon) }, ear: desk, plays: sound.High(),
	}}
}

func TestTrunkIsCalled(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	for _, c := range h.callers(t) {
		// Each ends by itself; the caller is told the status.
		for scenario, status := range map[string]int{
			"called-busy": 486, "called-declines": 603, "called-says-nonsense": 502,
		} {
			t.Run(c.name+", "+scenario, func(t *testing.T) {
				c.begin()
				s := h.sipp(t, scenario, "", 40000, 200*time.Millisecond)
				c.dial("9123")
				c.told(t, status)
				s.Succeeds(soon)
			})
		}
		for _, scenario := range []string{"called-crossed", "called-canceled"} {
			t.Run(c.name+" gives up, "+scenario, func(t *testing.T) {
				c.begin()
				s := h.sipp(t, scenario, "", 40000, 0)
				c.dial("9123")
				c.rings()
				c.hangup()
				s.Succeeds(soon)
			})
		}
		t.Run(c.name+", called-repeats", func(t *testing.T) {
			c.begin()
			s := h.sipp(t, "called-repeats", "", 40000, 100*time.Millisecond)
			c.dial("9123")
			s.Says("acknowledged three times", soon)
			c.hangup()
			s.Succeeds(soon)
		})
		t.Run(c.name+", called-hangs-up", func(t *testing.T) {
			c.begin()
			line := peers.StartLine(t, lineIP, sound.Low())
			s := h.sipp(t, "called-hangs-up", "", line.Port, 3*time.Second)
			c.dial("9123")
			line.To("127.0.0.1", s.Media())
			peers.Listen(t, "the "+c.name, c.ear, sound.Low(), 0, talk)
			peers.Listen(t, "the line", line, c.plays, 0, talk)
			c.ended()
			s.Succeeds(soon)
		})
	}
}

func TestTrunkChangesTheCall(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	for _, c := range h.callers(t) {
		t.Run(c.name+" hears early media", func(t *testing.T) {
			c.begin()
			line := peers.StartLine(t, lineIP, sound.Low())
			answers := h.Said("answered")
			s := h.sipp(t, "called-early", "", line.Port, 3*time.Second)
			c.dial("9123")
			line.To("127.0.0.1", s.Media())
			peers.Listen(t, "the "+c.name+", before the answer,", c.ear, sound.Low(), 0, 5*sound.Note)
			if h.Said("answered") != answers {
				t.Error("it was answered before the early sound was heard")
			}
			h.Says(t, "answered", answers+1, soon)
			peers.Listen(t, "the line", line, c.plays, 0, talk)
			peers.Listen(t, "the "+c.name+", after the answer,", c.ear, sound.Low(), c.ear.Recorded(), talk)
			c.hangup()
			s.Succeeds(soon)
		})
		for _, scenario := range []string{"called-early-busy", "called-early-prack"} {
			t.Run(c.name+" hears why it is busy, "+scenario, func(t *testing.T) {
				c.begin()
				line := peers.StartLine(t, lineIP, sound.Low())
				s := h.sipp(t, scenario, "", line.Port, 3*time.Second)
				c.dial("9123")
				line.To("127.0.0.1", s.Media())
				peers.Listen(t, "the "+c.name, c.ear, sound.Low(), 0, 5*sound.Note)
				c.told(t, 486)
				s.Succeeds(soon)
			})
		}
		t.Run(c.name+" is held", func(t *testing.T) {
			c.begin()
			line := peers.StartLine(t, lineIP, sound.Low())
			s := h.sipp(t, "called-holds", "", line.Port, 4*time.Second)
			c.dial("9123")
			line.To("127.0.0.1", s.Media())
			peers.Listen(t, "the "+c.name, c.ear, sound.Low(), 0, 10*sound.Note)
			peers.Listen(t, "the line", line, c.plays, 0, 10*sound.Note)
			s.Says("hold answered: recvonly", soon)
			peers.Pause(playedOut)
			peers.Silence(t, time.Second,
				peers.Expected{Who: "the " + c.name, Ear: c.ear, Melody: sound.Low()},
				peers.Expected{Who: "the line", Ear: line, Melody: c.plays})
			at, lineAt := c.ear.Recorded(), line.Recorded()
			s.Says("resume answered: sendrecv", soon)
			peers.Listen(t, "the "+c.name+", taken back,", c.ear, sound.Low(), at, talk)
			peers.Listen(t, "the line, taken back,", line, c.plays, lineAt, talk)
			if got := line.SSRCs(); len(got) != 1 {
				t.Errorf("the line got the streams %d, want one from first to last", got)
			}
			c.hangup()
			s.Succeeds(soon)
		})
		t.Run(c.name+" is asked for a fax", func(t *testing.T) {
			c.begin()
			line := peers.StartLine(t, lineIP, sound.Low())
			s := h.sipp(t, "called-wants-fax", "", line.Port, time.Second)
			c.dial("9123")
			line.To("127.0.0.1", s.Media())
			s.Says("fax refused", soon)
			peers.Listen(t, "the "+c.name, c.ear, sound.Low(), c.ear.Recorded(), talk)
			peers.Listen(t, "the line", line, c.plays, line.Recorded(), talk)
			c.hangup()
			s.Succeeds(soon)
		})
	}
}

func TestTrunkCalls(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	web := h.web(t, "1001", peers.WebPeerConfig{})
	desk := h.desk(t, "1003", peers.BaresipConfig{Melody: sound.High()})
	t.Run("a browser, which hangs up", func(t *testing.T) {
		line := peers.StartLine(t, lineIP, sound.Low())
		s := h.sipp(t, "calls", "1001", line.Port, 0)
		if e := web.Event("incoming", soon); e.From != "5551000" || e.Name != "Plain" {
			t.Errorf("the browser is called by %q %q", e.Name, e.From)
		}
		web.Answer()
		line.To("127.0.0.1", s.Media())
		peers.Listen(t, "the browser", web, sound.Low(), 0, talk)
		peers.Listen(t, "the line", line, sound.High(), 0, talk)
		web.Hangup()
		s.Succeeds(soon)
	})
	for _, scenario := range []string{"calls-and-hangs-up", "calls-without-ack", "calls-without-offer"} {
		t.Run("a phone, "+scenario, func(t *testing.T) {
			desk.Forget()
			line := peers.StartLine(t, lineIP, sound.Low())
			s := h.sipp(t, scenario, "1003", line.Port, 3*time.Second)
			line.To("127.0.0.1", s.Media())
			peers.Listen(t, "the phone", desk, sound.Low(), 0, talk)
			peers.Listen(t, "the line", line, sound.High(), 0, talk)
			if scenario == "calls-without-offer" {
				desk.Hangup()
			}
			desk.Event("CALL_CLOSED", soon)
			s.Succeeds(soon)
		})
	}
	t.Run("a browser, and gives up", func(t *testing.T) {
		web.Forget()
		s := h.sipp(t, "calls-and-gives-up", "1001", 40000, time.Second)
		web.Event("incoming", soon)
		if e := web.Event("failed", soon); e.Cause != "Canceled" {
			t.Errorf("the browser is told %q", e.Cause)
		}
		s.Succeeds(soon)
	})
	for _, status := range []string{"486", "603"} {
		t.Run("a browser, which declines with "+status, func(t *testing.T) {
			web.Forget()
			s := h.sipp(t, "calls-"+status, "1001", 40000, 0)
			web.Event("incoming", soon)
			web.Do("peer.hangup({status_code: " + status + "})")
			s.Succeeds(soon)
		})
	}
	for scenario, number := range map[string]string{
		"calls-404": "5555", "calls-480": "1004", "calls-408": "2001", "calls-with-nonsense": "1001", "calls-with-fax": "1001",
	} {
		t.Run(scenario, func(t *testing.T) { h.sipp(t, scenario, number, 40000, 0).Succeeds(soon) })
	}
}

// The events that a line gets are regenerated: one marker, three ends, one time
// stamp, at 8000 Hz whatever the browser's clock is (RFC 4733 §2.5).
func TestDigitsOnTheLine(t *testing.T) {
	h := open(t, "")
	web := h.web(t, "1001", peers.WebPeerConfig{})
	for _, transport := range []string{"RFC2833", "INFO"} {
		t.Run(transport, func(t *testing.T) {
			web.Forget()
			line := peers.StartLine(t, lineIP, sound.Low())
			s := h.sipp(t, "called-answers", "", line.Port, 0)
			web.Call(uri("9123"))
			line.To("127.0.0.1", s.Media())
			web.Event("confirmed", soon)
			peers.Listen(t, "the line", line, sound.High(), 0, talk)
			web.Press(keys, transport)
			digits(t, "the line", keys, line.Digits)
			for _, e := range line.Events() {
				if e.Markers != 1 || e.Ends != 3 || e.Backward || e.Length < 60*8 || e.Length > 220*8 {
					t.Errorf("the event %v, want one marker, three ends, and some 100 ms", e)
				}
			}
			browserHears(t, web, line.Press)
			web.Hangup()
			s.Succeeds(soon)
		})
	}
}
