package oracle

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// patience is how long a program may take; each needs far less than a second.
const patience = time.Minute

// run runs a program with an input and returns its output.
func run(t *testing.T, input []byte, name string, arguments ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, arguments...)
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v (make test installs what is needed)\n%s%s", name, arguments, err, out.String(), complaint.String())
	}
	return out.Bytes()
}

// spandsp is the path of testdata/spandsp.c, compiled.
type spandsp string

func compile(t *testing.T) spandsp {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spandsp")
	run(t, nil, "gcc", "-O1", "-Wall", "-o", path, filepath.Join("testdata", "spandsp.c"), "-lspandsp")
	return spandsp(path)
}

// codes gives spandsp samples or codes and returns the codes that come of them.
func (s spandsp) codes(t *testing.T, input []byte, arguments ...string) []byte {
	t.Helper()
	return run(t, input, string(s), arguments...)
}

// samples gives spandsp samples or codes and returns the samples that come of them.
func (s spandsp) samples(t *testing.T, input []byte, arguments ...string) []int16 {
	t.Helper()
	out := s.codes(t, input, arguments...)
	pcm := make([]int16, len(out)/2)
	for i := range pcm {
		pcm[i] = int16(binary.NativeEndian.Uint16(out[2*i:]))
	}
	return pcm
}

// raw returns samples as spandsp.c reads them.
func raw(pcm []int16) []byte {
	out := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		out = binary.NativeEndian.AppendUint16(out, uint16(v))
	}
	return out
}

// speech returns a woman's voice at 8000 samples a second: the greeting, which is
// kept in μ-law.
func speech(t *testing.T) []int16 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "media", "sound", "files", "welcome.wav"))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte("data"))
	if at < 0 || len(b) < at+8 {
		t.Fatal("the greeting is no WAV file")
	}
	pcm := make([]int16, len(b)-at-8)
	return pcm[:codecs.DecodeULaw(pcm, b[at+8:])]
}

// noise returns the same samples each time, evenly from -peak to peak.
func noise(n int, peak int) []int16 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(r.IntN(2*peak+1) - peak)
	}
	return out
}

// ratio is signal to noise in dB of what was heard, at the best of the delays up
// to most.
func ratio(clean, heard []int16, most int) (db float64, delay int) {
	db = math.Inf(-1)
	for lag := range most + 1 {
		var signal, wrong float64
		for i := range min(len(clean), len(heard)-lag) {
			a, b := float64(clean[i]), float64(heard[i+lag])
			signal, wrong = signal+a*a, wrong+(a-b)*(a-b)
		}
		if r := 10 * math.Log10(signal/(wrong+1e-9)); r > db {
			db, delay = r, lag
		}
	}
	return db, delay
}
