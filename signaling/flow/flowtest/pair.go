package flowtest

import (
	"bytes"
	"fmt"
	"net/netip"
	"sync"

	"github.com/tandemgw/tandem/signaling/flow"
)

// queueLen is the capacity of an end's inbox; a connection that overruns it is
// closed, a datagram dropped.
const queueLen = 1024

// Filter sees each message on its way and says whether it may pass. It may be
// called from several goroutines.
type Filter func(from *flow.Flow, raw []byte) bool

// Pair is two connected flows: what is sent on A arrives at B's handler, and
// the other way round.
type Pair struct {
	// A and B are the flows as seen by the first and the second handler.
	A, B *flow.Flow

	ends   [2]*end
	filter Filter
	once   sync.Once
	closed chan struct{}
	wg     sync.WaitGroup
}

// end is one side of a Pair.
type end struct {
	flow    *flow.Flow
	handler flow.Handler
	inbox   chan []byte
}

// NewPair connects two handlers over a transport of the given kind. A nil filter
// lets everything pass. A may be either side; the addresses are made up.
func NewPair(kind flow.Kind, a, b flow.Handler, filter Filter) *Pair {
	p := &Pair{filter: filter, closed: make(chan struct{})}
	socket := flow.NextSocket()
	addrA := netip.MustParseAddrPort("192.0.2.1:5060")
	addrB := netip.MustParseAddrPort(fmt.Sprintf("192.0.2.2:%d", 1024+socket%60000))
	p.ends[0] = p.newEnd(kind, socket, a, [2]netip.AddrPort{addrA, addrB})
	p.ends[1] = p.newEnd(kind, flow.NextSocket(), b, [2]netip.AddrPort{addrB, addrA})
	p.A, p.B = p.ends[0].flow, p.ends[1].flow
	for _, e := range p.ends {
		p.wg.Go(func() { p.run(e) })
	}
	return p
}

func (p *Pair) newEnd(kind flow.Kind, socket uint64, h flow.Handler, addrs [2]netip.AddrPort) *end {
	e := &end{handler: h, inbox: make(chan []byte, queueLen)}
	w := flow.Way{
		Kind: kind, Socket: socket, Local: addrs[0], Remote: addrs[1],
		Send: func(b []byte) error { return p.send(e, b) },
	}
	if kind.Stream() {
		w.Closed = p.closed
		w.Close = func(string) { p.end() }
	}
	e.flow = flow.New(w)
	return e
}

// send queues b for the far end of e.
func (p *Pair) send(e *end, b []byte) error {
	select {
	case <-p.closed:
		return flow.ErrClosed
	default:
	}
	if p.filter != nil && !p.filter(e.flow, b) {
		return nil
	}
	far := p.ends[0]
	if far == e {
		far = p.ends[1]
	}
	select {
	case far.inbox <- bytes.Clone(b):
		return nil
	default:
	}
	if !e.flow.Kind().Stream() {
		return nil
	}
	p.end()
	return flow.ErrQueueFull
}

// run delivers what arrives at e until the pair ends; what was sent before the
// end still arrives.
func (p *Pair) run(e *end) {
	for {
		select {
		case b := <-e.inbox:
			e.handler.Message(e.flow, b)
			continue
		case <-p.closed:
		}
		select {
		case b := <-e.inbox:
			e.handler.Message(e.flow, b)
			continue
		default:
		}
		if e.flow.Kind().Stream() {
			e.handler.Closed(e.flow)
		}
		return
	}
}

func (p *Pair) end() { p.once.Do(func() { close(p.closed) }) }

// Close ends both flows and waits until their goroutines have gone.
func (p *Pair) Close() {
	p.end()
	p.wg.Wait()
}
