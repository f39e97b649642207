package codecs

import "sync"

// DefaultPoolKeep is how many codecs of each kind a Pool keeps by default: with
// gopus 64 encoders and 64 decoders of one rate are some 40 MiB.
const DefaultPoolKeep = 64

// Pool keeps Opus codecs between calls. All of its methods may be used by all
// goroutines at once. It keeps a bounded number; what is more is left to the
// garbage collector.
type Pool struct {
	keep int // immutable

	mu       sync.Mutex // leaf
	decoders map[Rate][]*opusDecoder
	encoders map[Rate][]*opusEncoder
}

// NewPool returns an empty Pool that keeps up to keep decoders and as many
// encoders of each Rate; 0 is DefaultPoolKeep, negative keeps none.
func NewPool(keep int) *Pool {
	if keep == 0 {
		keep = DefaultPoolKeep
	}
	return &Pool{
		keep:     keep,
		decoders: make(map[Rate][]*opusDecoder),
		encoders: make(map[Rate][]*opusEncoder),
	}
}

// Decoder returns an Opus Decoder at r that has heard nothing, kept or new. The
// errors are those of NewOpusDecoder.
func (p *Pool) Decoder(r Rate) (Decoder, error) {
	d := take(p, p.decoders, r)
	if d == nil {
		return NewOpusDecoder(r)
	}
	d.forget()
	d.lend()
	return d, nil
}

// Encoder returns an Opus Encoder after c that has encoded nothing, kept or new.
// The errors are those of NewOpusEncoder.
func (p *Pool) Encoder(c OpusConfig) (Encoder, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	e := take(p, p.encoders, c.Rate)
	if e == nil {
		return NewOpusEncoder(c)
	}
	e.forget()
	if err := e.configure(c); err != nil {
		return nil, err
	}
	e.lend()
	return e, nil
}

// PutDecoder gives d back; it must not be used any more and answers ErrBusy
// until somebody else gets it. Given back twice, or while in use, or not an Opus
// Decoder, it is not kept. A nil d is fine.
func (p *Pool) PutDecoder(d Decoder) {
	if o, ok := d.(*opusDecoder); ok && o.giveBack() {
		put(p, p.decoders, o.rate, o)
	}
}

// PutEncoder gives e back, as PutDecoder does.
func (p *Pool) PutEncoder(e Encoder) {
	if o, ok := e.(*opusEncoder); ok && o.giveBack() {
		put(p, p.encoders, o.Rate(), o)
	}
}

func take[C any](p *Pool, kept map[Rate][]*C, r Rate) *C {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := kept[r]
	if len(all) == 0 {
		return nil
	}
	last := len(all) - 1
	c := all[last]
	all[last] = nil
	kept[r] = all[:last]
	return c
}

func put[C any](p *Pool, kept map[Rate][]*C, r Rate, c *C) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(kept[r]) < p.keep {
		kept[r] = append(kept[r], c)
	}
}
