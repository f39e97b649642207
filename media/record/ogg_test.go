package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// oggStream is what is in an Ogg Opus file.
type oggStream struct {
	head, tags []byte
	packets    [][]byte
	granule    uint64
	flags      []byte
}

func (o *oggStream) length() time.Duration {
	if len(o.head) == 0 || o.granule < oggPreSkip {
		return 0
	}
	return time.Duration(o.granule-oggPreSkip) * time.Second / oggRate
}

// readOgg takes pages apart and checks each.
func readOgg(t testing.TB, b []byte) *oggStream {
	t.Helper()
	o := &oggStream{}
	var all [][]byte
	for page := 0; len(b) >= 27; page++ {
		segments := int(b[26])
		if string(b[:4]) != "OggS" || len(b) < 27+segments {
			t.Fatalf("page %d is none", page)
		}
		size := 27 + segments
		for _, n := range b[27 : 27+segments] {
			size += int(n)
		}
		if len(b) < size {
			break
		}
		p := bytes.Clone(b[:size])
		if sum := binary.LittleEndian.Uint32(p[22:]); true {
			clear(p[22:26])
			if sum != oggChecksum(p) || binary.LittleEndian.Uint32(p[18:]) != uint32(page) {
				t.Fatalf("page %d: wrong checksum or number", page)
			}
		}
		o.granule = binary.LittleEndian.Uint64(p[6:])
		o.flags = append(o.flags, p[5])
		body := p[27+segments:]
		var packet []byte
		for _, n := range p[27 : 27+segments] {
			packet = append(packet, body[:n]...)
			body = body[n:]
			if n < 255 {
				all, packet = append(all, packet), nil
			}
		}
		b = b[size:]
	}
	if len(all) >= 2 {
		o.head, o.tags, o.packets = all[0], all[1], all[2:]
	}
	return o
}

// decode returns the two channels.
func (o *oggStream) decode(t testing.TB, rate codecs.Rate) (out [2][]int16) {
	t.Helper()
	for c := range 2 {
		d, err := codecs.NewOpusDecoder(rate)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, rate.MaxFrame())
		for i, p := range o.packets {
			n, at := int(p[1]), 2
			if n >= 252 {
				n, at = n+4*int(p[2]), 3
			}
			one := append([]byte{p[0]}, p[at:at+n]...)
			if c == 1 {
				one = p[at+n:]
			}
			n, err := d.Decode(pcm, one)
			if err != nil || n != rate.Frame() {
				t.Fatalf("packet %d of channel %d: %d samples, %v", i, c, n, err)
			}
			out[c] = append(out[c], pcm[:n]...)
		}
	}
	return out
}

func TestOggHoldsBothSides(t *testing.T) {
	for _, rate := range []codecs.Rate{8000, 16000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			folder := t.TempDir()
			r := newTestRecorder(t, Config{Folder: folder, Format: Ogg})
			events, wait := ended(t)
			rec, err := r.Open(Options{Name: "x", Rate: rate, Channels: 2, Events: events})
			if err != nil {
				t.Fatal(err)
			}
			// 440 Hz on the left for a second, then 1000 Hz on the right, and 13 ms.
			left, _ := codecs.NewTone(rate, codecs.Spec{Times: 1, Steps: []codecs.Step{{Length: time.Second, Sines: [2]codecs.Sine{{Hz: 440, Level: -10}}}}})
			right, _ := codecs.NewTone(rate, codecs.Spec{Times: 1, Steps: []codecs.Step{{Length: time.Second}, {Length: time.Second, Sines: [2]codecs.Sine{{Hz: 1000, Level: -10}}}}})
			total := rate.Samples(2013 * time.Millisecond)
			l, q, both := make([]int16, total), make([]int16, total), make([]int16, 2*total)
			left.Frame(l)
			right.Frame(q)
			for i := range total {
				both[2*i], both[2*i+1] = l[i], q[i]
			}
			for n := 2 * 160; len(both) > 0; {
				n = min(n, len(both))
				rec.WriteStereo(both[:n])
				both = both[n:]
			}
			rec.Close()
			got := wait()
			b, err := os.ReadFile(filepath.Join(folder, got.Name))
			if err != nil {
				t.Fatal(err)
			}
			o := readOgg(t, b)
			if o.length() != 2013*time.Millisecond || got.Length != o.length() {
				t.Errorf("length %v, told %v, want 2.013 s", o.length(), got.Length)
			}
			if o.flags[0] != 2 || o.flags[len(o.flags)-1] != 4 || !bytes.HasPrefix(o.tags, []byte("OpusTags")) {
				t.Errorf("flags %v, tags %q", o.flags, o.tags)
			}
			want := append([]byte("OpusHead\x01\x02\x38\x01"), byte(rate), byte(rate>>8), 0, 0, 0, 0, 1, 2, 0, 0, 1)
			if !bytes.Equal(o.head, want) {
				t.Errorf("head %x, want %x", o.head, want)
			}
			sides := o.decode(t, rate)
			loud := func(pcm []int16, from, to float64) (sum float64) {
				skip := oggPreSkip * int(rate) / oggRate
				part := pcm[skip+int(from*float64(rate)) : skip+int(to*float64(rate))]
				for _, v := range part {
					sum += float64(v) * float64(v)
				}
				return sum / float64(len(part))
			}
			if a, b := loud(sides[0], 0.1, 0.9), loud(sides[0], 1.1, 1.9); a < 1e6 || b > a/1e4 {
				t.Errorf("left: %g then %g", a, b)
			}
			if a, b := loud(sides[1], 0.1, 0.9), loud(sides[1], 1.1, 1.9); b < 1e6 || a > b/1e4 {
				t.Errorf("right: %g then %g", a, b)
			}
		})
	}
}
