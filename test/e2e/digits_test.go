package e2e

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/test/fakeua"
)

// ways are people who take digits as they are said to.
type ways struct {
	people
	dtmf map[string]string
}

func (w ways) Find(name string) (registrar.User, bool) {
	u, ok := w.people.Find(name)
	u.DTMF = w.dtmf[name]
	return u, ok
}

func withDigits(t *testing.T, dtmf map[string]string, fn func(g *gateway)) {
	t.Helper()
	inBubbleWith(t, func(l *leg.Config, _ *bridge.Config) { l.Users = ways{people{"1001", "1002", "1003"}, dtmf} }, fn)
}

func TestDigitsGoOutByInfo(t *testing.T) {
	withDigits(t, map[string]string{"1002": "info"}, func(g *gateway) {
		out, in := g.talk(g.phone("1001", 11), g.phone("1002", 12))
		if strings.Contains(in.Invite.Body(), "telephone-event") {
			t.Errorf("telephone-event is offered to one who takes INFO:\n%s", in.Invite.Body())
		}
		press := func(digit string) { // it comes from the other leg by INFO
			if res := out.Info("application/dtmf-relay", "Signal="+digit+"\r\nDuration=250\r\n"); res.Status() != 200 {
				t.Errorf("answered with\n%s", res.Raw)
			}
		}
		press("5")
		press("16") // and waits for the first to be answered
		first := in.Request("INFO")
		if first.Field("Content-Type") != "application/dtmf-relay" || first.Body() != "Signal=5\r\nDuration=250\r\n" {
			t.Errorf("sent\n%s", first.Raw)
		}
		in.UA.Quiet(400 * time.Millisecond)
		in.Reply(first, "")
		flash := in.Request("INFO")
		if flash.Body() != "Signal=16\r\nDuration=250\r\n" {
			t.Errorf("sent\n%s", flash.Raw)
		}
		in.Reply(flash, "")
		// In the words that the far end uses itself.
		if res := in.Info("application/dtmf", "9"); res.Status() != 200 {
			t.Errorf("answered with\n%s", res.Raw)
		}
		press("#")
		hash := in.Request("INFO")
		if hash.Field("Content-Type") != "application/dtmf" || hash.Body() != "#" {
			t.Errorf("sent\n%s", hash.Raw)
		}
		in.Reply(hash, "")
		out.Bye()
		in.Hung()
	})
}

func TestDigitsThatInfoIsRefusedForGoInTheMedia(t *testing.T) {
	withDigits(t, map[string]string{"1002": "info"}, func(g *gateway) {
		out, in := g.talk(g.phone("1001", 11), g.phone("1002", 12))
		for _, digit := range "12" {
			out.Info("application/dtmf-relay", "Signal="+string(digit)+"\r\nDuration=100\r\n")
		}
		for _, kind := range []string{"application/dtmf-relay", "application/dtmf"} {
			req := in.Request("INFO")
			if req.Field("Content-Type") != kind {
				t.Errorf("sent\n%s", req.Raw)
			}
			in.Invite = req
			in.Respond(415, "Unsupported Media Type", "")
		}
		in.UA.Quiet(time.Second)
		synctest.Wait()
		if got := g.studio.nth(1).dialed(); got != "12" {
			t.Errorf("the media was given %q, want 12", got)
		}
		out.Info("application/dtmf", "3")
		synctest.Wait()
		if got := g.studio.nth(1).dialed(); got != "123" {
			t.Errorf("the media was given %q, want 123", got)
		}
		out.Bye()
		in.Hung()
	})
}

// How digits go is settled by the setting and by what was agreed.
func TestDigitsGoAsIsSet(t *testing.T) {
	for name, c := range map[string]struct {
		dtmf    string
		offered bool // telephone-event by us
		want    media.Digits
	}{
		"auto":    {"auto", true, media.Digits{}},
		"unset":   {"", true, media.Digits{}},
		"rfc4733": {"rfc4733", true, media.Digits{}},
		"inband":  {"inband", false, media.Digits{Send: media.DigitsAsTones, Listen: true}},
		"info":    {"info", false, media.Digits{Send: media.DigitsBySignaling}},
	} {
		t.Run(name, func(t *testing.T) {
			withDigits(t, map[string]string{"1002": c.dtmf}, func(g *gateway) {
				out, in := g.talk(g.phone("1001", 11), g.phone("1002", 12))
				if offered := strings.Contains(in.Invite.Body(), "telephone-event"); offered != c.offered {
					t.Errorf("offered:\n%s", in.Invite.Body())
				}
				if got := g.studio.nth(1).digitsGo(); got != c.want {
					t.Errorf("%+v, want %+v", got, c.want)
				}
				out.Bye()
				in.Hung()
			})
		})
	}
}

// A far end without telephone-event is heard for tones, and sent them.
func TestDigitsAreTonesWhereNothingElseIsAgreed(t *testing.T) {
	withDigits(t, nil, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		body := strings.ReplaceAll(b.Describe(fakeua.Description{}), "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n", "")
		in.Respond(200, "OK", strings.ReplaceAll(body, " 101\r\n", "\r\n"))
		in.Acked()
		out.Answered()
		synctest.Wait()
		if got, want := g.studio.nth(1).digitsGo(), (media.Digits{Send: media.DigitsAsTones, Listen: true}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		out.Bye()
		in.Hung()
	})
}

// Some phones send each digit both ways: the second is no other.
func TestDigitSentBothWaysIsOne(t *testing.T) {
	inBubble(t, func(g *gateway) {
		out, in := g.talk(g.phone("1001", 11), g.phone("1002", 12))
		caller := g.studio.nth(0)
		for _, digit := range "771" {
			caller.options.Events.Digit(media.Digit(digit), 100*time.Millisecond)
			synctest.Wait()
			out.Info("application/dtmf-relay", "Signal="+string(digit)+"\r\nDuration=100\r\n")
			in.UA.Quiet(time.Second)
		}
		if got := g.studio.nth(1).dialed(); got != "" {
			t.Errorf("sent once more: %q", got)
		}
		out.Bye()
		in.Hung()
	})
}
