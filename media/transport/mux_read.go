package transport

import "net/netip"

// take sorts one datagram (RFC 7983 §7). Its octets may be rewritten and have
// Tail octets of spare capacity; q
// is the reader's.
func (m *Mux) take(d datagram, q *Batch) {
	switch k := classify(d.b); k {
	case kindSTUN:
		m.takeSTUN(d)
	case kindDTLS:
		if p := m.flows.find(d.from); p != nil {
			p.takeDTLS(d)
		} else {
			m.count.dtlsStranger.Add(1)
		}
	case kindRTP, kindRTCP:
		if p := m.flows.find(d.from); p != nil {
			p.takeMedia(d.b, k == kindRTCP, q)
		} else {
			m.count.mediaStranger.Add(1)
		}
	default:
		m.count.unclassified.Add(1)
	}
}

// takeSTUN finds the session a message is for: a request by our user
// fragment, a response by its transaction. Nobody else gets an answer.
func (m *Mux) takeSTUN(d datagram) {
	p, ok := peekSTUN(d.b)
	if !ok || d.via.link == nil && isLinkAddr(d.from.Addr()) {
		m.count.stunMalformed.Add(1)
		return
	}
	switch p.kind {
	case bindingRequest:
		local, _, ok := p.frags()
		if !ok {
			m.count.stunUnknown.Add(1)
			return
		}
		if s := m.frags.find(local); s != nil {
			s.request(p, d)
		} else {
			m.count.stunUnknown.Add(1)
		}
	case bindingSuccess:
		switch c, ok := m.checks.take(p.id, d.from); {
		case !ok || !p.signed:
			m.count.stunUnasked.Add(1)
		case c.consent:
			c.session.consented(p, d)
		default:
			c.session.queue(d)
		}
	default:
		m.count.stunUnasked.Add(1)
	}
}

// write sends b to t. Where no socket is known to reach it, turn picks one.
func (m *Mux) write(b []byte, t target, turn uint32) error {
	via := t.via
	if via == nil {
		if via = m.route(t.addr.Addr(), turn); via == nil {
			return errNoFamily
		}
	}
	if via.link != nil {
		return via.link.write(b)
	}
	if t.video {
		return via.sendVideo(b, t.addr)
	}
	return via.send(b, t.addr)
}

// route picks a socket for an address not heard from: of its family, and on
// loopback if and only if the address is.
func (m *Mux) route(to netip.Addr, turn uint32) *muxSocket {
	socks := m.v4
	if !to.Is4() {
		socks = m.v6
	}
	for i := range uint32(len(socks)) {
		s := socks[(turn+i)%uint32(len(socks))]
		if s.bind.IsUnspecified() || s.bind.IsLoopback() == to.IsLoopback() {
			return s
		}
	}
	if len(socks) == 0 {
		return nil
	}
	return socks[turn%uint32(len(socks))]
}
