package machine

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestSystemdIsToldHowWeAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	env := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "20000"}
	s := SupervisorOf(func(k string) string { return env[k] })
	if s.every != 10*time.Millisecond {
		t.Errorf("heard of every %v", s.every)
	}
	read := func() string {
		b := make([]byte, 100)
		if err := l.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		n, err := l.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	s.Tell(SystemdReady)
	if got := read(); got != "READY=1" {
		t.Errorf("told %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	asked := 0
	go func() {
		defer close(done)
		s.Watchdog(ctx, func() { asked++ })
	}()
	if got := read(); got != "WATCHDOG=1" {
		t.Errorf("told %q", got)
	}
	cancel()
	<-done
	if asked == 0 {
		t.Error("nobody has looked whether we are alive")
	}
	none := SupervisorOf(func(string) string { return "" })
	none.Tell(SystemdReady)
	none.Watchdog(t.Context(), func() {})
}
