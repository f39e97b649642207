package trace

import (
	"net/netip"
	"time"

	"github.com/tandemgw/tandem"
)

// Kind says what an Item is.
type Kind string

// The kinds of items.
const (
	SIP   Kind = "sip"   // a message on a flow
	Media Kind = "media" // something that the media of a leg did
	Event Kind = "event" // something that the bridge tells of the call
)

// Item is one thing that happened in a call.
type Item struct {
	// Seq grows from item to item of a Store, so that a reader knows where it was.
	Seq  uint64
	At   time.Time
	Call tandem.CallID // empty for a message that belongs to no call
	Leg  tandem.LegID  // empty for an event of the call as a whole
	Kind Kind
	// In says that the message, the packet or the digit came to us.
	In bool
	// Transport is how a message went: "udp", "wss"; how media is secured else.
	Transport string
	// Local and Remote are our end and the far one, of the flow or of the media; zero
	// where there are none.
	Local, Remote netip.AddrPort
	// Text is the message as it was on the flow, or the digit that was pressed. It
	// must not be changed.
	Text []byte
	// Note says for people what happened; empty for messages. It has no secret.
	Note string
}

// itemCost is what an item costs beside its text, about, in octets.
const itemCost = 240

func (i *Item) cost() int { return itemCost + len(i.Text) + len(i.Note) }

// Leg is a party of a call, as its events have named it.
type Leg struct {
	ID    tandem.LegID `json:"leg"`
	Party string       `json:"party"`
	// Ref is the leg's Call-ID.
	Ref string `json:"ref"`
	// Address is where its messages came from or went to last: "192.0.2.1:5060/udp".
	Address string `json:"address"`
}

// Summary is a call at a glance.
type Summary struct {
	Call  tandem.CallID `json:"call"`
	From  string        `json:"from"`
	To    string        `json:"to"`
	Start time.Time     `json:"start"`
	// Answered and End are zero while the call is not.
	Answered time.Time `json:"answered,omitzero"`
	End      time.Time `json:"end,omitzero"`
	// Cause is how the call ended, in words; Status the answer of SIP that it is like.
	Cause  string `json:"cause,omitempty"`
	Status int    `json:"status,omitempty"`
	// Problems are what the flight recorder keeps a call for: "failed", "one-way",
	// "short", "bad".
	Problems []string `json:"problems,omitempty"`
	Messages int      `json:"messages"` // of SIP, those left out among them
	Omitted  int      `json:"omitted,omitempty"`
	Octets   int      `json:"octets"`
	Kept     bool     `json:"kept,omitempty"` // it is on disk
}

// Trace is what is known of one call.
type Trace struct {
	Summary
	Legs  []Leg
	Items []Item
	// Packets are the headers of the last RTP packets, the oldest first.
	Packets []Packet
	// Masked says that secrets have been blotted out.
	Masked bool
}
