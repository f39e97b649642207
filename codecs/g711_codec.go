package codecs

// NewULawDecoder returns a Decoder for PCMU at 8000 samples a second.
func NewULawDecoder() Decoder { return newG711Decoder(uLawSamples) }

// NewALawDecoder returns a Decoder for PCMA at 8000 samples a second.
func NewALawDecoder() Decoder { return newG711Decoder(aLawSamples) }

// NewULawEncoder returns an Encoder for PCMU at 8000 samples a second.
func NewULawEncoder() Encoder { return &g711Encoder{codes: uLawCodes, shift: uLawShift} }

// NewALawEncoder returns an Encoder for PCMA at 8000 samples a second.
func NewALawEncoder() Encoder { return &g711Encoder{codes: aLawCodes, shift: aLawShift} }

type g711Decoder struct {
	samples *[256]int16
	plc     *concealer
}

func newG711Decoder(samples *[256]int16) *g711Decoder {
	return &g711Decoder{samples: samples, plc: newConcealer(Rate8k)}
}

func (d *g711Decoder) Rate() Rate { return Rate8k }

func (d *g711Decoder) Decode(dst []int16, payload []byte) (int, error) {
	n := d.Duration(payload)
	if n == 0 {
		return 0, ErrMalformed
	}
	if len(dst) < n {
		return 0, ErrBuffer
	}
	dst = dst[:n]
	decodeG711(dst, payload, d.samples)
	d.plc.good(dst)
	return n, nil
}

func (d *g711Decoder) Recover(dst []int16, next []byte, n int) (int, error) {
	if d.Duration(next) == 0 {
		return 0, ErrMalformed
	}
	return d.Conceal(dst, n), nil
}

func (d *g711Decoder) Conceal(dst []int16, n int) int {
	n = max(0, min(n, len(dst), Rate8k.MaxFrame()))
	d.plc.conceal(dst[:n])
	return n
}

// Duration is a sample a byte.
func (d *g711Decoder) Duration(payload []byte) int {
	if len(payload) > Rate8k.MaxFrame() {
		return 0
	}
	return len(payload)
}

func (d *g711Decoder) Reset() { d.plc.reset() }

type g711Encoder struct {
	fixed
	codes []uint8
	shift uint
}

func (e *g711Encoder) Rate() Rate { return Rate8k }

func (e *g711Encoder) Encode(dst []byte, pcm []int16) (int, error) {
	if len(pcm) == 0 || len(pcm) > Rate8k.MaxFrame() {
		return 0, ErrFrame
	}
	if len(dst) < len(pcm) {
		return 0, ErrBuffer
	}
	return encodeG711(dst, pcm, e.codes, e.shift), nil
}

func (e *g711Encoder) Reset() {}
