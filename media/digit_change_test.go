package media

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/media/transport"
)

// TestToneOutlivesARefresh: an offer that changes nothing, as session timers send, comes
// while a digit is sent as its tone.
func TestToneOutlivesARefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		s := testStream(formatPCMU)
		s.SendEvent, s.ReceiveEvents = sdp.Codec{}, nil
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, s)
		Join(a.Endpoint, b.Endpoint)
		if err := b.SendDigit('5', 300*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			if i == 4 {
				again := *s
				if err := b.Apply(&again); err != nil {
					t.Fatal(err)
				}
			}
			a.talk(0, burst(false), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		digits, lengths := digitsIn(t, soundOf(t, party{format: formatPCMU, pt: 0}, b.wire.packets()))
		if digits != "5" || lengths[0] < 280*time.Millisecond || lengths[0] > 320*time.Millisecond {
			t.Errorf("heard %q, %v, want 5 for 300 ms", digits, lengths)
		}
		_ = e.Close()
	})
}

// TestSuspectedToneEndsWithTheSound: the last that comes of a far end before it holds, or
// is sent away, may look like the begin of a digit. Its listener hears on nevertheless.
func TestSuspectedToneEndsWithTheSound(t *testing.T) {
	for length := 20 * time.Millisecond; length <= 40*time.Millisecond; length += 2 * time.Millisecond {
		t.Run(length.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
				a.SetDigits(Digits{Listen: true})
				Join(a.Endpoint, b.Endpoint)
				a.speak(20, func(int) bool { return false }, 0, nil)
				spec, _ := codecs.DTMF(7, length, codecs.DTMFLevels{})
				tone, err := codecs.NewTone(voiceRate, spec)
				if err != nil {
					t.Fatal(err)
				}
				pcm, octets := make([]int16, 320), make([]byte, 320)
				tone.Frame(pcm[320-samplesIn(length, voiceRate):])
				_, _ = codecs.NewULawEncoder().Encode(octets, pcm)
				for part := range slices.Chunk(octets, 160) {
					a.talk(0, part, 160, transport.Now())
					time.Sleep(20 * time.Millisecond)
				}
				before := len(b.wire.packets())
				b.Play(sound.Silence(5*time.Second), nil)
				time.Sleep(2 * time.Second)
				if n := len(b.wire.packets()) - before; n < 80 {
					t.Errorf("%d packets of the music in 2 s, want some 100", n)
				}
				_ = e.Close()
			})
		})
	}
}

// TestDigitWhoseClockChanges: its sender goes from one codec to another while it is pressed.
func TestDigitWhoseClockChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		var told []time.Duration
		s := testStream(formatPCMU)
		wide := testStream(formatOpus)
		s.Receive = append(s.Receive, wide.Receive...)
		s.ReceiveEvents = append(s.ReceiveEvents, wide.ReceiveEvents...)
		a := newTestLeg(t, e, Options{Events: Events{Digit: func(_ Digit, d time.Duration) { told = append(told, d) }}}, s)
		b := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		for i := range uint16(10) {
			if i < 5 {
				a.press(testEvent8, 5000, 5, 160*(i+1), false, i == 0, transport.Now())
			} else {
				a.press(testEvent48, 5000, 5, 960*(i+1), i == 9, false, transport.Now())
			}
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]time.Duration{200 * time.Millisecond}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		want := []sentDigit{{Digit: "5", Packets: 12, Units: 1600, Ends: 3, Marked: true, Segments: 1}}
		if diff := cmp.Diff(want, readDigits(t, b.wire.packets(), testEvent8)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		_ = e.Close()
	})
}
