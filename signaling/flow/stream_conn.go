package flow

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// streamConn is one TCP or TLS connection, ours or theirs. Its reader is the
// goroutine of read; its writer is the goroutine of write, which exists only
// while something is queued. Before open, what is sent waits in the queue.
type streamConn struct {
	s      *streams
	flow   *Flow
	closed chan struct{} // closed when the connection is cut
	frames framer        // reader only
	pace   *rate.Limiter // reader only
	alias  *aliases      // reader only; nil where there can be none
	// messages is whether any came; reader only.
	messages bool

	mu      sync.Mutex
	conn    net.Conn    // what is read and written, nil before open; guarded by mu
	raw     net.Conn    // what is closed: the connection below TLS; guarded by mu
	peer    []string    // guarded by mu
	queue   [][]byte    // guarded by mu
	octets  int         // in queue; guarded by mu
	writing bool        // a writer exists; guarded by mu
	ending  bool        // no more is taken: cut, or soon; guarded by mu
	deaf    bool        // nothing more will come; guarded by mu
	said    bool        // the last is written; guarded by mu
	err     error       // why it ended; guarded by mu
	heard   time.Time   // when something came last; guarded by mu
	pinger  *time.Timer // guarded by mu; nil while no pings are sent
	cancel  func()      // ends connecting; guarded by mu
	once    sync.Once
}

// Reasons for the end of a connection, as Flow.Err tells them.
var (
	errFarEnd = errors.New("the far end closed the connection")
	errIdle   = errors.New("nothing came for too long")
	errHeader = errors.New("a message took too long to arrive")
	errNoPong = errors.New("a keep-alive was not answered")
)

func newStreamConn(s *streams) *streamConn {
	return &streamConn{
		s: s, closed: make(chan struct{}), frames: framer{max: s.limits.maxMessage},
		pace: rate.NewLimiter(rate.Limit(s.limits.perSecond), 2*s.limits.perSecond),
	}
}

// hold makes raw what cut closes, while the handshake goes on. It is false, and
// raw closed, if the connection has been cut before.
func (c *streamConn) hold(raw net.Conn) bool {
	c.mu.Lock()
	cut := isClosed(c.closed)
	if !cut {
		c.raw = raw
	}
	c.mu.Unlock()
	if cut {
		raw.Close()
	}
	return !cut
}

// onCut has cut call cancel while there is no connection yet. It is false if the
// connection has been cut before.
func (c *streamConn) onCut(cancel func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = cancel
	return !isClosed(c.closed)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// open begins to write what is queued. conn is the raw connection, or TLS over it.
func (c *streamConn) open(conn net.Conn, peer []string) {
	c.s.counts.opened.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn, c.peer, c.heard = conn, peer, time.Now()
	c.startWriterLocked()
}

// read hands messages up, in order, until the connection ends. It is called
// after open.
func (c *streamConn) read() {
	err := c.receive()
	switch {
	case c.isBreach(err):
		c.s.counts.broken.Add(1)
		c.finish(err) // after the answer to the last message
		c.linger()
	case errors.Is(err, errFarEnd):
		c.drain(err)
	}
	c.cut(err)
	c.s.log.Debug("connection ended", "kind", c.flow.Kind().String(), "remote", c.flow.Remote(), "reason", err)
	c.s.handler.Closed(c.flow)
}

// receive returns why it ended.
func (c *streamConn) receive() error {
	now := time.Now()
	opened, started := now, now
	for {
		deadline := now.Add(c.s.limits.idle)
		switch {
		case c.frames.partial():
			deadline = started.Add(c.s.limits.header)
		case !c.messages && c.s.limits.first > 0:
			deadline = opened.Add(c.s.limits.first)
		}
		if err := c.conn.SetReadDeadline(deadline); err != nil {
			return err
		}
		before := now
		n, err := c.conn.Read(c.frames.space())
		now = time.Now()
		if n > 0 {
			if now.Sub(before) > pongTime {
				c.frames.pause()
			}
			c.alive(now)
			had := c.frames.partial()
			c.frames.fill(n)
			some, err := c.deliver()
			now = time.Now() // the far end may have been made to wait
			c.messages = c.messages || some
			if some || !had {
				started = now
			}
			if err != nil {
				return err
			}
		}
		if err != nil {
			return c.why(err)
		}
	}
}

// alive notes that something came.
func (c *streamConn) alive(now time.Time) {
	c.mu.Lock()
	c.heard = now
	c.mu.Unlock()
}

// deliver hands up the messages that are whole. It reports whether there was
// any, and errs if no more can come.
func (c *streamConn) deliver() (some bool, err error) {
	for {
		message, ping, err := c.frames.next()
		if ping {
			c.s.counts.keepalives.Add(1)
			_ = c.send([]byte("\r\n")) // RFC 5626 §3.5.1
		}
		if message != nil {
			some = true
			c.s.counts.received.Add(1)
			if c.alias != nil {
				c.alias.see(c, message)
			}
			c.s.handler.Message(c.flow, message)
		}
		if err != nil || message == nil && !ping {
			return some, err
		}
		if d := c.pace.Reserve().Delay(); d > 0 {
			c.wait(d)
		}
		if isClosed(c.closed) {
			return some, ErrClosed
		}
	}
}

// why puts an error of reading into words, and counts it.
func (c *streamConn) why(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return errFarEnd
	case isTimeout(err):
		if c.frames.partial() {
			return errHeader
		}
		c.s.counts.idle.Add(1)
		return errIdle
	}
	return err
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// isBreach reports whether a connection ends because of what the far end sent.
func (c *streamConn) isBreach(err error) bool {
	for _, breach := range []error{errNotSIP, errTooLong, errNoLength, errBadLength, errHeader} {
		if errors.Is(err, breach) {
			return true
		}
	}
	return false
}

// wait keeps a far end that sends too fast waiting.
func (c *streamConn) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.closed:
	}
}

