package sound

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// makeWAV writes a WAV file; data is written as it is.
func makeWAV(code, channels, rate, bits int, data []byte) []byte {
	le := binary.LittleEndian
	b := []byte("RIFF\xff\xff\xff\xffWAVE")
	b = append(b, "LIST\x03\x00\x00\x00abc\x00"...) // an odd chunk to step over
	b = append(b, "fmt \x10\x00\x00\x00"...)
	b = le.AppendUint16(b, uint16(code))
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*bits/8))
	b = le.AppendUint16(b, uint16(channels*bits/8))
	b = le.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

// sine returns a second of hz.
func sine(rate int, hz float64) []int16 {
	pcm := make([]int16, rate)
	for i := range pcm {
		pcm[i] = int16(10000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return pcm
}

func octets(pcm []int16, channels int) []byte {
	var b []byte
	for _, v := range pcm {
		for range channels {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
	}
	return b
}

func playAll(s Source, rate int) []int16 {
	var all []int16
	for {
		pcm := make([]int16, rate/50)
		n := s.Frame(pcm, rate)
		all = append(all, pcm[:n]...)
		if n < len(pcm) {
			return all
		}
	}
}

func TestOpenWAV(t *testing.T) {
	law := func(encode func([]byte, []int16) int) []byte {
		b := make([]byte, 8000)
		encode(b, sine(8000, 1000))
		return b
	}
	tests := map[string]struct {
		file []byte
		rate int // at which the source sounds best
	}{
		"pcm 8000":           {makeWAV(wavPCM, 1, 8000, 16, octets(sine(8000, 1000), 1)), 8000},
		"pcm 8000 stereo":    {makeWAV(wavPCM, 2, 8000, 16, octets(sine(8000, 1000), 2)), 8000},
		"µ-law":              {makeWAV(wavULaw, 1, 8000, 8, law(codecs.EncodeULaw)), 8000},
		"a-law":              {makeWAV(wavALaw, 1, 8000, 8, law(codecs.EncodeALaw)), 8000},
		"pcm 16000":          {makeWAV(wavPCM, 1, 16000, 16, octets(sine(16000, 1000), 1)), 16000},
		"pcm 44100 stereo":   {makeWAV(wavPCM, 2, 44100, 16, octets(sine(44100, 1000), 2)), 16000},
		"pcm 48000":          {makeWAV(wavPCM, 1, 48000, 16, octets(sine(48000, 1000), 1)), 16000},
		"length left open":   {wavOpenEnd(), 8000},
		"more than it holds": {makeWAV(wavPCM, 1, 8000, 16, octets(sine(8000, 1000), 1))[:16044], 8000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := OpenWAV(bytes.NewReader(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if d := c.Length() - time.Second; d < -10*time.Millisecond || d > 0 {
				t.Errorf("Length = %v, want 1s", c.Length())
			}
			if got := c.Source().Rate(); got != tt.rate {
				t.Errorf("Rate = %d, want %d", got, tt.rate)
			}
			for _, rate := range []int{8000, 16000} {
				pcm := playAll(c.Source(), rate)
				if d := len(pcm) - rate; d < -rate/100 || d > 0 {
					t.Errorf("%d samples at %d", len(pcm), rate)
				}
				middle := pcm[rate/10 : rate*9/10]
				if p := power(middle, 1000, rate); p < 9500 || p > 10500 {
					t.Errorf("at %d: 1 kHz has amplitude %.0f, want 10000", rate, p)
				}
			}
		})
	}
}

// wavOpenEnd is a file as written to a pipe.
func wavOpenEnd() []byte {
	data := octets(sine(8000, 1000), 1)
	b := makeWAV(wavPCM, 1, 8000, 16, data)
	binary.LittleEndian.PutUint32(b[len(b)-len(data)-4:], 0)
	return b
}

func TestResampleKeepsOutWhatDoesNotFit(t *testing.T) {
	pcm := resample(sine(48000, 6000), 48000, 8000)
	if p := power(pcm[400:7600], 2000, 8000); p > 20 {
		t.Errorf("6 kHz came back at 2 kHz with amplitude %.1f", p)
	}
	pcm = resample(sine(48000, 3000), 48000, 8000)
	if p := power(pcm[400:7600], 3000, 8000); p < 9000 {
		t.Errorf("3 kHz has amplitude %.0f, want 10000", p)
	}
}

func TestOpenWAVSaysWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		file []byte
		want string
	}{
		"empty":          {nil, "not a WAV file"},
		"MP3":            {[]byte("ID3\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "not a WAV file"},
		"no data":        {[]byte("RIFF\x04\x00\x00\x00WAVE"), "data chunk missing"},
		"data first":     {[]byte("RIFF\x04\x00\x00\x00WAVEdata\x00\x00\x00\x00"), "sound before its format"},
		"short format":   {[]byte("RIFF\x04\x00\x00\x00WAVEfmt \x02\x00\x00\x00\x01\x00"), "cut short"},
		"32 bits":        {makeWAV(wavPCM, 1, 8000, 32, nil), "32 bits"},
		"float":          {makeWAV(3, 1, 8000, 32, nil), "format 0x3"},
		"six channels":   {makeWAV(wavPCM, 6, 8000, 16, nil), "6 channels"},
		"too slow":       {makeWAV(wavPCM, 1, 4000, 16, nil), "4000 samples"},
		"beyond studios": {makeWAV(wavPCM, 1, 192000, 16, nil), "192000 samples"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := OpenWAV(bytes.NewReader(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
		})
	}
}

func TestBuiltInSounds(t *testing.T) {
	names := Names()
	for _, name := range names {
		c, ok := Find(name)
		if !ok || c.Length() < 300*time.Millisecond || c.Length() > 10*time.Second {
			t.Errorf("Find(%q) = %v, %v", name, c, ok)
		}
	}
	for _, d := range "0123456789*#abcd" {
		name := map[rune]string{'*': "star", '#': "hash"}[d]
		if name == "" {
			name = string(d)
		}
		if _, ok := Find(name); !ok {
			t.Errorf("there is no sound of %c", d)
		}
	}
	if !slices.Contains(names, "welcome.wav") || !slices.IsSorted(names) {
		t.Errorf("Names() = %v", names)
	}
	if _, ok := Find("../clip.go"); ok {
		t.Error("a sound from outside was found")
	}
}

func TestSequenceJoinsWithoutAGap(t *testing.T) {
	c := &Clip{narrow: sine(8000, 1000)[:100]}
	pcm := playAll(Sequence(c.Source(), Silence(10*time.Millisecond), c.Source()), 8000)
	want := append(append(slices.Clone(c.narrow), make([]int16, 80)...), c.narrow...)
	if !slices.Equal(pcm, want) {
		t.Errorf("%d samples, want %d, or others", len(pcm), len(want))
	}
}

func TestNewToneNamesWhatIsUnknown(t *testing.T) {
	if _, err := NewTone("jingle", "", 0); err == nil || !strings.Contains(err.Error(), "jingle") {
		t.Errorf("error %v, want one that names the tone", err)
	}
	for _, name := range []string{"ringback", "busy", "congestion", "dial", "info", "test"} {
		s, err := NewTone(name, "us", 0)
		if err != nil {
			t.Errorf("NewTone(%q): %v", name, err)
			continue
		}
		pcm := make([]int16, 320)
		if n := s.Frame(pcm, 16000); n != 320 {
			t.Errorf("%s gave %d samples at 16000, want 320", name, n)
		}
	}
}

func FuzzWAV(f *testing.F) {
	f.Add(makeWAV(wavPCM, 2, 44100, 16, octets(sine(100, 10), 2)))
	f.Add(makeWAV(wavULaw, 1, 8000, 8, []byte("sound")))
	f.Fuzz(func(_ *testing.T, b []byte) {
		c, err := OpenWAV(bytes.NewReader(b))
		if err == nil {
			playAll(c.Source(), 8000)
			playAll(c.Source(), 16000)
		}
	})
}

// power returns how strong hz is in pcm, as the amplitude of a sine.
func power(pcm []int16, hz float64, rate int) float64 {
	var re, im float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		re, im = re+float64(v)*c, im+float64(v)*s
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}
