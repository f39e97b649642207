package flow

import (
	"math/rand/v2"
	"time"
)

// The keep-alive of RFC 5626 §4.4.1 and §3.5.1: a ping every 95 to 120 s, which
// something must follow within 10 s.
const (
	pingLeast = 95 * time.Second
	pingMost  = 120 * time.Second
	pongTime  = 10 * time.Second
)

// keepAlive begins to send pings, if not done yet.
func (c *streamConn) keepAlive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pinger == nil && !c.ending {
		c.pinger = time.AfterFunc(pingInterval(), c.ping)
	}
}

func pingInterval() time.Duration { return pingLeast + rand.N(pingMost-pingLeast) }

// ping is called by the timer. One that stands only since a moment ago is asked
// too: it costs four octets.
func (c *streamConn) ping() {
	if !c.opened() {
		c.again(pingInterval(), c.ping)
		return
	}
	sent := time.Now()
	if c.send([]byte("\r\n\r\n")) == nil {
		c.again(pongTime, func() { c.ponged(sent) })
	}
}

// ponged is called by the timer when the answer to a ping is due. Whatever came
// shows that the far end lives.
func (c *streamConn) ponged(sent time.Time) {
	if c.lastHeard().Before(sent) {
		c.s.counts.idle.Add(1)
		c.cut(errNoPong)
		return
	}
	c.again(pingInterval()-pongTime, c.ping)
}

// again sets the timer anew, unless the connection has ended.
func (c *streamConn) again(after time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pinger != nil {
		c.pinger = time.AfterFunc(after, f)
	}
}
