package flow

import (
	"bytes"
	"crypto/tls"
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Connection reuse (RFC 5923): who connects over TLS, proves himself by a
// certificate, and says in his Via that the connection is an alias of the address
// where he listens, gets requests for that address over this connection.
//
//	Via: SIP/2.0/TLS proxy.example.com:5061;branch=z9hG4bK...;alias
//	alias of: the source address of the connection, port 5061

// Bounds of aliases, for one connection and for a Connector.
const (
	maxAliasesEach = 4
	maxAliases     = 4096
)

// aliases are what one connection is an alias of; reader only.
type aliases struct {
	of     *Connector
	parser *sipmsg.Parser
	ports  []uint16
}

// see looks whether a request asks for an alias.
func (a *aliases) see(c *streamConn, raw []byte) {
	if len(a.ports) >= maxAliasesEach || !bytes.Contains(raw, []byte(";alias")) {
		return
	}
	port, ok := aliasPort(a.parser, raw)
	if !ok {
		return
	}
	for _, p := range a.ports {
		if p == port {
			return
		}
	}
	if a.of.adopt(c, netip.AddrPortFrom(c.flow.Remote().Addr(), port)) {
		a.ports = append(a.ports, port)
	}
}

// aliasPort returns the port of the topmost Via of a sound request, if that has
// the alias parameter (RFC 5923 §8.2).
func aliasPort(parser *sipmsg.Parser, raw []byte) (uint16, bool) {
	m, err := parser.Parse(raw)
	if err != nil {
		return 0, false
	}
	req, ok := m.(*sip.Request)
	if !ok || sipmsg.Validate(req, raw) != nil {
		return 0, false
	}
	via := req.Via()
	if _, ok := sipmsg.Param(via.Params, "alias"); !ok || via.Port < 0 || via.Port > 65535 {
		return 0, false
	}
	if via.Port == 0 {
		return defaultPort(TLS), true
	}
	return uint16(via.Port), true
}

// adopt makes an accepted connection an alias of at. The newest one counts.
func (k *Connector) adopt(c *streamConn, at netip.AddrPort) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.aliases[at]; k.shut || !known && len(k.aliases) >= maxAliases {
		return false
	}
	k.aliases[at] = c
	return true
}

// disown forgets a connection that has ended.
func (k *Connector) disown(c *streamConn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for at, other := range k.aliases {
		if other == c {
			delete(k.aliases, at)
		}
	}
	for p, other := range k.table {
		if other == c {
			delete(k.table, p)
		}
	}
}

// aliasOf returns an accepted connection that may be used for a place, or nil.
// Its certificate must prove what that of a server there would have to, to the same
// authorities (RFC 5923 §9.1).
func (k *Connector) aliasOf(p place) *streamConn {
	if p.kind != TLS {
		return nil
	}
	k.mu.Lock()
	c := k.aliases[p.remote]
	k.mu.Unlock()
	if c == nil || c.gone() {
		return nil
	}
	conn, ok := c.conn.(*tls.Conn) // set before the reader that made the alias began
	if !ok {
		return nil
	}
	if _, err := verifyServer(conn.ConnectionState().PeerCertificates, p.roots, p.name); err != nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.shut || k.aliases[p.remote] != c {
		return nil
	}
	if old := k.table[p]; old != nil && !old.gone() {
		return old
	}
	k.table[p] = c // next time it is found at once
	return c
}
