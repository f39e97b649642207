//go:build libopus

package codecs

// #cgo pkg-config: opus
// #include <opus.h>
// static int set_int(OpusEncoder *e, int request, int value) { return opus_encoder_ctl(e, request, value); }
// static int reset_encoder(OpusEncoder *e) { return opus_encoder_ctl(e, OPUS_RESET_STATE); }
// static int reset_decoder(OpusDecoder *d) { return opus_decoder_ctl(d, OPUS_RESET_STATE); }
import "C"

import (
	"runtime"
	"unsafe"
)

// OpusEngine names the Opus of this build.
const OpusEngine = "libopus"

type opusDecoder struct {
	d    *C.OpusDecoder
	rate Rate
}

// NewOpusDecoder returns a decoder that gives mono samples at r.
func NewOpusDecoder(r Rate) (Decoder, error) {
	if !r.valid() {
		return nil, ErrRate
	}
	var code C.int
	d := C.opus_decoder_create(C.opus_int32(r), 1, &code)
	if code != C.OPUS_OK {
		return nil, ErrRate
	}
	o := &opusDecoder{d: d, rate: r}
	runtime.AddCleanup(o, func(d *C.OpusDecoder) { C.opus_decoder_destroy(d) }, d)
	return o, nil
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
	return o.decode(dst[:n], payload, false)
}

// decode calls the engine; no payload means concealment of len(dst) samples.
func (o *opusDecoder) decode(dst []int16, payload []byte, fec bool) (int, error) {
	var data *C.uchar
	if len(payload) > 0 {
		data = (*C.uchar)(unsafe.Pointer(&payload[0]))
	}
	flag := C.int(0)
	if fec {
		flag = 1
	}
	got := C.opus_decode(o.d, data, C.opus_int32(len(payload)), (*C.opus_int16)(unsafe.Pointer(&dst[0])), C.int(len(dst)), flag)
	runtime.KeepAlive(o)
	if got <= 0 {
		return 0, ErrPayload
	}
	return int(got), nil
}

func (o *opusDecoder) Recover(dst []int16, next []byte, n int) (int, error) {
	if opusDuration(next, o.rate) == 0 || len(next) > maxOpusPayload {
		return 0, ErrPayload
	}
	n = min(n, len(dst))
	if n == 0 {
		return 0, nil
	}
	if got, err := o.decode(dst[:n], next, true); err == nil {
		return got, nil
	}
	return o.Conceal(dst, n), nil
}

func (o *opusDecoder) Conceal(dst []int16, n int) int {
	if n = min(n, len(dst)); n == 0 {
		return 0
	}
	if _, err := o.decode(dst[:n], nil, false); err != nil {
		clear(dst[:n])
	}
	return n
}

func (o *opusDecoder) Duration(payload []byte) int { return opusDuration(payload, o.rate) }

func (o *opusDecoder) Reset() {
	C.reset_decoder(o.d)
	runtime.KeepAlive(o)
}

type opusEncoder struct {
	e      *C.OpusEncoder
	config OpusConfig // what it was made with; immutable
	loss   int
}

// NewOpusEncoder returns an encoder of mono samples.
func NewOpusEncoder(c OpusConfig) (Encoder, error) {
	c = c.withDefaults()
	if err := c.valid(); err != nil {
		return nil, err
	}
	var code C.int
	e := C.opus_encoder_create(C.opus_int32(c.Rate), 1, C.OPUS_APPLICATION_VOIP, &code)
	if code != C.OPUS_OK {
		return nil, ErrRate
	}
	o := &opusEncoder{e: e, config: c}
	runtime.AddCleanup(o, func(e *C.OpusEncoder) { C.opus_encoder_destroy(e) }, e)
	C.set_int(e, C.OPUS_SET_BITRATE_REQUEST, C.int(c.Bitrate))
	C.set_int(e, C.OPUS_SET_COMPLEXITY_REQUEST, C.int(c.Complexity))
	C.set_int(e, C.OPUS_SET_SIGNAL_REQUEST, C.OPUS_SIGNAL_VOICE)
	C.set_int(e, C.OPUS_SET_INBAND_FEC_REQUEST, flag(!c.NoFEC))
	C.set_int(e, C.OPUS_SET_DTX_REQUEST, flag(c.DTX))
	return o, nil
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

func (o *opusEncoder) Rate() Rate { return o.config.Rate }

func (o *opusEncoder) Encode(dst []byte, pcm []int16) (int, error) {
	if !frameFits(o.config.Rate, len(pcm)) {
		return 0, ErrFrame
	}
	if len(dst) == 0 {
		return 0, ErrRoom
	}
	n := C.opus_encode(o.e, (*C.opus_int16)(unsafe.Pointer(&pcm[0])), C.int(len(pcm)), (*C.uchar)(unsafe.Pointer(&dst[0])), C.opus_int32(len(dst)))
	runtime.KeepAlive(o)
	if n < 0 {
		return 0, ErrFrame
	}
	return int(n), nil
}

func (o *opusEncoder) SetLoss(percent int) {
	if percent = min(max(percent, 0), 100); percent != o.loss {
		o.loss = percent
		C.set_int(o.e, C.OPUS_SET_PACKET_LOSS_PERC_REQUEST, C.int(percent))
	}
}

func (o *opusEncoder) Reset() {
	C.reset_encoder(o.e)
	runtime.KeepAlive(o)
	o.SetLoss(0)
}
