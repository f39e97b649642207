package attack

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// framed is a packet as ICE over TCP has it.
func framed(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

// allocateRequest is what asks a relay for an allocation, with attributes that
// nobody can have.
func allocateRequest(i int) []byte {
	b := stunBinding(i%2 == 0)
	b[1] = 3
	return b
}

// dialing opens connections to an address until stop is closed, says something on
// each, and hangs up, or does not.
func dialing(to string, stop chan struct{}, say func(i int) []byte) *sync.WaitGroup {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var kept []net.Conn
			defer func() {
				for _, c := range kept {
					_ = c.Close()
				}
			}()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond):
				}
				c, err := net.DialTimeout("tcp", to, time.Second)
				if err != nil {
					continue
				}
				_ = c.SetWriteDeadline(time.Now().Add(time.Second))
				_, _ = c.Write(say(i))
				if i%10 == 0 && len(kept) < 50 {
					kept = append(kept, c)
				} else {
					_ = c.Close()
				}
			}
		})
	}
	return &all
}

// Strangers on the web port, who begin as media over TCP does, and at the relay:
// no browser's call notices, nobody gets an allocation, and all of it is over when
// they are gone.
func TestStrangersOverTCPAndAtTheRelayHinderNoBrowser(t *testing.T) {
	relay := peers.FreePort(t)
	h := openWith(t, peers.GatewayConfig{Listen: fmt.Sprintf("  turn = [\"127.0.0.1:%[1]d/udp\", \"127.0.0.1:%[1]d/tcp\"]", relay)})
	u, p := h.web("1001").Online(), newPage(t)
	out, _ := p.call(t, u)
	p.hears(t, 10)
	stop := make(chan struct{})
	over := dialing(strings.TrimPrefix(h.HTTP, "http://"), stop, func(i int) []byte {
		junk := make([]byte, rand.IntN(2000))
		return [][]byte{
			framed(stunBinding(true)), framed(clientHello()), framed(rtpPacket(p.ssrc(), uint32(i), []byte("forged"))),
			append(framed(stunBinding(true)), framed(junk)...),
			{0},
			{0, 0},
			{3, 255, 0, 1},
			framed(junk),
			{0, 1},
		}[i%9]
	})
	at := dialing(fmt.Sprintf("127.0.0.1:%d", relay), stop, func(i int) []byte {
		return [][]byte{allocateRequest(i), {0}, {0, 3, 255, 255}, {0x40, 0, 255, 255}, []byte("GET / HTTP/1.1\r\n\r\n")}[i%5]
	})
	s := h.stranger("127.0.0.66")
	sent := 0
	done := spray(s.send, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(relay)), stop, func(i int) [][]byte {
		all := [][]byte{allocateRequest(i), stunBinding(true), clientHello(), rtpPacket(1, uint32(i), []byte("forged")), {0x40, 0, 0, 4, 1, 2, 3, 4}}
		for _, b := range all {
			sent += len(b) + 28
		}
		return all
	})
	p.hears(t, 60)
	close(stop)
	over.Wait()
	at.Wait()
	<-done
	peers.Pause(100 * time.Millisecond)
	if n, octets := s.heard(); octets+28*n > 3*sent {
		t.Errorf("the stranger was sent %d packets, %d octets, for %d", n, octets, sent)
	}
	p.hears(t, 10)
	out.Bye()
	h.recovers()
}
