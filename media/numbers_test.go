package media

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/transport"
)

// tone returns 20 ms of a 400 Hz sine in PCMU, whose level is known.
func toneULaw(amplitude float64) []byte {
	pcm := make([]int16, 160)
	for i := range pcm {
		pcm[i] = int16(amplitude * math.Sin(2*math.Pi*400*float64(i)/8000))
	}
	b := make([]byte, 160)
	codecs.EncodeULaw(b, pcm)
	return b
}

func TestLevelIsMeasuredWhereSoundIsRelayedAsG711(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMA))
	Join(a.Endpoint, b.Endpoint)
	if l := a.Stats().Received.Level; l != 0 {
		t.Errorf("level before any sound = %d, want unknown", l)
	}
	for i := range 40 {
		a.talk(0, toneULaw(8000), 160, transport.Now()+int64(i)*20*ms)
	}
	const want = -15 // 20 log(8000/32768) - 3
	s, heard := a.Stats(), b.Stats()
	if s.Received.Level < want-1 || s.Received.Level > want+1 || s.Received.Loudest != s.Received.Level {
		t.Errorf("what a says has %d dBFS, loudest %d; want %d", s.Received.Level, s.Received.Loudest, want)
	}
	if heard.Sent.Level != s.Received.Level || heard.Received.Level != 0 {
		t.Errorf("b gets %d dBFS and says %d; want the same and unknown", heard.Sent.Level, heard.Received.Level)
	}
	for i := range 200 {
		a.talk(0, voice(160, 0xff), 160, transport.Now()+int64(40+i)*20*ms)
	}
	if s = a.Stats(); s.Received.Level > -45 || s.Received.Loudest < want-1 {
		t.Errorf("after silence: %d dBFS, loudest %d", s.Received.Level, s.Received.Loudest)
	}
}

// The loudest that a leg has heard stays what it was when it hears another leg, or nothing.
func TestTheLoudestThatWasHeardIsNotForgotten(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	leg := func() *testLeg { return newTestLeg(t, e, Options{}, testStream(formatPCMU)) }
	a, b, c := leg(), leg(), leg()
	loud := func(from, to *testLeg, amplitude float64) {
		Join(from.Endpoint, to.Endpoint)
		for i := range 40 {
			from.talk(0, toneULaw(amplitude), 160, transport.Now()+int64(i)*20*ms)
		}
	}
	loud(a, b, 8000)
	want := a.Stats().Received.Loudest
	for _, then := range []func(){func() { loud(c, b, 80) }, b.Quiet, func() { loud(c, b, 80) }, c.Endpoint.Close} {
		then()
		if got := b.Stats().Sent.Loudest; got != want {
			t.Errorf("loudest %d dBFS, want %d", got, want)
		}
	}
	played := leg()
	played.sentLevel.note(codecs.Power([]int16{8000, 8000})) // as a player does
	loud(played, c, 80)
	loud(c, played, 80)
	if got := played.Stats().Sent.Loudest; got < -14 {
		t.Errorf("what was played is forgotten: %d dBFS", got)
	}
}

func TestLevelOfRelayedOpusIsUnknown(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatOpus))
	Join(a.Endpoint, b.Endpoint)
	for i := range 40 {
		a.talk(testOpus, []byte{0xf8, 0xff, 0xfe}, 960, transport.Now()+int64(i)*20*ms)
	}
	if s := a.Stats(); s.Received.Level != 0 || s.Received.Packets != 40 {
		t.Errorf("level = %d after %d packets, want unknown", s.Received.Level, s.Received.Packets)
	}
}

func TestOpinionFallsWithLoss(t *testing.T) {
	var before float64 = 5
	for _, every := range []int{0, 50, 20, 5} {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		for i := range 500 {
			if every > 0 && i%every == every-1 && i < 499 {
				a.seq++
				a.ts += 160
				continue
			}
			a.talk(0, voice(160, 1), 160, transport.Now()+int64(i)*20*ms)
		}
		q := a.Stats().Received
		if q.MOS >= before || q.MOS < 1 || q.Wide || q.R <= 0 {
			t.Errorf("one of %d lost: MOS %.2f (R %.1f) after %.2f", every, q.MOS, q.R, before)
		}
		before = q.MOS
		if b.Stats().Sent.MOS != 0 {
			t.Error("MOS of what b gets, though b has reported nothing")
		}
	}
	if before > 3.3 {
		t.Errorf("MOS at 20 %% loss = %.2f", before)
	}
}

