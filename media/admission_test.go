package media

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// TestLoadFollowsTheShareAtWork gives a worker work for a part of the time.
func TestLoadFollowsTheShareAtWork(t *testing.T) {
	for _, percent := range []int64{10, 50, 90} {
		var l load
		now := int64(1)
		for range 9000 {
			l.work(now, now+percent*ms/100)
			now += ms
		}
		if got := int64(l.value(now)) * 100 / whole; got < percent-3 || got > percent+3 {
			t.Errorf("%d %% at work is taken for %d %%", percent, got)
		}
		if got := l.value(now + 3*lateWindow); got != 0 {
			t.Errorf("%d of a million when nothing was done for 3 s", got)
		}
	}
}

// TestEffortFallsBeforeCallsAreRefused raises the load step by step, and lets it
// fall again.
func TestEffortFallsBeforeCallsAreRefused(t *testing.T) {
	var l load
	now := int64(1)
	at := func(percent int64) int {
		for range 5000 {
			l.work(now, now+percent*ms/100)
			now += ms
		}
		return int(l.effort.Load())
	}
	for _, c := range []struct {
		percent int64
		want    int
	}{{5, 0}, {12, 0}, {20, 1}, {65, 1}, {80, 2}, {60, 2}, {40, 1}, {10, 1}, {5, 0}, {84, 2}} {
		if got := at(c.percent); got != c.want {
			t.Errorf("at %d %%: effort %d, want %d", c.percent, got, c.want)
		}
	}
	if efforts[0] <= efforts[1] || efforts[1] <= efforts[2] {
		t.Errorf("efforts %v do not fall", efforts)
	}
}

// TestCallsAreRefusedBeforeTheOthersSuffer sets up calls that need decoding, all
// at once and before any of them costs anything: as many are taken as will fit.
func TestCallsAreRefusedBeforeTheOthersSuffer(t *testing.T) {
	for _, cost := range []uint32{whole / 200, whole / 100, whole / 50} { // of a direction
		synctest.Test(t, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			for range 100 { // measured before
				e.admission.learn(cost)
			}
			taken := 0
			for taken < 1000 && !e.Busy() {
				a := newTestLeg(t, e, Options{}, testStream(formatOpus))
				b := newTestLeg(t, e, Options{}, testStream(formatPCMU))
				Join(a.Endpoint, b.Endpoint)
				taken++
			}
			fit := int(full / (2 * cost))
			if taken < fit*8/10 || taken > fit+2 {
				t.Errorf("%d calls were taken whose directions cost %d of a million, want about %d", taken, cost, fit)
			}
			_ = e.Close()
		})
	}
}

// TestRingingCallsCount has legs that are not joined yet, after some that were and
// were decoded.
func TestRingingCallsCount(t *testing.T) {
	for name, c := range map[string]struct {
		one, other format
		least      int
		most       int
	}{
		"calls that are decoded":   {formatOpus, formatPCMU, 20, 90},
		"calls that are passed on": {formatPCMU, formatPCMU, 400, 1000},
		"calls from law to law":    {formatPCMU, formatPCMA, 400, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				for range 5 {
					a, b := newTestLeg(t, e, Options{}, testStream(c.one)), newTestLeg(t, e, Options{}, testStream(c.other))
					Join(a.Endpoint, b.Endpoint)
				}
				time.Sleep(5 * time.Second)
				ringing := 0
				for ringing < 1000 && !e.Busy() {
					newTestLeg(t, e, Options{}, nil)
					ringing++
				}
				if ringing < c.least || ringing > c.most {
					t.Errorf("%d legs ring before a call is refused, want %d to %d", ringing, c.least, c.most)
				}
				_ = e.Close()
			})
		})
	}
}

// TestLegsThatEndAreForgotten counts down to nothing.
func TestLegsThatEndAreForgotten(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 2})
	for i := range 20 {
		call := string(rune('a' + i))
		a, b := newTestLeg(t, e, Options{Call: call}, testStream(formatOpus)), newTestLeg(t, e, Options{Call: call}, testStream(formatPCMU))
		if a.worker != b.worker {
			t.Error("the legs of a call have two workers")
		}
		if i%2 == 0 {
			Join(a.Endpoint, b.Endpoint)
		}
		a.Close()
		b.Close()
	}
	e.mu.Lock()
	if len(e.calls) != 0 || len(e.endpoints) != 0 {
		t.Errorf("%d calls and %d legs are left", len(e.calls), len(e.endpoints))
	}
	e.mu.Unlock()
	for _, w := range e.workers {
		if n := w.opening.Load(); n != 0 {
			t.Errorf("%d legs of a worker are being set up for ever", n)
		}
	}
	if n := e.admission.settled.Load(); n != 0 {
		t.Errorf("%d legs are joined for ever", n)
	}
	_ = e.Close() // the paths end with their workers
	if n := e.admission.paths.Load(); n != 0 {
		t.Errorf("%d directions are decoded for ever", n)
	}
}

