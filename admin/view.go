package admin

import "time"

// What follows are the shapes of the control API, as they are in JSON. Times are
// RFC 3339; one that there is none of is left out.

// Status is the gateway as a whole.
type Status struct {
	Version       string    `json:"version"`
	PID           int       `json:"pid"`
	Since         time.Time `json:"since"`
	Domain        string    `json:"domain"`
	Ready         bool      `json:"ready"`
	Listening     []string  `json:"listening"` // such as "192.0.2.1:5060/udp"
	Calls         int       `json:"calls"`
	Registrations int       `json:"registrations"`
	Users         int       `json:"users"`
	Trunks        int       `json:"trunks"`
	TrunksUp      int       `json:"trunksUp"` // registered, reachable or not checked
	// Draining says that no calls are taken any more, Until when the last of those
	// that there are is ended.
	Draining bool      `json:"draining,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	// Reload is what became of the last reload; nil before the first.
	Reload *Reload `json:"reload,omitempty"`
	// Faults are what is wrong now, while calls go on.
	Faults []Trouble `json:"faults,omitempty"`
}

// Trouble is something that is wrong.
type Trouble struct {
	What  string    `json:"what"` // which part: "store", "records"
	Since time.Time `json:"since"`
	Text  string    `json:"text"` // for people
}

// Trunk is a carrier or PBX as it stands.
type Trunk struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // "registration", "address", "accounts held" or "accounts relayed"
	// Account is our address of record there: "acme1@sip.alpha.example".
	Account string `json:"account,omitempty"`
	Stand
	// Identities are those that the registrar gave us (RFC 7315 §4.1).
	Identities []string `json:"identities,omitempty"`
	// Secure is what is wished of encrypted media: "require", "prefer", "dtls" or "off".
	Secure string `json:"secure,omitempty"`
	// Codecs are those that it is offered, in order; none: all that we have.
	Codecs []string `json:"codecs,omitempty"`
	// Hour is what became of its calls that ended within the last hour; nil for none.
	Hour         *TrunkHour     `json:"hour,omitempty"`
	Calls        int            `json:"calls"`
	MaxCalls     int            `json:"maxCalls,omitempty"`     // 0 means no limit
	MaxPerSecond float64        `json:"maxPerSecond,omitempty"` // 0 means no limit
	Accounts     []TrunkAccount `json:"accounts,omitempty"`     // the extensions of a PBX
}

// TrunkHour is how the calls over a trunk have gone for an hour.
type TrunkHour struct {
	Calls      int     `json:"calls"`      // that ended, or were refused by it
	ASR        float64 `json:"asr"`        // answered, in percent
	ACDSeconds float64 `json:"acdSeconds"` // that the answered ones lasted, on the average
}

// Stand is how a registration, or what is known of a trunk's health, stands.
type Stand struct {
	// State is "registered", "reachable", "trying", "failing", "down", "unchecked"
	// or "off".
	State string `json:"state"`
	// Since is when it came to that.
	Since time.Time `json:"since,omitzero"`
	// Contact is the URI that calls come in for; empty without a registration.
	Contact string `json:"contact,omitempty"`
	// Address is the transport and address that answered last: "udp 192.0.2.1:5060".
	Address string `json:"address,omitempty"`
	// RoundTripMS is how long the last answer took, in milliseconds.
	RoundTripMS float64 `json:"roundTripMs,omitempty"`
	// LastError is why the last attempt came to nothing; empty after a good one.
	LastError string `json:"lastError,omitempty"`
	// NextTry is when it is asked again.
	NextTry time.Time `json:"nextTry,omitzero"`
	// Expires is when the registration ends.
	Expires time.Time `json:"expires,omitzero"`
}

// TrunkAccount is the extension of one user at a PBX.
type TrunkAccount struct {
	User    string `json:"user"`
	Account string `json:"account"`
	Stand
}

// Registration is a device of a user.
type Registration struct {
	ID        string `json:"id,omitempty"` // tells it from others
	User      string `json:"user"`
	UserAgent string `json:"userAgent,omitempty"`
	Transport string `json:"transport"` // "udp", "tcp", "tls", "ws" or "wss"
	// Address is where the device was seen, Contact what it wrote.
	Address string `json:"address"`
	Contact string `json:"contact"`
	// Translated says that the two differ: there is a NAT between.
	Translated bool `json:"translated,omitempty"`
	// Path are the proxies in between (RFC 3327), the nearest to us first.
	Path     []string  `json:"path,omitempty"`
	Instance string    `json:"instance,omitempty"` // +sip.instance (RFC 5626 §4.1)
	Since    time.Time `json:"since"`
	Expires  time.Time `json:"expires"`
	LastSeen time.Time `json:"lastSeen"` // the last REGISTER
}

// User is somebody of the configuration.
type User struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName,omitempty"`
	Devices     int    `json:"devices"` // that are registered
	// Source is where he is kept: "file" or "store", which can be changed while it runs.
	Source string `json:"source,omitempty"`
	// Disabled says that he is locked out.
	Disabled bool `json:"disabled,omitempty"`
}

