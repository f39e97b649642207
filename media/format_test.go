package media

import (
	"testing"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
)

func TestFormatsAreKnownByNameClockAndLayout(t *testing.T) {
	for _, c := range []struct {
		codec sdp.Codec
		want  string
		rate  codecs.Rate
	}{
		{sdp.Opus(), "opus/48000", codecs.Rate48k},
		{sdp.PCMU(), "pcmu/8000", codecs.Rate8k},
		{sdp.PCMA(), "pcma/8000", codecs.Rate8k},
		{sdp.G722(), "g722/8000", codecs.Rate16k},
		{sdp.Codec{Name: "l16", Clock: 8000}, "l16/8000", codecs.Rate8k},
		{sdp.Codec{Name: "l16", Clock: 16000, Channels: 1}, "l16/16000", codecs.Rate16k},
		{sdp.Codec{Name: "l16", Clock: 48000}, "l16/48000", codecs.Rate48k},
		{sdp.Codec{Name: "l16", Clock: 44100, Channels: 2}, "", 0},
		{sdp.Codec{Name: "pcmu", Clock: 16000}, "", 0},
		{sdp.Codec{Name: "g729", Clock: 8000, Params: "annexb=no"}, "g729/8000", 0},
		{sdp.Codec{Name: "amr", Clock: 8000, Params: "mode-set=7; octet-align=1"}, "amr/8000 octet-align=1", 0},
		{sdp.Codec{Name: "amr", Clock: 8000, Params: "octet-align=0"}, "amr/8000", 0},
		{sdp.Codec{Name: "amr-wb", Clock: 16000}, "amr-wb/16000", 0},
		{sdp.Codec{Name: "ilbc", Clock: 8000, Params: "mode=20"}, "ilbc/8000", 0},
		{sdp.Codec{Name: "ilbc", Clock: 8000, Params: "mode=30"}, "ilbc/8000", 0},
		{sdp.Codec{Name: "made-up", Clock: 8000}, "", 0},
	} {
		f := formatOf(c.codec)
		if f.String() != c.want || f.rate() != c.rate {
			t.Errorf("%s %s: %q at %d, want %q at %d", c.codec, c.codec.Params, f, f.rate(), c.want, c.rate)
		}
		if c.want != "" && int(f.clock()) != c.codec.Clock {
			t.Errorf("%s: clock %d", c.codec, f.clock())
		}
		if f.opaque() != (c.want != "" && c.rate == 0) {
			t.Errorf("%s: opaque %v", c.codec, f.opaque())
		}
	}
}

func TestAPathHasTheRateThatBothSidesCanCarry(t *testing.T) {
	for _, c := range []struct {
		in, out format
		want    codecs.Rate
	}{
		{formatOpus, formatPCMU, codecs.Rate8k},
		{formatPCMA, formatOpus, codecs.Rate8k},
		{formatOpus, formatG722, codecs.Rate16k},
		{formatG722, formatPCMU, codecs.Rate8k},
		{formatOpus, formatL16Wide, codecs.Rate16k},
		{formatOpus, formatOpus, codecs.Rate48k},
		{formatL16Full, formatOpus, codecs.Rate48k},
	} {
		if got := pathRate(c.in, c.out); got != c.want {
			t.Errorf("%s -> %s: %d, want %d", c.in, c.out, got, c.want)
		}
	}
}

func TestHowLongAPayloadLasts(t *testing.T) {
	for _, c := range []struct {
		f    format
		size int
		want uint32
	}{
		{formatPCMU, 160, 160},
		{formatG722, 160, 160},
		{formatOpus, 60, 960},
		{formatL16, 320, 160},
		{formatL16Wide, 640, 320},
		{formatOf(sdp.Codec{Name: "g729", Clock: 8000}), 20, 160},
		{formatOf(sdp.Codec{Name: "g729", Clock: 8000}), 2, 160}, // a SID frame says nothing
		{formatOf(sdp.Codec{Name: "gsm", Clock: 8000}), 66, 320},
		{formatOf(sdp.Codec{Name: "amr-wb", Clock: 16000}), 33, 320},
	} {
		if got := c.f.span(c.size); got != c.want {
			t.Errorf("%s: %d octets last %d, want %d", c.f, c.size, got, c.want)
		}
	}
}

func TestOfACodecThatIsPassedOnOnlyTheLayoutIsTold(t *testing.T) {
	for _, c := range []struct {
		codec sdp.Codec
		ok    bool
		want  string
	}{
		{sdp.Codec{Name: "g729", Clock: 8000, Params: "annexb=no; x-vendor=7"}, true, "annexb=no"},
		{sdp.Codec{Name: "amr", Clock: 8000, Params: "octet-align=1;mode-set=0,2,4,7;x=y"}, true, "octet-align=1;mode-set=0,2,4,7"},
		{sdp.Codec{Name: "amr", Clock: 8000, Params: "octet-align=1;crc=1"}, false, ""},
		{sdp.Codec{Name: "amr-wb", Clock: 16000, Params: "robust-sorting=0"}, true, ""},
		{sdp.Codec{Name: "ilbc", Clock: 8000, Params: "mode=20"}, true, "mode=20"},
		{sdp.Codec{Name: "g729", Clock: 8000, Params: "annexb=no a=candidate"}, true, ""},
		{sdp.PCMU(), false, ""},
		{sdp.Codec{Name: "secret", Clock: 8000}, false, ""},
	} {
		got, ok := Opaque(c.codec)
		if ok != c.ok || ok && got.Params != c.want {
			t.Errorf("%s %q: %v %q, want %v %q", c.codec, c.codec.Params, ok, got.Params, c.ok, c.want)
		}
	}
}