// closeSoon ends the connection in good order; see Flow.Close.
func (c *streamConn) closeSoon(reason string) { c.finish(fmt.Errorf("closed: %s", reason)) }

// finish takes no more, and ends the connection when what is queued is written.
func (c *streamConn) finish(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return
	}
	c.ending, c.err = true, why
	c.startWriterLocked()
}

// drain lets what is queued be written to a far end that has said that it will send
// no more, but may still read.
func (c *streamConn) drain(why error) {
	c.mu.Lock()
	busy := !c.said && (c.writing || len(c.queue) > 0)
	c.deaf = true
	c.mu.Unlock()
	if busy {
		c.finish(why)
		c.wait(lingerTime)
	}
}

// stop ends the connection in good order, but soon, if it has been opened, and at
// once if not.
func (c *streamConn) stop() {
	if !c.opened() {
		c.cut(ErrClosed)
		return
	}
	c.closeSoon("the gateway is stopping")
	time.AfterFunc(lingerTime, func() { c.cut(nil) })
}

// linger reads on after a breach, so that the last answer is not lost to a reset.
func (c *streamConn) linger() {
	_ = c.conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, c.conn, lingerOctets)
}

// cut ends the connection at once. The first reason given stands.
func (c *streamConn) cut(why error) {
	c.once.Do(func() {
		c.mu.Lock()
		c.ending = true
		if c.err == nil {
			c.err = why
		}
		if c.err == nil {
			c.err = ErrClosed
		}
		c.queue, c.octets = nil, 0
		if c.pinger != nil {
			c.pinger.Stop()
			c.pinger = nil
		}
		raw, cancel := c.raw, c.cancel
		close(c.closed)
		c.mu.Unlock()
		if cancel != nil {
			cancel()
		}
		if raw != nil {
			raw.Close() // not TLS's Close, which would wait for a far end that does not read
		}
	})
}

// end returns why the connection ended; see Flow.Err.
func (c *streamConn) end() error {
	if !isClosed(c.closed) {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// names returns what the far end has proved to be; see Flow.Peer.
func (c *streamConn) names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peer
}

// opened reports whether the connection has stood.
func (c *streamConn) opened() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn != nil
}

// lastHeard returns when something came last, the zero time before open.
func (c *streamConn) lastHeard() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// ownEnd returns our address and port, none before open.
func (c *streamConn) ownEnd() netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return netip.AddrPort{}
	}
	return addrPortOf(c.conn.LocalAddr())
}

// gone reports whether nothing more can be sent.
func (c *streamConn) gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}
