// Command tandem is a gateway between browsers and telephones: SIP over
// WebSocket, WebRTC and Opus on one side, plain SIP, RTP and G.711 on the other,
// joined as a back-to-back user agent that follows a dialplan.
//
// Each verb has a file of its own here. What the verbs run and ask is in the packages below:
// gateway puts all others together, demo runs one with nothing set up, doctor examines,
// people, rules and machine are what these share.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the dialplan knows time zones also where the system has none

	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for the calls to end
	code := run(ctx, os.Args[1:], environment{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, priority: machine.Own()})
	stop()
	os.Exit(code)
}
