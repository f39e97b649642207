//go:build libopus

package codecs

/*
#cgo pkg-config: opus
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
static void encoder_predict(OpusEncoder *e, int on) {
	opus_encoder_ctl(e, OPUS_SET_PREDICTION_DISABLED(!on));
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

// The two calls that are made for each packet, as onThreadStack takes them.
typedef struct { OpusDecoder *state; const unsigned char *data; opus_int16 *pcm; opus_int32 len; int samples, fec, got; } decoding;
typedef struct { OpusEncoder *state; unsigned char *data; const opus_int16 *pcm; opus_int32 len; int samples, got; } encoding;
static void decode(void *a) { decoding *d = a; d->got = opus_decode(d->state, d->data, d->len, d->pcm, d->samples, d->fec); }
static void encode(void *a) { encoding *e = a; e->got = opus_encode(e->state, e->pcm, e->samples, e->data, e->len); }
static void *decode_function(void) { return decode; }
static void *encode_function(void) { return encode; }
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

// What is called for each packet.
var decodeFunction, encodeFunction = C.decode_function(), C.encode_function()

// onThreadStack calls a function of C, which must neither wait nor call back, on
// the stack of the thread, with a pointer to its arguments.
//
// A call by cgo gives the processor back first, as before a system call that may
// wait: that wakes the runtime's watchman whenever the program had nothing to do
// before, and he may then take the processor away. With twenty calls this was a
// sixth of all that a transcoded call costs, for functions of 20 to 100 us
// (decision 73). It is what the runtime itself calls the C library by.
//
//go:linkname onThreadStack runtime.asmcgocall
//go:noescape
func onThreadStack(function, arguments unsafe.Pointer) int32

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
	d := C.decoding{
		state: l.c(), data: (*C.uchar)(unsafe.SliceData(payload)), len: C.opus_int32(len(payload)),
		pcm: (*C.opus_int16)(unsafe.SliceData(dst)), samples: C.int(len(dst)), fec: fec,
	}
	if onThreadStack(decodeFunction, unsafe.Pointer(&d)); d.got < 0 {
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
	e := C.encoding{
		state: l.c(), data: (*C.uchar)(unsafe.SliceData(dst)), len: C.opus_int32(len(dst)),
		pcm: (*C.opus_int16)(unsafe.SliceData(pcm)), samples: C.int(len(pcm)),
	}
	if onThreadStack(encodeFunction, unsafe.Pointer(&e)); e.got < 0 {
		return 0, errEngine
	}
	return int(e.got), nil
}

// expect cannot fail: opusEncoder keeps both within what libopus takes.
func (l *libopusEncoder) expect(percent, bitrate int) {
	C.encoder_expect(l.c(), C.int(percent), C.int(bitrate))
}

func (l *libopusEncoder) complexity(level int) { C.encoder_complexity(l.c(), C.int(level)) }

func (l *libopusEncoder) predict(on bool) {
	var predicts C.int
	if on {
		predicts = 1
	}
	C.encoder_predict(l.c(), predicts)
}

func (l *libopusEncoder) favor(m opusMode) {
	var music C.int
	if m == modelMDCT {
		music = 1
	}
	C.encoder_favor(l.c(), music)
}

func (l *libopusEncoder) reset() { C.encoder_reset(l.c()) }
