package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

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

// wav is a WAV file taken apart.
type wav struct {
	code, channels, bits, rate int
	data                       []byte
}

// readWAV finds the chunks "fmt " and "data". Others are stepped over.
func readWAV(b []byte) (w wav, err error) {
	le := binary.LittleEndian
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

// check says what of the format is not served.
func (w *wav) check() error {
	switch {
	case w.code != wavPCM && w.code != wavULaw && w.code != wavALaw:
		return fmt.Errorf("format %#x, want PCM, µ-law or A-law", w.code)
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
