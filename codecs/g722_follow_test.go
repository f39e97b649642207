package codecs

import (
	"bytes"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/gotranspile/g722"
)

// A new encoder of G.722 that follows what was sent is as loud as it is meant to be at once,
// whatever the decoder has heard before.
func TestANewG722EncoderIsNotHeard(t *testing.T) {
	for _, r := range []Rate{Rate8k, Rate16k, Rate48k} {
		for _, levels := range [][2]float64{{12000, 600}, {600, 12000}, {8000, 8000}} {
			d := NewG722Decoder()
			said := packets(t, NewG722Encoder(), sines(Rate16k, 16000, levels[0], 500), Rate16k.Frame())
			listen(t, d, said)
			enc, err := NewResampledEncoder(NewG722Encoder(), r)
			if err != nil {
				t.Fatal(err)
			}
			Follow(enc, bytes.Join(said[len(said)-6:], nil))
			pcm := sines(r, int(r)/5, levels[1], 400)
			got := listen(t, d, packets(t, enc, pcm, r.Frame()))
			got = got[Rate16k.Samples(5*time.Millisecond):] // of filters
			for at, n := 0, Rate16k.Samples(10*time.Millisecond); at+n <= len(got); at += n {
				if db := 10 * math.Log10(power(got[at:at+n])/power(pcm)); math.Abs(db) > 2 {
					t.Errorf("%v at %d: %.1f dB %v later", levels, r, db, Rate16k.Duration(at))
				}
			}
		}
	}
}

// An encoder that follows itself goes on as it would have: the same state, and the last samples.
func TestFollowKeepsWhatTheEncoderHasHeard(t *testing.T) {
	if x, ok := reflect.TypeFor[g722.Encoder]().FieldByName("x"); !ok || x.Type != reflect.TypeFor[[24]int]() {
		t.Fatal("the module keeps its samples elsewhere")
	}
	pcm := voice(Rate16k, 16000)
	one, other := NewG722Encoder(), NewG722Encoder()
	said := packets(t, one, pcm[:8000], Rate16k.Frame())
	packets(t, other, pcm[:8000], Rate16k.Frame())
	Follow(other, bytes.Join(said, nil))
	a := bytes.Join(packets(t, one, pcm[8000:], Rate16k.Frame()), nil)
	b := bytes.Join(packets(t, other, pcm[8000:], Rate16k.Frame()), nil)
	if !bytes.Equal(a, b) {
		t.Error("what follows is another sound")
	}
	Follow(other, nil) // nothing was sent
	Follow(NewULawEncoder(), said[0])
}
