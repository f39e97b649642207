package flow

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// loopback is where tests listen.
var loopback = netip.MustParseAddrPort("127.0.0.1:0")

// listen runs a listener until the test ends.
func listen(t *testing.T, c StreamConfig, in *inbox) *StreamSocket {
	t.Helper()
	if !c.Listen.IsValid() {
		c.Listen = loopback
	}
	s, err := ListenStream(c, in)
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- s.Run(context.Background()) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return s
}

// client connects to a listener over TCP.
func client(t *testing.T, s *StreamSocket) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// says writes a text.
func says(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// hears reads exactly a text.
func hears(t *testing.T, c net.Conn, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if n, err := io.ReadFull(c, b); err != nil || string(b) != want {
		t.Fatalf("read %q, %v, want %q", b[:n], err, want)
	}
}

// ends waits for the far end to close, and returns what it said before.
func ends(t *testing.T, c net.Conn) string {
	t.Helper()
	b, err := io.ReadAll(c)
	if isTimeout(err) {
		t.Fatal("the connection was not closed")
	}
	return string(b)
}

// gone waits for Closed, and returns why.
func (in *inbox) gone(t *testing.T) (*Flow, error) {
	t.Helper()
	select {
	case f := <-in.closed:
		if f.Err() == nil || !isClosed(f.Closed()) {
			t.Error("a closed flow is not closed")
		}
		return f, f.Err()
	case <-time.After(20 * time.Second):
		t.Fatal("the flow was not closed")
		return nil, nil
	}
}

func TestMessagesOverTCPBothWays(t *testing.T) {
	in := newInbox()
	s := listen(t, StreamConfig{}, in)
	c := client(t, s)
	first, second := plain("l: 1\r\n", "a"), plain("Content-Length: 0\r\n", "")
	says(t, c, first+second[:20])
	if m := in.next(t); m != first {
		t.Fatalf("got %q", m)
	}
	says(t, c, second[20:])
	if m := in.next(t); m != second {
		t.Fatalf("got %q", m)
	}
	f := in.flow()
	if f.Kind() != TCP || f.Remote().String() != c.LocalAddr().String() || f.Local() != s.Addr() || f.Peer() != nil || f.Err() != nil {
		t.Errorf("flow %v %v %v", f.Kind(), f.Remote(), f.Local())
	}
	if err := f.Send([]byte("the answer")); err != nil {
		t.Fatal(err)
	}
	hears(t, c, "the answer")
	says(t, c, "\r\n\r\n")
	hears(t, c, "\r\n")
	c.Close()
	if _, err := in.gone(t); err == nil || !strings.Contains(err.Error(), "far end") {
		t.Errorf("it closed because %v", err)
	}
	if err := f.Send([]byte("late")); err == nil {
		t.Error("a closed flow takes messages")
	}
	if n := s.Counters(); n.Received != 2 || n.Sent != 1 || n.Keepalives != 1 || n.Opened != 1 {
		t.Errorf("%+v", n)
	}
}

func TestAConnectorKeepsOneConnectionForAPlace(t *testing.T) {
	far := newInbox()
	s := listen(t, StreamConfig{}, far)
	in := newInbox()
	k := NewConnector(ConnectorConfig{}, in)
	defer k.Close()
	f, err := k.Flow(Toward{Kind: TCP, Remote: s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	message := plain("l: 0\r\n", "")
	if err := f.Send([]byte(message)); err != nil {
		t.Fatal(err)
	}
	if m := far.next(t); m != message {
		t.Fatalf("got %q", m)
	}
	again, err := k.Flow(Toward{Kind: TCP, Remote: s.Addr()})
	if err != nil || again != f || f.Kind() != TCP || f.Remote() != s.Addr() || f.Local() != far.flow().Remote() {
		t.Errorf("%v, same %v, local %v", err, again == f, f.Local())
	}
	// Requests come the other way over the same connection.
	if err := far.flow().Send([]byte(message)); err != nil {
		t.Fatal(err)
	}
	if m := in.next(t); m != message || in.flow() != f {
		t.Fatalf("got %q", m)
	}
	f.Close("enough")
	if _, err := far.gone(t); err == nil {
		t.Error("closed for no reason")
	}
	in.gone(t)
	if again, err := k.Flow(Toward{Kind: TCP, Remote: s.Addr()}); err != nil || again == f {
		t.Errorf("a closed flow is given again, %v", err)
	}
}

func TestAPlaceThatDoesNotAnswerIsLeftAloneForAWhile(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := addrPortOf(l.Addr())
	l.Close()
	in := newInbox()
	k := NewConnector(ConnectorConfig{Rest: time.Hour}, in)
	defer k.Close()
	f, err := k.Flow(Toward{Kind: TCP, Remote: dead})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.gone(t); err == nil || !strings.Contains(err.Error(), "connect to "+dead.String()+" over tcp") {
		t.Errorf("it closed because %v", err)
	}
	for range 100 {
		if _, err := k.Flow(Toward{Kind: TCP, Remote: dead}); err == nil || err.Error() != f.Err().Error() {
			t.Fatalf("got %v", err)
		}
	}
	if n := k.Counters(); n.Refused != 1 || n.Opened != 0 || n.Open != 0 {
		t.Errorf("%+v", n)
	}
}
