package flow

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// send queues one message; see Flow.Send.
func (c *streamConn) send(b []byte) error {
	c.mu.Lock()
	if c.ending {
		c.mu.Unlock()
		return ErrClosed
	}
	if len(c.queue) >= c.s.limits.queue || c.octets+len(b) > c.s.limits.queueOctets {
		c.mu.Unlock()
		c.s.counts.slow.Add(1)
		c.cut(ErrQueueFull)
		return ErrQueueFull
	}
	c.queue = append(c.queue, bytes.Clone(b))
	c.octets += len(b)
	c.startWriterLocked()
	c.mu.Unlock()
	return nil
}

// startWriterLocked starts the writer where there is need of one.
func (c *streamConn) startWriterLocked() {
	if !c.writing && c.conn != nil && (len(c.queue) > 0 || c.ending) {
		c.writing = true
		conn := c.conn
		c.s.wg.Go(func() { c.write(conn) })
	}
}

// write writes what is queued, as much at once as there is, and goes.
func (c *streamConn) write(conn net.Conn) {
	for {
		c.mu.Lock()
		batch := net.Buffers(c.queue)
		c.queue, c.octets = nil, 0
		if len(batch) == 0 {
			c.writing, c.said = c.ending, c.ending
			last, deaf := c.ending && !isClosed(c.closed), c.deaf
			c.mu.Unlock()
			if last {
				c.farewell(conn)
			}
			if last && deaf {
				c.cut(nil)
			}
			return
		}
		c.mu.Unlock()
		n := countMessages(batch)
		err := conn.SetWriteDeadline(time.Now().Add(c.s.limits.write))
		if err == nil {
			_, err = batch.WriteTo(conn)
		}
		if err != nil {
			if isTimeout(err) {
				c.s.counts.slow.Add(1)
			}
			c.cut(fmt.Errorf("write: %w", err))
			continue
		}
		c.s.counts.sent.Add(n)
	}
}

// countMessages counts what is no keep-alive.
func countMessages(batch [][]byte) (n uint64) {
	for _, b := range batch {
		if len(b) > len("\r\n\r\n") {
			n++
		}
	}
	return n
}

// farewell says that no more will come, and leaves the far end a moment to read
// what did: a connection that is closed at once takes it away from him.
func (c *streamConn) farewell(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(lingerTime))
	if t, ok := conn.(*tls.Conn); ok {
		_ = t.CloseWrite()
		conn = t.NetConn()
	}
	if t, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = t.CloseWrite()
	}
	time.AfterFunc(lingerTime, func() { c.cut(nil) })
}
