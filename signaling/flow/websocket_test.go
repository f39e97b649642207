package flow

import (
	"bytes"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

func TestUpgradeIsRefusedInWords(t *testing.T) {
	s := serve(t, WSConfig{MaxPerAddress: 1})
	dial(t, nil, s.url(), nil)
	upgrade := http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {"sip"},
	}
	with := func(name string, values ...string) http.Header {
		h := upgrade.Clone()
		h[name] = values
		return h
	}
	for _, test := range []struct {
		name   string
		header http.Header
		status int
		words  string
	}{
		{"a page", http.Header{}, 426, "SIP over WebSocket"},
		{"no subprotocol", with("Sec-Websocket-Protocol"), 400, "subprotocol"},
		{"another subprotocol", with("Sec-Websocket-Protocol", "xmpp"), 400, "subprotocol"},
		{"foreign origin", with("Origin", "https://evil.example"), 403, "origin"},
		{"two origins", with("Origin", s.URL, "https://evil.example"), 403, "origin"},
		{"no key", with("Sec-Websocket-Key"), 400, "WebSocket"},
		{"too many", upgrade, 503, "too many"},
	} {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequest("GET", s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header = test.header
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			words := bodyOf(t, res)
			if res.StatusCode != test.status && !(test.name == "no key" && res.StatusCode == 503) {
				t.Errorf("status %d, want %d", res.StatusCode, test.status)
			}
			if res.StatusCode == test.status && !strings.Contains(words, test.words) {
				t.Errorf("words %q", words)
			}
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestOriginsAreAsked(t *testing.T) {
	s := serve(t, WSConfig{Origins: func(origin, host string) bool {
		return origin == "https://pbx.example" && strings.HasPrefix(host, "127.0.0.1:")
	}})
	c := dial(t, nil, s.url(), http.Header{"Origin": {"https://pbx.example"}, "User-Agent": {"phone 1"}})
	write(t, c, websocket.TextMessage, "hello there")
	s.inbox.next(t)
	if f := s.inbox.flow(); f.Origin() != "https://pbx.example" || f.Kind() != WS || f.UserAgent() != "phone 1" || f.Remote().String() != c.LocalAddr().String() {
		t.Errorf("flow %v %v %v", f.Origin(), f.Kind(), f.Remote())
	}
}

func TestTLSMakesWSS(t *testing.T) {
	in := newInbox()
	ws := NewWebSocket(WSConfig{}, in)
	s := httptest.NewTLSServer(ws)
	defer s.Close()
	defer ws.Close()
	res, err := s.Client().Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if words := bodyOf(t, res); !strings.Contains(words, "certificate is accepted") {
		t.Errorf("page %q", words)
	}
	d := &websocket.Dialer{TLSClientConfig: s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()}
	d.TLSClientConfig.NextProtos = nil
	c := dial(t, d, "wss"+strings.TrimPrefix(s.URL, "https"), nil)
	write(t, c, websocket.TextMessage, "hello there")
	in.next(t)
	if k := in.flow().Kind(); k != WSS || k.ViaToken() != "WSS" || k.URIParam() != "ws" || !k.Secure() {
		t.Errorf("kind %v", k)
	}
	s.Client().CloseIdleConnections()
}

func TestMessagesArriveWholeAndInOrder(t *testing.T) {
	s := serve(t, WSConfig{})
	c := dial(t, &websocket.Dialer{WriteBufferSize: 64}, s.url(), nil)
	long := strings.Repeat("0123456789", 4000)
	write(t, c, websocket.TextMessage, "text")
	write(t, c, websocket.BinaryMessage, "binary\xff")
	w, err := c.NextWriter(websocket.TextMessage) // fragmented: the buffer is small
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(long); i += 1000 {
		if _, err := w.Write([]byte(long[i : i+1000])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"text", "binary\xff", long} {
		if got := s.inbox.next(t); got != want {
			t.Errorf("got %.20q, want %.20q", got, want)
		}
	}
	f := s.inbox.flow()
	for _, m := range []string{"one", long, "three"} {
		if err := f.Send([]byte(m)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"one", long, "three"} {
		if got := read(t, c); got != want {
			t.Errorf("client got %.20q, want %.20q", got, want)
		}
	}
}

func TestKeepAliveIsAnsweredAndNotHandedUp(t *testing.T) {
	s := serve(t, WSConfig{})
	c := dial(t, nil, s.url(), nil)
	write(t, c, websocket.TextMessage, "\r\n\r\n")
	if got := read(t, c); got != "\r\n" {
		t.Errorf("got %q", got)
	}
	write(t, c, websocket.TextMessage, "\r\n")
	write(t, c, websocket.TextMessage, "")
	write(t, c, websocket.TextMessage, "hello there")
	if got := s.inbox.next(t); got != "hello there" {
		t.Errorf("handed up %q", got)
	}
}

func TestPingIsAnsweredWithItsPayload(t *testing.T) {
	s := serve(t, WSConfig{})
	c := dial(t, nil, s.url(), nil)
	pong := make(chan string, 1)
	c.SetPongHandler(func(p string) error { pong <- p; return nil })
	if err := c.WriteControl(websocket.PingMessage, []byte("payload"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	write(t, c, websocket.TextMessage, "\r\n\r\n")
	read(t, c)
	if got := <-pong; got != "payload" {
		t.Errorf("pong %q", got)
	}
}

// breach is something that ends a connection, and the close code owed.
type breach struct {
	name string
	send func(c *websocket.Conn) error
	code int
}

func breaches() []breach {
	return []breach{
		{"too long", func(c *websocket.Conn) error {
			return c.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("a"), 70000))
		}, websocket.CloseMessageTooBig},
		{"no UTF-8", func(c *websocket.Conn) error {
			return c.WriteMessage(websocket.TextMessage, []byte("a\xff"))
		}, websocket.CloseInvalidFramePayloadData},
		{"unmasked", func(c *websocket.Conn) error {
			_, err := c.NetConn().Write([]byte{0x81, 1, 'a'})
			return err
		}, websocket.CloseProtocolError},
		{"reserved bits", func(c *websocket.Conn) error {
			_, err := c.NetConn().Write([]byte{0xf1, 0x81, 0, 0, 0, 0, 'a'})
			return err
		}, websocket.CloseProtocolError},
		{"unknown opcode", func(c *websocket.Conn) error {
			_, err := c.NetConn().Write([]byte{0x83, 0x81, 0, 0, 0, 0, 'a'})
			return err
		}, websocket.CloseProtocolError},
		{"continuation of nothing", func(c *websocket.Conn) error {
			_, err := c.NetConn().Write([]byte{0x80, 0x81, 0, 0, 0, 0, 'a'})
			return err
		}, websocket.CloseProtocolError},
		{"endless fragments", func(c *websocket.Conn) error {
			frame := append([]byte{0x01, 0xfe, 0x40, 0, 0, 0, 0, 0}, make([]byte, 0x4000)...)
			for range 6 {
				if _, err := c.NetConn().Write(frame); err != nil {
					return err
				}
				frame[0] = 0
			}
			return nil
		}, websocket.CloseMessageTooBig},
	}
}

func TestBreachesHaveTheirCloseCodes(t *testing.T) {
	for _, test := range breaches() {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, WSConfig{})
			c := dial(t, nil, s.url(), nil)
			other := dial(t, nil, s.url(), nil)
			if err := test.send(c); err != nil {
				t.Fatal(err)
			}
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
			_, _, err := c.ReadMessage()
			var ce *websocket.CloseError
			if !errors.As(err, &ce) || ce.Code != test.code {
				t.Errorf("closed with %v, want %d", err, test.code)
			}
			c.Close()
			select {
			case <-s.inbox.closed:
			case <-time.After(10 * time.Second):
				t.Fatal("Closed was not called")
			}
			write(t, other, websocket.TextMessage, "still served")
			if got := s.inbox.next(t); got != "still served" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestClientThatDoesNotReadIsCutOff(t *testing.T) {
	s := serve(t, WSConfig{QueueOctets: 256 << 10, Write: time.Minute})
	c := dial(t, nil, s.url(), nil)
	write(t, c, websocket.TextMessage, "hello there")
	s.inbox.next(t)
	f, big := s.inbox.flow(), bytes.Repeat([]byte("a"), 60000)
	var err error
	for range 10000 {
		if err = f.Send(big); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrQueueFull) {
		t.Fatalf("Send: %v", err)
	}
	<-f.Closed()
	if err := f.Send(big); !errors.Is(err, ErrClosed) {
		t.Errorf("Send after: %v", err)
	}
	if got := <-s.inbox.closed; got != f || !errors.Is(f.Err(), ErrQueueFull) {
		t.Error("another flow was closed, or for another reason")
	}
}

func TestCloseFlushesAndSaysWhy(t *testing.T) {
	s := serve(t, WSConfig{})
	c := dial(t, nil, s.url(), nil)
	write(t, c, websocket.TextMessage, "hello there")
	s.inbox.next(t)
	f := s.inbox.flow()
	if err := f.Send([]byte("last words")); err != nil {
		t.Fatal(err)
	}
	f.Close("replaced")
	f.Close("twice")
	if got := read(t, c); got != "last words" {
		t.Errorf("got %q", got)
	}
	_, _, err := c.ReadMessage()
	var ce *websocket.CloseError
	if !errors.As(err, &ce) || ce.Code != websocket.CloseNormalClosure || ce.Text != "replaced" {
		t.Errorf("closed with %v", err)
	}
	<-f.Closed()
}

func TestStoppingSaysGoingAway(t *testing.T) {
	s := serve(t, WSConfig{})
	c := dial(t, nil, s.url(), nil)
	done := make(chan error, 1)
	go func() {
		_, _, err := c.ReadMessage()
		done <- err
	}()
	s.ws.Close()
	if err := <-done; !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("closed with %v", err)
	}
	if c := s.ws.Counters(); c.Open != 0 {
		t.Errorf("%d open", c.Open)
	}
}

// TestSilentClientIsPingedThenCutOff runs in virtual time.
func TestSilentClientIsPingedThenCutOff(t *testing.T) {
	for _, answers := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			in, l := newInbox(), newPipes()
			ws := NewWebSocket(WSConfig{}, in)
			web := &http.Server{Handler: ws}
			go web.Serve(l)
			d := &websocket.Dialer{NetDialContext: l.dial, Subprotocols: []string{"sip"}}
			c, _, err := d.Dial("ws://tandem.test/ws", nil)
			if err != nil {
				t.Fatal(err)
			}
			pings := 0
			c.SetPingHandler(func(p string) error {
				pings++
				if answers {
					return c.WriteControl(websocket.PongMessage, []byte(p), time.Now().Add(time.Second))
				}
				return nil
			})
			go c.ReadMessage()
			time.Sleep(300*time.Second + time.Millisecond)
			synctest.Wait()
			open := ws.Counters().Open
			if answers && (open != 1 || pings != 12) {
				t.Errorf("answering client: %d open, %d pings in 5 minutes", open, pings)
			}
			if !answers && (open != 0 || pings != 2 && pings != 3) {
				t.Errorf("silent client: %d open, %d pings", open, pings)
			}
			c.Close()
			ws.Close()
			web.Close()
			synctest.Wait()
		})
	}
}

func TestIdleBrowserIsCheap(t *testing.T) {
	s := serve(t, WSConfig{})
	const n = 200
	before := memory()
	clients := make([]*websocket.Conn, 0, n)
	for range n {
		d := &websocket.Dialer{WriteBufferSize: 256, ReadBufferSize: 256}
		c := dial(t, d, s.url(), http.Header{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}})
		write(t, c, websocket.TextMessage, "REGISTER "+strings.Repeat("x", 700))
		s.inbox.next(t)
		if err := s.inbox.flow().Send(bytes.Repeat([]byte("y"), 600)); err != nil {
			t.Fatal(err)
		}
		read(t, c)
		clients = append(clients, c)
	}
	both := memory()
	each := (both - before) / n
	t.Logf("an idle browser costs %d octets, its client in this process included", each)
	if each > 40<<10 {
		t.Errorf("an idle browser costs %d octets", each)
	}
	runtime.KeepAlive(clients)
}

// memory is what is in use, once what tests before have left is gone.
func memory() int64 {
	var m runtime.MemStats
	used := int64(math.MaxInt64)
	for range 50 {
		runtime.GC()
		runtime.ReadMemStats(&m)
		now := int64(m.HeapAlloc + m.StackInuse)
		if now >= used-16<<10 {
			break
		}
		used = now
	}
	return used
}

func TestFastClientIsMadeToWait(t *testing.T) {
	s := serve(t, WSConfig{PerSecond: 200})
	c := dial(t, nil, s.url(), nil)
	start := time.Now()
	for range 600 {
		write(t, c, websocket.TextMessage, "hello there")
	}
	for range 600 {
		s.inbox.next(t)
	}
	if d := time.Since(start); d < 500*time.Millisecond {
		t.Errorf("600 messages at 200 a second took %v", d)
	}
}
