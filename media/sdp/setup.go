package sdp

// Setup is the DTLS role of a side: a=setup (RFC 4145 §4, RFC 8842 §5). The
// zero value means that nothing is said or no DTLS is used.
type Setup uint8

// The values of a=setup.
const (
	SetupNone Setup = iota
	// ActPass leaves the choice to the answerer; only in offers.
	ActPass
	// Active sends the ClientHello: the DTLS client.
	Active
	// Passive waits for the ClientHello: the DTLS server.
	Passive
	// HoldConn asks for no connection yet. RFC 8842 §5.1 forbids it with
	// DTLS; it is understood and never written.
	HoldConn
)

// String returns the attribute value, e.g. "actpass"; empty for SetupNone.
func (s Setup) String() string {
	switch s {
	case ActPass:
		return "actpass"
	case Active:
		return "active"
	case Passive:
		return "passive"
	case HoldConn:
		return "holdconn"
	default:
		return ""
	}
}

func parseSetup(value string) Setup {
	switch value {
	case "actpass":
		return ActPass
	case "active":
		return Active
	case "passive":
		return Passive
	case "holdconn":
		return HoldConn
	}
	return SetupNone
}
