//go:build !libopus

package codecs

import "github.com/thesyncim/gopus"

// OpusEngine names the Opus of this build.
const OpusEngine = "gopus"

type opusDecoder struct {
	d    *gopus.Decoder
	rate Rate
	f    []float32 // for FEC, which the engine gives in floating point
}

// NewOpusDecoder returns a decoder that gives mono samples at r.
func NewOpusDecoder(r Rate) (Decoder, error) {
	if !r.valid() {
		return nil, ErrRate
	}
	d, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(int(r), 1))
	if err != nil {
		return nil, ErrRate
	}
	return &opusDecoder{d: d, rate: r, f: make([]float32, r.MaxFrame())}, nil
}

func (o *opusDecoder) Rate() Rate { return o.rate }

func (o *opusDecoder) Decode(dst []int16, payload []byte) (int, error) {
	n := opusDuration(payload, o.rate)
	if n == 0 || len(payload) > maxOpusPayload {
		return 0, ErrPayload
	}
	if len(dst) < n {
		return 0, ErrRoom
	}
	got, err := o.d.DecodeInt16(payload, dst)
	if err != nil || got <= 0 {
		return 0, ErrPayload
	}
	return got, nil
}

func (o *opusDecoder) Recover(dst []int16, next []byte, n int) (int, error) {
	if opusDuration(next, o.rate) == 0 || len(next) > maxOpusPayload {
		return 0, ErrPayload
	}
	n = min(n, len(dst), len(o.f))
	got, err := o.d.DecodeWithFEC(next, o.f[:n], true)
	if err != nil || got <= 0 {
		return o.Conceal(dst, n), nil
	}
	for i, v := range o.f[:got] {
		dst[i] = clip16(v)
	}
	return got, nil
}

func (o *opusDecoder) Conceal(dst []int16, n int) int {
	n = min(n, len(dst))
	done := 0
	for done < n { // the engine conceals as much as its last packet held
		got, err := o.d.DecodeInt16(nil, dst[done:n])
		if err != nil || got <= 0 {
			clear(dst[done:n])
			return n
		}
		done += got
	}
	return done
}

func (o *opusDecoder) Duration(payload []byte) int { return opusDuration(payload, o.rate) }

func (o *opusDecoder) Reset() { o.d.Reset() }

func clip16(v float32) int16 {
	v *= 32768
	switch {
	case v > 32767:
		return 32767
	case v < -32768:
		return -32768
	case v >= 0:
		return int16(v + 0.5)
	}
	return int16(v - 0.5)
}

type opusEncoder struct {
	e      *gopus.Encoder
	config OpusConfig // what it was made with; immutable
	size   int        // frame size set last
	loss   int
}

// NewOpusEncoder returns an encoder of mono samples.
func NewOpusEncoder(c OpusConfig) (Encoder, error) {
	c = c.withDefaults()
	if err := c.valid(); err != nil {
		return nil, err
	}
	e, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: int(c.Rate), Channels: 1, Application: gopus.ApplicationVoIP})
	if err != nil {
		return nil, err
	}
	for _, set := range []func() error{
		func() error { return e.SetBitrate(c.Bitrate) },
		func() error { return e.SetComplexity(c.Complexity) },
		func() error { return e.SetSignal(gopus.SignalVoice) },
	} {
		if err := set(); err != nil {
			return nil, err
		}
	}
	e.SetFEC(!c.NoFEC)
	e.SetDTX(c.DTX)
	return &opusEncoder{e: e, config: c}, nil
}

func (o *opusEncoder) Rate() Rate { return o.config.Rate }

func (o *opusEncoder) Encode(dst []byte, pcm []int16) (int, error) {
	if !frameFits(o.config.Rate, len(pcm)) {
		return 0, ErrFrame
	}
	if o.size != len(pcm) {
		if err := o.e.SetFrameSize(len(pcm)); err != nil {
			return 0, ErrFrame
		}
		o.size = len(pcm)
	}
	return o.e.EncodeInt16(pcm, dst)
}

func (o *opusEncoder) SetLoss(percent int) {
	if percent = min(max(percent, 0), 100); percent != o.loss {
		o.loss = percent
		_ = o.e.SetPacketLoss(percent) // it fails only outside 0 to 100
	}
}

func (o *opusEncoder) Reset() {
	o.e.Reset()
	o.SetLoss(0)
}
