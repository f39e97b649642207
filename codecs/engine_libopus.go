//go:build libopus

package codecs

// OpusEngine names what Opus runs on in this build.
const OpusEngine = "libopus"

func newDecoderEngine(r Rate) (opusDecoderEngine, error) { return newLibopusDecoder(r) }

func newEncoderEngine(r Rate) (opusEncoderEngine, error) { return newLibopusEncoder(r) }
