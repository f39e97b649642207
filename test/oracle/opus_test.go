package oracle

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/test/sound"
)

// opusenc has opus-tools encode a second of sound at 48000, of one channel or two.
func opusenc(t *testing.T, sides [][]int16, arguments ...string) [][]byte {
	t.Helper()
	var input []byte
	for i := range sides[0] {
		for _, side := range sides {
			input = append(input, byte(side[i]), byte(uint16(side[i])>>8))
		}
	}
	all := []string{"--quiet", "--raw", "--raw-rate", "48000", "--raw-chan", fmt.Sprint(len(sides))}
	all = append(append(all, arguments...), "-", "-")
	return readOpus(t, run(t, input, "opusenc", all...))
}

// reference is what opusdec makes of packets, as one channel at 48000.
func reference(t *testing.T, packets [][]byte, channels int) []int16 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "packets.opus")
	file := writeOpus(packets, byte(channels), func(p []byte) int { return codecs.Rate48k.Samples(codecs.OpusDuration(p)) })
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	sides := opusdec(t, path, codecs.Rate48k, channels)
	if channels == 1 {
		return sides[0]
	}
	mono := make([]int16, len(sides[0]))
	for i := range mono {
		mono[i] = int16((int(sides[0][i]) + int(sides[1][i])) / 2)
	}
	return mono
}

// decoded is what we make of them at a rate.
func decoded(t *testing.T, packets [][]byte, rate codecs.Rate) (out []int16) {
	t.Helper()
	d, err := codecs.NewOpusDecoder(rate)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, rate.MaxFrame())
	for i, p := range packets {
		n, err := d.Decode(pcm, p)
		if want := rate.Samples(codecs.OpusDuration(p)); err != nil || n != want {
			t.Fatalf("packet %d, % x...: %d samples, %v, want %d", i, p[:min(len(p), 4)], n, err, want)
		}
		out = append(out, pcm[:n]...)
	}
	return out
}

// fullVoice is the greeting at 48000, with something in the upper bands.
func fullVoice(t *testing.T) []int16 {
	t.Helper()
	up, err := codecs.NewResampler(codecs.Rate8k, codecs.Rate48k)
	if err != nil {
		t.Fatal(err)
	}
	narrow := speech(t)[:8000]
	voice := make([]int16, up.Size(len(narrow)))
	voice = voice[:up.Resample(voice, narrow)]
	hiss := noise(len(voice), 300)
	for i := range voice {
		voice[i] = max(-32000, min(32000, voice[i])) + hiss[i]
	}
	return voice
}

// sources are packets of every kind that opusenc makes: frames of 2.5 to 60 ms, SILK,
// hybrid and CELT, narrow to full band, one channel and two, VBR and CBR, with FEC and
// with DTX.
func sources(t *testing.T) map[string][][]byte {
	t.Helper()
	voice := fullVoice(t)
	low, high := sound.Low().PCM(48000, time.Second), sound.High().PCM(48000, time.Second)
	all := map[string][][]byte{}
	for _, frame := range []string{"2.5", "5", "10", "20", "40", "60"} {
		for _, bits := range []string{"8", "14", "24", "40", "96"} {
			for _, way := range []string{"--vbr", "--hard-cbr"} {
				all[frame+" ms, "+bits+" kbit/s, "+way] = opusenc(t, [][]int16{voice}, "--framesize", frame, "--bitrate", bits, way)
			}
		}
		all[frame+" ms, music in stereo"] = opusenc(t, [][]int16{low, high}, "--framesize", frame, "--bitrate", "96", "--music")
		all[frame+" ms, a voice on the left"] = opusenc(t, [][]int16{voice, make([]int16, len(voice))}, "--framesize", frame, "--bitrate", "32")
		all[frame+" ms, for a way that loses"] = opusenc(t, [][]int16{voice}, "--framesize", frame, "--bitrate", "24", "--expect-loss", "20")
	}
	return all
}

