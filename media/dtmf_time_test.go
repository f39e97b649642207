package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// A digit is no pause: the sound that was not there meanwhile is not made up after
// it, which would put all that follows off by its length.
func TestDigitsInSpeechKeepTheTime(t *testing.T) {
	for name, ff := range map[string][2]format{
		"from Opus": {formatOpus, formatPCMU}, "to Opus": {formatPCMU, formatOpus},
		"relayed": {formatPCMU, formatPCMU}, "to another law": {formatPCMA, formatPCMU}, "wide": {formatG722, formatPCMU},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				a, b := newTestLeg(t, e, Options{}, testStream(ff[0])), newTestLeg(t, e, Options{}, testStream(ff[1]))
				Join(a.Endpoint, b.Endpoint)
				const digits = 4
				for range digits {
					a.chat(t, ff[0], 10)
					a.dial(ff[0], '5', 5)
				}
				a.chat(t, ff[0], 10)
				synctest.Wait()
				checkTimes(t, b.wire.packets(), ff[1], 300*time.Millisecond, digits)
				_ = e.Close()
			})
		})
	}
}

// chat sends frames of 20 ms, as they come.
func (l *testLeg) chat(t *testing.T, f format, frames int) {
	t.Helper()
	enc, err := l.engine.codecs.encoder(f, min(f.rate(), codecs.Rate16k))
	if err != nil {
		t.Fatal(err)
	}
	b, pcm := make([]byte, codecs.MaxPayload), make([]int16, enc.Rate().Samples(20*time.Millisecond))
	for range frames {
		n, _ := enc.Encode(b, pcm)
		l.talk(testCodec(f).PayloadType, b[:n], f.clock()/50, transport.Now())
		time.Sleep(20 * time.Millisecond)
	}
}

// dial sends a digit that lasts for updates of 20 ms and takes that time of the
// line, as browsers and telephones do.
func (l *testLeg) dial(f format, d Digit, updates int) {
	step := f.clock() / 50
	for i := range updates {
		ends := 1
		if i == updates-1 {
			ends = 3
		}
		for range ends {
			l.press(eventPT(f), l.ts, d.event(), uint16((i+1)*int(step)), i == updates-1, i == 0, transport.Now())
		}
		time.Sleep(20 * time.Millisecond)
	}
	l.ts += uint32(updates) * step
}

// checkTimes asserts that the digits in what went out are a distance apart.
func checkTimes(t *testing.T, out []packet, f format, apart time.Duration, digits int) {
	t.Helper()
	var last uint32
	found := 0
	for _, p := range audio(out, eventPT(f)) {
		if p.ts == last && found > 0 {
			continue
		}
		if d := inTime(p.ts-last, f.clock()); found > 0 && (d-apart).Abs() > 20*time.Millisecond {
			t.Errorf("digit %d comes %v after the one before, want %v", found, d, apart)
		}
		last = p.ts
		found++
	}
	if found != digits {
		t.Errorf("%d digits went out, want %d", found, digits)
	}
}

// Comfort noise that follows a digit tells of the time of the digit what sound
// would: it is not one more pause.
func TestComfortNoiseAfterADigitKeepsTheTime(t *testing.T) {
	for name, listener := range map[string]*sdp.Stream{
		"filled": testStream(formatOpus), "filled, relayed": testStream(formatPCMU), "taken": withComfort(formatPCMA),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, withComfort(formatPCMU), listener, func(t *testing.T, a, b *testLeg) {
				const digits = 4
				for range digits {
					a.chat(t, formatPCMU, 10)
					a.dial(formatPCMU, '5', 5)
					a.talk(comfortType, []byte{60}, 160, transport.Now())
					time.Sleep(20 * time.Millisecond)
				}
				a.chat(t, formatPCMU, 10)
				synctest.Wait()
				out := b.wire.packets()
				f := formatPCMU
				if listener.Send.Name == testCodec(formatOpus).Name {
					f = formatOpus
				}
				checkTimes(t, out, f, 320*time.Millisecond, digits)
				// The digit's time is nobody's: it is not filled with noise as well.
				if frames := len(audio(out, listener.Send.PayloadType)); frames < 46 || frames > 55 {
					t.Errorf("%d packets of sound for 50 and four of comfort noise", frames)
				}
				if s := a.Stats().Received; s.Concealed != 0 || s.Late != 0 {
					t.Errorf("a digit was taken for a loss: %+v", s)
				}
			})
		})
	}
}
