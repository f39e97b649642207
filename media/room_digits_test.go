package media

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// Keys that are pressed in a room are for the gateway: the others hear next to nothing of
// their tones, and all that is said between them.
func TestKeysPressedInARoomAreNotHeardThere(t *testing.T) {
	const digits = "*6159#"
	for name, tones := range map[string]bool{"tones": true, "events with the tone beside them": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newTestRoom(t, RoomConfig{})
				var told strings.Builder
				a := newTestLeg(t, r.engine, Options{Events: Events{Digit: func(d Digit, _ time.Duration) { told.WriteByte(byte(d)) }}}, testStream(formatPCMU))
				b := newTestLeg(t, r.engine, Options{}, testStream(formatPCMU))
				a.SetDigits(Digits{Listen: tones})
				for _, l := range []*testLeg{a, b} {
					if _, err := r.Join(l.Endpoint); err != nil {
						t.Fatal(err)
					}
				}
				a.speak(50, func(int) bool { return true }, 0, nil)
				n := len(b.wire.packets())
				if tones {
					a.dialTones(t, formatPCMU, digits, 100*time.Millisecond, 300*time.Millisecond, nil)
				} else {
					a.dialBeside(t, digits)
				}
				time.Sleep(500 * time.Millisecond)
				m := len(b.wire.packets())
				a.speak(50, func(int) bool { return true }, 0, nil)
				time.Sleep(500 * time.Millisecond)
				synctest.Wait()
				if told.String() != digits {
					t.Errorf("told %q, want %q", told.String(), digits)
				}
				all := b.wire.packets()
				if heard, _ := readTones(t, all[n:m], formatPCMU); heard != "" {
					t.Errorf("%q is heard in the room", heard)
				}
				if left := loudFor(t, all[n:m], formatPCMU) / time.Duration(len(digits)); left > 40*time.Millisecond {
					t.Errorf("%v of each tone are heard", left)
				}
				for what, part := range map[string][]packet{"before": all[:n], "after": all[m:]} {
					if loud := loudFor(t, part, formatPCMU); loud < 900*time.Millisecond {
						t.Errorf("%v of the second %s the keys are heard", loud, what)
					}
				}
				_ = r.engine.Close()
			})
		})
	}
}

// dialBeside presses digits of 100 ms as RFC 4733, and sends their tones as sound too.
func (l *testLeg) dialBeside(t *testing.T, digits string) {
	t.Helper()
	enc, raw, pcm := codecs.NewULawEncoder(), make([]byte, 160), make([]int16, 160)
	for _, c := range digits {
		spec, err := codecs.DTMF(Digit(c).event(), 100*time.Millisecond, codecs.DTMFLevels{})
		if err != nil {
			t.Fatal(err)
		}
		tone, err := codecs.NewTone(voiceRate, spec)
		if err != nil {
			t.Fatal(err)
		}
		ts := l.ts
		for i := range 20 {
			clear(pcm[tone.Frame(pcm):])
			if _, err := enc.Encode(raw, pcm); err != nil {
				t.Fatal(err)
			}
			switch {
			case i < 5:
				l.press(testEvent8, ts, Digit(c).event(), uint16(160*(i+1)), false, i == 0, transport.Now())
			case i < 8:
				l.press(testEvent8, ts, Digit(c).event(), 800, true, false, transport.Now())
			}
			l.talk(0, raw, 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// Where tones are looked for what is said in a room is heard there all the same.
func TestSpeechInARoomIsNoKey(t *testing.T) {
	pcm := welcome(t)
	var heard [2]time.Duration
	for i, listen := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newTestRoom(t, RoomConfig{})
			a, b := newTestLeg(t, r.engine, Options{}, testStream(formatPCMU)), newTestLeg(t, r.engine, Options{}, testStream(formatPCMU))
			a.SetDigits(Digits{Listen: listen})
			for _, l := range []*testLeg{a, b} {
				if _, err := r.Join(l.Endpoint); err != nil {
					t.Fatal(err)
				}
			}
			raw := make([]byte, 160)
			for at := 0; at+160 <= len(pcm); at += 160 {
				codecs.EncodeULaw(raw, pcm[at:at+160])
				a.talk(0, raw, 160, transport.Now())
				time.Sleep(20 * time.Millisecond)
			}
			synctest.Wait()
			heard[i] = loudFor(t, b.wire.packets(), formatPCMU)
			_ = r.engine.Close()
		})
	}
	t.Logf("%v of %v are loud, %v where tones are looked for", heard[0], time.Duration(len(pcm))*time.Second/8000, heard[1])
	if heard[1] < heard[0]*98/100 {
		t.Errorf("%v are loud where tones are looked for, %v elsewhere", heard[1], heard[0])
	}
}