// Whatever opusenc makes we hear as opusdec does.
func TestOpusOfOthersIsHeardAsOpusToolsHearIt(t *testing.T) {
	modes := map[byte]int{}
	for name, packets := range sources(t) {
		channels, least := 1, 35.0
		switch {
		case name == "2.5 ms, 8 kbit/s, --hard-cbr":
			continue // two octets a packet: nothing can be in them
		case name == "2.5 ms, music in stereo":
			// A side may be the other one turned over, which cancels out in their mean;
			// a decoder of one channel does not turn it.
			channels, least = 2, 10
		case strings.Contains(name, "stereo"), strings.Contains(name, "left"):
			channels = 2
		}
		for _, p := range packets {
			modes[p[0]>>3]++
		}
		want := reference(t, packets, channels)
		for _, rate := range []codecs.Rate{codecs.Rate48k, codecs.Rate16k, codecs.Rate8k} {
			got := decoded(t, packets, rate)
			if rate != codecs.Rate48k { // which opusdec can only resample to
				down, err := codecs.NewResampler(codecs.Rate48k, rate)
				if err != nil {
					t.Fatal(err)
				}
				less := make([]int16, down.Size(len(want)))
				less = less[:down.Resample(less, want)]
				db, _ := ratio(less, got, 40)
				back, _ := ratio(got, less, 40)
				if max(db, back) < 9 { // between two samples they may be half of one apart
					t.Errorf("%s at %d: %.0f dB like opusdec", name, rate, max(db, back))
				}
				continue
			}
			if len(got) != len(want) {
				t.Errorf("%s: %d samples, opusdec has %d", name, len(got), len(want))
			}
			if db, delay := ratio(want, got, 0); db < least || delay != 0 {
				t.Errorf("%s: %.0f dB like opusdec", name, db)
			}
		}
	}
	t.Logf("%d configurations: %v", len(modes), modes)
	for _, config := range []struct {
		name     string
		from, to byte
	}{{"SILK narrow", 0, 3}, {"SILK wide", 8, 11}, {"hybrid", 12, 15}, {"CELT", 16, 31}} {
		n := 0
		for c := config.from; c <= config.to; c++ {
			n += modes[c]
		}
		if n == 0 {
			t.Errorf("no packet is %s", config.name)
		}
	}
}

// So we do when mode, bandwidth, length of frames or number of channels are others from one
// packet to the next.
func TestOpusThatChangesIsHeardAsOpusToolsHearIt(t *testing.T) {
	voice := fullVoice(t)
	stereo := func(pcm []int16) [][]int16 { return [][]int16{pcm, pcm} }
	made := map[string][][]byte{
		"SILK":   opusenc(t, [][]int16{voice}, "--bitrate", "10"),
		"hybrid": opusenc(t, [][]int16{voice}, "--bitrate", "28", "--speech"),
		"CELT":   opusenc(t, [][]int16{voice}, "--bitrate", "96", "--music"),
		"short":  opusenc(t, [][]int16{voice}, "--bitrate", "64", "--framesize", "5"),
		"long":   opusenc(t, [][]int16{voice}, "--bitrate", "12", "--framesize", "60"),
		"stereo": opusenc(t, stereo(voice), "--bitrate", "64"),
	}
	for from, a := range made {
		for to, b := range made {
			if from == to {
				continue
			}
			t.Run(from+" and "+to, func(t *testing.T) {
				var packets [][]byte
				piece := 120 * time.Millisecond
				for at := time.Duration(0); at < 960*time.Millisecond; at += piece {
					packets = append(packets, between(a, at, at+piece)...)
					a, b = b, a
				}
				want, got := reference(t, packets, 1), decoded(t, packets, codecs.Rate48k)
				if len(want) != len(got) {
					t.Fatalf("%d samples, opusdec has %d", len(got), len(want))
				}
				if db, _ := ratio(want, got, 0); db < 25 {
					t.Errorf("%.0f dB like opusdec", db)
				}
			})
		}
	}
}

// So we do with a TOC and no sound behind it, as senders that pause make it, by each code.
func TestPacketsOfNothingAreHeardAsOpusToolsHearThem(t *testing.T) {
	voice := fullVoice(t)
	made := map[string][][]byte{
		"SILK":   opusenc(t, [][]int16{voice}, "--bitrate", "10"),
		"hybrid": opusenc(t, [][]int16{voice}, "--bitrate", "28", "--speech"),
		"CELT":   opusenc(t, [][]int16{voice}, "--bitrate", "96", "--music"),
		"short":  opusenc(t, [][]int16{voice}, "--bitrate", "64", "--framesize", "5"),
		"long":   opusenc(t, [][]int16{voice}, "--bitrate", "12", "--framesize", "60"),
	}
	for name, empty := range map[string][]byte{
		"a TOC alone": {0}, "two frames of nothing": {1}, "two by code 3": {3, 2}, "by code 3, padded": {3, 0x41, 3, 0, 0, 0}, "by code 2": {2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, packets := range made {
				var with [][]byte
				for i, p := range packets {
					if with = append(with, p); i%12 == 7 {
						nothing := bytes.Clone(empty)
						nothing[0] |= p[0] &^ 3
						with = append(with, nothing)
					}
				}
				want, got := reference(t, with, 1), decoded(t, with, codecs.Rate48k)
				if len(want) != len(got) {
					t.Fatalf("%s: %d samples, opusdec has %d", kind, len(got), len(want))
				}
				// From 1.4 on libopus, and gopus after it, is careful with the loudness of
				// what comes after a frame of CELT that is not there; opusdec's is older.
				if db, _ := ratio(want, got, 0); db < 15 && kind != "short" || db < 8 {
					t.Errorf("%s: %.0f dB like opusdec", kind, db)
				}
			}
		})
	}
}

// between are the packets of a stretch of time.
func between(packets [][]byte, from, to time.Duration) (some [][]byte) {
	at := time.Duration(0)
	for _, p := range packets {
		if at >= from && at < to {
			some = append(some, p)
		}
		at += codecs.OpusDuration(p)
	}
	return some
}
