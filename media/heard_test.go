package media

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// heardBy plays a source to a far end for a time and gives what it hears, at 8 kHz.
func heardBy(t *testing.T, f format, open func() Source, d time.Duration) (pcm []int16) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(f))
		a.Play(open(), nil)
		time.Sleep(d)
		synctest.Wait()
		decoder := codecs.NewALawDecoder()
		if f == formatPCMU {
			decoder = codecs.NewULawDecoder()
		}
		pcm = decodeAll(t, decoder, payloads(a.wire.packets()))
		_ = e.Close()
	})
	return pcm
}

// dBm0 is the level of a sine of this amplitude: the greatest of G.711 is 3.14.
func dBm0(amplitude float64) float64 { return 20*math.Log10(amplitude/32767) + 3.14 }

func TestTheTonesOfACountryAreHeardAtTheirLevel(t *testing.T) {
	for _, c := range []struct {
		country, name string
		hz            []float64
		sound, rest   int // ms of the first sound, and of the silence after it
	}{
		{"GB", "ringback", []float64{400, 450}, 400, 200},
		{"US", "ringback", []float64{440, 480}, 2000, 500},
		{"DE", "busy", []float64{425}, 480, 480},
		{"FR", "busy", []float64{440}, 500, 500},
		{"JP", "ringback", []float64{384, 416}, 1000, 500},
		{"AU", "dial", []float64{413, 438}, 2000, 0},
		{"CN", "congestion", []float64{450}, 700, 700},
		{"IN", "ringback", []float64{375, 425}, 400, 200},
		{"BR", "waiting", []float64{425}, 50, 500},
		{"RU", "busy", []float64{425}, 350, 350},
		{"NL", "waiting", []float64{425}, 500, 500},
	} {
		t.Run(c.country+" "+c.name, func(t *testing.T) {
			pcm := heardBy(t, formatPCMA, func() Source {
				s, err := NewTone(c.name, c.country, 0)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}, 3*time.Second)
			first := pcm[8*5 : 8*(c.sound-5)]
			together := 0.0
			for _, hz := range c.hz {
				p := power(first, hz, voiceRate)
				together += p * p
			}
			slack := 0.5
			if c.sound < 500 && len(c.hz) > 1 {
				slack = 2 // two sines that are near each other leak into each other's measure
			}
			if got := dBm0(math.Sqrt(together)); math.Abs(got+13) > slack {
				t.Errorf("%.1f dBm0 at %v Hz, want -13", got, c.hz)
			}
			for _, other := range []float64{300, 600, 1000} {
				if got := dBm0(power(first, other, voiceRate)); got > -30 {
					t.Errorf("%.1f dBm0 at %v Hz", got, other)
				}
			}
			if c.rest > 0 {
				silence := pcm[8*(c.sound+10) : 8*(c.sound+c.rest-10)]
				if got := dBm0(power(silence, c.hz[0], voiceRate)); got > -50 {
					t.Errorf("%.1f dBm0 in the silence", got)
				}
			}
		})
	}
}

func TestSoundFilesOfEachFormAreHeardAtTheirLevel(t *testing.T) {
	law := func(rate int, encode func([]byte, []int16) int) []byte {
		pcm := sine(rate, 1000)
		b := make([]byte, len(pcm))
		encode(b, pcm)
		return b
	}
	eight := func(rate int) (b []byte) {
		for _, v := range sine(rate, 1000) {
			b = append(b, byte(int(v)>>8+128))
		}
		return b
	}
	wide := func(rate int) (b []byte) {
		for _, v := range sine(rate, 1000) {
			b = append(b, 0, byte(v), byte(v>>8))
		}
		return b
	}
	files := map[string][]byte{}
	for _, rate := range []int{8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000} {
		files[fmt.Sprintf("%d PCM", rate)] = makeWAV(wavPCM, 1, rate, 16, octets(sine(rate, 1000), 1))
	}
	for _, rate := range []int{8000, 16000, 44100, 48000} {
		files[fmt.Sprintf("%d stereo", rate)] = makeWAV(wavPCM, 2, rate, 16, octets(sine(rate, 1000), 2))
		files[fmt.Sprintf("%d of 8 bits", rate)] = makeWAV(wavPCM, 1, rate, 8, eight(rate))
		files[fmt.Sprintf("%d of 24 bits", rate)] = makeWAV(wavPCM, 1, rate, 24, wide(rate))
		files[fmt.Sprintf("%d A-law", rate)] = makeWAV(wavALaw, 1, rate, 8, law(rate, codecs.EncodeALaw))
		files[fmt.Sprintf("%d µ-law", rate)] = makeWAV(wavULaw, 1, rate, 8, law(rate, codecs.EncodeULaw))
	}
	want := dBm0(10000)
	for name, file := range files {
		if err := CheckWAV(bytes.NewReader(file)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		clip, err := OpenWAV(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		pcm := heardBy(t, formatPCMU, clip.Source, 1100*time.Millisecond)
		if len(pcm) < 7000 {
			t.Errorf("%s: %d samples are heard", name, len(pcm))
			continue
		}
		if got := dBm0(power(pcm[800:7200], 1000, voiceRate)); math.Abs(got-want) > 0.5 {
			t.Errorf("%s: heard at %.1f dBm0, want %.1f", name, got, want)
		}
	}
}

func TestFilesThatCannotBePlayedSayWhy(t *testing.T) {
	pcm := octets(sine(8000, 1000), 1)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"MP3 with a tag": {[]byte("ID3\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "it is MP3"},
		"MP3":            {[]byte("\xff\xfb\x90\x00abcdefghijkl"), "it is MP3"},
		"Ogg":            {[]byte("OggS\x00\x02abcdefghijk"), "it is Ogg"},
		"MP4":            {[]byte("\x00\x00\x00\x20ftypM4A \x00"), "it is MP4"},
		"nothing":        {nil, "it is empty"},
		"no sound":       {makeWAV(wavPCM, 1, 8000, 16, nil), "no sound"},
		"32 bits":        {makeWAV(wavPCM, 1, 8000, 32, pcm), "32 bits a sample"},
		"float":          {makeWAV(3, 1, 8000, 32, pcm), "floating point"},
		"ADPCM":          {makeWAV(17, 1, 8000, 4, pcm), "IMA ADPCM"},
		"GSM":            {makeWAV(49, 1, 8000, 0, pcm), "GSM 6.10"},
		"six channels":   {makeWAV(wavPCM, 6, 48000, 16, pcm), "6 channels"},
		"96 kHz":         {makeWAV(wavPCM, 1, 96000, 16, pcm), "96000 samples a second"},
	} {
		if err := CheckWAV(bytes.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want one that says %q", name, err, c.want)
		}
	}
}

func TestTheBeepIsShort(t *testing.T) {
	pcm := heardBy(t, formatPCMA, Beep, time.Second)
	if n := len(pcm) / 8; n < 280 || n > 320 {
		t.Errorf("%d ms are heard", n)
	}
	if got := dBm0(power(pcm[160:2000], 1400, voiceRate)); math.Abs(got+16) > 0.5 {
		t.Errorf("%.1f dBm0", got)
	}
}
