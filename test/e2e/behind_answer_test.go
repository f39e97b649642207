package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// A PBX says right behind its 180 who it is that rings (RFC 4916 §4.4): the 180, which makes the
// dialog, is heard first.
func TestARequestRightBehindWhatMakesItsDialog(t *testing.T) {
	onTrunks(t, func(tc *trunk.Config) { tc.Trust = true }, func(l *line) {
		l.contact()
		a, pbx := l.phone("1001", 11), l.pbx.Phone
		for range 20 {
			out := a.Invite("4030999", fakeua.Invitation{})
			in := pbx.Incoming()
			in.Ring()
			if res := in.Do("UPDATE", "", `P-Asserted-Identity: "Desk" <sip:777@carrier.example>`); res.Status() != 200 {
				t.Errorf("answered with\n%s", res.Raw)
			}
			in.Respond(200, "OK", pbx.Describe(fakeua.Description{}))
			in.Acked()
			out.Answered()
			out.Bye()
			in.Hung()
			a.Idle(time.Second)
		}
	})
}
