package machine

import (
	"context"
	"net"
	"strconv"
	"strings"
	"time"
)

// What systemd is told (sd_notify(3)).
const (
	SystemdReady     = "READY=1"
	SystemdReloading = "RELOADING=1"
	SystemdStopping  = "STOPPING=1"
	systemdAlive     = "WATCHDOG=1"
)

// Supervisor is the systemd that has started us; the zero one is none.
type Supervisor struct {
	socket string
	every  time.Duration // that it wants to hear from us, at half its patience; 0: not at all
}

// SupervisorOf reads who has started us.
func SupervisorOf(getenv func(string) string) Supervisor {
	s := Supervisor{socket: getenv("NOTIFY_SOCKET")}
	if strings.HasPrefix(s.socket, "@") { // of the abstract namespace
		s.socket = "\x00" + s.socket[1:]
	}
	if us, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 {
		s.every = time.Duration(us) * time.Microsecond / 2
	}
	return s
}

// Tell says a state. Nobody can do anything about a systemd that does not listen.
func (s Supervisor) Tell(state string) {
	if s.socket == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: s.socket, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state))
}

// Watchdog says that we are alive, as long as alive returns, until ctx ends.
func (s Supervisor) Watchdog(ctx context.Context, alive func()) {
	if s.socket == "" || s.every <= 0 {
		return
	}
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			alive()
			s.Tell(systemdAlive)
		}
	}
}
