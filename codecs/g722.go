package codecs

import (
	"reflect"
	"unsafe"

	"github.com/gotranspile/g722"
)

// ITU-T G.722 at 64 kbit/s: 16000 samples a second, two of them an octet. Its
// RTP clock is 8000 nevertheless, by an error that stayed (RFC 3551 §4.5.2).

// NewG722Decoder returns a Decoder for G.722 at 16000 samples a second. What is
// lost is concealed as that of G.711 is.
func NewG722Decoder() Decoder {
	return &g722Decoder{d: newG722State(), plc: newConcealer(Rate16k)}
}

// NewG722Encoder returns an Encoder for G.722 at 16000 samples a second. A frame
// has an even number of samples.
func NewG722Encoder() Encoder { return &g722Encoder{e: newG722EncoderState()} }

func newG722State() *g722.Decoder { return g722.NewDecoder(g722.Rate64000, 0) }

func newG722EncoderState() *g722.Encoder { return g722.NewEncoder(g722.Rate64000, 0) }

type g722Decoder struct {
	d   *g722.Decoder
	plc *concealer
}

func (d *g722Decoder) Rate() Rate { return Rate16k }

func (d *g722Decoder) Decode(dst []int16, payload []byte) (int, error) {
	n := d.Duration(payload)
	if n == 0 {
		return 0, ErrMalformed
	}
	if len(dst) < n {
		return 0, ErrBuffer
	}
	dst = dst[:n]
	d.d.Decode(dst, payload)
	d.plc.good(dst)
	return n, nil
}

func (d *g722Decoder) Recover(dst []int16, next []byte, n int) (int, error) {
	if d.Duration(next) == 0 {
		return 0, ErrMalformed
	}
	return d.Conceal(dst, n), nil
}

func (d *g722Decoder) Conceal(dst []int16, n int) int {
	n = max(0, min(n, len(dst), Rate16k.MaxFrame()))
	d.plc.conceal(dst[:n])
	return n
}

// Duration is two samples an octet.
func (d *g722Decoder) Duration(payload []byte) int {
	if 2*len(payload) > Rate16k.MaxFrame() {
		return 0
	}
	return 2 * len(payload)
}

func (d *g722Decoder) Reset() {
	*d.d = *newG722State()
	d.plc.reset()
}

// g722Loud is the state of a decoder that has heard loud noise. It never changes.
var g722Loud = func() g722.Decoder {
	const length, peak = 80, 10000 // 5 ms, some 13 dB below full scale
	var pcm [length]int16
	for i := range pcm {
		pcm[i] = int16(i*i*7919%(2*peak+1) - peak)
	}
	var b [length / 2]byte
	newG722EncoderState().Encode(b[:], pcm[:])
	d := newG722State()
	d.Decode(pcm[:], b[:])
	return *d
}()

// ExpectLoud has a decoder of G.722 expect something loud: what is lost may have been the
// beginning of that. The loudness that a decoder of G.722 goes by comes to be that of its
// encoder by a factor of two each 11 ms, in dB, from above as from below: what is loud is right at
// once, what is quiet is too loud for some 50 ms. That is for detectors, not for ears.
// Decoders of other codecs are left as they are.
func ExpectLoud(d Decoder) {
	if g, ok := d.(*g722Decoder); ok {
		*g.d = g722Loud
	}
}

type g722Encoder struct {
	fixed
	e *g722.Encoder
}

func (e *g722Encoder) Rate() Rate { return Rate16k }

// Encode guards the module, which reads beyond an odd number of samples.
func (e *g722Encoder) Encode(dst []byte, pcm []int16) (int, error) {
	if len(pcm) == 0 || len(pcm)%2 != 0 || len(pcm) > Rate16k.MaxFrame() {
		return 0, ErrFrame
	}
	if len(dst) < len(pcm)/2 {
		return 0, ErrBuffer
	}
	return e.e.Encode(dst, pcm), nil
}

func (e *g722Encoder) Reset() { *e.e = *newG722EncoderState() }

// Follow has an encoder of G.722 go on from where the decoder is that has decoded sent: some
// 120 ms, the last of all that it has heard. An encoder that is new takes what it codes for
// much softer than a decoder does that has heard another one, and what it says is up to 35 dB too
// loud, full scale as a rule, for 40 ms. Both keep the same state, which forgets what it was
// by a factor of two each 11 ms in loudness, and 22 ms in shape. Encoders of other codecs are
// left as they are.
func Follow(e Encoder, sent []byte) {
	if r, ok := e.(*resampledEncoder); ok {
		e = r.Encoder
	}
	g, ok := e.(*g722Encoder)
	if !ok || len(sent) == 0 {
		return
	}
	d := newG722State()
	d.Decode(make([]int16, 2*len(sent)), sent)
	heard := g722Heard(g.e)
	kept := *heard
	*g.e = g722.Encoder(*d)
	*heard = kept
}

// g722Heard is where an encoder of the module keeps the last samples that it was given. A
// decoder keeps there the last that it gave, before its filter: they would be a click.
func g722Heard(e *g722.Encoder) *[24]int {
	return (*[24]int)(unsafe.Add(unsafe.Pointer(e), g722HeardAt))
}

// g722HeardAt is where that lies (TestFollowKeepsWhatTheEncoderHasHeard).
var g722HeardAt = func() uintptr {
	x, _ := reflect.TypeFor[g722.Encoder]().FieldByName("x")
	return x.Offset
}()
