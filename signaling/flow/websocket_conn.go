package flow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// wsConn is one WebSocket connection. Its reader is the goroutine of read; its
// writer is the goroutine of write, which exists only while something is queued,
// since most connections are silent most of the time.
type wsConn struct {
	server *WebSocket
	ws     *websocket.Conn
	addr   netip.Addr
	flow   *Flow
	pace   *rate.Limiter // reader only
	closed chan struct{} // closed when the connection is cut

	mu      sync.Mutex
	queue   []frame     // guarded by mu
	octets  int         // in queue; guarded by mu
	writing bool        // a writer exists; guarded by mu
	ending  bool        // a close frame is queued or the connection cut; guarded by mu
	err     error       // why it was cut; guarded by mu
	pinger  *time.Timer // guarded by mu; nil once cut
	once    sync.Once
}

// frame is one thing to write: a message, or a control frame.
type frame struct {
	kind    int // of websocket: TextMessage, PongMessage, ...
	payload []byte
}

// lingerTime and lingerOctets bound how long a connection that is cut is still
// read, so that its close frame is not lost to a reset.
const (
	lingerTime   = time.Second
	lingerOctets = 256 << 10
)

func newWSConn(server *WebSocket, ws *websocket.Conn, addr netip.Addr) *wsConn {
	c := &wsConn{
		server: server, ws: ws, addr: addr, closed: make(chan struct{}),
		pace: rate.NewLimiter(rate.Limit(server.cfg.PerSecond), 2*server.cfg.PerSecond),
	}
	ws.SetReadLimit(int64(server.cfg.MaxMessage))
	ws.SetPongHandler(func(string) error { return c.alive() })
	ws.SetPingHandler(func(payload string) error {
		c.enqueue(frame{websocket.PongMessage, []byte(payload)})
		return c.alive()
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pinger = time.AfterFunc(server.cfg.Ping, c.ping)
	return c
}

// alive puts the end for lack of life off.
func (c *wsConn) alive() error {
	return c.ws.SetReadDeadline(time.Now().Add(c.server.cfg.Idle))
}

// ping is called by the timer.
func (c *wsConn) ping() {
	if c.enqueue(frame{kind: websocket.PingMessage}) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pinger != nil {
		c.pinger.Reset(c.server.cfg.Ping)
	}
}

// read hands messages up, in order, until the connection ends.
func (c *wsConn) read() {
	defer c.server.forget(c)
	err := c.receive()
	if isBreach(err) {
		c.server.counts.broken.Add(1)
		if errors.Is(err, websocket.ErrReadLimit) {
			// gorilla has said so itself, but for a length that is negative.
			bye := websocket.FormatCloseMessage(websocket.CloseMessageTooBig, "")
			_ = c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(lingerTime))
		}
		c.linger()
	}
	c.cut(err)
	c.server.handler.Closed(c.flow)
}

func (c *wsConn) receive() error {
	for {
		if err := c.alive(); err != nil {
			return err
		}
		kind, b, err := c.ws.ReadMessage() // whole messages, limited in size
		if err != nil {
			return err
		}
		c.server.counts.received.Add(1)
		if kind == websocket.TextMessage && !utf8.Valid(b) {
			c.finish(websocket.CloseInvalidFramePayloadData, "text that is not UTF-8")
			return errNotUTF8
		}
		if !c.keepalive(b) {
			c.server.handler.Message(c.flow, b)
		}
		if d := c.pace.Reserve().Delay(); d > 0 {
			c.wait(d)
		}
	}
}

var errNotUTF8 = errors.New("text message that is not UTF-8")

// isBreach reports whether a read failed because of what the client sent.
func isBreach(err error) bool {
	if errors.Is(err, websocket.ErrReadLimit) || errors.Is(err, errNotUTF8) {
		return true
	}
	var closed *websocket.CloseError
	if errors.As(err, &closed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	var timeout interface{ Timeout() bool }
	return !errors.As(err, &timeout)
}

// keepalive answers the keep-alives of RFC 5626 §4.4.1 and reports whether b was
// one.
func (c *wsConn) keepalive(b []byte) bool {
	if len(bytes.Trim(b, "\r\n")) > 0 {
		return false
	}
	if string(b) == "\r\n\r\n" {
		_ = c.send([]byte("\r\n"))
	}
	return true
}

// wait keeps a client that sends too fast waiting.
func (c *wsConn) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.closed:
	}
}