// Call is a call as it stands.
type Call struct {
	ID     string    `json:"id"`
	From   string    `json:"from"`
	To     string    `json:"to"`             // what was dialed
	With   string    `json:"with,omitempty"` // who answered
	State  string    `json:"state"`          // "routing", "ringing", "talking", "held", or "away" while a party's connection is gone
	Since  time.Time `json:"since"`          // it came in
	Talked time.Time `json:"talked,omitzero"`
	// Ended and Result are of a call that is over, in the detail only.
	Ended  time.Time `json:"ended,omitzero"`
	Result string    `json:"result,omitempty"`
	Legs   []Leg     `json:"legs,omitempty"`
	// Direction is "internal", "out" to a trunk or "in" from one, Trunk the last that
	// was tried, and Row the file and line of the row that took the call.
	Direction string   `json:"direction,omitempty"`
	Trunk     string   `json:"trunk,omitempty"`
	Row       string   `json:"row,omitempty"`
	Recording bool     `json:"recording,omitempty"` // it is recorded now
	Chips     []string `json:"chips,omitempty"`     // what is not as it should be: "one-way", "low-mos"
}

// Room is a room as it stands.
type Room struct {
	Name    string    `json:"name"`
	Known   bool      `json:"known"` // the configuration defines it
	Locked  bool      `json:"locked,omitempty"`
	Private bool      `json:"private,omitempty"` // it has a PIN
	Max     int       `json:"max"`
	Rate    int       `json:"rate,omitempty"` // that is mixed at, samples a second
	Since   time.Time `json:"since,omitzero"` // somebody is in it
	Members []Member  `json:"members"`
}

// Member is somebody in a room.
type Member struct {
	ID        string    `json:"id"` // within the room
	Call      string    `json:"call"`
	Party     string    `json:"party"`
	Moderator bool      `json:"moderator,omitempty"`
	Muted     bool      `json:"muted,omitempty"`
	Speaking  bool      `json:"speaking,omitempty"`
	Floor     bool      `json:"floor,omitempty"` // has spoken most lately
	Since     time.Time `json:"since"`
}

// Leg is one party of a call, and how its media goes.
type Leg struct {
	ID     string `json:"id"`
	Party  string `json:"party"`
	Path   string `json:"path"`             // of its signaling: "wss 203.0.113.9:51234"
	Called bool   `json:"called,omitempty"` // we have called it
	// Chain is what becomes of what it sends: "opus/48000 -> pcmu/8000 transcoded".
	Chain string `json:"chain,omitempty"`
	// Why is the reason of its codec: "phone 1002 talks PCMA only".
	Why         string  `json:"why,omitempty"`
	Local       string  `json:"local,omitempty"`  // our end of its media; ICE's pair at browsers
	Remote      string  `json:"remote,omitempty"` // its end
	State       string  `json:"state,omitempty"`
	Keys        string  `json:"keys,omitempty"`    // "DTLS", "SDES"; none: not encrypted
	Profile     string  `json:"profile,omitempty"` // "AEAD_AES_128_GCM"
	RoundTripMS float64 `json:"roundTripMs,omitempty"`
	Hears       Sound   `json:"hears"` // what it gets from us, by its own reports
	Says        Sound   `json:"says"`  // what we get from it
	// Refused are packets that were dropped: not agreed, not authentic, replayed, or
	// of strangers.
	Refused uint64 `json:"refused,omitempty"`
}

// Sound is one direction of a leg. What is not known is left out.
type Sound struct {
	Codec     string  `json:"codec,omitempty"`
	Packets   uint64  `json:"packets"`
	Lost      int64   `json:"lost,omitempty"`
	Late      uint64  `json:"late,omitempty"`
	Concealed uint64  `json:"concealed,omitempty"` // and recovered
	JitterMS  float64 `json:"jitterMs,omitempty"`
	LevelDBFS int     `json:"levelDbfs,omitempty"`
	Loudest   int     `json:"loudestDbfs,omitempty"`
	R         float64 `json:"r,omitempty"`   // E-model; an estimate, as the next
	MOS       float64 `json:"mos,omitempty"` // 1 to 4.5
	Wideband  bool    `json:"wideband,omitempty"`
}
