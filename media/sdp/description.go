package sdp

// Description is a session description (RFC 8866) as it was parsed.
type Description struct {
	// Version is the value of v=, normally "0".
	Version string
	Origin  Origin
	// Name is the value of s=.
	Name string
	// Lines are all other session-level lines in their order, those of
	// unknown types included.
	Lines []Line
	Media []Media
}

// Origin is the o= line (RFC 8866 §5.2). Its fields are text, since peers put
// more than numbers into them.
type Origin struct {
	User, ID, Version, NetType, AddrType, Address string
}

// Line is one line: its type and value. Type is 0 for a line that has not the
// form type=value; Value is then the whole of it.
type Line struct {
	Type  byte
	Value string
}

// Media is an m= line and what belongs to it (RFC 8866 §5.14).
type Media struct {
	// Kind is the media type, e.g. "audio", "video", "image".
	Kind string
	Port uint16
	// PortCount is the number after the port's slash, 0 when there is none.
	PortCount int
	Proto     string
	Formats   []string
	// Lines are the lines below m= in their order.
	Lines []Line
}
