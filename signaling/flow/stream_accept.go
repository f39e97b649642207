package flow

import (
	"crypto/tls"
	"net"
	"net/netip"
	"time"
)

// accept is the goroutine of Run. It never waits for a client: what a client must
// do first, such as a handshake, he does with a goroutine of his own.
func (s *StreamSocket) accept() {
	for {
		raw, err := s.listener.Accept() // errs only when closed
		if err != nil {
			return
		}
		remote := addrPortOf(raw.RemoteAddr())
		if !s.admits(remote.Addr()) || !s.places.take(remote.Addr()) {
			s.streams.counts.refused.Add(1)
			raw.Close()
			if s.cfg.Refused != nil {
				s.cfg.Refused()
			}
			continue
		}
		boundUnacknowledged(raw)
		if !s.start(raw, remote) {
			s.places.give(remote.Addr())
			raw.Close()
			return
		}
	}
}

// admits reports whether an address may open a connection now.
func (s *StreamSocket) admits(a netip.Addr) bool {
	return s.opening.take(sourceOf(a), time.Now()) && (s.cfg.Admit == nil || s.cfg.Admit(a))
}

// start gives a connection its goroutine; not if the socket is shut.
func (s *StreamSocket) start(raw net.Conn, remote netip.AddrPort) bool {
	c := newStreamConn(s.streams)
	c.hold(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return false
	}
	s.conns[c] = nil
	s.streams.wg.Go(func() {
		s.serve(c, raw, remote)
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
		s.places.give(remote.Addr())
	})
	return true
}

// serve is a connection's goroutine.
func (s *StreamSocket) serve(c *streamConn, raw net.Conn, remote netip.AddrPort) {
	conn, peer, err := s.handshake(raw)
	if err != nil {
		s.streams.counts.untrusted.Add(1)
		if s.warning.Allow() { // scanners come all day
			s.streams.log.Warn("a client's TLS handshake went wrong", "from", remote, "error", err)
		}
		c.cut(err)
		return
	}
	local := addrPortOf(raw.LocalAddr())
	if public := announced(s.cfg.Announce, remote.Addr()); public.IsValid() {
		local = netip.AddrPortFrom(public, s.local.Port())
	}
	c.flow = New(Way{
		Kind: s.Kind(), Socket: NextSocket(), Local: local, Remote: remote,
		Send: c.send, Close: c.closeSoon, Closed: c.closed, Err: c.end, Peer: c.names,
	})
	if s.cfg.Reuse != nil && len(peer) > 0 {
		c.alias = &aliases{of: s.cfg.Reuse, parser: s.parser}
		defer s.cfg.Reuse.disown(c)
	}
	s.mu.Lock()
	s.conns[c] = c.flow
	s.mu.Unlock()
	c.open(conn, peer)
	c.read()
}

// config is how to shake hands with a client now; nil for a listener for TCP. One
// pool has one config, since tickets of sessions are its own.
func (s *StreamSocket) config() *tls.Config {
	if s.tls == nil || s.cfg.Believe == nil {
		return s.tls
	}
	pool := s.cfg.Believe()
	if known := s.asking.Load(); known != nil && known.ClientCAs == pool {
		return known
	}
	c := s.tls.Clone()
	c.ClientCAs, c.ClientAuth = pool, tls.NoClientCert
	if pool != nil {
		c.ClientAuth = tls.RequestClientCert
	}
	s.asking.Store(c)
	return c
}

// handshake makes raw a TLS connection where this is a listener for TLS, and
// returns what the client has proved to be.
func (s *StreamSocket) handshake(raw net.Conn) (net.Conn, []string, error) {
	config := s.config()
	if config == nil {
		return raw, nil, nil
	}
	if err := raw.SetDeadline(time.Now().Add(handshakeTime)); err != nil {
		return nil, nil, err
	}
	conn := tls.Server(raw, config)
	if err := conn.Handshake(); err != nil {
		return nil, nil, err
	}
	if err := raw.SetDeadline(time.Time{}); err != nil {
		return nil, nil, err
	}
	return conn, clientNames(conn.ConnectionState(), config.ClientCAs), nil
}
