package oracle

import (
	"strconv"
	"testing"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/test/sound"
)

func everySample() []int16 {
	all := make([]int16, 1<<16)
	for i := range all {
		all[i] = int16(i - 1<<15)
	}
	return all
}

func everyCode() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

func TestG711IsDecodedAsSpandspDoes(t *testing.T) {
	lib, codes := compile(t), everyCode()
	for _, law := range []struct {
		name   string
		decode func([]int16, []byte) int
	}{{"from-ulaw", codecs.DecodeULaw}, {"from-alaw", codecs.DecodeALaw}} {
		want, got := lib.samples(t, codes, law.name), make([]int16, len(codes))
		law.decode(got, codes)
		for i := range codes {
			if got[i] != want[i] {
				t.Errorf("%s: %#02x is %d, spandsp's is %d", law.name, i, got[i], want[i])
			}
		}
	}
}

func TestG711IsEncodedAsSpandspDoes(t *testing.T) {
	lib, pcm := compile(t), everySample()
	for _, law := range []struct {
		name   string
		encode func([]byte, []int16) int
	}{{"to-ulaw", codecs.EncodeULaw}, {"to-alaw", codecs.EncodeALaw}} {
		want, got := lib.codes(t, raw(pcm), law.name), make([]byte, len(pcm))
		law.encode(got, pcm)
		for i, v := range pcm {
			// On the border between two codes either is right.
			if got[i] != want[i] && got[i] != want[max(i-1, 0)] && got[i] != want[min(i+1, len(want)-1)] {
				t.Errorf("%s: %d becomes %#02x, with spandsp %#02x", law.name, v, got[i], want[i])
			}
		}
	}
}

func TestG711LawsAreTurnedIntoEachOtherAsSpandspDoes(t *testing.T) {
	lib := compile(t)
	for _, way := range []struct {
		name string
		turn func([]byte)
	}{{"ulaw-to-alaw", codecs.ULawToALaw}, {"alaw-to-ulaw", codecs.ALawToULaw}} {
		want, got := lib.codes(t, everyCode(), way.name), everyCode()
		way.turn(got)
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: %#02x is %#02x, spandsp's is %#02x", way.name, i, got[i], want[i])
			}
		}
	}
}

// TestG711IsConcealedNoWorseThanBySpandsp loses one packet of speech in ten.
func TestG711IsConcealedNoWorseThanBySpandsp(t *testing.T) {
	const every = 10
	lib, clean := compile(t), speech(t)
	frame := codecs.Rate8k.Frame()
	clean = clean[:len(clean)/frame*frame]
	coded, heard := make([]byte, len(clean)), make([]int16, len(clean))
	codecs.EncodeULaw(coded, clean)
	d := codecs.NewULawDecoder()
	for i := 0; i < len(clean); i += frame {
		if i/frame%every == every-1 {
			d.Conceal(heard[i:i+frame], frame)
		} else if _, err := d.Decode(heard[i:], coded[i:i+frame]); err != nil {
			t.Fatal(err)
		}
	}
	theirs := lib.samples(t, raw(clean), "conceal", strconv.Itoa(every))
	us, them := sound.Intelligibility(clean, heard, 8000), sound.Intelligibility(clean, theirs, 8000)
	t.Logf("STOI %.3f, with spandsp %.3f", us, them)
	if us < them-0.01 {
		t.Errorf("STOI %.3f, with spandsp %.3f", us, them)
	}
}
