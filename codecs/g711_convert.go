package codecs

// ITU-T G.711 tables 3 and 4: which value of one law becomes which of the other.
// It is not always the nearest, so that the tables cannot be reckoned. The values
// of A-law are counted from 1 there, those of μ-law from 0; a sign stays as it is.

// uLawToALawValue is table 3.
var uLawToALawValue = [128]uint8{
	1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8,
	9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
	25, 27, 29, 31, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
	46, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79,
	80, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96,
	97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112,
	113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128,
}

// aLawToULawValue is table 4.
var aLawToULawValue = [128]uint8{
	1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23,
	24, 25, 26, 27, 28, 29, 30, 31, 32, 32, 33, 33, 34, 34, 35, 35,
	36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 48, 49, 49,
	50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 64,
	65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80,
	80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,
	96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
	112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
}

// The bits of a code that are sent inverted (§2).
const (
	g711Sign   = 0x80
	uLawInvert = 0x7f // of the value; the sign is 1 when positive in both laws
	aLawInvert = 0x55
)

var (
	uLawToALaw = codeTable(func(value uint8) uint8 { return uLawToALawValue[value] - 1 }, uLawInvert, aLawInvert)
	aLawToULaw = codeTable(func(value uint8) uint8 { return aLawToULawValue[value] }, aLawInvert, uLawInvert)
)

func codeTable(convert func(uint8) uint8, from, to uint8) *[256]uint8 {
	var table [256]uint8
	for i := range table {
		code := uint8(i)
		table[i] = code&g711Sign | convert(code&^g711Sign^from) ^ to
	}
	return &table
}

// ULawToALaw turns PCMU into PCMA in place, by table 3 of G.711.
func ULawToALaw(b []byte) { convertG711(b, uLawToALaw) }

// ALawToULaw turns PCMA into PCMU in place, by table 4 of G.711.
func ALawToULaw(b []byte) { convertG711(b, aLawToULaw) }

func convertG711(b []byte, codes *[256]uint8) {
	for i, c := range b {
		b[i] = codes[c]
	}
}
