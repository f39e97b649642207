package gateway

import (
	"slices"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/config"
)

// Bounds of the connections to one listener, where the system sets no lower one.
const (
	mostConnections = 32768
	mostOfAddress   = 4096 // a whole office may share it
)

// connections are how many connections one listener may have open, and from one
// address: all listeners together three quarters of the files that the process may
// have open, for a call needs sockets too; one address half of a listener's.
func connections(l config.Listen) (most, each int) {
	most = mostConnections
	if files, _, err := machine.OpenFiles(); err == nil {
		most = int(min(files, 1<<30)) / 4 * 3 / max(listenersOfConnections(l), 1)
	}
	most = max(min(most, mostConnections), 16)
	return most, min(most/2, mostOfAddress)
}

// connectionKinds are the transports of listeners that take connections.
var connectionKinds = [...]string{"tcp", "tls", "http", "https"}

// refuses returns what counts the connections that a listener of a transport has not
// taken.
func (g *Gateway) refuses(transport string) func() {
	i := max(slices.Index(connectionKinds[:], transport), 0)
	return func() { g.turnedAway[i].Add(1) }
}

func (g *Gateway) connectionsRefused() map[string]uint64 {
	all := map[string]uint64{}
	for i, kind := range connectionKinds {
		all[kind] = g.turnedAway[i].Load()
	}
	return all
}

func listenersOfConnections(l config.Listen) int {
	n := len(l.Web)
	for _, s := range l.SIP {
		if s.Transport != "udp" {
			n++
		}
	}
	return n
}