// send queues one message; see Flow.Send.
func (c *wsConn) send(b []byte) error {
	kind := websocket.TextMessage
	if !utf8.Valid(b) {
		kind = websocket.BinaryMessage // a text message would end the connection
	}
	return c.enqueue(frame{kind, bytes.Clone(b)})
}

// enqueue adds a frame and starts the writer if there is none.
func (c *wsConn) enqueue(f frame) error {
	c.mu.Lock()
	if c.ending {
		c.mu.Unlock()
		return ErrClosed
	}
	if len(c.queue) >= c.server.cfg.Queue || c.octets+len(f.payload) > c.server.cfg.QueueOctets {
		c.mu.Unlock()
		c.server.counts.slow.Add(1)
		c.cut(ErrQueueFull)
		return ErrQueueFull
	}
	c.addLocked(f)
	c.mu.Unlock()
	return nil
}

func (c *wsConn) addLocked(f frame) {
	c.queue = append(c.queue, f)
	c.octets += len(f.payload)
	if f.kind == websocket.CloseMessage {
		c.ending = true
	}
	if !c.writing {
		c.writing = true
		c.server.wg.Go(c.write)
	}
}

// write writes what is queued, and goes.
func (c *wsConn) write() {
	for {
		c.mu.Lock()
		if len(c.queue) == 0 {
			c.writing, c.queue = false, nil
			c.mu.Unlock()
			return
		}
		f := c.queue[0]
		c.queue[0] = frame{}
		c.queue = c.queue[1:]
		c.octets -= len(f.payload)
		c.mu.Unlock()
		if err := c.writeFrame(f); err != nil {
			c.cut(fmt.Errorf("write: %w", err))
		}
		if f.kind == websocket.CloseMessage {
			// The reader goes on until the client closes too, or for a moment.
			time.AfterFunc(lingerTime, func() { c.cut(ErrClosed) })
		}
	}
}

func (c *wsConn) writeFrame(f frame) error {
	deadline := time.Now().Add(c.server.cfg.Write)
	switch f.kind {
	case websocket.TextMessage, websocket.BinaryMessage:
		if err := c.ws.SetWriteDeadline(deadline); err != nil {
			return err
		}
		c.server.counts.sent.Add(1)
		return c.ws.WriteMessage(f.kind, f.payload)
	}
	return c.ws.WriteControl(f.kind, f.payload, deadline)
}

// closeSoon ends the connection in good order; see Flow.Close.
func (c *wsConn) closeSoon(reason string) { c.finish(websocket.CloseNormalClosure, reason) }

// finish queues a close frame behind what waits.
func (c *wsConn) finish(code int, reason string) {
	if len(reason) > 120 {
		reason = reason[:120] // a control frame has 125 octets at most
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ending {
		c.addLocked(frame{websocket.CloseMessage, websocket.FormatCloseMessage(code, reason)})
	}
}

// linger reads on after a breach, so that the close frame reaches the client.
func (c *wsConn) linger() {
	raw := c.ws.NetConn()
	_ = raw.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, raw, lingerOctets)
}

// end returns why the connection ended; see Flow.Err.
func (c *wsConn) end() error {
	if !isClosed(c.closed) {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// cut ends the connection at once. The first reason given stands.
func (c *wsConn) cut(why error) {
	c.once.Do(func() {
		c.mu.Lock()
		c.ending, c.err = true, why
		c.queue, c.octets = nil, 0
		c.pinger.Stop()
		c.pinger = nil
		c.mu.Unlock()
		close(c.closed)
		c.ws.Close()
	})
}
