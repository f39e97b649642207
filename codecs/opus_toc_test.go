package codecs

import (
	"bytes"
	"testing"
	"time"
)

func TestOpusDurationByTOC(t *testing.T) {
	const ms = time.Millisecond
	// RFC 6716 §3.1, table 2.
	silk := []time.Duration{10 * ms, 20 * ms, 40 * ms, 60 * ms}
	celt := []time.Duration{2500 * time.Microsecond, 5 * ms, 10 * ms, 20 * ms}
	for config := range 32 {
		want := celt[config%4]
		switch {
		case config < 12:
			want = silk[config%4]
		case config < 16:
			want = silk[config%2]
		}
		for _, stereo := range []byte{0, 4} {
			toc := byte(config)<<3 | stereo
			for code, packet := range [][]byte{
				{toc, 1, 2},
				{toc | 1, 1, 2, 3, 4},
				{toc | 2, 1, 9, 9},
				{toc | 3, 1, 9},
			} {
				frames := []time.Duration{1, 2, 2, 1}[code]
				if got := OpusDuration(packet); got != frames*want {
					t.Errorf("config %d code %d: %v, want %v", config, code, got, frames*want)
				}
			}
		}
	}
}

func TestOpusDurationHoldsTheRulesOfRFC6716(t *testing.T) {
	const silk20 = 1 << 3
	long := func(n int, head ...byte) []byte { return append(head, make([]byte, n)...) }
	tests := []struct {
		name   string
		packet []byte
		want   int // ms, 0 is malformed
	}{
		{"R1: nothing", nil, 0},
		{"only a TOC: nothing to say for a frame", []byte{silk20}, 20},
		{"R2: the largest frame", long(1275, silk20), 20},
		{"R2: a frame too large", long(1276, silk20), 0},
		{"code 1: two largest frames", long(2550, silk20|1), 40},
		{"R2: two frames too large", long(2552, silk20|1), 0},
		{"R3: two frames of an odd size", long(3, silk20|1), 0},
		{"code 1 without data", []byte{silk20 | 1}, 40},
		{"R4: no first size", []byte{silk20 | 2}, 0},
		{"R4: half a first size", []byte{silk20 | 2, 252}, 0},
		{"R4: first size of two bytes", long(253, silk20|2, 253, 0), 40},
		{"R4: first size beyond the end", []byte{silk20 | 2, 3, 1, 2}, 0},
		{"R4: second frame too large", long(1276, silk20|2, 0), 0},
		{"R5: six frames of 20 ms", long(6, silk20|3, 6), 120},
		{"R5: seven frames of 20 ms", long(7, silk20|3, 7), 0},
		{"R5: 48 frames of 2.5 ms", long(48, 16<<3|3, 48), 120},
		{"R5: 49 frames of 2.5 ms", long(49, 16<<3|3, 49), 0},
		{"R5: 60 ms twice", long(2, 3<<3|1), 120},
		{"R5: 60 ms three times", long(3, 3<<3|3, 3), 0},
		{"R6: no frame count", []byte{silk20 | 3}, 0},
		{"R6: no frames", []byte{silk20 | 3, 0}, 0},
		{"R6: frames of uneven sizes without v", long(5, silk20|3, 2), 0},
		{"R6: padding", long(4, silk20|3, 0x42, 2), 40},
		{"R6: padding of 254 and 3", long(257+2, silk20|3, 0x42, 255, 3), 40},
		{"R6: padding beyond the end", long(1, silk20|3, 0x41, 2), 0},
		{"R6: no size of the padding", []byte{silk20 | 3, 0x41}, 0},
		{"R6: the size of the padding stops", []byte{silk20 | 3, 0x41, 255}, 0},
		{"R7: sizes of their own", []byte{silk20 | 3, 0x83, 1, 2, 9, 9, 9}, 60},
		{"R7: sizes beyond the end", []byte{silk20 | 3, 0x83, 1, 3, 9, 9, 9}, 0},
		{"R7: a size is missing", []byte{silk20 | 3, 0x83, 1}, 0},
		{"R7: last frame too large", long(1277, silk20|3, 0x82, 1), 0},
	}
	for _, tt := range tests {
		if got := OpusDuration(tt.packet); got != time.Duration(tt.want)*time.Millisecond {
			t.Errorf("%s: %v, want %d ms", tt.name, got, tt.want)
		}
	}
}

func TestDecoderDurationIsInItsOwnSamples(t *testing.T) {
	for _, r := range []Rate{Rate8k, Rate16k, Rate48k} {
		d, err := NewOpusDecoder(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Duration([]byte{16 << 3, 1}); got != int(r)/400 {
			t.Errorf("2.5 ms at %d are %d samples", r, got)
		}
		if got := d.Duration(nil); got != 0 {
			t.Errorf("nothing at %d is %d samples", r, got)
		}
	}
}

func FuzzOpusDuration(f *testing.F) {
	f.Add([]byte{8})
	f.Add([]byte{11, 0x83, 1, 2, 9, 9, 9})
	f.Add(append([]byte{11, 0x42, 255, 3}, bytes.Repeat([]byte{1}, 259)...))
	f.Fuzz(func(t *testing.T, packet []byte) {
		if d := OpusDuration(packet); d < 0 || d > maxFrameDuration || d%opusUnit != 0 {
			t.Errorf("%v", d)
		}
	})
}
