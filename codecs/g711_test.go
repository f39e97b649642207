package codecs

import (
	"bytes"
	"math"
	"testing"
)

// The formulas of ITU-T G.711, written down from its tables 1a to 2b and not
// from any code: the segment is found by search, the step by shifts.

func ituULaw(pcm int16) byte {
	// 14 bits, sign and magnitude; 33 shifts the segments to powers of two.
	magnitude, sign := int(pcm)>>2, byte(0x80)
	if magnitude < 0 {
		magnitude, sign = -magnitude-1, 0 // ones' complement, so that -1 is 0
	}
	biased := min(magnitude+33, 0x1fff)
	segment := 0
	for biased>>(segment+6) > 0 {
		segment++
	}
	return (sign | byte(segment<<4) | byte(biased>>(segment+1)&15)) ^ 0x7f
}

func ituALaw(pcm int16) byte {
	magnitude, sign := int(pcm)>>3, byte(0x80) // 13 bits
	if magnitude < 0 {
		magnitude, sign = -magnitude-1, 0
	}
	segment := 0
	for magnitude>>(segment+5) > 0 {
		segment++
	}
	code := magnitude >> 1
	if segment > 0 {
		code = segment<<4 | magnitude>>segment&15
	}
	return (sign | byte(code)) ^ 0x55
}

func ituULawSample(code byte) int16 {
	code = ^code
	magnitude := (int(code&15)<<1+33)<<(code>>4&7) - 33
	if code&0x80 != 0 {
		magnitude = -magnitude
	}
	return int16(magnitude << 2)
}

func ituALawSample(code byte) int16 {
	code ^= 0x55
	magnitude := int(code&15)<<1 + 1
	if segment := code >> 4 & 7; segment > 0 {
		magnitude = (magnitude + 32) << (segment - 1)
	}
	if code&0x80 == 0 {
		magnitude = -magnitude
	}
	return int16(magnitude << 3)
}

func TestG711EncodesEverySampleAsTheITU(t *testing.T) {
	all := make([]int16, 1<<16)
	for i := range all {
		all[i] = int16(i - 1<<15)
	}
	for _, law := range []struct {
		name   string
		encode func([]byte, []int16) int
		itu    func(int16) byte
	}{{"u-law", EncodeULaw, ituULaw}, {"A-law", EncodeALaw, ituALaw}} {
		got := make([]byte, len(all))
		if n := law.encode(got, all); n != len(all) {
			t.Fatalf("%s: encoded %d samples of %d", law.name, n, len(all))
		}
		bad := 0
		for i, s := range all {
			if want := law.itu(s); got[i] != want {
				if bad++; bad < 5 {
					t.Errorf("%s: %d is %#02x, want %#02x", law.name, s, got[i], want)
				}
			}
		}
		if bad > 0 {
			t.Errorf("%s: %d samples differ", law.name, bad)
		}
	}
}

func TestG711DecodesEveryCodeAsTheITU(t *testing.T) {
	codes := allCodes()
	for _, law := range []struct {
		name   string
		decode func([]int16, []byte) int
		itu    func(byte) int16
	}{{"u-law", DecodeULaw, ituULawSample}, {"A-law", DecodeALaw, ituALawSample}} {
		got := make([]int16, len(codes))
		law.decode(got, codes)
		for i, c := range codes {
			if want := law.itu(c); got[i] != want {
				t.Errorf("%s: %#02x is %d, want %d", law.name, c, got[i], want)
			}
		}
	}
}

func allCodes() []byte {
	codes := make([]byte, 256)
	for i := range codes {
		codes[i] = byte(i)
	}
	return codes
}

func TestG711RoundTripHasTheNoiseOfTheLaw(t *testing.T) {
	pcm := sines(Rate8k, 2*int(Rate8k), 8000, 330, 720, 1900)
	b := make([]byte, len(pcm))
	back := make([]int16, len(pcm))
	EncodeULaw(b, pcm)
	DecodeULaw(back, b)
	uLaw := snr(pcm, back)
	EncodeALaw(b, pcm)
	DecodeALaw(back, b)
	aLaw := snr(pcm, back)
	// G.712 asks for 33 dB over the range of speech; the laws give 37 to 39.
	for law, got := range map[string]float64{"u-law": uLaw, "A-law": aLaw} {
		if got < 36 || got > 41 {
			t.Errorf("%s: %.1f dB over its noise, want 36 to 41", law, got)
		}
	}
}

