// Package machine is what the machine says of itself and the gateway needs to know: its
// addresses, who has a port already, how much disk is left and how many files may be open,
// how the process is scheduled, whether something keeps the clock right, what systemd wants to hear, and the folders in
// which a gateway keeps what it keeps and is found by the other verbs.
//
// But for Priority it changes nothing: it asks the system each time and remembers nothing. Supervisor.Watchdog and
// Priority.Yield run until their contexts end; there is no other goroutine.
package machine
