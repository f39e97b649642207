package sound

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/codecs"
)

func TestOpenWAVOfEachWidth(t *testing.T) {
	want := []int16{0, 0x1200, -0x1200, 0x7f00, -0x8000}
	for bits, data := range map[int][]byte{
		8:  {128, 128 + 0x12, 128 - 0x12, 255, 0},
		16: {0, 0, 0, 0x12, 0, 0xee, 0, 0x7f, 0, 0x80},
		24: {9, 0, 0, 9, 0, 0x12, 9, 0, 0xee, 9, 0, 0x7f, 9, 0, 0x80, 1}, // and an octet too many
	} {
		c, err := OpenWAV(bytes.NewReader(makeWAV(wavPCM, 1, 8000, bits, data)))
		if err != nil {
			t.Errorf("%d bits: %v", bits, err)
			continue
		}
		if diff := cmp.Diff(want, c.narrow); diff != "" {
			t.Errorf("%d bits (-want +got):\n%s", bits, diff)
		}
	}
	c, err := OpenWAV(bytes.NewReader(makeWAV(wavPCM, 2, 8000, 8, []byte{255, 127, 0, 128}))) // two channels are mixed
	if err != nil || cmp.Diff([]int16{(0x7f00 - 0x100) / 2, -0x4000}, c.narrow) != "" {
		t.Errorf("stereo: %v, %v", c, err)
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
	want := 20 * math.Log10(10000)
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
		pcm := playAll(clip.Source(), voiceRate)
		if len(pcm) < 7000 {
			t.Errorf("%s: %d samples are heard", name, len(pcm))
			continue
		}
		if got := 20 * math.Log10(power(pcm[800:7200], 1000, voiceRate)); math.Abs(got-want) > 0.5 {
			t.Errorf("%s: heard %.1f dB off", name, got-want)
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