// TestCallsGoToTheWorkerThatHasRoom makes two of three workers busy.
func TestCallsGoToTheWorkerThatHasRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 3})
		e.workers[0].load.promise(whole / 2)
		e.workers[0].load.at.Store(transport.Now())
		e.workers[2].load.promise(whole / 4)
		e.workers[2].load.at.Store(transport.Now())
		for range 5 {
			if l := newTestLeg(t, e, Options{}, nil); l.worker != e.workers[1] {
				t.Error("a leg went to a worker that has less room than another")
			}
		}
		_ = e.Close()
	})
}

func TestFarLossIsSteady(t *testing.T) {
	var f farLoss
	report := func(percent, times int) uint32 {
		for range times {
			f.note(uint8(percent * 256 / 100))
		}
		return f.Load()
	}
	for _, c := range []struct{ percent, times, want int }{
		{1, 20, 0}, // not worth FEC
		{8, 1, 4},
		{8, 10, 7}, // the step that covers it
		{9, 10, 10},
		{8, 10, 10}, // no step back for so little
		{0, 3, 7},
		{0, 30, 0},
		{60, 10, 30},
	} {
		if got := report(c.percent, c.times); int(got) != c.want {
			t.Errorf("%d reports of %d %%: %d is expected, want %d", c.times, c.percent, got, c.want)
		}
	}
}

func TestOpusIsSentAndAskedForAsConfigured(t *testing.T) {
	ep := newTestEngine(t, Config{Workers: 1}).newEndpoint(Options{Opus: OpusOptions{Bitrate: 40000, NoFEC: true, DTX: true}})
	local := ep.Local([]sdp.Codec{sdp.PCMU(), sdp.Opus()}, sdp.SendRecv)
	if got, want := local.Codecs[1].Params, "minptime=10;useinbandfec=0;maxaveragebitrate=40000;usedtx=1"; got != want {
		t.Errorf("asked for %q, want %q", got, want)
	}
	far := testStream(formatOpus)
	for params, want := range map[string]map[codecs.Rate]int{
		"":                        {codecs.Rate8k: 32000, codecs.Rate16k: 40000, codecs.Rate48k: 40000},
		"maxaveragebitrate=20000": {codecs.Rate8k: 20000, codecs.Rate16k: 20000, codecs.Rate48k: 20000},
	} {
		far.Send.Params = params
		terms, err := ep.newTerms(far)
		if err != nil {
			t.Fatal(err)
		}
		for rate, bits := range want {
			c := terms.opus.config(rate)
			if err := c.Validate(); err != nil || c.Bitrate != bits || !c.NoFEC || c.DTX {
				t.Errorf("%q at %d: %+v (%v), want %d bit/s without FEC", params, rate, c, err, bits)
			}
		}
	}
}

// Neither b= nor maxaveragebitrate is exceeded, with FEC neither.
func TestNoMoreIsSentThanTheFarEndTakes(t *testing.T) {
	ep := newTestLeg(t, newTestEngine(t, Config{}), Options{}, testStream(formatOpus)).Endpoint
	far := testStream(formatOpus)
	for most, want := range map[[2]uint64]int{{0, 24000}: 24000, {30000, 0}: 30000, {30000, 20000}: 20000, {20000, 30000}: 20000, {1 << 40, 0}: 64000} {
		far.Send.Params, far.Remote.Bandwidth = "", most[1]
		if most[0] > 0 {
			far.Send.Params = fmt.Sprintf("maxaveragebitrate=%d", most[0])
		}
		terms, err := ep.newTerms(far)
		if err != nil {
			t.Fatal(err)
		}
		for _, rate := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k, codecs.Rate48k} {
			var s steer
			s.begin(rate, terms.opus)
			for _, loss := range []uint32{0, 5, 10, 30} {
				s.loss = loss
				bits := s.bitrate()
				if loss > 0 {
					bits += bits / 4 // FEC
				}
				if bits > want {
					t.Errorf("%v: %d bit/s at %d with %d %% lost, want %d at most", most, bits, rate, loss, want)
				}
			}
		}
	}
}

func TestFarEndsWishForOpusIsRespected(t *testing.T) {
	for params, want := range map[string]opusWish{
		"":                                       {},
		"minptime=10;useinbandfec=1":             {},
		"maxaveragebitrate=12000; usedtx=1":      {bitrate: 12000, dtx: true},
		"maxplaybackrate=16000;cbr=1;stereo=1":   {playback: 16000, cbr: true},
		"maxaveragebitrate=-5;maxplaybackrate=x": {},
	} {
		c := sdp.Opus()
		c.Params = params
		if got := wishOf(c); got != want {
			t.Errorf("%q: %+v, want %+v", params, got, want)
		}
		for _, r := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k, codecs.Rate48k} {
			if err := want.config(r).Validate(); err != nil {
				t.Errorf("%q: %v", params, err)
			}
			if base := want.base(r); want.bitrate != 0 && base > want.bitrate {
				t.Errorf("%q: %d bit/s", params, base)
			}
		}
	}
	if got := (opusWish{bitrate: 1}).base(codecs.Rate8k); got != codecs.MinBitrate {
		t.Errorf("%d bit/s, which Opus does not do", got)
	}
}
