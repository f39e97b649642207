package media

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/media/transport"
)

// power returns how strong hz is in pcm, as the amplitude of a sine.
func power(pcm []int16, hz float64, rate int) float64 {
	var re, im float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		re, im = re+float64(v)*c, im+float64(v)*s
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

func mustTone(t *testing.T, name string, length time.Duration) sound.Source {
	t.Helper()
	s, err := sound.NewTone(name, "", length)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPlaySendsAnEvenStream(t *testing.T) {
	for name, f := range map[string]format{"pcmu": formatPCMU, "pcma": formatPCMA, "opus": formatOpus} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				a := newTestLeg(t, e, Options{}, testStream(f))
				ended := time.Duration(0)
				began := transport.Now()
				a.Play(mustTone(t, "test", time.Second), func() { ended = time.Duration(transport.Now() - began) })
				time.Sleep(2 * time.Second)
				synctest.Wait()
				out := a.wire.packets()
				if len(out) != 50 {
					t.Fatalf("%d packets, want 50", len(out))
				}
				checkLine(t, a.line.ssrc, out)
				for i, p := range out {
					if p.ts-out[0].ts != uint32(i)*f.clock()/50 || p.marker != (i == 0) {
						t.Errorf("packet %d: timestamp +%d, marker %v", i, p.ts-out[0].ts, p.marker)
					}
					if d := p.at - began - int64(i)*20*ms; d < 0 || d > ms {
						t.Errorf("packet %d was sent %v late", i, time.Duration(d))
					}
				}
				if ended != time.Second {
					t.Errorf("done came after %v, want 1s", ended)
				}
				var d codecs.Decoder
				switch f {
				case formatPCMU:
					d = codecs.NewULawDecoder()
				case formatPCMA:
					d = codecs.NewALawDecoder()
				default:
					d, _ = codecs.NewOpusDecoder(voiceRate)
				}
				pcm := decodeAll(t, d, payloads(out))[800:7200]
				if p := power(pcm, 1000, voiceRate); p < 4000 {
					t.Errorf("1 kHz has amplitude %.0f, want the test tone's", p)
				}
				if p := power(pcm, 1500, voiceRate); p > 100 {
					t.Errorf("1.5 kHz has amplitude %.0f, want next to nothing", p)
				}
				_ = e.Close()
			})
		})
	}
}

func TestPlayWaitsForTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, nil)
		a.up.Store(false)
		a.Play(sound.Sequence(mustTone(t, "test", 100*time.Millisecond), sound.Silence(50*time.Millisecond)), nil)
		time.Sleep(time.Second)
		if err := a.Apply(testStream(formatPCMU)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if n := len(a.wire.packets()); n != 0 {
			t.Errorf("%d packets before ICE and DTLS were through", n)
		}
		a.onState(transport.PeerConnected)
		time.Sleep(time.Second)
		if n := len(a.wire.packets()); n != 8 {
			t.Errorf("%d packets, want 8: none of the sound lost", n)
		}
		_ = e.Close()
	})
}

func TestPlayGoesOnThroughHoldAndCodecChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(formatOpus))
		a.Play(mustTone(t, "test", 0), nil)
		time.Sleep(500 * time.Millisecond)
		held := testStream(formatOpus)
		held.Direction = sdp.RecvOnly
		for _, s := range []*sdp.Stream{held, testStream(formatOpus), testStream(formatPCMU), testStream(formatOpus)} {
			if err := a.Apply(s); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond)
		}
		synctest.Wait()
		out := a.wire.packets()
		checkLine(t, a.line.ssrc, out)
		if len(out) < 98 || len(out) > 102 {
			t.Errorf("%d packets in four half seconds of sound, want 100", len(out))
		}
		if n := len(audio(out, 0)); n < 24 || n > 26 {
			t.Errorf("%d packets of PCMU, want 25", n)
		}
		_ = e.Close()
	})
}

func TestPlayIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		done := 0
		a.Play(mustTone(t, "busy", 0), func() { done++ })
		time.Sleep(100 * time.Millisecond)
		a.Play(mustTone(t, "dial", 60*time.Millisecond), func() { done += 10 })
		time.Sleep(200 * time.Millisecond)
		Join(a.Endpoint, b.Endpoint)
		b.talk(0, voice(160, 1), 160, transport.Now())
		a.Play(mustTone(t, "busy", 0), func() { done++ })
		time.Sleep(100 * time.Millisecond)
		a.Close()
		synctest.Wait()
		if done != 10 {
			t.Errorf("done = %d, want 10: only what ended by itself is told", done)
		}
		checkLine(t, a.line.ssrc, a.wire.packets())
		_ = e.Close()
	})
}

func TestDigitsAsTones(t *testing.T) {
	for name, from := range map[string]format{"relayed": formatPCMU, "transcoded": formatOpus} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				deaf := testStream(formatPCMU)
				deaf.SendEvent, deaf.ReceiveEvents = sdp.Codec{}, nil
				a, b := newTestLeg(t, e, Options{}, testStream(from)), newTestLeg(t, e, Options{}, deaf)
				Join(a.Endpoint, b.Endpoint)
				a.pressAll(from, []pressing{{digit: '5', updates: 5, ends: 3, marker: true}})
				time.Sleep(time.Second)
				out := b.wire.packets()
				checkLine(t, b.line.ssrc, out)
				if len(out) != 5 {
					t.Fatalf("%d packets, want 5", len(out))
				}
				pcm := decodeAll(t, codecs.NewULawDecoder(), payloads(out))
				for _, hz := range []float64{770, 1336} {
					if p := power(pcm, hz, voiceRate); p < 4000 {
						t.Errorf("%.0f Hz has amplitude %.0f, want a DTMF tone's", hz, p)
					}
				}
				_ = e.Close()
			})
		})
	}
}

func TestEchoReturnsSoundAndDigits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(formatOpus))
		a.Echo()
		a.talk(testOpus, []byte("opus"), 960, transport.Now())
		a.pressAll(formatOpus, []pressing{{digit: '5', updates: 5, ends: 3, marker: true}})
		out := a.wire.packets()
		checkLine(t, a.line.ssrc, out)
		if string(out[0].payload) != "opus" {
			t.Errorf("heard %q, want what was said", out[0].payload)
		}
		if got := readDigits(t, out, testEvent48); len(got) != 1 || got[0].Digit != "5" {
			t.Errorf("digits = %v", got)
		}
		_ = e.Close()
	})
}
