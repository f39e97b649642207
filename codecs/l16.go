package codecs

import (
	"encoding/binary"
	"fmt"
)

// L16 (RFC 3551 §4.5.11): the samples as they are, most significant octet first,
// mono. It loses nothing, which is what tests want; at 48000 a packet of 20 ms
// is longer than most networks carry.

// NewL16Decoder returns a Decoder for L16 at r. The error says that r is no
// Rate.
func NewL16Decoder(r Rate) (Decoder, error) {
	if !r.Valid() {
		return nil, fmt.Errorf("L16 rate %d: not 8000, 16000 or 48000", r)
	}
	return &l16Decoder{rate: r, plc: newConcealer(r)}, nil
}

// NewL16Encoder returns an Encoder for L16 at r. The error says that r is no
// Rate. A payload takes two octets a sample, which is beyond MaxPayload for
// long frames.
func NewL16Encoder(r Rate) (Encoder, error) {
	if !r.Valid() {
		return nil, fmt.Errorf("L16 rate %d: not 8000, 16000 or 48000", r)
	}
	return &l16Encoder{rate: r}, nil
}

type l16Decoder struct {
	rate Rate
	plc  *concealer
}

func (d *l16Decoder) Rate() Rate { return d.rate }

func (d *l16Decoder) Decode(dst []int16, payload []byte) (int, error) {
	n := d.Duration(payload)
	if n == 0 {
		return 0, ErrMalformed
	}
	if len(dst) < n {
		return 0, ErrBuffer
	}
	for i := range n {
		dst[i] = int16(binary.BigEndian.Uint16(payload[2*i:]))
	}
	d.plc.good(dst[:n])
	return n, nil
}

func (d *l16Decoder) Recover(dst []int16, next []byte, n int) (int, error) {
	if d.Duration(next) == 0 {
		return 0, ErrMalformed
	}
	return d.Conceal(dst, n), nil
}

func (d *l16Decoder) Conceal(dst []int16, n int) int {
	n = max(0, min(n, len(dst), d.rate.MaxFrame()))
	d.plc.conceal(dst[:n])
	return n
}

// Duration is a sample in two octets; half a sample is malformed.
func (d *l16Decoder) Duration(payload []byte) int {
	if len(payload)%2 != 0 || len(payload)/2 > d.rate.MaxFrame() {
		return 0
	}
	return len(payload) / 2
}

func (d *l16Decoder) Reset() { d.plc.reset() }

type l16Encoder struct {
	fixed
	rate Rate
}

func (e *l16Encoder) Rate() Rate { return e.rate }

func (e *l16Encoder) Encode(dst []byte, pcm []int16) (int, error) {
	if len(pcm) == 0 || len(pcm) > e.rate.MaxFrame() {
		return 0, ErrFrame
	}
	if len(dst) < 2*len(pcm) {
		return 0, ErrBuffer
	}
	for i, s := range pcm {
		binary.BigEndian.PutUint16(dst[2*i:], uint16(s))
	}
	return 2 * len(pcm), nil
}

func (e *l16Encoder) Reset() {}
