package codecs

import "github.com/zaf/g711"

// tables hold G.711 by looking up: zaf/g711's functions for one sample, each
// asked once for every value (ITU-T G.711; its slices allocate, these do not).
type tables struct {
	ulaw, alaw   [65536]uint8 // indexed by uint16(sample)
	fromU, fromA [256]int16
	uToA, aToU   [256]uint8
}

// g711Tables is immutable after the program's start.
var g711Tables = makeTables()

func makeTables() *tables {
	t := &tables{}
	for i := range t.ulaw {
		s := int16(uint16(i))
		t.ulaw[i], t.alaw[i] = g711.EncodeUlawFrame(s), g711.EncodeAlawFrame(s)
	}
	for i := range t.fromU {
		b := uint8(i)
		t.fromU[i], t.fromA[i] = g711.DecodeUlawFrame(b), g711.DecodeAlawFrame(b)
		t.uToA[i], t.aToU[i] = g711.Ulaw2AlawFrame(b), g711.Alaw2UlawFrame(b)
	}
	return t
}

// EncodeULaw writes pcm as µ-law and returns the octets written: the shorter of
// the two lengths.
func EncodeULaw(dst []byte, pcm []int16) int { return encode(dst, pcm, &g711Tables.ulaw) }

// EncodeALaw writes pcm as A-law.
func EncodeALaw(dst []byte, pcm []int16) int { return encode(dst, pcm, &g711Tables.alaw) }

// DecodeULaw writes µ-law as samples and returns how many.
func DecodeULaw(dst []int16, b []byte) int { return decode(dst, b, &g711Tables.fromU) }

// DecodeALaw writes A-law as samples and returns how many.
func DecodeALaw(dst []int16, b []byte) int { return decode(dst, b, &g711Tables.fromA) }

// ULawToALaw turns µ-law into A-law in place.
func ULawToALaw(b []byte) { translate(b, &g711Tables.uToA) }

// ALawToULaw turns A-law into µ-law in place.
func ALawToULaw(b []byte) { translate(b, &g711Tables.aToU) }

func encode(dst []byte, pcm []int16, table *[65536]uint8) int {
	n := min(len(dst), len(pcm))
	for i, s := range pcm[:n] {
		dst[i] = table[uint16(s)]
	}
	return n
}

func decode(dst []int16, b []byte, table *[256]int16) int {
	n := min(len(dst), len(b))
	for i, v := range b[:n] {
		dst[i] = table[v]
	}
	return n
}

func translate(b []byte, table *[256]uint8) {
	for i, v := range b {
		b[i] = table[v]
	}
}

const g711Rate Rate = 8000

// g711Decoder decodes one law, with the concealment of G.711 Appendix I.
type g711Decoder struct {
	table *[256]int16
	plc   concealer
}

// NewULawDecoder returns a decoder of PCMU (RFC 3551 §4.5.14).
func NewULawDecoder() Decoder { return &g711Decoder{table: &g711Tables.fromU} }

// NewALawDecoder returns a decoder of PCMA.
func NewALawDecoder() Decoder { return &g711Decoder{table: &g711Tables.fromA} }

func (d *g711Decoder) Rate() Rate { return g711Rate }

func (d *g711Decoder) Decode(dst []int16, payload []byte) (int, error) {
	if len(payload) == 0 || len(payload) > g711Rate.MaxFrame() {
		return 0, ErrPayload
	}
	n := decode(dst, payload, d.table)
	d.plc.heard(dst[:n])
	return n, nil
}

// Recover implements Decoder: G.711 repeats nothing.
func (d *g711Decoder) Recover(dst []int16, _ []byte, n int) (int, error) {
	return d.Conceal(dst, n), nil
}

func (d *g711Decoder) Conceal(dst []int16, n int) int {
	n = min(n, len(dst))
	d.plc.conceal(dst[:n])
	return n
}

func (d *g711Decoder) Duration(payload []byte) int {
	if len(payload) > g711Rate.MaxFrame() {
		return 0
	}
	return len(payload)
}

func (d *g711Decoder) Reset() { d.plc = concealer{} }

// g711Encoder encodes one law; it has no state.
type g711Encoder struct{ table *[65536]uint8 }

// NewULawEncoder returns an encoder of PCMU.
func NewULawEncoder() Encoder { return g711Encoder{&g711Tables.ulaw} }

// NewALawEncoder returns an encoder of PCMA.
func NewALawEncoder() Encoder { return g711Encoder{&g711Tables.alaw} }

func (g711Encoder) Rate() Rate { return g711Rate }

func (e g711Encoder) Encode(dst []byte, pcm []int16) (int, error) {
	if len(dst) < len(pcm) {
		return 0, ErrRoom
	}
	return encode(dst, pcm, e.table), nil
}

func (g711Encoder) SetLoss(int) {}
func (g711Encoder) Reset()      {}
