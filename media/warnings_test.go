package media

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// A leg that is flooded, with sound or with reports, is told of in the log with how much
// it was, once in each interval and not for each packet, and counts among the totals
// when it is gone, too.
func TestAFloodedLegIsWarnedOfAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, testStream(formatPCMU))
		b := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		time.Sleep(warnEvery)
		at, payload := transport.Now(), make([]byte, 160)
		for range 2000 {
			a.talk(0, payload, 160, at)
		}
		for range int(pictureAtOnce/pictureEvery) + 7 {
			a.RTCP([]byte{0x80, 201, 0, 1, 0, 0, 0, 9}, at)
		}
		time.Sleep(3 * warnEvery)
		synctest.Wait()
		flooded := a.Stats().Received.Flooded
		if flooded != 1000+7 {
			t.Errorf("%d packets are beyond what is taken, want 1007", flooded)
		}
		if got := log.String(); strings.Count(got, "beyond_quota=") != 1 || !strings.Contains(got, "beyond_quota=1007 ") {
			t.Errorf("the log says: %s", got)
		}
		for range 2 {
			if got := e.Totals().Telephones.Flooded + e.Totals().Browsers.Flooded; got != flooded {
				t.Errorf("%d in all, want %d", got, flooded)
			}
			a.Close()
		}
		_ = e.Close()
	})
}

// Digits that could not be sent, and pictures beyond the quota, are among the totals.
func TestTotalsHaveDigitsUnsentAndFloodsOfVideo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, allFeedback, 0))
		y.SetDigits(Digits{Send: DigitsAsTones})
		refused := uint64(0)
		for range maxQueuedDigits + 5 { // the first may be on its way before the last is wanted
			if y.SendDigit('5', 0) != nil {
				refused++
			}
		}
		at := transport.Now()
		for seq := range uint16(pictureAtOnce/pictureEvery) + 9 {
			x.film(testVP8, seq, 1, at)
		}
		got := x.engine.Totals()
		got.Telephones.add(got.Browsers)
		if refused == 0 || got.Telephones.DigitsUnsent != refused || got.Telephones.Flooded != 9 {
			t.Errorf("%d digits were not sent and %d packets were too many, want %d and 9", got.Telephones.DigitsUnsent, got.Telephones.Flooded, refused)
		}
		_ = x.engine.Close()
	})
}
