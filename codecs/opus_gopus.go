package codecs

import (
	"errors"
	"math"

	"github.com/thesyncim/gopus"
)

// Opus by gopus, in pure Go.

// errEngine stands for a panic within gopus: it is young, and what it decodes
// comes from outside. Its state is given up then, the process is not.
var errEngine = errors.New("opus engine gave up")

// maxOpusPacket is the longest packet that is decoded, in octets: a datagram of Ethernet
// holds no more. A decoder keeps room for one.
const maxOpusPacket = 1500

type gopusDecoder struct {
	d    *gopus.Decoder
	rate Rate
	wave []float32 // for recover, which gopus does in floating point only; nil before the first
}

func newGopusDecoder(r Rate) (opusDecoderEngine, error) {
	d, err := gopus.NewDecoder(gopus.DecoderConfig{
		SampleRate: int(r), Channels: 1, MaxPacketSamples: r.MaxFrame(), MaxPacketBytes: maxOpusPacket,
	})
	if err != nil {
		return nil, err
	}
	return &gopusDecoder{d: d, rate: r}, nil
}

func (g *gopusDecoder) decode(dst []int16, payload []byte) (err error) {
	defer g.survive(&err)
	_, err = g.d.DecodeInt16(payload, dst)
	return err
}

// recover conceals where gopus refuses next: it does when its first frame is
// empty, which is well formed.
func (g *gopusDecoder) recover(dst []int16, next []byte) (err error) {
	defer g.survive(&err)
	if g.wave == nil {
		g.wave = make([]float32, g.rate.MaxFrame())
	}
	wave := g.wave[:len(dst)]
	n, err := g.d.DecodeWithFEC(next, wave, true)
	if err != nil {
		return g.conceal(dst)
	}
	clear(wave[n:])
	for i, f := range wave {
		dst[i] = int16(max(-32768, min(32767, math.RoundToEven(float64(f)*32768))))
	}
	return nil
}

// conceal goes in steps of 60 ms: gopus takes 120 ms for "as long as the last
// packet".
func (g *gopusDecoder) conceal(dst []int16) (err error) {
	defer g.survive(&err)
	for len(dst) > 0 && err == nil {
		n := min(len(dst), g.rate.MaxFrame()/2)
		_, err = g.d.DecodeInt16(nil, dst[:n])
		dst = dst[n:]
	}
	return err
}

func (g *gopusDecoder) reset() { g.d.Reset() }

func (g *gopusDecoder) survive(err *error) {
	if recover() != nil {
		g.d.Reset()
		*err = errEngine
	}
}

type gopusEncoder struct {
	e       *gopus.Encoder
	silence []int16 // for reset
	dropped [MaxPayload]byte

	mode     opusMode
	before   []int16 // the last frame, while mode is modelLPC; empty else
	changing bool    // the next frame is the first of CELT after those of SILK
}

func newGopusEncoder(r Rate) (opusEncoderEngine, error) {
	e, err := gopus.NewEncoder(gopus.EncoderConfig{
		SampleRate: int(r), Channels: 1, Application: gopus.ApplicationVoIP,
	})
	if err != nil {
		return nil, err
	}
	return &gopusEncoder{e: e, silence: make([]int16, r.Frame())}, nil
}

func (g *gopusEncoder) configure(c OpusConfig) error {
	fec := gopus.InBandFECEnabled
	if c.NoFEC {
		fec = gopus.InBandFECDisabled
	}
	g.e.SetDTX(c.DTX)
	g.e.SetVBR(!c.CBR)
	return errors.Join(
		g.e.SetMaxBandwidth(gopusBandwidth(c.bandwidth())),
		g.e.SetBitrate(c.Bitrate),
		g.e.SetComplexity(c.Complexity),
		g.e.SetInBandFEC(fec),
	)
}

func (g *gopusEncoder) encode(dst []byte, pcm []int16) (int, error) {
	if g.e.FrameSize() != len(pcm) {
		if err := g.e.SetFrameSize(len(pcm)); err != nil {
			return 0, err
		}
	}
	if g.mode == modelLPC {
		g.before = append(g.before[:0], pcm...)
	}
	if g.changing {
		return g.change(dst, pcm)
	}
	return g.e.EncodeInt16(pcm, dst)
}

// change encodes the first frame of CELT after those of SILK. By itself gopus makes of that
// a frame of both, which is quieter than the rest, at 48000 by 2 dB and up to 5, and then
// predicts from what the decoder does not have: a hole of 100 ms, or a click. So CELT begins
// anew with the frame before, which it is only to know, and the first that is sent stands
// alone: TestChangesOfModeAreNotHeard.
func (g *gopusEncoder) change(dst []byte, pcm []int16) (int, error) {
	g.changing = false
	g.e.Reset()
	if len(g.before) == len(pcm) {
		_, _ = g.e.EncodeInt16(g.before, g.dropped[:])
	}
	g.predict(false)
	n, err := g.e.EncodeInt16(pcm, dst)
	g.predict(true)
	g.before = g.before[:0]
	return n, err
}

// expect cannot fail: opusEncoder keeps both within what gopus takes.
func (g *gopusEncoder) expect(percent, bitrate int) {
	_ = g.e.SetPacketLoss(percent)
	_ = g.e.SetBitrate(bitrate)
}

func (g *gopusEncoder) complexity(level int) { _ = g.e.SetComplexity(level) }

func (g *gopusEncoder) predict(on bool) { g.e.SetPredictionDisabled(!on) }

// favor cannot fail.
func (g *gopusEncoder) favor(m opusMode) {
	s := gopus.SignalAuto
	if m == modelMDCT {
		s = gopus.SignalMusic
	}
	_ = g.e.SetSignal(s)
	g.changing = m == modelMDCT && len(g.before) > 0
	g.mode = m
}

func gopusBandwidth(b bandwidth) gopus.Bandwidth {
	switch b {
	case narrowband:
		return gopus.BandwidthNarrowband
	case mediumband:
		return gopus.BandwidthMediumband
	case wideband:
		return gopus.BandwidthWideband
	case superwideband:
		return gopus.BandwidthSuperwideband
	default:
		return gopus.BandwidthFullband
	}
}

// reset encodes a frame of silence, too: gopus leaves the memory of its high-pass
// filter, so that the end of the stream before would be heard in the next one.
func (g *gopusEncoder) reset() {
	g.changing = false
	g.e.Reset()
	_, _ = g.encode(g.dropped[:], g.silence)
	g.e.Reset()
	g.before = g.before[:0]
}
