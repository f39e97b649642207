package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

func TestReportsAreShownBothWaysToWhoWantsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{Call: "7", Leg: "7-a"}, testStream(formatPCMU))
		var seen []SeenReport
		e.SetReports(func(r SeenReport) {
			r.Raw = append([]byte(nil), r.Raw...)
			seen = append(seen, r)
		})
		rr := []byte{2 << 6, 201, 0, 1, 0, 0, 0, 0x33}
		a.RTCP(rr, transport.Now())
		e.SetReports(nil)
		a.RTCP(rr, transport.Now())
		e.SetReports(func(r SeenReport) {
			r.Raw = append([]byte(nil), r.Raw...)
			seen = append(seen, r)
		})
		a.sendReport(&watch{}, transport.Now(), time.Now(), false)
		if len(seen) != 2 || !seen[0].In || seen[1].In || seen[0].Leg != "7-a" || seen[1].Call != "7" {
			t.Fatalf("%+v", seen)
		}
		if string(seen[0].Raw) != string(rr) || len(seen[1].Raw) < 8 || seen[1].Raw[1] != 201 {
			t.Errorf("% x and % x", seen[0].Raw, seen[1].Raw)
		}
		_ = e.Close()
	})
}