func TestG711LawsConvertInPlace(t *testing.T) {
	for _, c := range []struct {
		name     string
		convert  func([]byte)
		from, to func([]int16, []byte) int
	}{{"u to A", ULawToALaw, DecodeULaw, DecodeALaw}, {"A to u", ALawToULaw, DecodeALaw, DecodeULaw}} {
		before, after := make([]int16, 256), make([]int16, 256)
		codes := allCodes()
		c.from(before, codes)
		c.convert(codes)
		c.to(after, codes)
		for i := range before {
			// A step is a sixteenth of the magnitude; near zero it is 16 or 8.
			off := math.Abs(float64(before[i]) - float64(after[i]))
			if limit := max(16, math.Abs(float64(before[i]))/16); off > limit {
				t.Errorf("%s: code %#02x changes from %d to %d", c.name, i, before[i], after[i])
			}
		}
	}
}

// TestG711LosesNothingMoreAtASecondCrossing, for a call that goes from law to law
// and back on its way.
func TestG711LosesNothingMoreAtASecondCrossing(t *testing.T) {
	for _, c := range []struct {
		name        string
		there, back func([]byte)
		first       int // codes of 256 that the first crossing changes for good
	}{{"u to A", ULawToALaw, ALawToULaw, 16}, {"A to u", ALawToULaw, ULawToALaw, 16}} {
		codes := allCodes()
		once := allCodes()
		c.there(once)
		back := bytes.Clone(once)
		c.back(back)
		twice := bytes.Clone(back)
		c.there(twice)
		changed := 0
		for i := range codes {
			if back[i] != codes[i] {
				changed++
			}
			if twice[i] != once[i] {
				t.Errorf("%s: code %#02x is %#02x the first time and %#02x the second", c.name, i, once[i], twice[i])
			}
			if (once[i]^codes[i])&0x80 != 0 {
				t.Errorf("%s: code %#02x changes its sign", c.name, i)
			}
		}
		if changed != c.first {
			t.Errorf("%s and back changes %d codes, want %d", c.name, changed, c.first)
		}
	}
}

func TestG711TakesWhatBothLengthsAllow(t *testing.T) {
	if n := EncodeALaw(make([]byte, 3), make([]int16, 5)); n != 3 {
		t.Errorf("EncodeALaw into 3 bytes wrote %d", n)
	}
	if n := DecodeULaw(make([]int16, 5), make([]byte, 3)); n != 3 {
		t.Errorf("DecodeULaw of 3 bytes wrote %d", n)
	}
	if n := EncodeULaw(nil, nil); n != 0 {
		t.Errorf("EncodeULaw of nothing wrote %d", n)
	}
}

func TestG711CodecsRefuseWhatIsNoFrame(t *testing.T) {
	dst := make([]int16, Rate8k.MaxFrame())
	d := NewULawDecoder()
	for _, n := range []int{0, 961, 1500} {
		if got, err := d.Decode(dst, make([]byte, n)); got != 0 || err != ErrMalformed {
			t.Errorf("Decode of %d bytes = %d, %v, want ErrMalformed", n, got, err)
		}
		if got := d.Duration(make([]byte, n)); got != 0 {
			t.Errorf("Duration of %d bytes = %d, want 0", n, got)
		}
	}
	if _, err := d.Decode(dst[:100], make([]byte, 160)); err != ErrBuffer {
		t.Errorf("Decode into too little: %v, want ErrBuffer", err)
	}
	if n, err := d.Decode(dst, make([]byte, 960)); n != 960 || err != nil {
		t.Errorf("Decode of 120 ms = %d, %v", n, err)
	}
	e := NewALawEncoder()
	if _, err := e.Encode(make([]byte, 100), dst[:160]); err != ErrBuffer {
		t.Errorf("Encode into too little: %v, want ErrBuffer", err)
	}
	if _, err := e.Encode(make([]byte, 100), nil); err != ErrFrame {
		t.Errorf("Encode of nothing: %v, want ErrFrame", err)
	}
}

func TestG711CodecsAreTheirLaw(t *testing.T) {
	pcm := sines(Rate8k, 160, 8000, 440)
	for _, law := range []struct {
		name   string
		e      Encoder
		d      Decoder
		encode func([]byte, []int16) int
		decode func([]int16, []byte) int
	}{
		{"u-law", NewULawEncoder(), NewULawDecoder(), EncodeULaw, DecodeULaw},
		{"A-law", NewALawEncoder(), NewALawDecoder(), EncodeALaw, DecodeALaw},
	} {
		got, want := make([]byte, 160), make([]byte, 160)
		n, err := law.e.Encode(got, pcm)
		law.encode(want, pcm)
		if err != nil || string(got[:n]) != string(want) {
			t.Errorf("%s: Encode differs from its table (%v)", law.name, err)
		}
		back, wantBack := make([]int16, 160), make([]int16, 160)
		n, err = law.d.Decode(back, got)
		law.decode(wantBack, got)
		if err != nil || n != 160 || snr(wantBack, back) < 200 {
			t.Errorf("%s: Decode differs from its table (%v)", law.name, err)
		}
		if law.e.Rate() != Rate8k || law.d.Rate() != Rate8k {
			t.Errorf("%s: not at 8000", law.name)
		}
	}
}
