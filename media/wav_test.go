package media

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenWAVOfEachWidth(t *testing.T) {
	want := []int16{0, 0x1200, -0x1200, 0x7f00, -0x8000}
	for bits, data := range map[int][]byte{
		8:  {128, 128 + 0x12, 128 - 0x12, 255, 0},
		16: {0, 0, 0, 0x12, 0, 0xee, 0, 0x7f, 0, 0x80},
		24: {9, 0, 0, 9, 0, 0x12, 9, 0, 0xee, 9, 0, 0x7f, 9, 0, 0x80, 1}, // and an octet too many
	} {
		c, err := OpenWAV(bytes.NewReader(makeWAV(wavPCM, 1, 8000, bits, data)))
		if err != nil {
			t.Errorf("%d bits: %v", bits, err)
			continue
		}
		if diff := cmp.Diff(want, c.narrow); diff != "" {
			t.Errorf("%d bits (-want +got):\n%s", bits, diff)
		}
	}
	c, err := OpenWAV(bytes.NewReader(makeWAV(wavPCM, 2, 8000, 8, []byte{255, 127, 0, 128}))) // two channels are mixed
	if err != nil || cmp.Diff([]int16{(0x7f00 - 0x100) / 2, -0x4000}, c.narrow) != "" {
		t.Errorf("stereo: %v, %v", c, err)
	}
}
