package codecs

import "fmt"

// NewResampledDecoder returns d at another rate: what it gives is resampled. It
// delays by 1 to 2 ms more. The error says that
// r is no Rate. Where d runs at r already it is d.
func NewResampledDecoder(d Decoder, r Rate) (Decoder, error) {
	if d.Rate() == r {
		return d, nil
	}
	s, err := NewResampler(d.Rate(), r)
	if err != nil {
		return nil, fmt.Errorf("decode at another rate: %w", err)
	}
	return &resampledDecoder{d: d, rate: r, resampler: s, pcm: make([]int16, d.Rate().MaxFrame())}, nil
}

// NewResampledEncoder returns e at another rate, as NewResampledDecoder does:
// frames are whole at both rates.
func NewResampledEncoder(e Encoder, r Rate) (Encoder, error) {
	if e.Rate() == r {
		return e, nil
	}
	s, err := NewResampler(r, e.Rate())
	if err != nil {
		return nil, fmt.Errorf("encode at another rate: %w", err)
	}
	return &resampledEncoder{Encoder: e, rate: r, resampler: s, pcm: make([]int16, e.Rate().MaxFrame())}, nil
}

type resampledDecoder struct {
	d         Decoder
	rate      Rate
	resampler *Resampler
	pcm       []int16
}

func (d *resampledDecoder) Rate() Rate { return d.rate }

// ours turns samples of the decoder into ours, theirs the other way round.
func (d *resampledDecoder) ours(n int) int { return int(int64(n) * int64(d.rate) / int64(d.d.Rate())) }

func (d *resampledDecoder) theirs(n int) int {
	return int(int64(n) * int64(d.d.Rate()) / int64(d.rate))
}

func (d *resampledDecoder) Decode(dst []int16, payload []byte) (int, error) {
	if n := d.Duration(payload); n > len(dst) {
		return 0, ErrBuffer
	}
	n, err := d.d.Decode(d.pcm, payload)
	if err != nil {
		return 0, err
	}
	return d.resampler.Resample(dst, d.pcm[:n]), nil
}

func (d *resampledDecoder) Recover(dst []int16, next []byte, n int) (int, error) {
	n = max(0, min(n, len(dst), d.rate.MaxFrame()))
	n, err := d.d.Recover(d.pcm, next, d.theirs(n))
	if err != nil {
		return 0, err
	}
	return d.resampler.Resample(dst, d.pcm[:n]), nil
}

func (d *resampledDecoder) Conceal(dst []int16, n int) int {
	n = max(0, min(n, len(dst), d.rate.MaxFrame()))
	n = d.d.Conceal(d.pcm, d.theirs(n))
	return d.resampler.Resample(dst, d.pcm[:n])
}

func (d *resampledDecoder) Duration(payload []byte) int { return d.ours(d.d.Duration(payload)) }

func (d *resampledDecoder) Reset() {
	d.d.Reset()
	d.resampler.Reset()
}

type resampledEncoder struct {
	Encoder
	rate      Rate
	resampler *Resampler
	pcm       []int16
}

func (e *resampledEncoder) Rate() Rate { return e.rate }

func (e *resampledEncoder) Encode(dst []byte, pcm []int16) (int, error) {
	if len(pcm) > e.rate.MaxFrame() {
		return 0, ErrFrame
	}
	return e.Encoder.Encode(dst, e.pcm[:e.resampler.Resample(e.pcm, pcm)])
}

func (e *resampledEncoder) Reset() {
	e.Encoder.Reset()
	e.resampler.Reset()
}
