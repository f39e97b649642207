package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/gateway"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

func TestLogForPeople(t *testing.T) {
	for _, c := range []struct {
		name string
		log  func(*slog.Logger)
		want string
	}{
		{
			"a phase of a call",
			func(l *slog.Logger) {
				l.With("call", "k3v9").Info("ended", "party", "Ann <1001>", "text", "", "talked", 3*time.Second+111*time.Millisecond)
			},
			"ended      call=k3v9 party=\"Ann <1001>\" talked=3.1s\n",
		},
		{
			"a warning",
			func(l *slog.Logger) { l.Warn("no ACK for our 200", "error", errors.New("gone"), "n", 3) },
			"WARN  no ACK for our 200  error=gone n=3\n",
		},
		{
			"groups and addresses",
			func(l *slog.Logger) {
				l.WithGroup("a").Info("x", slog.Group("b", "c", netip.MustParseAddr("192.0.2.1")), "d", true)
			},
			"x          a.b.c=192.0.2.1 a.d=true\n",
		},
		{
			"a message",
			func(l *slog.Logger) { l.Debug("received", "path", "ws", gateway.MessageKey, "A\r\nB: \x1b[31m\n\nC") },
			"received   path=ws\n    A.\n    B: .[31m\n    \n    C\n",
		},
		{
			"what a far end wrote",
			func(l *slog.Logger) { l.Info("x", "user", "evil\n10:15:03 forged\x1b[2J") },
			"x          user=\"evil\\n10:15:03 forged\\x1b[2J\"\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			c.log(slog.New(&peopleHandler{level: slog.LevelDebug, out: &lockedWriter{w: &b}}))
			at, rest, _ := strings.Cut(b.String(), "  ")
			if _, err := time.Parse("15:04:05.000", at); err != nil {
				t.Errorf("line begins with %q", at)
			}
			if rest != c.want {
				t.Errorf("line is %q, want %q", rest, c.want)
			}
		})
	}
}

func TestLogForPrograms(t *testing.T) {
	var b tandemtest.Output
	log := newLog(environment{err: &b, getenv: tandemtest.Home("")}, false)
	log.Debug("not this")
	log.Info("ended", "talked", 3111*time.Millisecond, "from", netip.MustParseAddrPort("[::1]:5060"))
	var line map[string]any
	if err := json.Unmarshal([]byte(b.String()), &line); err != nil {
		t.Fatal(err)
	}
	if line["talked"] != "3.1s" || line["from"] != "[::1]:5060" {
		t.Errorf("line is %s", &b)
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1234567: "1.23ms", 250 * time.Millisecond: "250ms", 3149 * time.Millisecond: "3.1s", 125 * time.Second: "2m5s", -3149 * time.Millisecond: "-3.1s",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("shortDuration(%d) = %q, want %q", d, got, want)
		}
	}
}
