//go:build !linux

package flow

import "net"

// boundUnacknowledged leaves the bound to the system.
func boundUnacknowledged(net.Conn) {}
