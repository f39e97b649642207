//go:build !libopus

package codecs

// OpusEngine names what Opus runs on in this build.
const OpusEngine = "gopus"

func newDecoderEngine(r Rate) (opusDecoderEngine, error) { return newGopusDecoder(r) }

func newEncoderEngine(r Rate) (opusEncoderEngine, error) { return newGopusEncoder(r) }
