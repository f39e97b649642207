package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
	"github.com/tandemgw/tandem/media/sound"
)

// doWith is do with a state folder.
func doWith(t *testing.T, state string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e tandemtest.Output
	code = run(context.Background(), args, environment{in: strings.NewReader(""), out: &o, err: &e, getenv: tandemtest.Home(state)})
	return code, o.String(), e.String()
}

// writeTone writes a WAV of one second of 440 Hz at -12 dBFS.
func writeTone(t *testing.T, path string) {
	t.Helper()
	const rate = 8000
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	for i := range rate {
		v := 32768 * math.Sqrt2 * math.Pow(10, -12.0/20) * math.Sin(2*math.Pi*440*float64(i)/rate)
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(v)))
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A call of its own plays a tone to the echo, as a telephone and as a browser, and
// hears and records it again; a number that there is none of is what was expected.
func TestCallIsMadeByAScriptAndMeasured(t *testing.T) {
	state := t.TempDir()
	launchDemo(t, state)
	dir := t.TempDir()
	tone := filepath.Join(dir, "tone.wav")
	writeTone(t, tone)
	for _, transport := range []string{"udp", "wss"} {
		file := filepath.Join(dir, transport+".wav")
		code, out, errs := doWith(t, state, "call", "600", "-t", transport, "--play", tone, "--record", file, "--expect", "200", "--json")
		if code != exitOK {
			t.Fatalf("over %s: exit code %d\n%s%s", transport, code, out, errs)
		}
		var v callView
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			t.Fatal(err)
		}
		if v.Status != 200 || v.Heard == nil || v.Heard.Packets < 30 || v.Heard.MOS < 3 || math.Abs(v.Heard.LoudestDBFS+12) > 3 {
			t.Errorf("over %s: %s", transport, out)
		}
		if encrypted := v.Keys == "DTLS"; encrypted != (transport == "wss") {
			t.Errorf("over %s the keys are by %q", transport, v.Keys)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		clip, err := sound.OpenWAV(f)
		_ = f.Close()
		if err != nil || clip.Length() < 500*time.Millisecond {
			t.Errorf("over %s: no recording: %v", transport, err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"call 999 --expect 404", exitOK, "404"},
		{"call 999 --expect 200", exitExpectation, "came to 404"},
		{"call 999", exitFailed, "not answered"},
		{"call 600 --user nobody --password x", exitFailed, "the password is wrong, or nobody may not call 600"},
		{"call 600 --user 7", exitUsage, "password of 7"},
		{"call 600 -t sctp", exitUsage, "is no transport"},
		{"call 600 --server sctp:x", exitUsage, "is written"},
		{"call 600 --duration 2h", exitUsage, "must be between"},
		{"call 600 --duration 3", exitUsage, "a time is written"},
		{"call 600 --play /nonexistent.wav", exitFailed, "cannot play"},
		{"call", exitUsage, "missing: TO"},
	} {
		code, out, errs := doWith(t, state, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("tandem %s: exit code %d, want %d and %q\n%s%s", c.args, code, c.code, c.says, out, errs)
		}
		if found := tandemtest.GoType.FindString(out + errs); found != "" {
			t.Errorf("tandem %s says %q", c.args, found)
		}
	}
}
