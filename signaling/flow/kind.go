package flow

// Kind is a SIP transport.
type Kind uint8

// The transports.
const (
	UDP Kind = iota + 1
	TCP
	TLS
	WS
	WSS
)

// String returns the transport's name in lower case: "udp", "wss".
func (k Kind) String() string {
	switch k {
	case UDP:
		return "udp"
	case TCP:
		return "tcp"
	case TLS:
		return "tls"
	case WS:
		return "ws"
	case WSS:
		return "wss"
	}
	return "none"
}

// ViaToken returns the transport as a Via field names it: "UDP", "WSS"
// (RFC 3261 §20.42, RFC 7118 §5.2).
func (k Kind) ViaToken() string {
	switch k {
	case UDP:
		return "UDP"
	case TCP:
		return "TCP"
	case TLS:
		return "TLS"
	case WS:
		return "WS"
	case WSS:
		return "WSS"
	}
	return "NONE"
}

// URIParam returns the value of a URI's transport parameter. WebSockets have that of
// the plain ones, secure or not (RFC 7118 §5.2.3). TLS has its own: RFC 3261 §26.2.2
// deprecates it, but phones and servers all write it, and one that is told "tcp"
// brings its ACK in the clear to the port of TLS.
func (k Kind) URIParam() string {
	if k == WSS {
		return WS.String()
	}
	return k.String()
}

// Reliable reports whether the transport repeats what is lost.
func (k Kind) Reliable() bool { return k != UDP }

// Secure reports whether the transport encrypts.
func (k Kind) Secure() bool { return k == TLS || k == WSS }

// Stream reports whether a flow of this kind is a connection, which can close.
func (k Kind) Stream() bool { return k != UDP }
