package media

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"github.com/tandemgw/tandem/media/transport"
)

// relations are how far the RTP time of each sender report is ahead of its NTP time, less
// that of the first.
func relations(t *testing.T, ssrc uint32, clock float64, reports [][]byte) (all []time.Duration) {
	t.Helper()
	var first *rtcp.SenderReport
	for _, raw := range reports {
		ps, err := rtcp.Unmarshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := rtcp.CompoundPacket(ps).Validate(); err != nil {
			t.Errorf("not a compound packet: %v", err)
		}
		for _, p := range ps {
			sr, ok := p.(*rtcp.SenderReport)
			if !ok || sr.SSRC != ssrc {
				continue
			}
			if first == nil {
				first = sr
			}
			wall := float64(int64(sr.NTPTime-first.NTPTime)) / (1 << 32)
			all = append(all, time.Duration((float64(int32(sr.RTPTime-first.RTPTime))/clock-wall)*1e9))
		}
	}
	return all
}

// What a network delays unevenly is told of evenly: the times of sender reports are within
// a few ms of each other, whatever the packets were late, through pauses, holds and
// another source, for each length of packets and clock.
func TestSenderReportsAreSteady(t *testing.T) {
	for name, c := range map[string]struct {
		from, to format
		ptime    int // ms
	}{
		"10 ms": {formatPCMU, formatPCMU, 10}, "20 ms": {formatPCMU, formatPCMU, 20}, "30 ms": {formatPCMU, formatPCMA, 30},
		"40 ms": {formatPCMU, formatPCMU, 40}, "60 ms": {formatPCMU, formatPCMU, 60},
		"G.722": {formatG722, formatG722, 20}, "Opus": {formatOpus, formatOpus, 20}, "to Opus": {formatPCMU, formatOpus, 20},
		"from G.722": {formatG722, formatPCMU, 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				from, to := testStream(c.from), testStream(c.to)
				from.PTime, to.PTime = c.ptime, c.ptime
				a, b := newTestLeg(t, e, Options{}, from), newTestLeg(t, e, Options{}, to)
				Join(a.Endpoint, b.Endpoint)
				rnd, span := rand.New(rand.NewPCG(1, 2)), c.from.clock()/1000*uint32(c.ptime)
				payload := make([]byte, c.ptime*8)
				if c.from == formatOpus {
					payload = testSound(t, formatOpus)
				}
				talk := func(d time.Duration) {
					start := time.Now()
					for i := range int(d / time.Duration(c.ptime) / time.Millisecond) {
						late := time.Duration(rnd.IntN(30)) * time.Millisecond
						if i%25 == 0 {
							late = 0
						}
						time.Sleep(time.Until(start.Add(time.Duration(i*c.ptime)*time.Millisecond + late)))
						a.talk(testCodec(c.from).PayloadType, payload, span, transport.Now())
					}
					time.Sleep(time.Until(start.Add(d)))
				}
				talk(30 * time.Second)
				time.Sleep(7 * time.Second) // a pause, in which timestamps run on
				a.ts += 7 * c.from.clock()
				talk(20 * time.Second)
				a.ssrc, a.seq, a.ts = a.ssrc+1, 17, 99 // another source
				talk(20 * time.Second)
				synctest.Wait()
				all := relations(t, b.line.ssrc, float64(c.to.clock()), b.wire.reports())
				if len(all) < 8 {
					t.Fatalf("%d sender reports", len(all))
				}
				low, high := all[1], all[1]
				for _, d := range all[1:] {
					low, high = min(low, d), max(high, d)
				}
				if high-low > 5*time.Millisecond {
					t.Errorf("RTP and NTP times of reports are %v apart: %v", high-low, all)
				}
				_ = e.Close()
			})
		})
	}
}
