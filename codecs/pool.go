package codecs

import (
	"slices"
	"sync"
)

// Pool keeps Opus decoders and encoders that a call has done with for the next
// call: making one costs 50 to 400 KiB. It may be used from any goroutine; what
// it hands out belongs to one. It is for the start and the end of a call, not for
// the path of a packet.
type Pool struct {
	keep int // immutable

	mu       sync.Mutex // a leaf: nothing is called while it is held
	decoders []*opusDecoder
	encoders []*opusEncoder
}

// NewPool returns a pool that keeps at most so many idle decoders and as many
// idle encoders, whatever their rates; with 0 it keeps none. A newcomer to a full
// pool takes the place of the one that has been idle longest.
func NewPool(keep int) *Pool { return &Pool{keep: max(keep, 0)} }

// Decoder returns a decoder as of NewOpusDecoder, a new one or one as new.
func (p *Pool) Decoder(r Rate) (Decoder, error) {
	d := take(p, &p.decoders, func(d *opusDecoder) bool { return d.rate == r })
	if d == nil {
		return NewOpusDecoder(r)
	}
	d.Reset()
	return d, nil
}

// Encoder returns an encoder as of NewOpusEncoder, a new one or one as new.
func (p *Pool) Encoder(c OpusConfig) (Encoder, error) {
	c = c.withDefaults()
	e := take(p, &p.encoders, func(e *opusEncoder) bool { return e.config == c })
	if e == nil {
		return NewOpusEncoder(c)
	}
	e.Reset()
	return e, nil
}

// PutDecoder gives a decoder back; the caller must not use it again. Decoders
// other than of Opus, and nil, are let go.
func (p *Pool) PutDecoder(d Decoder) {
	if o, ok := d.(*opusDecoder); ok {
		put(p, &p.decoders, o)
	}
}

// PutEncoder gives an encoder back; the caller must not use it again. Encoders
// other than of Opus, and nil, are let go.
func (p *Pool) PutEncoder(e Encoder) {
	if o, ok := e.(*opusEncoder); ok {
		put(p, &p.encoders, o)
	}
}

// take removes the one put last of those that fit; nil when there is none.
func take[T any](p *Pool, idle *[]*T, fits func(*T) bool) *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, v := range slices.Backward(*idle) {
		if fits(v) {
			*idle = slices.Delete(*idle, i, i+1)
			return v
		}
	}
	return nil
}

// put adds one that is not there yet: handed out twice, it would be used from two
// goroutines, which ends the process.
func put[T any](p *Pool, idle *[]*T, v *T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v == nil || p.keep == 0 || slices.Contains(*idle, v) {
		return
	}
	if len(*idle) >= p.keep {
		*idle = slices.Delete(*idle, 0, 1)
	}
	*idle = append(*idle, v)
}
