package sdp

// Direction says which way media flows, seen from the side that wrote it
// (RFC 8866 §6.7). The zero value is SendRecv, as it is when nothing is said.
type Direction uint8

// The four directions of RFC 8866 §6.7.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// String returns the attribute name, e.g. "sendonly".
func (d Direction) String() string {
	switch d {
	case SendRecv:
		return "sendrecv"
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	default:
		return "inactive"
	}
}

// Sends reports whether the side that wrote d sends media.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives reports whether the side that wrote d wants to receive media.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Reverse returns d as the other side sees it: SendOnly becomes RecvOnly and
// the reverse, the others stay.
func (d Direction) Reverse() Direction { return makeDirection(d.Receives(), d.Sends()) }

// Intersect returns the direction in which only flows what flows in both d
// and e. An answer is Intersect of the offer's Reverse with our own wish
// (RFC 3264 §6.1).
func (d Direction) Intersect(e Direction) Direction {
	return makeDirection(d.Sends() && e.Sends(), d.Receives() && e.Receives())
}

func makeDirection(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	default:
		return Inactive
	}
}

// parseDirection returns the direction an attribute name stands for.
func parseDirection(name string) (Direction, bool) {
	switch name {
	case "sendrecv":
		return SendRecv, true
	case "sendonly":
		return SendOnly, true
	case "recvonly":
		return RecvOnly, true
	case "inactive":
		return Inactive, true
	}
	return SendRecv, false
}
