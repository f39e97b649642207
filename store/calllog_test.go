package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

func TestCallLogIsOneLineAnEventForPeople(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.log")
	l, err := OpenCallLog(path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 10, 15, 3, 123e6, time.Local)
	ann := tandem.Address{Name: "Ann", User: "1001"}
	l.Observe(bridge.Event{At: at, Kind: bridge.Incoming, Call: "k3v9x2mqa7", Party: ann, Ref: "a84b4c76", Text: "to 1002"})
	l.Observe(bridge.Event{At: at, Kind: bridge.Declined, Call: "k3v9x2mqa7", Party: tandem.Address{User: "evil\r\n\x1b\u009b\u202e2026 forged"}, Ref: "x", Cause: tandem.FromStatus(486, ""), Text: "busy"})
	l.Observe(bridge.Event{At: at, Kind: bridge.Ended, Call: "k3v9x2mqa7", Party: ann, Ref: "a84b4c76", Text: "ended normally", Talked: 12 * time.Second})
	for range 2 {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l.Observe(bridge.Event{}) // after Close: nothing, and no panic
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "2026-11-21 10:15:03.123  k3v9x2mqa7  incoming     Ann <1001>            to 1002  [Call-ID a84b4c76]\n" +
		"2026-11-21 10:15:03.123  k3v9x2mqa7  declined     evil2026 forged       busy  (486)  [Call-ID x]\n" +
		"2026-11-21 10:15:03.123  k3v9x2mqa7  ended        Ann <1001>            ended normally  after 12s  [Call-ID a84b4c76]\n"
	if got := string(b); got != want {
		t.Errorf("call log:\n%s\nwant:\n%s", got, want)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the call log can be read by others: %v", info.Mode())
	}
	if strings.Count(string(b), "\n") != 3 {
		t.Error("an event took more than its line")
	}
}
