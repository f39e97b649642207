package oracle

import (
	"context"
	"encoding/binary"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/test/sound"
)

// recorded is how long the recordings are: no whole number of packets at any
// rate, and within what may wait for the disk, since here nobody waits for it.
const recorded = 2337 * time.Millisecond

// recording writes a recording and returns its path.
func recording(t *testing.T, format record.Format, rate codecs.Rate, sides ...[]int16) string {
	t.Helper()
	folder := t.TempDir()
	r, err := record.New(record.Config{Folder: folder, Format: format})
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan record.Result, 1)
	rec, err := r.Open(record.Options{
		Name: "call", Rate: rate, Channels: len(sides),
		Events: record.Events{Closed: func(result record.Result) { closed <- result }},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(sides[0]); i += rate.Frame() {
		end := min(i+rate.Frame(), len(sides[0]))
		if len(sides) == 1 {
			rec.WriteMono(sides[0][i:end])
			continue
		}
		var pcm []int16
		for j := i; j < end; j++ {
			pcm = append(pcm, sides[0][j], sides[1][j])
		}
		rec.WriteStereo(pcm)
	}
	rec.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.Close(ctx); err != nil {
		t.Fatal(err)
	}
	result := <-closed
	if result.Err != nil || result.Dropped != 0 {
		t.Fatalf("recorded %v, dropped %v: %v", result.Length, result.Dropped, result.Err)
	}
	return filepath.Join(folder, result.Name)
}

// opusdec returns the sides of an Ogg Opus file at a rate.
func opusdec(t *testing.T, path string, rate codecs.Rate, channels int) [][]int16 {
	t.Helper()
	out := run(t, nil, "opusdec", "--quiet", "--no-dither", "--rate", strconv.Itoa(int(rate)), path, "-")
	sides := make([][]int16, channels)
	for i := 0; i+2*channels <= len(out); i += 2 * channels {
		for c := range sides {
			sides[c] = append(sides[c], int16(binary.LittleEndian.Uint16(out[i+2*c:])))
		}
	}
	return sides
}

func TestOpusToolsHearWhatIsRecorded(t *testing.T) {
	for _, c := range []struct {
		name     string
		format   record.Format
		rate     codecs.Rate
		channels int
	}{
		{"Ogg of two telephones", record.Ogg, codecs.Rate8k, 2},
		{"Ogg of a wideband call", record.Ogg, codecs.Rate16k, 2},
		{"Ogg of a room", record.Ogg, codecs.Rate48k, 1},
		{"Ogg of a message", record.Ogg, codecs.Rate8k, 1},
		{"WAV of a wideband call", record.WAV, codecs.Rate16k, 2},
		{"WAV of a message", record.WAV, codecs.Rate8k, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			melodies := []sound.Melody{sound.Low(), sound.High()}[:c.channels]
			var sides [][]int16
			for _, m := range melodies {
				sides = append(sides, m.PCM(int(c.rate), recorded))
			}
			path := recording(t, c.format, c.rate, sides...)
			if c.format == record.WAV {
				path = toOpus(t, path)
			}
			withoutFault(t, path, c.channels)
			heard := opusdec(t, path, c.rate, c.channels)
			for i, m := range melodies {
				length := c.rate.Duration(len(heard[i]))
				if (length - recorded).Abs() > time.Millisecond {
					t.Errorf("side %d lasts %v, want %v", i, length, recorded)
				}
				h := m.Find(heard[i], int(c.rate))
				if h.First != 0 || h.Breaks != 0 || h.Last < recorded-2*sound.Note || math.Abs(h.Level+6) > 1 {
					t.Errorf("side %d: %v", i, h)
				}
				late, early := sound.Delay(sides[i], heard[i], int(c.rate)), sound.Delay(heard[i], sides[i], int(c.rate))
				if off := c.rate.Duration(max(late, early)); off > time.Millisecond {
					t.Errorf("side %d is %d samples late and %d early", i, late, early)
				}
			}
		})
	}
}

// toOpus has opusenc read a WAV file.
func toOpus(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "call.opus")
	run(t, nil, "opusenc", "--quiet", "--comp", "0", path, to)
	return to
}

// withoutFault has opusinfo read a file.
func withoutFault(t *testing.T, path string, channels int) {
	t.Helper()
	said := string(run(t, nil, "opusinfo", path))
	for line := range strings.Lines(said) {
		if low := strings.ToLower(line); strings.Contains(low, "warning") || strings.Contains(low, "error") {
			t.Errorf("opusinfo: %s", line)
		}
	}
	seconds := strconv.FormatFloat(recorded.Seconds(), 'f', 3, 64) + "s"
	fields := strings.Fields(said)
	if !slices.Contains(fields, "0m:0"+seconds) {
		t.Errorf("opusinfo does not find %s:\n%s", seconds, said)
	}
	if want := "Channels: " + strconv.Itoa(channels); !strings.Contains(strings.Join(fields, " "), want) {
		t.Errorf("opusinfo does not find %q:\n%s", want, said)
	}
}

// TestNeitherSideOfARecordingIsHeardInTheOther: they are two mono streams, not a
// stereo pair.
func TestNeitherSideOfARecordingIsHeardInTheOther(t *testing.T) {
	const rate = codecs.Rate16k
	tone := sound.High().PCM(int(rate), recorded)
	for loud := range 2 {
		sides := [2][]int16{make([]int16, len(tone)), make([]int16, len(tone))}
		sides[loud] = tone
		heard := opusdec(t, recording(t, record.Ogg, rate, sides[:]...), rate, 2)
		if h := sound.High().Find(heard[loud], int(rate)); h.Notes < 20 {
			t.Errorf("side %d: %v", loud, h)
		}
		for i, v := range heard[1-loud] {
			if v < -2 || v > 2 {
				t.Errorf("with sound in side %d the other has %d at %v", loud, v, rate.Duration(i))
				break
			}
		}
	}
}
