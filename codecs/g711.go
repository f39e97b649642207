package codecs

import "github.com/zaf/g711"

// ITU-T G.711 through tables, which are made once from zaf/g711's functions for
// one sample. Its functions for slices allocate and are not used.
//
// μ-law looks at the upper 14 bits of a sample and A-law at the upper 13 (G.711
// tables 1 and 2), so 16 KiB and 8 KiB hold every case.
const (
	uLawShift = 2
	aLawShift = 3
)

var (
	uLawCodes   = encodeTable(uLawShift, g711.EncodeUlawFrame)
	aLawCodes   = encodeTable(aLawShift, g711.EncodeAlawFrame)
	uLawSamples = decodeTable(g711.DecodeUlawFrame)
	aLawSamples = decodeTable(g711.DecodeAlawFrame)
)

func encodeTable(shift int, encode func(int16) uint8) []uint8 {
	table := make([]uint8, 1<<16>>shift)
	for i := range table {
		table[i] = encode(int16(uint16(i << shift)))
	}
	return table
}

func decodeTable(decode func(uint8) int16) *[256]int16 {
	var table [256]int16
	for i := range table {
		table[i] = decode(uint8(i))
	}
	return &table
}

// EncodeULaw writes pcm as μ-law (PCMU), one byte a sample, and returns how many
// it wrote: the shorter of both lengths.
func EncodeULaw(dst []byte, pcm []int16) int { return encodeG711(dst, pcm, uLawCodes, uLawShift) }

// EncodeALaw writes pcm as A-law (PCMA), one byte a sample, and returns how many
// it wrote: the shorter of both lengths.
func EncodeALaw(dst []byte, pcm []int16) int { return encodeG711(dst, pcm, aLawCodes, aLawShift) }

// DecodeULaw writes the samples of the μ-law (PCMU) bytes b and returns how many
// it wrote: the shorter of both lengths.
func DecodeULaw(dst []int16, b []byte) int { return decodeG711(dst, b, uLawSamples) }

// DecodeALaw writes the samples of the A-law (PCMA) bytes b and returns how many
// it wrote: the shorter of both lengths.
func DecodeALaw(dst []int16, b []byte) int { return decodeG711(dst, b, aLawSamples) }

func encodeG711(dst []byte, pcm []int16, codes []uint8, shift uint) int {
	n := min(len(dst), len(pcm))
	dst, pcm = dst[:n], pcm[:n]
	for i, s := range pcm {
		dst[i] = codes[uint16(s)>>shift]
	}
	return n
}

func decodeG711(dst []int16, b []byte, samples *[256]int16) int {
	n := min(len(dst), len(b))
	dst, b = dst[:n], b[:n]
	for i, c := range b {
		dst[i] = samples[c]
	}
	return n
}
