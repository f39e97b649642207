package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// A gateway that was killed has left a recording whose header knows of nothing: the next
// start lets it say what is there, and makes its checksum.
func TestAStartMendsRecordingsThatWereLeftUnfinished(t *testing.T) {
	folder := t.TempDir()
	const name, octets = "20260102-030405-c1.wav", 16000
	le := binary.LittleEndian
	wav := append([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"), 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0)
	wav = append(append(wav, "data\x00\x00\x00\x00"...), make([]byte, octets)...)
	for path, text := range map[string][]byte{name: wav, filepath.Join(".unfinished", name): nil} {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := launchServe(t, newPorts(t), fmt.Sprintf("recordings { folder = %q }\n", folder))
	tandemtest.Await(t, "the recording is whole", func() bool { return strings.Contains(r.err.String()+r.out.String(), "is whole") })
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	if le.Uint32(b[4:]) != 36+octets || le.Uint32(b[40:]) != octets || len(b) != len(wav) {
		t.Errorf("the header says %d of %d octets", le.Uint32(b[40:]), octets)
	}
	if _, err := os.Stat(filepath.Join(folder, name+".sha256")); err != nil {
		t.Error(err)
	}
}
