package codecs

import "math"

// Squares of the samples of each code, for PowerULaw and PowerALaw.
var (
	uLawSquares = squareTable(uLawSamples)
	aLawSquares = squareTable(aLawSamples)
)

func squareTable(samples *[256]int16) *[256]uint32 {
	var table [256]uint32
	for i, s := range samples {
		table[i] = uint32(int32(s) * int32(s))
	}
	return &table
}

// Power returns the mean square of pcm, 0 to 1<<30; 0 for no samples.
func Power(pcm []int16) uint32 {
	if len(pcm) == 0 {
		return 0
	}
	var sum uint64
	for _, s := range pcm {
		sum += uint64(int64(s) * int64(s))
	}
	return uint32(sum / uint64(len(pcm)))
}

// PowerULaw returns the mean square of the samples of μ-law bytes, without
// decoding them.
func PowerULaw(b []byte) uint32 { return powerG711(b, uLawSquares) }

// PowerALaw returns the mean square of the samples of A-law bytes, without
// decoding them.
func PowerALaw(b []byte) uint32 { return powerG711(b, aLawSquares) }

func powerG711(b []byte, squares *[256]uint32) uint32 {
	if len(b) == 0 {
		return 0
	}
	var sum uint64
	for _, c := range b {
		sum += uint64(squares[c])
	}
	return uint32(sum / uint64(len(b)))
}

// Silent is what Decibels says of no sound at all: below everything that 16 bits
// can hold (RFC 6464 §3 ends there too).
const Silent = -127

// Decibels returns a mean square of Power in dBFS: 0 is the power of a square
// wave of full scale, a sine of full scale has -3, and Silent is nothing.
func Decibels(power uint32) int {
	if power == 0 {
		return Silent
	}
	return int(math.Round(10 * math.Log10(float64(power)/(1<<30))))
}
