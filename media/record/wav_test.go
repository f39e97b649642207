package record

import (
	"math"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record/recordtest"
)

// The header of a WAV counts octets in 32 bits (4 GiB): a file ends before it says less than it holds.
func TestAWAVIsNoLongerThanItsHeaderCanSay(t *testing.T) {
	r := newTestRecorder(t, Config{Create: func(string) (File, error) { return &recordtest.File{}, nil }})
	for _, rate := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k, codecs.Rate48k} {
		for channels := 1; channels <= 2; channels++ {
			events, wait := ended(t)
			rec, err := r.Open(Options{Rate: rate, Channels: channels, Events: events})
			if err != nil {
				t.Fatal(err)
			}
			// As if it had lasted until one second fits no more.
			full := int64(math.MaxUint32-wavHeader)/2 - int64(int(rate)*channels)
			rec.written = full
			rec.patched = full
			second := make([]int16, int(rate)*channels)
			rec.write(second)
			rec.Close()
			got := wait()
			if sixteen := rec.samples(maxRecording); full < sixteen && got.Err == nil {
				t.Errorf("%d channels at %d: goes on after %v", channels, rate, got.Length)
			}
			if octets := 2 * int64(got.Length/time.Second) * int64(rate) * int64(channels); octets+wavHeader > math.MaxUint32 {
				t.Errorf("%d channels at %d: %d octets", channels, rate, octets)
			}
		}
	}
}