// The reference values follow RFC 3611 A.2 by hand.
func TestBurstsAndGapsAreToldApart(t *testing.T) {
	var b bursts
	b.begin(0)
	b.lost(100, 1)  // alone
	b.lost(200, 2)  // a burst: 200, 201, 205
	b.lost(205, 1)  //
	b.lost(1000, 1) // alone
	s := b.metrics(1100, 20)
	if b.gaps != 4 || b.missing != 5 {
		t.Errorf("%d gaps of %d packets, want 4 and 5", b.gaps, b.missing)
	}
	if s.BurstDensity < 120 || s.BurstDensity > 160 { // 3 of 6
		t.Errorf("burst density = %d/256", s.BurstDensity)
	}
	if s.GapDensity > 2 {
		t.Errorf("gap density = %d/256", s.GapDensity)
	}
	if s.BurstMS < 80 || s.BurstMS > 140 {
		t.Errorf("a burst lasts %d ms, want about 120", s.BurstMS)
	}
	if r := b.ratio(5.0 / 1100); r < 1.2 || r > 1.3 {
		t.Errorf("burst ratio = %v", r)
	}
	var none bursts
	none.begin(5)
	if s := none.metrics(500, 20); s.BurstDensity != 0 || s.GapDensity != 0 || none.ratio(0) != 1 {
		t.Errorf("nothing lost: %+v", s)
	}
}

func TestExtendedReportsGoToWhoHasAskedForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		s := testStream(formatPCMU)
		s.Remote.ExtendedReports = true
		a := newTestLeg(t, e, Options{}, s)
		for range 500 {
			a.talk(0, toneULaw(8000), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		reports := a.wire.reports()
		if len(reports) == 0 || extendedOf(t, reports[0]) == nil {
			t.Errorf("%d reports, the first without an extended one", len(reports))
		}
		_ = e.Close()
	})
}

func TestExtendedReportsGoToWhoSendsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		talk := func(seconds int) {
			for i := range seconds * 50 {
				if i%25 == 7 {
					a.seq++
					a.ts += 160
					continue
				}
				a.talk(0, toneULaw(8000), 160, transport.Now())
				time.Sleep(20 * time.Millisecond)
			}
		}
		talk(10)
		for _, raw := range a.wire.reports() {
			if x := extendedOf(t, raw); x != nil {
				t.Fatalf("an extended report to who has sent none: %v", x)
			}
		}
		sent := time.Now()
		in, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ExtendedReport{SenderSSRC: a.ssrc, Reports: []rtcp.ReportBlock{
			&rtcp.ReceiverReferenceTimeReportBlock{NTPTimestamp: rtcpmsg.NTP(sent)},
			&rtcp.VoIPMetricsReportBlock{SSRC: a.line.ssrc, LossRate: 26, SignalLevel: 0xf0, RFactor: 80, MOSLQ: 40, MOSCQ: 39, EndSystemDelay: 60},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		a.RTCP(in, transport.Now())
		if f := a.Stats().Far; f == nil || f.LossPercent != 10 || f.R != 80 || f.MOSConversing != 3.9 || f.Level != -22 || f.EndDelay != 60*time.Millisecond {
			t.Errorf("what the far end says = %+v", f)
		}
		already := len(a.wire.reports())
		talk(16)
		reports := a.wire.reports()[already:]
		if len(reports) == 0 {
			t.Fatal("no report")
		}
		x := extendedOf(t, reports[0])
		if x == nil || len(x.Reports) != 3 {
			t.Fatalf("the report after it = %v", x)
		}
		delay := x.Reports[1].(*rtcp.DLRRReportBlock).Reports
		if len(delay) != 1 || delay[0].SSRC != a.ssrc || delay[0].LastRR != uint32(rtcpmsg.NTP(sent)>>16) {
			t.Errorf("answer to the reference time = %+v", delay)
		}
		v := x.Reports[2].(*rtcp.VoIPMetricsReportBlock)
		if v.SSRC != a.ssrc || v.LossRate < 8 || v.LossRate > 12 || v.Gmin != 16 || v.MOSCQ < 35 || v.MOSCQ > 45 || v.RFactor == 127 {
			t.Errorf("voice metrics = %+v", v)
		}
		if level := int8(v.SignalLevel); level < -11 || level > -7 { // dBm0
			t.Errorf("signal level = %d dBm0", level)
		}
		// The far end answers our own reference time: who sends nothing learns the
		// round trip so.
		ref := x.Reports[0].(*rtcp.ReceiverReferenceTimeReportBlock).NTPTimestamp
		since := uint32(units(int64(time.Since(sent)), 1<<16))
		in, err = rtcp.Marshal([]rtcp.Packet{&rtcp.ExtendedReport{SenderSSRC: a.ssrc, Reports: []rtcp.ReportBlock{
			&rtcp.DLRRReportBlock{Reports: []rtcp.DLRRReport{{SSRC: a.line.ssrc, LastRR: uint32(ref >> 16), DLRR: min(since, 100)}}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		a.RTCP(in, transport.Now())
		if a.Stats().RoundTrip == 0 && time.Since(sent) < maxRoundTrip {
			t.Error("no round trip from the answer to our reference time")
		}
		_ = e.Close()
	})
}

func extendedOf(t *testing.T, raw []byte) *rtcp.ExtendedReport {
	t.Helper()
	if len(raw) > rtcpmsg.MaxReport {
		t.Errorf("%d octets, room is for %d", len(raw), rtcpmsg.MaxReport)
	}
	ps, err := rtcp.Unmarshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ps {
		if x, ok := p.(*rtcp.ExtendedReport); ok {
			return x
		}
	}
	return nil
}

func TestByeIsNotedAndEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		lost := false
		events := Events{Lost: func() { lost = true }}
		a, b := newTestLeg(t, e, Options{Events: events}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		bye := func(ssrc uint32) {
			raw, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: ssrc}, &rtcp.Goodbye{Sources: []uint32{ssrc}}})
			if err != nil {
				t.Fatal(err)
			}
			a.RTCP(raw, transport.Now())
		}
		a.talk(0, voice(160, 1), 160, transport.Now())
		time.Sleep(20 * time.Millisecond)
		bye(a.ssrc + 1)
		if !a.Stats().Received.Bye.IsZero() {
			t.Error("the goodbye of another source counts")
		}
		bye(a.ssrc)
		if a.Stats().Received.Bye.IsZero() || lost {
			t.Errorf("goodbye noted %v, media lost %v", !a.Stats().Received.Bye.IsZero(), lost)
		}
		if !strings.Contains(a.Stats().String(), "BYE") {
			t.Errorf("not told: %s", a.Stats())
		}
		time.Sleep(20 * time.Millisecond)
		a.talk(0, voice(160, 1), 160, transport.Now())
		if !a.Stats().Received.Bye.IsZero() || len(b.wire.packets()) != 2 {
			t.Error("a goodbye that sound refutes stands, or the sound does not go on")
		}
		_ = e.Close()
	})
}

