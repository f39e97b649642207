//go:build !linux

package flow

import "net"

// letFragment has nothing to do: elsewhere routers may cut datagrams.
func letFragment(*net.UDPConn) {}
