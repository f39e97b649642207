package interop

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// A call of two telephones is recorded: each on its own channel, and the digits
// of neither.
func TestCallIsRecorded(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	h := open(t, fmt.Sprintf("recordings { folder = %q }\nfrom \"user:1002\" {\n  calls = { \"77\" = [dial(\"user:1003\", \"20s\", { record = true })] }\n}\n", folder))
	a := h.desk(t, "1002", peers.BaresipConfig{})
	b := h.desk(t, "1003", peers.BaresipConfig{Melody: sound.High()})
	a.Dial(h.at("77"))
	a.Event("CALL_ESTABLISHED", 20*time.Second)
	peers.Listen(t, "the caller", a, sound.High(), 0, talk)
	a.Press("12#")
	digits(t, "the called", "12#", b.Digits)
	a.Hangup()
	b.Event("CALL_CLOSED", 20*time.Second)
	deadline := time.Now().Add(10 * time.Second)
	for {
		files, _ := filepath.Glob(filepath.Join(folder, "*.wav"))
		if len(files) == 1 {
			if w, err := os.ReadFile(files[0]); err == nil && len(w) > 44 && int(binary.LittleEndian.Uint32(w[40:])) == len(w)-44 && len(w) > 44+32000 {
				if n := binary.LittleEndian.Uint16(w[22:]); n != 2 {
					t.Errorf("%d channels, want 2", n)
				}
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no whole recording of a second or more: %v", files)
		}
		peers.Pause(50 * time.Millisecond)
	}
}
