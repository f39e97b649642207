package codecs

import (
	"fmt"
	"sync/atomic"
	"time"
)

// opusDecoderEngine is what an engine does for a Decoder. Payloads given to it
// are well formed, and dst is never empty.
type opusDecoderEngine interface {
	// decode fills dst, which is as long as payload lasts.
	decode(dst []int16, payload []byte) error
	// recover fills dst with what was lost before next.
	recover(dst []int16, next []byte) error
	// conceal fills dst.
	conceal(dst []int16) error
	reset()
}

// opusEncoderEngine is what an engine does for an Encoder. Its configuration has
// no zero values left. pcm is a frame that Opus knows.
type opusEncoderEngine interface {
	configure(c OpusConfig) error
	encode(dst []byte, pcm []int16) (int, error)
	// expect sets the loss in percent, 0 to 100, and the bitrate for it.
	expect(percent, bitrate int)
	// complexity sets the complexity, 0 to 10.
	complexity(level int)
	// favor says what the sound is to be taken for.
	favor(m opusMode)
	// predict says whether a frame may be told by what it has in common with the one before.
	predict(on bool)
	reset()
}

// NewOpusDecoder returns an Opus Decoder at r. Stereo packets give mono. The
// error says that r is no Rate, or that the engine refused.
func NewOpusDecoder(r Rate) (Decoder, error) {
	d, err := newOpusDecoder(r, newDecoderEngine)
	if err != nil {
		return nil, err // and not a Decoder that holds nil
	}
	return d, nil
}

// NewOpusEncoder returns an Opus Encoder. The error is that of c.Validate, or
// says that the engine refused.
func NewOpusEncoder(c OpusConfig) (Encoder, error) {
	e, err := newOpusEncoder(c, newEncoderEngine)
	if err != nil {
		return nil, err
	}
	return e, nil
}

func newOpusDecoder(r Rate, engine func(Rate) (opusDecoderEngine, error)) (*opusDecoder, error) {
	if !r.Valid() {
		return nil, fmt.Errorf("opus rate %d: not 8000, 16000 or 48000", r)
	}
	e, err := engine(r)
	if err != nil {
		return nil, fmt.Errorf("opus decoder at %d: %w", r, err)
	}
	return &opusDecoder{rate: r, engine: e}, nil
}

func newOpusEncoder(c OpusConfig, engine func(Rate) (opusEncoderEngine, error)) (*opusEncoder, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	e, err := engine(c.Rate)
	if err != nil {
		return nil, fmt.Errorf("opus encoder at %d: %w", c.Rate, err)
	}
	enc := &opusEncoder{engine: e}
	if err := enc.configure(c); err != nil {
		return nil, err
	}
	return enc, nil
}

// owner says who may use a codec now. Two at once would corrupt its state, and
// libopus answers that with abort(3), which ends the process; so it is checked,
// at the price of two atomic operations a frame.
type owner struct{ state atomic.Int32 }

const (
	ownerIdle   = iota // lent to somebody who is not using it now
	ownerActive        // within a method
	ownerPool          // given back
)

// enter begins a use of the codec, unless it is in use or given back.
func (o *owner) enter() bool { return o.state.CompareAndSwap(ownerIdle, ownerActive) }

// leave ends the use that enter began.
func (o *owner) leave() { o.state.Store(ownerIdle) }

// giveBack ends the loan, unless the codec is in use or given back already.
func (o *owner) giveBack() bool { return o.state.CompareAndSwap(ownerIdle, ownerPool) }

// lend begins a loan.
func (o *owner) lend() { o.state.Store(ownerIdle) }

// Engines go on humming for as long as nothing comes, at a tenth of the power or
// more. From fadeFrom on, what they make is turned down, and from fadeTo it is
// silence. Both are time since the last packet.
const (
	fadeFrom = 100 * time.Millisecond
	fadeTo   = 300 * time.Millisecond
)

type opusDecoder struct {
	owner
	rate   Rate
	engine opusDecoderEngine
	made   int // samples concealed since the last packet, to fadeTo at most
}

func (d *opusDecoder) Rate() Rate { return d.rate }

func (d *opusDecoder) Decode(dst []int16, payload []byte) (int, error) {
	n := d.Duration(payload)
	if n == 0 {
		return 0, ErrMalformed
	}
	if len(dst) < n {
		return 0, ErrBuffer
	}
	if !d.enter() {
		return 0, ErrBusy
	}
	defer d.leave()
	if d.engine.decode(dst[:n], payload) != nil {
		return 0, ErrMalformed
	}
	d.made = 0
	return n, nil
}

func (d *opusDecoder) Recover(dst []int16, next []byte, n int) (int, error) {
	if d.Duration(next) == 0 {
		return 0, ErrMalformed
	}
	if n = d.concealable(dst, n); n == 0 {
		return 0, ErrBuffer
	}
	if !d.enter() {
		return 0, ErrBusy
	}
	defer d.leave()
	if d.engine.recover(dst[:n], next) != nil {
		return 0, ErrMalformed
	}
	d.made = 0
	return n, nil
}

func (d *opusDecoder) Conceal(dst []int16, n int) int {
	n = d.concealable(dst, n)
	if n == 0 || !d.enter() {
		return 0
	}
	defer d.leave()
	if d.made >= d.rate.Samples(fadeTo) || d.engine.conceal(dst[:n]) != nil {
		clear(dst[:n])
		return n
	}
	d.fade(dst[:n])
	return n
}

