package media

import (
	"encoding/binary"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// receivePackets gives r packets with these sequence numbers, at a packet each
// 20 ms of PCMU.
func receivePackets(r *reception, seqs ...uint16) {
	e := &entry{do: doPass, format: formatPCMU, clock: 8000}
	for i, seq := range seqs {
		h := header{seq: seq, ts: uint32(i) * 160, ssrc: 5}
		r.packet(&h, e, 160, int64(i+1)*20*ms)
	}
}

func TestReceptionCounts(t *testing.T) {
	tests := map[string]struct {
		seqs     []uint16
		lost     int32
		fraction uint8
		highest  uint32
	}{
		"nothing lost":       {[]uint16{1, 2, 3, 4}, 0, 0, 4},
		"one of four":        {[]uint16{1, 2, 4}, 1, 64, 4},
		"late":               {[]uint16{1, 3, 2, 4}, 0, 0, 4},
		"twice":              {[]uint16{1, 2, 2, 3}, -1, 0, 3},
		"wraps":              {[]uint16{65534, 65535, 0, 1}, 0, 0, 1<<16 + 1},
		"wraps late":         {[]uint16{65534, 0, 65535, 1}, 0, 0, 1<<16 + 1},
		"stray packet":       {[]uint16{1, 2, 30000, 3}, 0, 0, 3},
		"begins again":       {[]uint16{1, 2, 30000, 30001, 30002}, 0, 0, 30002},
		"one packet":         {[]uint16{9}, 0, 0, 9},
		"many lost together": {[]uint16{1, 1001}, 999, 255, 1001},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var r reception
			receivePackets(&r, tt.seqs...)
			got, ok := r.takeReport(0)
			got.Jitter = 0
			want := rtcpmsg.Block{SSRC: 5, Lost: tt.lost, Fraction: tt.fraction, Highest: tt.highest}
			if !ok || got != want {
				t.Errorf("report = %+v, want %+v", got, want)
			}
		})
	}
}

func TestFractionIsOfTheInterval(t *testing.T) {
	var r reception
	receivePackets(&r, 1, 2, 4)
	_, _ = r.takeReport(0)
	receivePackets(&r, 5, 6, 7, 8)
	got, _ := r.takeReport(0)
	if got.Fraction != 0 || got.Lost != 1 {
		t.Errorf("second report: fraction %d, lost %d; want 0 and 1", got.Fraction, got.Lost)
	}
}

func TestJitter(t *testing.T) {
	var r reception
	e := &entry{do: doPass, format: formatPCMU, clock: 8000}
	for i := range 500 {
		late := int64(0)
		if i%2 == 1 {
			late = 10 * ms // transit differs by 80 units each time
		}
		h := header{seq: uint16(i), ts: uint32(i) * 160, ssrc: 5}
		r.packet(&h, e, 160, int64(i+1)*20*ms+late)
	}
	if got, _ := r.takeReport(0); got.Jitter < 78 || got.Jitter > 82 {
		t.Errorf("jitter = %d, want about 80", got.Jitter)
	}
}

func TestRoundTrip(t *testing.T) {
	tests := map[string]struct {
		sent, delay, arrived uint32
		want                 time.Duration
	}{
		"a quarter second": {1 << 16, 1 << 15, 1<<16 + 1<<15 + 1<<14, 250 * time.Millisecond},
		"before it was":    {1 << 20, 0, 1 << 16, 0},
		"beyond belief":    {1, 0, 60 << 16, 0},
		"wrapped":          {0xffff0000, 0x8000, 0xc000, 1250 * time.Millisecond},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var r reception
			r.take(rtcpmsg.Heard{About: true, Block: rtcpmsg.Block{LastSR: tt.sent, Delay: tt.delay}}, tt.arrived, 1)
			if r.far.roundTrip != tt.want {
				t.Errorf("round trip = %v, want %v", r.far.roundTrip, tt.want)
			}
		})
	}
}

func TestReportsAreSentAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		for range 1500 { // 30 s
			a.talk(0, voice(160, 1), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		reports := b.wire.reports()
		if n := len(reports); n < 4 || n > 12 {
			t.Errorf("%d reports in 30 s", n)
		}
		for i, raw := range reports {
			ps, err := rtcp.Unmarshal(raw)
			if err != nil {
				t.Fatal(err)
			}
			sr, ok := ps[0].(*rtcp.SenderReport)
			if !ok || sr.SSRC != b.line.ssrc || sr.OctetCount != sr.PacketCount*160 {
				t.Fatalf("report %d: %v", i, ps[0])
			}
		}
		if ps, err := rtcp.Unmarshal(a.wire.reports()[1]); err != nil {
			t.Error(err)
		} else if rr, ok := ps[0].(*rtcp.ReceiverReport); !ok || len(rr.Reports) != 1 || rr.Reports[0].SSRC != a.ssrc {
			t.Errorf("to the talker: %v", ps[0])
		}
		// What the far end says in return.
		last, _ := rtcp.Unmarshal(reports[len(reports)-1])
		answer, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 3, Reports: []rtcp.ReceptionReport{{
			SSRC: b.line.ssrc, FractionLost: 26, TotalLost: 30, Jitter: 80,
			LastSenderReport: uint32(last[0].(*rtcp.SenderReport).NTPTime >> 16),
		}}}})
		if err != nil {
			t.Fatal(err)
		}
		b.RTCP(answer, transport.Now())
		s := b.Stats()
		if s.Sent.Percent != 10 || s.Sent.Lost != 30 || s.Sent.Jitter != 10*time.Millisecond || s.RoundTrip == 0 {
			t.Errorf("Stats = %+v", s)
		}
		said := s.Sent.MOS
		answer, err = rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 3, Reports: []rtcp.ReceptionReport{{
			SSRC: b.line.ssrc, FractionLost: 26, TotalLost: 30, Jitter: 159204816, // as Twinkle 1.10 writes it
		}}}})
		if err != nil {
			t.Fatal(err)
		}
		b.RTCP(answer, transport.Now())
		if s := b.Stats(); s.Sent.Lost != 30 || s.Sent.Jitter != 0 || s.Sent.MOS < said {
			t.Errorf("a jitter of hours: %v, MOS %v, was %v", s.Sent.Jitter, s.Sent.MOS, said)
		}
		b.RTCP([]byte("no report at all"), transport.Now())
		if got := b.Stats().Received.RTCPMalformed; got != 1 {
			t.Errorf("RTCPMalformed = %d, want 1", got)
		}
		b.Close()
		reports = b.wire.reports()
		ps, err := rtcp.Unmarshal(reports[len(reports)-1])
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := ps[len(ps)-1].(*rtcp.Goodbye); !ok {
			t.Errorf("the last report ends with %T, want BYE", ps[len(ps)-1])
		}
		_ = e.Close()
	})
}

func TestSilence(t *testing.T) {
	held, theyHold := testStream(formatPCMU), testStream(formatPCMU)
	held.Direction = sdp.SendOnly
	theyHold.Remote.Held = true
	type life func(l *testLeg)
	tests := map[string]struct {
		stream *sdp.Stream
		life   life // what the far end does each second
		want   int
	}{
		"nothing at all":                       {testStream(formatPCMU), func(*testLeg) {}, 1},
		"sound":                                {testStream(formatPCMU), func(l *testLeg) { l.talk(0, voice(160, 1), 8000, transport.Now()) }, 0},
		"muted browser":                        {testStream(formatPCMU), func(l *testLeg) { l.wire.setHeard(transport.Now()) }, 0},
		"reports only":                         {testStream(formatPCMU), func(l *testLeg) { l.RTCP([]byte{0x80, 201, 0, 1, 0, 0, 0, 1}, transport.Now()) }, 0},
		"we hold":                              {held, func(*testLeg) {}, 0},
		"they hold":                            {theyHold, func(*testLeg) {}, 0},
		"nothing is agreed":                    {nil, func(*testLeg) {}, 0},
		"a pause that it has told of":          {withComfort(formatPCMU), once(func(l *testLeg) { l.talk(comfortType, []byte{60}, 160, transport.Now()) }), 0},
		"the same of a browser":                {testStream(formatOpus), once(func(l *testLeg) { l.talk(testOpus, []byte{8}, 960, transport.Now()) }), 0},
		"one that sends nothing in its pauses": {testStream(formatPCMU), once(wordsWithPauses), 0},
		"one that was on hold twice, and is gone": {testStream(formatPCMU), once(func(l *testLeg) { resumed(l, 2) }), 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1, SilenceAfter: 20 * time.Second})
				silences := 0
				a := newTestLeg(t, e, Options{Events: Events{Silent: func() { silences++ }}}, tt.stream)
				for range 70 {
					tt.life(a)
					time.Sleep(time.Second)
				}
				synctest.Wait()
				if silences != tt.want {
					t.Errorf("%d silences, want %d", silences, tt.want)
				}
				_ = e.Close()
			})
		})
	}
}

