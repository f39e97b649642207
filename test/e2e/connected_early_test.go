package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// What a believed trunk says before its answer of who is rung now (RFC 4916 §4.4, RFC 3325
// §9.1) counts once the same fork answers, unless that says otherwise.
func TestWhatATrunkSaysBeforeItsAnswer(t *testing.T) {
	const desk = `P-Asserted-Identity: "Desk" <sip:777@carrier.example>`
	const next = `P-Asserted-Identity: "Next Desk" <sip:778@carrier.example>`
	for name, c := range map[string]struct{ inFirst, inSecond, inAnswer, want string }{
		"by the fork that answers": {inFirst: desk, want: `"Desk" <sip:777@` + domain + `>`},
		"by another fork":          {inSecond: desk},
		"by each fork":             {inFirst: desk, inSecond: next, want: `"Desk" <sip:777@` + domain + `>`},
		"and otherwise in the 200": {inFirst: desk, inAnswer: next, want: `"Next Desk" <sip:778@` + domain + `>`},
		"and taken back in it":     {inFirst: desk, inAnswer: "P-Asserted-Identity: <sip:4030999@carrier.example>"},
		"the number that was called": {
			inFirst: `P-Asserted-Identity: "All" <sip:4030999@carrier.example>`,
		},
	} {
		for _, believed := range []bool{true, false} {
			onTrunks(t, func(tc *trunk.Config) { tc.Trust = believed }, func(l *line) {
				l.contact()
				a, pbx := l.phone("1001", 11), l.pbx.Phone
				a.Patience, pbx.Patience = time.Hour, time.Hour
				out := a.Invite("4030999", fakeua.Invitation{})
				in := pbx.Incoming()
				second := *in
				second.Tag, second.Local = "second", in.Invite.Field("To")+";tag=second"
				in.Ring()
				second.Ring()
				out.Response(180)
				a.Idle(time.Second)
				for call, field := range map[*fakeua.Call]string{in: c.inFirst, &second: c.inSecond} {
					if field == "" {
						continue
					}
					if res := call.Do("UPDATE", "", field); res.Status() != 200 {
						t.Errorf("%s: answered with\n%s", name, res.Raw)
					}
				}
				var fields []string
				if c.inAnswer != "" {
					fields = append(fields, c.inAnswer)
				}
				in.Respond(200, "OK", pbx.Describe(fakeua.Description{}), fields...)
				in.Acked()
				out.Answered()
				want := c.want
				if !believed {
					want = ""
				}
				t.Logf("%s, believed %v", name, believed)
				told(t, a, want)
				out.Bye()
				in.Hung()
			})
		}
	}
}

// A PBX that sends its caller on while we ring says who calls now: who answers is told, as the
// dialplan shows callers.
func TestACallerWhoIsAnotherOneWhenItIsAnswered(t *testing.T) {
	for _, c := range []struct{ number, want string }{
		{"+4930100", `"Chief" <sip:7@` + domain + `>`},
		{"+4931100", ""},
	} {
		for _, believed := range []bool{true, false} {
			onTrunks(t, func(tc *trunk.Config) { tc.Trust = believed }, func(l *line) {
				in := l.phone("1002", 12)
				call := l.pbx.Phone.Invite(c.number, fakeua.Invitation{Target: l.contact()})
				to := in.Incoming()
				to.Ring()
				call.Response(180)
				if res := call.Do("UPDATE", "", `P-Asserted-Identity: "Chief" <sip:7@carrier.example>`); res.Status() != 200 {
					t.Errorf("answered with\n%s", res.Raw)
				}
				taken(to)
				call.Ack("")
				want := c.want
				if !believed {
					want = ""
				}
				told(t, in, want)
				if res := call.Do("UPDATE", "", `P-Asserted-Identity: "Boss" <sip:8@carrier.example>`); res.Status() != 200 {
					t.Errorf("answered with\n%s", res.Raw)
				}
				if want != "" {
					want = `"Boss" <sip:8@` + domain + `>`
				}
				told(t, in, want)
				call.Bye()
				to.Hung()
			})
		}
	}
}