// The RTP time of a sender report goes on with the wall clock through holds, and
// through a change to a codec with another clock (RFC 3550 §6.4.1).
func TestSenderReportsTellTheTimeOfWhatIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		talk := func(pt uint8, payload []byte, span uint32, seconds int) {
			for range seconds * 50 {
				a.talk(pt, payload, span, transport.Now())
				time.Sleep(20 * time.Millisecond)
			}
		}
		check := func(what string, clock float64) {
			t.Helper()
			reports, sent := b.wire.reports(), b.wire.packets()
			ps, err := rtcp.Unmarshal(reports[len(reports)-1])
			if err != nil {
				t.Fatal(err)
			}
			sr, ok := ps[0].(*rtcp.SenderReport)
			if !ok {
				t.Fatalf("%s: %T", what, ps[0])
			}
			// Of a packet sent near the report: its timestamp, and the report's
			// moved by the time between them.
			last := sent[len(sent)-1]
			at := time.Now().Add(time.Duration(last.at - transport.Now()))
			elapsed := float64(int64(rtcpmsg.NTP(at)-sr.NTPTime)) / (1 << 32) * clock
			want := sr.RTPTime + uint32(int32(elapsed))
			if d := int32(last.ts - want); d < -int32(clock/500) || d > int32(clock/500) {
				t.Errorf("%s: a packet has timestamp %d, the report says %d for its time", what, last.ts, want)
			}
		}
		talk(0, voice(160, 1), 160, 12)
		check("talking", 8000)
		time.Sleep(17 * time.Second) // nobody sends, as on hold
		a.ts += 17 * 8000
		talk(0, voice(160, 1), 160, 12)
		check("after a hold", 8000)
		for _, l := range []*testLeg{a, b} {
			if err := l.Apply(testStream(formatOpus)); err != nil {
				t.Fatal(err)
			}
		}
		talk(testOpus, []byte{0xf8, 0xff, 0xfe}, 960, 12)
		check("after a change to Opus", 48000)
		_ = e.Close()
	})
}

func FuzzExtendedReport(f *testing.F) {
	b, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ExtendedReport{SenderSSRC: 3, Reports: []rtcp.ReportBlock{
		&rtcp.ReceiverReferenceTimeReportBlock{NTPTimestamp: 1 << 50},
		&rtcp.DLRRReportBlock{Reports: []rtcp.DLRRReport{{SSRC: 7, LastRR: 9, DLRR: 1}}},
		&rtcp.VoIPMetricsReportBlock{SSRC: 7},
	}}})
	f.Add(b)
	f.Add([]byte{0x80, 207, 0, 2, 0, 0, 0, 1, 7, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, _ := rtcpmsg.Read(b, 7)
		var r reception
		r.take(p, 1, 1)
		if q := r.xr.quality; r.xr.told && (q.LossPercent > 100 || q.R > 100 || q.MOSListening > 5 || q.Level > 0) {
			t.Fatalf("believed %+v", q)
		}
	})
}
