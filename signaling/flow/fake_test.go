package flow

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inbox is a Handler that keeps what it gets.
type inbox struct {
	messages chan string
	closed   chan *Flow
	hold     chan struct{} // if not nil, Message waits for it

	mu   sync.Mutex
	last *Flow
}

func newInbox() *inbox {
	return &inbox{messages: make(chan string, 10000), closed: make(chan *Flow, 1000)}
}

func (in *inbox) Message(f *Flow, raw []byte) {
	in.mu.Lock()
	in.last = f
	in.mu.Unlock()
	in.messages <- string(raw)
	if in.hold != nil {
		<-in.hold
	}
}

func (in *inbox) Closed(f *Flow) { in.closed <- f }

func (in *inbox) flow() *Flow {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.last
}

// next returns the next message, which must come.
func (in *inbox) next(t *testing.T) string {
	t.Helper()
	select {
	case m := <-in.messages:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("no message")
		return ""
	}
}

// server is a WebSocket server on loopback.
type server struct {
	*httptest.Server
	ws    *WebSocket
	inbox *inbox
}

func serve(t *testing.T, c WSConfig) *server {
	t.Helper()
	s := &server{inbox: newInbox()}
	s.ws = NewWebSocket(c, s.inbox)
	s.Server = httptest.NewServer(s.ws)
	t.Cleanup(func() {
		s.ws.Close()
		s.Close()
	})
	return s
}

func (s *server) url() string { return "ws" + strings.TrimPrefix(s.URL, "http") }

// dial opens a WebSocket with the subprotocol sip.
func dial(t *testing.T, d *websocket.Dialer, url string, h http.Header) *websocket.Conn {
	t.Helper()
	if d == nil {
		d = &websocket.Dialer{}
	}
	d.Subprotocols = []string{"sip"}
	c, res, err := d.Dial(url, h)
	if err != nil {
		t.Fatalf("dial: %v (%v)", err, res)
	}
	if c.Subprotocol() != "sip" {
		t.Errorf("subprotocol %q", c.Subprotocol())
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// read returns the next message of a client.
func read(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, b, err := c.ReadMessage()
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(b)
}

func write(t *testing.T, c *websocket.Conn, kind int, text string) {
	t.Helper()
	if err := c.WriteMessage(kind, []byte(text)); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// pipes is a listener whose connections are in memory, for virtual time.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

// addressed gives a pipe the addresses that a server wants to see.
type addressed struct{ net.Conn }

func (addressed) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.7:4000"))
}

func (addressed) LocalAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:443"))
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return addressed{c}, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return addressed{}.LocalAddr() }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	a, b := net.Pipe()
	p.conns <- b
	return a, nil
}

// bodyOf reads an answer to a refused upgrade.
func bodyOf(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
