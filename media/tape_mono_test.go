package media

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/sound"
)

// A recording of one channel has the left side alone, and tells how long nobody has
// spoken.
func TestTapeOfOneChannelHearsWhoSpeaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := newTestEngine(t, Config{Workers: 1})
		rec, err := record.New(record.Config{Folder: "nowhere"})
		if err != nil {
			t.Fatal(err)
		}
		leg := newTestLeg(t, engine, Options{Call: "c"}, testStream(formatPCMU))
		path := filepath.Join(t.TempDir(), "own.wav")
		closed := make(chan record.Result, 1)
		r, err := rec.Open(record.Options{
			Name: "own", Rate: codecs.Rate8k, Channels: 1, Create: func() (record.File, error) { return os.Create(path) },
			Events: record.Events{Closed: func(x record.Result) { closed <- x }},
		})
		if err != nil {
			t.Fatal(err)
		}
		tape := engine.NewTape(r, false, leg.Endpoint, nil)
		leg.speak(100, func(int) bool { return true }, 0, nil)  // 2 s
		leg.speak(200, func(int) bool { return false }, 0, nil) // 4 s of silence
		heard, quiet := tape.Voice()
		if heard < 1800*time.Millisecond || heard > 2800*time.Millisecond || quiet < 2*time.Second || quiet > 4*time.Second {
			t.Errorf("heard %v, then quiet for %v", heard, quiet)
		}
		tape.Close()
		res := <-closed
		if err := rec.Close(t.Context()); err != nil {
			t.Error(err)
		}
		_ = engine.Close()
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		clip, err := sound.OpenWAV(f)
		if err != nil || res.Name != "own" || clip.Length() != res.Length || res.Length < 5900*time.Millisecond || res.Length > 6200*time.Millisecond {
			t.Errorf("%v: %+v", err, res)
		}
		if at := beginnings(clip.Narrow()); len(at) != 1 {
			t.Errorf("sound begins at %v", at)
		}
	})
}

// A pause of a recording begins and ends without a click on either side.
func TestTapePausesWithoutAClick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := tapedCall(t, record.Config{}, formatPCMU, formatPCMU)
		far := r.a.monotone(t, phoneParty())
		for range 5 {
			far.say(t, r.a, 310, 8000, 20)
			time.Sleep(3 * time.Millisecond)
			r.tape.Pause(true)
			far.say(t, r.a, 310, 8000, 20)
			time.Sleep(2 * time.Millisecond)
			r.tape.Pause(false)
		}
		far.say(t, r.a, 310, 8000, 20)
		left, _ := r.end()
		left = left[voiceRate/5 : 4*voiceRate]
		if n := count(left); n < voiceRate {
			t.Fatalf("%d samples are loud", n)
		}
		steepest := 8000 * 2 * math.Sin(math.Pi*310/voiceRate)
		for i := 1; i < len(left); i++ {
			if step := math.Abs(float64(left[i]) - float64(left[i-1])); step > 1.5*steepest {
				t.Fatalf("a step of %.0f at sample %d, the sine has %.0f", step, i, steepest)
			}
		}
	})
}
