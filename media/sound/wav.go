package sound

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tandemgw/tandem/codecs"
)

const (
	maxWAV     = 32 << 20
	maxSeconds = 600
)

// WAV format codes (RFC 2361).
const (
	wavPCM        = 1
	wavALaw       = 6
	wavULaw       = 7
	wavExtensible = 0xfffe
)

// errNotWAV is the error for a file that does not begin as a WAV file does.
var errNotWAV = errors.New("not a WAV file (RIFF header missing)")

// OpenWAV reads a whole WAV file: PCM of 8, 16 or 24 bits, µ-law or A-law, mono
// or stereo (mixed), 8000 to 48000 samples a second. At most 32 MiB are read and
// ten minutes kept. The error says what the file is instead. A file that was
// cut short is played as far as it goes.
func OpenWAV(r io.Reader) (*Clip, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxWAV+1))
	if err != nil {
		return nil, fmt.Errorf("read WAV: %w", err)
	}
	if len(b) > maxWAV {
		return nil, fmt.Errorf("read WAV: more than %d MiB", maxWAV>>20)
	}
	w, err := readWAV(b)
	if err != nil {
		return nil, fmt.Errorf("read WAV: %w", err)
	}
	pcm := w.mono()
	if most := maxSeconds * w.rate; len(pcm) > most {
		pcm = pcm[:most]
	}
	c := &Clip{narrow: resample(pcm, w.rate, voiceRate)}
	if w.rate >= wideRate {
		c.wide = resample(pcm, w.rate, wideRate)
	}
	return c, nil
}

// CheckWAV says why OpenWAV would not play a file; nil means that it would. The
// samples are not looked at.
func CheckWAV(r io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(r, maxWAV+1))
	if err != nil {
		return fmt.Errorf("read WAV: %w", err)
	}
	if len(b) > maxWAV {
		return fmt.Errorf("it has more than %d MiB", maxWAV>>20)
	}
	if len(b) == 0 {
		return errors.New("it is empty")
	}
	w, err := readWAV(b)
	if err == nil && len(w.data) == 0 {
		return errors.New("there is no sound in it")
	}
	return err
}

// wav is a WAV file taken apart.
type wav struct {
	code, channels, bits, rate int
	data                       []byte
}

// readWAV finds the chunks "fmt " and "data". Others are stepped over.
func readWAV(b []byte) (w wav, err error) {
	le := binary.LittleEndian
	if kind := kindOf(b); kind != "" {
		return w, fmt.Errorf("not a WAV file: it is %s", kind)
	}
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return w, errNotWAV
	}
	hasFormat := false
	for b = b[12:]; len(b) >= 8; {
		name, size := string(b[:4]), uint64(le.Uint32(b[4:]))
		b = b[8:]
		// Writers to a pipe leave the size at 0 or 0xffffffff.
		chunk := b[:min(size, uint64(len(b)))]
		switch name {
		case "fmt ":
			if len(chunk) < 16 {
				return w, errors.New("format chunk cut short")
			}
			w.code, w.channels = int(le.Uint16(chunk)), int(le.Uint16(chunk[2:]))
			w.rate, w.bits = int(le.Uint32(chunk[4:])), int(le.Uint16(chunk[14:]))
			if w.code == wavExtensible && len(chunk) >= 26 {
				w.code = int(le.Uint16(chunk[24:]))
			}
			hasFormat = true
		case "data":
			if !hasFormat {
				return w, errors.New("sound before its format")
			}
			if size == 0 {
				chunk = b
			}
			w.data = chunk
			return w, w.check()
		}
		b = b[min(size+size&1, uint64(len(b))):]
	}
	return w, errors.New("no sound in it (data chunk missing)")
}

// kindOf names a file that is no WAV by how it begins; "" for one that is not known.
func kindOf(b []byte) string {
	for _, k := range [...]struct{ begins, name string }{
		{"ID3", "MP3"},
		{"\xff\xfb", "MP3"},
		{"\xff\xf3", "MP3"},
		{"OggS", "Ogg"},
		{"fLaC", "FLAC"},
		{"FORM", "AIFF"},
		{".snd", "an AU file"},
		{"RF64", "RF64 (a WAV of more than 4 GB)"},
		{"#!AMR", "AMR"},
		{"\x1aE\xdf\xa3", "WebM"},
	} {
		if strings.HasPrefix(string(b[:min(len(b), 8)]), k.begins) {
			return k.name
		}
	}
	if len(b) >= 12 && string(b[4:8]) == "ftyp" {
		return "MP4"
	}
	return ""
}

// formatName names a format code (RFC 2361 and the registry of Microsoft's).
func formatName(code int) string {
	names := map[int]string{2: "Microsoft ADPCM", 3: "floating point", 17: "IMA ADPCM", 49: "GSM 6.10", 80: "MPEG", 85: "MP3", 100: "G.726"}
	if name := names[code]; name != "" {
		return fmt.Sprintf("%s (format %#x)", name, code)
	}
	return fmt.Sprintf("format %#x", code)
}

// check says what of the format is not served.
func (w *wav) check() error {
	switch {
	case w.code != wavPCM && w.code != wavULaw && w.code != wavALaw:
		return fmt.Errorf("%s, want PCM, µ-law or A-law", formatName(w.code))
	case w.code == wavPCM && w.bits != 8 && w.bits != 16 && w.bits != 24, w.code != wavPCM && w.bits != 8:
		return fmt.Errorf("%d bits a sample, want 8, 16 or 24 (PCM), or 8 (µ-law, A-law)", w.bits)
	case w.channels != 1 && w.channels != 2:
		return fmt.Errorf("%d channels, want 1 or 2", w.channels)
	case w.rate < 8000 || w.rate > 48000:
		return fmt.Errorf("%d samples a second, want 8000 to 48000", w.rate)
	}
	return nil
}

// mono decodes the samples and mixes two channels into one.
func (w *wav) mono() []int16 {
	var pcm []int16
	switch {
	case w.code == wavPCM && w.bits == 8: // from 0 to 255, silence being 128
		pcm = make([]int16, len(w.data))
		for i, v := range w.data {
			pcm[i] = int16((int(v) - 128) << 8)
		}
	case w.code == wavPCM && w.bits == 24:
		pcm = make([]int16, len(w.data)/3)
		for i := range pcm { // the lowest octet is below what is heard
			pcm[i] = int16(binary.LittleEndian.Uint16(w.data[3*i+1:]))
		}
	case w.code == wavPCM:
		pcm = make([]int16, len(w.data)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(w.data[2*i:]))
		}
	case w.code == wavULaw:
		pcm = make([]int16, len(w.data))
		codecs.DecodeULaw(pcm, w.data)
	default:
		pcm = make([]int16, len(w.data))
		codecs.DecodeALaw(pcm, w.data)
	}
	if w.channels == 2 {
		n := len(pcm) / 2
		for i := range n {
			pcm[i] = int16((int(pcm[2*i]) + int(pcm[2*i+1])) / 2)
		}
		pcm = pcm[:n]
	}
	return pcm
}