// fade turns dst, which goes on with what was made, down.
func (d *opusDecoder) fade(dst []int16) {
	from, to := d.rate.Samples(fadeFrom), d.rate.Samples(fadeTo)
	at := d.made
	d.made = min(at+len(dst), to)
	if d.made <= from {
		return
	}
	for i, s := range dst {
		gain := float32(to-at-i) / float32(to-from)
		dst[i] = int16(float32(s) * max(0, min(1, gain)))
	}
}

// concealable cuts n to dst and to 120 ms, and rounds it down to the 2.5 ms that
// Opus conceals in.
func (d *opusDecoder) concealable(dst []int16, n int) int {
	n = max(0, min(n, len(dst), d.rate.MaxFrame()))
	return n - n%d.rate.Samples(opusUnit)
}

func (d *opusDecoder) Duration(payload []byte) int { return d.rate.Samples(OpusDuration(payload)) }

func (d *opusDecoder) Reset() {
	if d.enter() {
		defer d.leave()
		d.forget()
	}
}

// forget is Reset for whoever has the codec to himself.
func (d *opusDecoder) forget() {
	d.engine.reset()
	d.made = 0
}

type opusEncoder struct {
	owner
	config  OpusConfig // without zero values
	engine  opusEncoderEngine
	bitrate int // without FEC
	loss    int // percent
	level   int // complexity wished for
	mode    opusMode
	paused  bool // DTX has said that it pauses
	alone   bool // the next frame is the first of a stream
}

// configure sets an encoder up after c, which is valid.
func (e *opusEncoder) configure(c OpusConfig) error {
	e.config = c.withDefaults()
	if err := e.engine.configure(e.config); err != nil {
		return fmt.Errorf("opus encoder at %d: %w", c.Rate, err)
	}
	e.restore()
	return nil
}

// restore is as configured, without loss.
func (e *opusEncoder) restore() {
	e.bitrate, e.loss, e.level, e.paused = e.config.Bitrate, 0, e.config.Complexity, false
	e.alone = true
	e.mode = e.chooseMode()
	e.engine.favor(e.mode)
	e.engine.complexity(e.complexity())
	e.expect()
}

func (e *opusEncoder) Rate() Rate { return e.config.Rate }

func (e *opusEncoder) Encode(dst []byte, pcm []int16) (int, error) {
	switch e.config.Rate.Duration(len(pcm)).Milliseconds() {
	case 10, 20, 40, 60:
	default:
		return 0, ErrFrame
	}
	if len(pcm)%e.config.Rate.Samples(opusUnit) != 0 {
		return 0, ErrFrame
	}
	if len(dst) == 0 {
		return 0, ErrBuffer
	}
	if !e.enter() {
		return 0, ErrBusy
	}
	defer e.leave()
	n, err := e.encode(dst[:min(len(dst), MaxPayload)], pcm)
	if err != nil {
		return 0, ErrBuffer
	}
	if n > dtxPayload {
		e.paused = false
		return n, nil
	}
	if e.paused {
		return 0, nil
	}
	e.paused = true
	return n, nil
}

// encode encodes the first frame of a stream by itself. Who hears it may have decoded another
// stream before: a prompt begins, a call comes back from hold, the codec of the other party is
// another one. CELT predicts how loud a band is from the frame before, which that decoder does
// not have; what was off would be heard for 100 ms, by as much as 15 dB
// (TestANewEncoderIsNotHeard).
func (e *opusEncoder) encode(dst []byte, pcm []int16) (int, error) {
	if !e.alone {
		return e.engine.encode(dst, pcm)
	}
	e.alone = false
	e.engine.predict(false)
	defer e.engine.predict(true)
	return e.engine.encode(dst, pcm)
}

// dtxPayload is the size up to which a packet holds no sound: it is the TOC that
// DTX leaves (RFC 6716 §2.1.9).
const dtxPayload = 2

func (e *opusEncoder) SetLoss(percent int) {
	if e.enter() {
		defer e.leave()
		e.loss = max(0, min(percent, 100))
		e.expect()
	}
}

func (e *opusEncoder) SetBitrate(bits int) {
	if e.enter() {
		defer e.leave()
		e.bitrate = max(MinBitrate, min(bits, MaxBitrate))
		e.expect()
	}
}

func (e *opusEncoder) SetComplexity(level int) {
	if e.enter() {
		defer e.leave()
		e.level = max(0, min(level, 10))
		e.engine.complexity(e.complexity())
	}
}

// expect tells the engine of loss and bitrate. FEC has a quarter of the bitrate on
// top while there is loss: Opus leaves it out where it finds the bitrate too low for
// it, as it does at 16 kbit/s in narrowband: there it begins at about 18.8.
func (e *opusEncoder) expect() {
	if m := e.chooseMode(); m != e.mode {
		e.mode = m
		e.engine.favor(m)
		e.engine.complexity(e.complexity())
	}
	bitrate := e.bitrate
	if e.loss > 0 && !e.config.NoFEC {
		bitrate += bitrate / 4
	}
	e.engine.expect(e.loss, bitrate)
}

func (e *opusEncoder) Reset() {
	if e.enter() {
		defer e.leave()
		e.forget()
	}
}

// forget is Reset for whoever has the codec to himself.
func (e *opusEncoder) forget() {
	e.engine.reset()
	e.restore()
}
