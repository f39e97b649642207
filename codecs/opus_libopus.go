//go:build libopus

package codecs

/*
#cgo pkg-config: opus
#cgo noescape opus_decode
#cgo nocallback opus_decode
#cgo noescape opus_encode
#cgo nocallback opus_encode
#include <opus.h>

// The controls of libopus are variadic, which Go cannot call.
static int decoder_reset(OpusDecoder *d) { return opus_decoder_ctl(d, OPUS_RESET_STATE); }
static int encoder_reset(OpusEncoder *e) { return opus_encoder_ctl(e, OPUS_RESET_STATE); }
static void encoder_expect(OpusEncoder *e, int percent, int bitrate) {
	opus_encoder_ctl(e, OPUS_SET_PACKET_LOSS_PERC(percent));
	opus_encoder_ctl(e, OPUS_SET_BITRATE(bitrate));
}
static void encoder_complexity(OpusEncoder *e, int level) {
	opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(level));
}
static void encoder_favor(OpusEncoder *e, int music) {
	opus_encoder_ctl(e, OPUS_SET_SIGNAL(music ? OPUS_SIGNAL_MUSIC : OPUS_AUTO));
}
static int encoder_limit(OpusEncoder *e, int bandwidth, int vbr) {
	int err;
	if ((err = opus_encoder_ctl(e, OPUS_SET_MAX_BANDWIDTH(OPUS_BANDWIDTH_NARROWBAND + bandwidth))) != OPUS_OK) return err;
	return opus_encoder_ctl(e, OPUS_SET_VBR(vbr));
}
static int encoder_configure(OpusEncoder *e, int bitrate, int complexity, int fec, int dtx) {
	int err;
	if ((err = opus_encoder_ctl(e, OPUS_SET_BITRATE(bitrate))) != OPUS_OK) return err;
	if ((err = opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(complexity))) != OPUS_OK) return err;
	if ((err = opus_encoder_ctl(e, OPUS_SET_INBAND_FEC(fec))) != OPUS_OK) return err;
	return opus_encoder_ctl(e, OPUS_SET_DTX(dtx));
}
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Opus by libopus, through cgo.
//
// The states live in Go's memory, initialized by opus_*_init: nothing is to be
// freed, and an encoder that is forgotten is collected. They hold no pointer to
// Go's memory. A libopus state that two threads use at once fails an assertion
// and aborts the process; owner keeps that from happening.

// state is memory for libopus, aligned for any type of C.
type state []uint64

func newState(size C.int) state { return make(state, (int(size)+7)/8) }

func (s state) pointer() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

func check(code C.int) error {
	if code >= 0 {
		return nil
	}
	return fmt.Errorf("libopus: %s", C.GoString(C.opus_strerror(code)))
}

type libopusDecoder struct{ state state }

func newLibopusDecoder(r Rate) (opusDecoderEngine, error) {
	l := &libopusDecoder{state: newState(C.opus_decoder_get_size(1))}
	return l, check(C.opus_decoder_init(l.c(), C.opus_int32(r), 1))
}

func (l *libopusDecoder) c() *C.OpusDecoder { return (*C.OpusDecoder)(l.state.pointer()) }

func (l *libopusDecoder) decode(dst []int16, payload []byte) error { return l.run(dst, payload, 0) }

func (l *libopusDecoder) recover(dst []int16, next []byte) error { return l.run(dst, next, 1) }

func (l *libopusDecoder) conceal(dst []int16) error { return l.run(dst, nil, 0) }

func (l *libopusDecoder) run(dst []int16, payload []byte, fec C.int) error {
	n := C.opus_decode(l.c(), (*C.uchar)(unsafe.SliceData(payload)), C.opus_int32(len(payload)),
		(*C.opus_int16)(unsafe.SliceData(dst)), C.int(len(dst)), fec)
	if n < 0 {
		return errEngine
	}
	return nil
}

func (l *libopusDecoder) reset() { C.decoder_reset(l.c()) }

type libopusEncoder struct{ state state }

func newLibopusEncoder(r Rate) (opusEncoderEngine, error) {
	l := &libopusEncoder{state: newState(C.opus_encoder_get_size(1))}
	return l, check(C.opus_encoder_init(l.c(), C.opus_int32(r), 1, C.OPUS_APPLICATION_VOIP))
}

func (l *libopusEncoder) c() *C.OpusEncoder { return (*C.OpusEncoder)(l.state.pointer()) }

func (l *libopusEncoder) configure(c OpusConfig) error {
	var fec, dtx, vbr C.int
	if !c.NoFEC {
		fec = 1
	}
	if c.DTX {
		dtx = 1
	}
	if !c.CBR {
		vbr = 1
	}
	if err := check(C.encoder_limit(l.c(), C.int(c.bandwidth()), vbr)); err != nil {
		return err
	}
	return check(C.encoder_configure(l.c(), C.int(c.Bitrate), C.int(c.Complexity), fec, dtx))
}

func (l *libopusEncoder) encode(dst []byte, pcm []int16) (int, error) {
	n := C.opus_encode(l.c(), (*C.opus_int16)(unsafe.SliceData(pcm)), C.int(len(pcm)),
		(*C.uchar)(unsafe.SliceData(dst)), C.opus_int32(len(dst)))
	if n < 0 {
		return 0, errEngine
	}
	return int(n), nil
}

// expect cannot fail: opusEncoder keeps both within what libopus takes.
func (l *libopusEncoder) expect(percent, bitrate int) {
	C.encoder_expect(l.c(), C.int(percent), C.int(bitrate))
}

func (l *libopusEncoder) complexity(level int) { C.encoder_complexity(l.c(), C.int(level)) }

func (l *libopusEncoder) favor(m opusMode) {
	var music C.int
	if m == modelMDCT {
		music = 1
	}
	C.encoder_favor(l.c(), music)
}

func (l *libopusEncoder) reset() { C.encoder_reset(l.c()) }
