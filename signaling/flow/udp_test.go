package flow

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// socket is a UDP socket under test and a client of it.
type socket struct {
	u      *UDPSocket
	inbox  *inbox
	client *net.UDPConn
}

func openUDP(t *testing.T, c UDPConfig, in *inbox) *socket {
	t.Helper()
	if !c.Listen.IsValid() {
		c.Listen = netip.MustParseAddrPort("127.0.0.1:0")
	}
	u, err := ListenUDP(c, in)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- u.Run(ctx) }()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), u.Addr().Port())
	client, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return &socket{u, in, client}
}

func (s *socket) send(t *testing.T, text string) {
	t.Helper()
	if _, err := s.client.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func (s *socket) receive(t *testing.T) []byte {
	t.Helper()
	_ = s.client.SetReadDeadline(time.Now().Add(10 * time.Second))
	b := make([]byte, 65536)
	n, err := s.client.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// until polls a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("never: " + what)
		}
	}
}

func TestDatagramsOfOneCallAreInOrder(t *testing.T) {
	s := openUDP(t, UDPConfig{Workers: 4}, newInbox())
	const calls, each = 8, 100
	for i := range each {
		for call := range calls {
			s.send(t, fmt.Sprintf("OPTIONS sip:x SIP/2.0\r\nI : call%d\r\nX: %d\r\n\r\n", call, i))
		}
		for range calls {
			m := s.inbox.next(t)
			if want := fmt.Sprintf("X: %d\r\n", i); !strings.Contains(m, want) {
				t.Fatalf("got %q, want %s", m, want)
			}
		}
	}
	f := s.inbox.flow()
	if f.Kind() != UDP || f.Closed() != nil || f.Key() != s.u.Flow(f.Remote()).Key() {
		t.Errorf("flow %+v", f.Key())
	}
	f.Close("nothing happens")
	if err := f.Send([]byte(strings.Repeat("z", 9000))); err != nil {
		t.Fatal(err)
	}
	if got := len(s.receive(t)); got != 9000 {
		t.Errorf("%d octets came back", got)
	}
}

func TestKeepAlivesAndJunkAreNotHandedUp(t *testing.T) {
	s := openUDP(t, UDPConfig{}, newInbox())
	for _, junk := range []string{"", "\r\n\r\n", "\r\n", "\x00", "\x00\x00\x00\x00", "short", "\x80\x80" + strings.Repeat("r", 170), "\x01\x02" + strings.Repeat("s", 40)} {
		s.send(t, junk)
	}
	s.send(t, "OPTIONS sip:x SIP/2.0\r\nCall-ID: a\r\n\r\n")
	if m := s.inbox.next(t); !strings.HasPrefix(m, "OPTIONS") {
		t.Errorf("handed up %q", m)
	}
	if c := s.u.Counters(); c.Junk != 3 || c.Keepalives != 5 {
		t.Errorf("%+v", c)
	}
}

func TestSTUNIsAnsweredWithTheAddressSeen(t *testing.T) {
	s := openUDP(t, UDPConfig{}, newInbox())
	request, _ := hex.DecodeString("000100002112a442" + "0102030405060708090a0b0c")
	s.send(t, string(request))
	b := s.receive(t)
	want := s.client.LocalAddr().(*net.UDPAddr).AddrPort()
	port := binary.BigEndian.Uint16(b[26:]) ^ 0x2112
	addr := netip.AddrFrom4([4]byte{b[28] ^ 0x21, b[29] ^ 0x12, b[30] ^ 0xa4, b[31] ^ 0x42})
	if len(b) != 32 || string(b[8:20]) != string(request[8:20]) || netip.AddrPortFrom(addr, port) != want {
		t.Errorf("got %x, want %v", b, want)
	}
}

func FuzzSTUN(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl"))
	from := netip.MustParseAddrPort("[2001:db8::1]:9")
	f.Fuzz(func(t *testing.T, b []byte) {
		if isSTUN(b) {
			if out := answerSTUN(b, from); len(out) > 3*len(b) {
				t.Errorf("%d octets for %d", len(out), len(b))
			}
		}
		callID(b)
	})
}

func TestFloodOfOneSourceIsCutWhileOthersAreServed(t *testing.T) {
	s := openUDP(t, UDPConfig{PerSource: 20, PerAddress: -1}, newInbox())
	flood := "OPTIONS sip:x SIP/2.0\r\nCall-ID: f\r\n\r\n"
	for range 200 {
		s.send(t, flood)
	}
	other, err := net.DialUDP("udp4", nil, s.client.RemoteAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Write([]byte("OPTIONS sip:x SIP/2.0\r\nCall-ID: served\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	for {
		if strings.Contains(s.inbox.next(t), "served") {
			break
		}
	}
	if c := s.u.Counters(); c.Limited == 0 {
		t.Errorf("%+v", c)
	}
}

func TestFullQueueAnswersNewInvites503(t *testing.T) {
	in := newInbox()
	in.hold = make(chan struct{})
	s := openUDP(t, UDPConfig{Workers: 1, Queue: 1}, in)
	defer close(in.hold)
	message := func(method string) string {
		return method + " sip:600@tandem.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKx;rport\r\n" +
			"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 " + method + "\r\n\r\n"
	}
	s.send(t, message("OPTIONS"))
	in.next(t) // one is being handled
	s.send(t, message("OPTIONS"))
	until(t, "the second is queued", func() bool { return len(s.u.workers.queues[0]) == 1 })
	s.send(t, message("OPTIONS"))
	s.send(t, message("INVITE"))
	answer := string(s.receive(t))
	if !strings.HasPrefix(answer, "SIP/2.0 503 ") || !strings.Contains(answer, "Retry-After: ") {
		t.Errorf("got %q", answer)
	}
	until(t, "the answer is counted", func() bool { return s.u.Counters().Busy == 1 })
	if c := s.u.Counters(); c.Full != 2 {
		t.Errorf("%+v", c)
	}
}

func TestWildcardSocketKnowsItsAddressTowardAFarEnd(t *testing.T) {
	s := openUDP(t, UDPConfig{Listen: netip.MustParseAddrPort("0.0.0.0:0")}, newInbox())
	f := s.u.Flow(netip.MustParseAddrPort("127.0.0.9:5060"))
	if got := f.Local(); !got.Addr().IsLoopback() || got.Port() != s.u.Addr().Port() {
		t.Errorf("local %v", got)
	}
}

func TestRefusedDatagramDoesNotEndTheReader(t *testing.T) {
	s := openUDP(t, UDPConfig{}, newInbox())
	gone, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	to := gone.LocalAddr().(*net.UDPAddr).AddrPort()
	gone.Close()
	for range 20 {
		if err := s.u.Flow(to).Send([]byte("to nobody")); err != nil {
			t.Fatal(err)
		}
	}
	s.send(t, "OPTIONS sip:x SIP/2.0\r\nCall-ID: a\r\n\r\n")
	s.inbox.next(t)
}

func TestCloseIsIdempotentAndRunRunsOnce(t *testing.T) {
	u, err := ListenUDP(UDPConfig{Listen: netip.MustParseAddrPort("127.0.0.1:0")}, newInbox())
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- u.Run(t.Context()) }()
	for range 2 {
		if err := u.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	if u.Run(t.Context()) == nil {
		t.Error("Run ran twice")
	}
	if err := u.Flow(u.Addr()).Send([]byte("x")); err != ErrClosed {
		t.Errorf("Send: %v", err)
	}
}
