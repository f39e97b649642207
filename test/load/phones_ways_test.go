package load

import (
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// atOnce is how many calls are being set up at the same time.
const atOnce = 8

// throughTandem calls through the gateway as users do: from one trunk to another.
func throughTandem(b *testing.B, ports []int) (to []netip.AddrPort, pid int, end func()) {
	b.Helper()
	to = make([]netip.AddrPort, len(ports))
	// The number that is called is that of the call, so that each finds its other end.
	a := &peers.Answering{Answer: func(_, number, offer string) (string, error) {
		i, err := strconv.Atoi(number)
		if i = 2*(i-1000) + 1; err != nil || i < 0 || i >= len(ports) {
			return "", fmt.Errorf("no call has the number %q", number)
		}
		to[i], err = whereOf(offer) // one goroutine answers, and the caller waits for it
		return peers.Described(calledIP, ports[i]), err
	}}
	g := startGatewayOn(b, measuredCore, fmt.Sprintf(`
trunk "in" {
  host    = %q
  allow   = ["%s/32"]
  options = "off"
}
trunk "out" {
  host    = "%s:%d"
  options = "off"
}
from "trunks" { calls = { "." = [dial("trunk:out")] } }
`, callerIP, callerIP, calledIP, a.Start(b, calledIP)))
	dialogs := make([]*peers.Dialog, len(ports)/2)
	many(b, len(dialogs), func(i int) error {
		d, answer, err := peers.Dial(g.sip, callerIP, strconv.Itoa(1000+i), fmt.Sprintf("phones-%d", i), peers.Described(callerIP, ports[2*i]))
		if err != nil {
			return err
		}
		dialogs[i] = d
		to[2*i], err = whereOf(answer)
		return err
	})
	return to, g.pid, func() { many(b, len(dialogs), func(i int) error { return dialogs[i].HangUp() }) }
}

// throughRTPEngine connects telephones by rtpengine alone, as a proxy does that has the
// offers and answers: with a call's first packet both are heard.
func throughRTPEngine(b *testing.B, ports []int) (to []netip.AddrPort, pid int, end func()) {
	b.Helper()
	to = make([]netip.AddrPort, len(ports))
	// Two ports for RTP and two for RTCP a call, and some that others have.
	e := peers.StartRTPEngine(b, peers.RTPEngineConfig{
		Under: []string{"taskset", "-c", strconv.Itoa(measuredCore)}, IP: measuredIP, Ports: 2*len(ports) + 400,
	})
	id := func(i int) []string { return []string{"call-id", fmt.Sprintf("phones-%d", i), "from-tag", "a"} }
	many(b, len(ports)/2, func(i int) error {
		offer, err := e.Ask("offer", append(id(i), "sdp", peers.Described(callerIP, ports[2*i]))...)
		if err != nil {
			return err
		}
		answer, err := e.Ask("answer", append(id(i), "to-tag", "b", "sdp", peers.Described(calledIP, ports[2*i+1]))...)
		if err != nil {
			return err
		}
		if to[2*i+1], err = whereOf(offer); err == nil {
			to[2*i], err = whereOf(answer)
		}
		return err
	})
	return to, e.PID, func() {
		many(b, len(ports)/2, func(i int) error {
			_, err := e.Ask("delete", id(i)...)
			return err
		})
	}
}

// whereOf is where a description says that sound is to be sent, on the address of what
// is measured.
func whereOf(description string) (netip.AddrPort, error) {
	port, err := peers.AudioPort(description)
	return netip.AddrPortFrom(netip.MustParseAddr(measuredIP), uint16(port)), err
}

// many does something n times, some at the same time.
func many(b *testing.B, n int, do func(i int) error) {
	b.Helper()
	next := make(chan int)
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					b.Errorf("call %d: %v", i, err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
}
