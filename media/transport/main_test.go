package transport

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// eventually fails the test unless ok becomes true within patience.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: still not after %s", what, patience)
}

// spare is a copy of b with Tail octets of spare capacity.
func spare(b []byte) []byte {
	return append(make([]byte, 0, len(b)+Tail), b...)
}

// rtpPacket is a packet of 160 octets of payload.
func rtpPacket(pt uint8, seq uint16, ssrc uint32) []byte {
	b := make([]byte, 172, 172+Tail)
	b[0], b[1] = 0x80, pt
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], uint32(seq)*160)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	for i := 12; i < len(b); i++ {
		b[i] = byte(i)
	}
	return b
}

// rtcpPacket is a receiver report without blocks.
func rtcpPacket(ssrc uint32) []byte {
	b := make([]byte, 8, 8+Tail)
	b[0], b[1], b[3] = 0x80, 201, 1
	binary.BigEndian.PutUint32(b[4:], ssrc)
	return b
}

// ear is a Sink that keeps what it hears.
type ear struct {
	mu        sync.Mutex
	rtp, rtcp [][]byte
	overlap   bool
	busy      bool
	short     bool // a packet had no room behind it
}

func (e *ear) RTP(b []byte, at int64, _ *Batch) { e.keep(&e.rtp, b, at) }
func (e *ear) RTCP(b []byte, at int64)          { e.keep(&e.rtcp, b, at) }

func (e *ear) keep(to *[][]byte, b []byte, at int64) {
	e.mu.Lock()
	if e.busy { // written only where it goes wrong: tests read it as they go on
		e.overlap = true
	}
	e.busy = true
	e.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy = false
	if cap(b)-len(b) < Tail || at <= 0 {
		e.short = true
	}
	*to = append(*to, append([]byte(nil), b...))
}

func (e *ear) heard() (rtp, rtcp int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.rtp), len(e.rtcp)
}

func (e *ear) rtpAt(i int) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rtp[i]
}

// socket is a UDP socket of a far end on loopback.
func socket(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func addrOf(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// receive returns the next datagram of c.
func receive(t *testing.T, c *net.UDPConn) ([]byte, netip.AddrPort) {
	t.Helper()
	b := make([]byte, 2048)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n], from
}

// silent fails if anything has come to c by now.
func silent(t *testing.T, c *net.UDPConn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if n, from, err := c.ReadFromUDPAddrPort(make([]byte, 2048)); err == nil {
		t.Errorf("%d octets from %s reached a stranger", n, from)
	}
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
