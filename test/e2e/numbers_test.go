package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/store"
	"github.com/tandemgw/tandem/test/fakeua"
)

// numbersFile has the trunks of onTrunks: acme wants 0044..., spare +44... with a prefix of its own.
const numbersFile = `
domain = "tandem.example"
user "1001" {
  password    = "x"
  number      = "020 7946 1001"
  permissions = "travel"
}
user "1002" { password = "x" }
user "1003" { password = "x" }
trunk "acme" {
  host     = "carrier.example"
  register = { user = "4930100", password = "secret" }
  numbers  = "00"
}
trunk "spare" {
  host          = "192.0.2.211"
  numbers       = "e164"
  number_prefix = "77#"
}
numbering {
  country = "GB"
}
permissions "travel" {
  countries = ["FR"]
  max_calls = 1
}
from "users" {
  calls = {
    "emergency" = [dial("trunk:acme")]
    "10XX"      = [dial("user:${to}", "20s")]
    "+."        = [dial(["trunk:acme", "trunk:spare"], "20s", { next_on = [503] })]
  }
}
from "trunks" {
  calls = { "+442079461002" = [dial("user:1002", "20s")] }
}
`

// onNumbers runs fn with trunks and a plan that knows numbers.
func onNumbers(t *testing.T, fn func(l *line)) {
	t.Helper()
	onTrunks(t, nil, func(l *line) {
		f, found := config.Check(".", []config.Source{{Name: "plan.hcl", Text: []byte(numbersFile)}}, config.Options{})
		if f == nil || len(found) > 0 {
			t.Fatal(found)
		}
		l.bridge.SetPlan(f.Plan)
		l.contact()
		fn(l)
	})
}

func TestANumberAsPeopleWriteItGoesOutInTheCarriersForm(t *testing.T) {
	onNumbers(t, func(l *line) {
		spare := l.spare()
		for dialed, want := range map[string]string{
			"020%207946%200000": "00442079460000", "%2B44%20(0)20-7946-0000": "00442079460000", "0033123456789": "0033123456789",
		} {
			out := l.browser("1001").Invite(dialed, fakeua.Invitation{})
			in := l.pbx.Phone.Incoming()
			if to := in.Invite.Field("To"); !strings.HasPrefix(to, "<sip:"+want+"@") {
				t.Errorf("%s goes to acme as %s, want %s", dialed, to, want)
			}
			in.Refuse(503, "Service Unavailable")
			other := spare.Incoming()
			if line, _, _ := strings.Cut(other.Invite.Raw, "\r\n"); !strings.Contains(line, "sip:77%23+"+want[2:]+"@") && !strings.Contains(line, "sip:77#+"+want[2:]+"@") {
				t.Errorf("%s goes to spare as %s", dialed, line)
			}
			if from := other.Invite.Field("From"); !strings.Contains(from, "sip:+442079461001@") {
				t.Errorf("spare is told of %s, want the caller's own number as E.164", from)
			}
			other.Refuse(486, "Busy Here")
			out.Response(486)
		}
	})
}

func TestAForbiddenNumberIsRefusedWithTheSettingThatDecides(t *testing.T) {
	onNumbers(t, func(l *line) {
		for _, c := range []struct{ who, dialed, want string }{
			{"1001", "0049301234567", `user:1001 may not call +49301234567, an international number (DE): permissions 'travel' do not open it`},
			{"1002", "0033123456789", `user:1002 may not call +33123456789, an international number (FR): it is closed until permissions open it to user:1002`},
			{"1001", "09001234567", `a premium number (GB)`},
		} {
			res := l.browser(c.who).Invite(c.dialed, fakeua.Invitation{}).Response(403)
			if w := strings.ReplaceAll(res.Field("Warning"), `\"`, "'"); !strings.HasPrefix(w, "399 ") || !strings.Contains(w, c.want) {
				t.Errorf("%s: %s: Warning: %s", c.who, c.dialed, w)
			}
		}
		if n := len(l.pbx.Requests("INVITE")); n != 0 {
			t.Errorf("the carrier was called %d times", n)
		}
		out := l.browser("1002").Invite("999", fakeua.Invitation{})
		in := l.pbx.Phone.Incoming()
		field(t, in.Invite, "To", "<sip:999@carrier.example>")
		in.Refuse(486, "Busy Here")
		out.Response(486)
	})
}

func TestATransferToANumberIsHeldToThePermissionsOfWhoSendsOn(t *testing.T) {
	onNumbers(t, func(l *line) {
		a, b := l.browser("1001"), l.browser("1002")
		out, in := l.talk(a, b)
		refer(t, in, 202, "<sip:0033123456789@"+domain+">")
		notified(t, in, 100)
		notified(t, in, 403) // 1001, who would be sent on, might call there
		if n := len(l.pbx.Requests("INVITE")); n != 0 {
			t.Errorf("the carrier was called %d times", n)
		}
		out.Bye()
		in.Hung()
	})
}

func TestACallerFromATrunkIsShownAsItCanBeCalledBack(t *testing.T) {
	onNumbers(t, func(l *line) {
		callee := l.browser("1002")
		out := l.pbx.Phone.Invite("unused", fakeua.Invitation{
			From: "00442079460000", Target: "sip:00442079461002@" + gatewayAddr, To: "<sip:00442079461002@carrier.example>",
		})
		in := callee.Incoming()
		if from := in.Invite.Field("From"); !strings.Contains(from, "sip:+442079460000@") {
			t.Errorf("the user is shown %s", from)
		}
		in.Refuse(486, "Busy Here")
		out.Response(486)
	})
}

// ledger holds all callers to one limit.
type ledger struct {
	*store.Usage
	limit store.Limit
}

func (l ledger) Begin(from dialplan.Source, _ string) (leg.Charge, error) {
	limit := l.limit
	limit.Who = from.String()
	c, err := l.Usage.Begin([]store.Limit{limit})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func TestACallIsRefusedOrEndedWhereALimitIsReached(t *testing.T) {
	onTrunksWith(t, nil, func(lc *leg.Config) {
		usage, err := store.OpenUsage(filepath.Join(t.TempDir(), "usage.json"), nil)
		if err != nil {
			t.Fatal(err)
		}
		lc.Usage = ledger{usage, store.Limit{Setting: `permissions "travel"`, Status: 403, Calls: 1, Day: 10 * time.Minute}}
	}, func(l *line) {
		l.contact()
		a := l.browser("1001")
		talk := func() (*fakeua.Call, *fakeua.Call) {
			out := a.Invite("4030999", fakeua.Invitation{})
			in := l.pbx.Phone.Incoming()
			in.Accept()
			out.Answered()
			return out, in
		}
		out, in := talk()
		res := a.Invite("4030998", fakeua.Invitation{}).Response(403)
		if w := res.Field("Warning"); !strings.Contains(w, "user:1001 has as many calls through trunks as it may, 1: max_calls of permissions") {
			t.Errorf("Warning: %s", w)
		}
		time.Sleep(6 * time.Minute)
		out.Bye()
		in.Hung()
		out, in = talk()
		began := time.Now()
		time.Sleep(3 * time.Minute)
		in.Hung()
		if d := time.Since(began).Round(time.Second); d != 4*time.Minute {
			t.Errorf("the call is ended after %v, want the 4 minutes that were left", d)
		}
		out.Hung()
		time.Sleep(time.Minute)
		res = a.Invite("4030999", fakeua.Invitation{}).Response(403)
		if w := res.Field("Warning"); !strings.Contains(w, "minutes_a_day") {
			t.Errorf("Warning: %s", w)
		}
	})
}
