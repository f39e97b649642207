package locate

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Query is a place that a request is to be sent to, as its URI names it.
type Query struct {
	// Host is a domain, a host name, or an address, IPv6 with or without brackets.
	Host string
	// Port is 0 where the URI says none.
	Port uint16
	// Transport is the value of the URI's transport parameter; "" where it has
	// none.
	Transport string
	// Secure says that nothing but TLS will do: a sips: URI, or TLS asked for.
	Secure bool
}

// Target is one place to try: RFC 3263 §4.
type Target struct {
	// Kind is the transport: UDP, TCP or TLS.
	Kind flow.Kind
	// Addr is the address and port.
	Addr netip.AddrPort
	// Name is the domain that was asked for, which the certificate of a TLS server
	// must name (RFC 5922 §4), whatever SRV made of it.
	Name string
}

// String gives the target as logs write it: `udp:192.0.2.1:5060`.
func (t Target) String() string { return t.Kind.String() + ":" + t.Addr.String() }

// Of returns the query for the next hop that a URI is: its maddr goes before its
// host (RFC 3263 §4).
func Of(u sip.Uri) Query {
	q := Query{Host: strings.Trim(u.Host, "[]"), Secure: strings.EqualFold(u.Scheme, "sips")}
	if u.Port > 0 && u.Port < 1<<16 {
		q.Port = uint16(u.Port)
	}
	if maddr, _ := sipmsg.Param(u.UriParams, "maddr"); maddr != "" {
		q.Host = strings.Trim(maddr, "[]")
	}
	q.Transport, _ = sipmsg.Param(u.UriParams, "transport")
	q.Transport = strings.ToLower(q.Transport)
	q.Secure = q.Secure || q.Transport == flow.TLS.String()
	return q
}