// once does something the first time only.
func once(f func(*testLeg)) func(*testLeg) {
	done := false
	return func(l *testLeg) {
		if !done {
			done = true
			f(l)
		}
	}
}

// resumed sends sound after nothing was sent for 300 ms, so many times.
func resumed(l *testLeg, times int) {
	for range times {
		for range 10 {
			l.talk(0, voice(160, 1), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		l.ts += 2400
		time.Sleep(300 * time.Millisecond)
	}
	l.talk(0, voice(160, 1), 160, transport.Now())
}

// wordsWithPauses is what a telephone sends that finds no voice now and then.
func wordsWithPauses(l *testLeg) { resumed(l, 4) }

// Who pauses has ten times as long, and not for ever.
func TestAPauseHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1, SilenceAfter: 5 * time.Second})
		var silences atomic.Int32
		a := newTestLeg(t, e, Options{Events: Events{Silent: func() { silences.Add(1) }}}, withComfort(formatPCMU))
		a.talk(comfortType, []byte{60}, 160, transport.Now())
		time.Sleep(49 * time.Second)
		if synctest.Wait(); silences.Load() != 0 {
			t.Errorf("%d silences within ten times what others have", silences.Load())
		}
		time.Sleep(2 * time.Second)
		if synctest.Wait(); silences.Load() != 1 {
			t.Errorf("%d silences after it", silences.Load())
		}
		_ = e.Close()
	})
}

func TestSilenceIsToldAgainAfterLife(t *testing.T) {
	var s silence
	const limit = 10
	told := ""
	for now := int64(1); now < 40; now++ {
		heard := int64(1)
		if now >= 20 {
			heard = 20
		}
		if s.check(true, heard, true, now, limit) {
			told += string(rune('a' + now - 1))
		}
	}
	if told != "k"+string(rune('a'+29)) { // at 11 and at 30
		t.Errorf("told at %q", told)
	}
}

func FuzzRTCP(f *testing.F) {
	b, _ := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: 2, Reports: []rtcp.ReceptionReport{{SSRC: 7}}},
		rtcp.NewCNAMESourceDescription(2, "x"),
	})
	f.Add(b)
	f.Add([]byte{0x9f, 200, 0, 0})
	f.Fuzz(func(_ *testing.T, b []byte) {
		p, _ := rtcpmsg.Read(b, 7)
		var r reception
		r.take(p, 1, 1)
		_, _ = r.takeReport(2)
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte{0xb2, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 1, 1, 1, 1, 2, 2, 2, 2, 0xbe, 0xde, 0, 1, 5, 5, 5, 5, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, begin, end, ok := parseHeader(b)
		if !ok {
			return
		}
		if begin < headerSize || begin > end || end > len(b) {
			t.Fatalf("payload from %d to %d of %d", begin, end, len(b))
		}
		out := make([]byte, headerSize)
		h.put(out)
		if out[1] != b[1] || binary.BigEndian.Uint32(out[8:]) != h.ssrc {
			t.Fatalf("header % x became % x", b[:headerSize], out)
		}
	})
}
