package hep

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

const (
	// patience is how long a message waits for its call to tell of itself.
	patience = 300 * time.Millisecond
	// dialFor and writeFor bound how long Homer may take.
	dialFor  = 5 * time.Second
	writeFor = 5 * time.Second
	// firstWait and longestWait are between two attempts to reach it.
	firstWait   = time.Second
	longestWait = 30 * time.Second
	// refusedIn is how soon a datagram to a port that nobody listens on is refused.
	refusedIn = time.Second
	// farewell is how long what is left may take at the end.
	farewell = time.Second
)

// Run sends until ctx ends or Close is called; what waits then is still sent where
// Homer is there. It returns nil: what becomes of Homer is nobody's end.
func (s *Sender) Run(ctx context.Context) error {
	ctx, done, ok := s.begin(ctx)
	if !ok {
		return nil
	}
	defer done()
	wait := firstWait
	for ctx.Err() == nil {
		began := time.Now()
		err := s.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > longestWait {
			wait = firstWait // it was there for long
		}
		s.away(err, wait)
		sleep(ctx, wait)
		wait = min(2*wait, longestWait)
	}
	s.up.Store(false)
	s.queue.close()
	return nil
}

// away notes that Homer cannot be reached.
func (s *Sender) away(err error, wait time.Duration) {
	s.up.Store(false)
	text := "Homer at " + s.config.Address + " cannot be reached: " + err.Error()
	if s.trouble.Swap(&text) == nil {
		s.log.Warn("Homer cannot be reached", "address", s.config.Address, "reason", err, "again_in", wait)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// serve sends over one connection until it is lost or ctx ends.
func (s *Sender) serve(ctx context.Context) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	lost := make(chan error, 1)
	read := make(chan struct{})
	go func() { // Homer says nothing: what ends the reading is the end of the connection
		defer close(read)
		_, err := io.Copy(io.Discard, conn)
		if err == nil {
			err = io.EOF
		}
		lost <- err
	}()
	defer func() {
		_ = conn.Close()
		<-read
	}()
	var b []byte
	var first time.Time // that something was written
	if s.config.Transport != "udp" {
		s.reached()
	}
	for {
		if err := s.next(ctx, lost); err != nil {
			if ctx.Err() != nil {
				return s.finish(conn, b)
			}
			return err
		}
		i, ok := s.queue.take()
		if !ok {
			continue
		}
		if !s.up.Load() && !first.IsZero() && time.Since(first) > refusedIn {
			s.reached() // nobody has refused what was sent over UDP
		}
		if b, err = s.write(conn, b, &i, writeFor); err != nil {
			return err
		}
		if first.IsZero() {
			first = time.Now()
		}
	}
}

// reached notes that Homer is there.
func (s *Sender) reached() {
	s.up.Store(true)
	if s.trouble.Swap(nil) != nil {
		s.log.Info("Homer is reached again", "address", s.config.Address)
	}
}

func (s *Sender) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialFor)
	defer cancel()
	network := "tcp"
	if s.config.Transport == "udp" {
		network = "udp"
	}
	conn, err := s.config.Dial(ctx, network, s.config.Address)
	if err != nil || s.config.Transport != "tls" {
		return conn, err
	}
	config := &tls.Config{}
	if s.config.TLS != nil {
		config = s.config.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(s.config.Address)
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secured, nil
}

// next waits until the oldest item may be sent: its call is known, or it has waited
// long enough for that.
func (s *Sender) next(ctx context.Context, lost <-chan error) error {
	tick := time.NewTimer(patience)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-lost:
			return err
		default:
		}
		var due <-chan time.Time
		if i, ok := s.queue.first(); ok {
			left := s.waits(&i)
			if left <= 0 {
				return nil
			}
			tick.Reset(min(left, patience/10))
			due = tick.C
		}
		select {
		case <-ctx.Done():
		case err := <-lost:
			return err
		case <-s.queue.more:
		case <-due:
		}
	}
}

// waits says how long an item waits at most for its call to tell of itself.
func (s *Sender) waits(i *item) time.Duration {
	if !i.mayBegin || i.ref == "" {
		return 0
	}
	if _, known := s.config.Calls.of(i.ref); known {
		return 0
	}
	return patience - time.Since(i.at)
}

// write sends one item; b is used again.
func (s *Sender) write(conn net.Conn, b []byte, i *item, within time.Duration) ([]byte, error) {
	c := &s.config
	p := packet{
		At: i.at, Protocol: i.protocol, Transport: i.transport, From: i.from, To: i.to,
		Agent: c.Agent, Name: c.Name, Password: c.Password, Payload: i.payload,
	}
	switch i.protocol {
	case SIP:
		if c.Mask != nil {
			p.Payload = c.Mask(i.payload)
		}
		call, _ := c.Calls.of(i.ref)
		p.Correlation = string(call)
	case RTCP: // collectors look for the reports of a dialog by its Call-ID
		p.Correlation = i.ref
	}
	limit := maxLength
	if c.Transport == "udp" {
		limit = maxDatagram
	}
	b, cut := p.append(b[:0], limit)
	if cut {
		s.cut.Add(1)
	}
	if err := conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
		s.lost.Add(1)
		return b, err
	}
	if _, err := conn.Write(b); err != nil {
		s.lost.Add(1)
		return b, err
	}
	s.sent.Add(1)
	return b, nil
}

// finish sends what is left, at the end.
func (s *Sender) finish(conn net.Conn, b []byte) error {
	over := time.Now().Add(farewell)
	for {
		i, ok := s.queue.take()
		left := time.Until(over)
		if !ok || left <= 0 {
			return nil
		}
		var err error
		if b, err = s.write(conn, b, &i, left); err != nil {
			return err
		}
	}
}
