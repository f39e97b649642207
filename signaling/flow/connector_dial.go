package flow

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// dialLocked makes a connection that has yet to be opened, and the goroutine
// that opens and reads it.
func (k *Connector) dialLocked(p place) *streamConn {
	c := newStreamConn(k.streams)
	c.flow = New(Way{
		Kind: p.kind, Socket: NextSocket(), Remote: plainAddrPort(p.remote),
		Local: netip.AddrPortFrom(netip.IPv4Unspecified(), 0), Route: func() netip.AddrPort { return k.local(c, p) },
		Send: c.send, Close: c.closeSoon, Closed: c.closed, Err: c.end, Peer: c.names,
		Alias: p.cert != nil,
	})
	k.table[p], k.conns[c] = c, struct{}{}
	k.failed.Remove(p)
	k.streams.wg.Go(func() { k.serve(c, p) })
	return c
}

// serve is a connection's goroutine.
func (k *Connector) serve(c *streamConn, p place) {
	conn, peer, err := k.connect(c, p)
	if err != nil {
		k.streams.log.Debug("connect", "to", p.remote, "over", p.kind.String(), "error", err)
		c.cut(err)
		k.forget(c, p, err)
		k.streams.handler.Closed(c.flow)
		return
	}
	c.open(conn, peer)
	opened := time.Now()
	c.read()
	// A far end that takes connections and drops them is as good as none; a client
	// certificate that is refused shows itself like this.
	if time.Since(opened) < k.cfg.Rest && !c.messages {
		err = fmt.Errorf("connect to %s over %s: %w", p.remote, p.kind, c.end())
	}
	k.forget(c, p, err)
}

// forget takes a connection out of the tables, and remembers why it was of no use
// if err says so.
func (k *Connector) forget(c *streamConn, p place, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.conns, c)
	if k.table[p] == c {
		delete(k.table, p)
	}
	if err != nil && !k.shut && !errors.Is(err, ErrClosed) {
		k.failed.Add(p, failure{err, time.Now()})
	}
}

// connect opens a connection, and returns what the far end has proved to be.
func (k *Connector) connect(c *streamConn, p place) (net.Conn, []string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), k.cfg.Connect)
	defer cancel()
	if !c.onCut(cancel) {
		return nil, nil, ErrClosed
	}
	raw, err := k.cfg.Dial(ctx, "tcp", p.remote.String())
	if err != nil {
		k.streams.counts.refused.Add(1)
		return nil, nil, fmt.Errorf("connect to %s over %s: %w", p.remote, p.kind, err)
	}
	if !c.hold(raw) {
		return nil, nil, ErrClosed
	}
	boundUnacknowledged(raw)
	if p.kind == TCP {
		return raw, nil, nil
	}
	conn, peer, err := k.secure(raw, p)
	if err != nil {
		k.streams.counts.untrusted.Add(1)
		return nil, nil, fmt.Errorf("connect to %s over tls: %w", p.remote, err)
	}
	return conn, peer, nil
}

// secure is the TLS handshake. The certificate is verified by the rules of SIP
// rather than by those of the web (RFC 5922 §7).
func (k *Connector) secure(raw net.Conn, p place) (net.Conn, []string, error) {
	if err := raw.SetDeadline(time.Now().Add(k.cfg.Handshake)); err != nil {
		return nil, nil, err
	}
	cfg := &tls.Config{}
	if k.cfg.TLS != nil {
		cfg = k.cfg.TLS.Clone()
	}
	var peer []string
	cfg.MinVersion = max(cfg.MinVersion, tls.VersionTLS12)
	cfg.NextProtos = nil // offering "sip" makes some far ends refuse
	cfg.ServerName = p.name
	cfg.InsecureSkipVerify = true // VerifyConnection does it
	cfg.VerifyConnection = func(s tls.ConnectionState) (err error) {
		peer, err = verifyServer(s.PeerCertificates, p.roots, p.name)
		return err
	}
	if p.cert != nil {
		// Given whatever authorities the server names: many name the wrong ones.
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return p.cert, nil }
	}
	conn := tls.Client(raw, cfg)
	if err := conn.Handshake(); err != nil {
		return nil, nil, err
	}
	return conn, peer, raw.SetDeadline(time.Time{})
}

// local returns what Flow.Local tells of a connection.
func (k *Connector) local(c *streamConn, p place) netip.AddrPort {
	at := netip.AddrPort{}
	if k.cfg.Local != nil {
		at = k.cfg.Local(p.kind, p.remote)
	}
	if at.IsValid() && !at.Addr().IsUnspecified() {
		return at
	}
	own := c.ownEnd()
	if !own.IsValid() {
		own = netip.AddrPortFrom(k.route(p.remote), defaultPort(p.kind))
	}
	if at.IsValid() {
		own = netip.AddrPortFrom(own.Addr(), at.Port())
	}
	return own
}

// defaultPort is that of SIP over a kind (RFC 3261 §19.1.2).
func defaultPort(kind Kind) uint16 {
	if kind == TLS {
		return 5061
	}
	return 5060
}

// route returns our address toward remote.
func (k *Connector) route(remote netip.AddrPort) netip.Addr {
	switch addr := k.routes.toward(remote); {
	case addr.IsValid():
		return addr
	case remote.Addr().Is4():
		return netip.IPv4Unspecified() // there is no way, and connecting will say so
	}
	return netip.IPv6Unspecified()
}
