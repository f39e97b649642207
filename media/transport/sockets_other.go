//go:build !linux

package transport

// canReuse is false: elsewhere SO_REUSEPORT does not spread packets by flow.
const canReuse = false

func setReusePort(uintptr) error { return nil }

// letFragment has nothing to do: elsewhere routers may cut datagrams.
func letFragment(int) error { return nil }
