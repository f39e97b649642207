// Package gateway puts all other packages together: it is what `tandem serve` and
// `tandem demo` run, without a command line.
//
// Open makes a Gateway of a configuration, from the inside out, and binds its sockets;
// Run serves until its context ends, a listener fails or it is drained, and then ends the
// calls; Close takes apart in reverse what Open has made. gateway.go has these three. The
// other files have a part each: what opens it (an open method), what a reload does to it (a
// prepare method, named in the table of parts.go), and how it is seen by the API (the views).
//
//	Open   traces, people, certificates, records, media, calls, listeners, control socket
//	reload file -> check -> every part prepares -> every part commits, or all are abandoned
//
// Goroutines are tasks (tasks.go): those of Run, and those that reloads add. The first that
// errs ends the gateway, and Run leaves none behind. The configuration that runs is Gateway.file
// and never changed: a reload puts another one in its place. Who examines a running gateway is
// in doctor, who translates blocks of the file in rules, what it knows of its machine in machine.
package gateway
