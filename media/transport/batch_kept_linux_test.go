package transport

import (
	"bytes"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
)

// arrived returns what has come to a socket so far. What is sent on loopback is there
// when the system call that sends it returns.
func arrived(t *testing.T, c *net.UDPConn) (all [][]byte) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for {
		b := make([]byte, maxPacket)
		n, _, err := c.ReadFromUDPAddrPort(b)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b[:n])
	}
}

// TestPacketsThatAreMadeGoOutTogether, as copies, in order, with those of other legs.
func TestPacketsThatAreMadeGoOutTogether(t *testing.T) {
	phone, other := socket(t), socket(t)
	pl, _ := openPlain(t, addrOf(phone), loopback)
	gone, _ := openPlain(t, addrOf(other), loopback)
	q := NewBatch()
	send := func(l *Plain, b []byte) {
		t.Helper()
		if err := l.WriteRTP(b, q); err != nil {
			t.Fatal(err)
		}
	}
	b := rtpPacket(0, 1, 7)
	want := bytes.Clone(b)
	if q.Since() != 0 {
		t.Error("an empty one has waited")
	}
	before := Now()
	send(pl, b)
	clear(b)
	send(gone, rtpPacket(0, 1, 9))
	send(pl, rtpPacket(0, 2, 7))
	if since := q.Since(); since < before || since > Now() {
		t.Errorf("the first came at %d, sent at %d", since, before)
	}
	if got := arrived(t, phone); got != nil {
		t.Fatalf("%d packets before the flush", len(got))
	}
	gone.Close() // its packet is lost, and nobody else's
	q.Flush()
	got := arrived(t, phone)
	if len(got) != 2 || !bytes.Equal(got[0], want) || !bytes.Equal(got[1], rtpPacket(0, 2, 7)) {
		t.Errorf("after the flush: %x", got)
	}
	if got := arrived(t, other); got != nil || gone.Counters().WriteErrors != 0 {
		t.Errorf("of a leg that is closed: %d packets, %d errors", len(got), gone.Counters().WriteErrors)
	}
	if q.Flush(); q.Since() != 0 || arrived(t, phone) != nil {
		t.Error("a second flush sends something")
	}
	for i := range keptPackets + 1 {
		send(pl, rtpPacket(0, uint16(3+i), 7))
	}
	if got := arrived(t, phone); len(got) != keptPackets {
		t.Errorf("%d packets went out when there was no more room, want %d", len(got), keptPackets)
	}
	long := append(rtpPacket(0, 99, 7), make([]byte, keptSize)...)
	send(pl, spare(long))
	if got := arrived(t, phone); len(got) != 2 || !bytes.Equal(got[0], rtpPacket(0, 3+keptPackets, 7)) || !bytes.Equal(got[1], long) {
		t.Errorf("%d packets with one that is too long to wait, want it behind the one that waited", len(got))
	}
	if n := pl.Counters().PacketsOut; n != 2+keptPackets+2 {
		t.Errorf("%d packets are counted", n)
	}
	if raceEnabled {
		return // the race detector allocates
	}
	b = rtpPacket(0, 1, 7)
	if n := testing.AllocsPerRun(100, func() {
		_ = pl.WriteRTP(b, q)
		q.Flush()
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// TestBrowsersArePartOfIt: what goes to browsers and what goes to telephones wait alike.
func TestBrowsersArePartOfIt(t *testing.T) {
	browser := socket(t)
	m := newTestMux(t, MuxConfig{})
	k, _ := pairedKeys(t, srtp.ProtectionProfileAeadAes128Gcm)
	p := &Peer{mux: m}
	p.keys.Store(k)
	p.flow.Store(&target{addr: addrOf(browser), via: m.route(loopback, 0)})
	q := NewBatch()
	b := rtpPacket(0, 1, 7)
	if err := p.WriteRTP(b, q); err != nil {
		t.Fatal(err)
	}
	clear(b[:cap(b)])
	if err := p.WriteRTP(rtpPacket(0, 2, 7), q); err != nil {
		t.Fatal(err)
	}
	if got := arrived(t, browser); got != nil {
		t.Fatalf("%d packets before the flush", len(got))
	}
	q.Flush()
	got := arrived(t, browser)
	if len(got) != 2 || got[0][3] != 1 || got[1][3] != 2 || len(got[0]) != len(rtpPacket(0, 1, 7))+16 {
		t.Errorf("after the flush: %x", got)
	}
}
