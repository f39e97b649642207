package config

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/tandemgw/tandem/dialplan"
)

// File is a whole configuration: what the file says, with the defaults filled in. It is a plain value.
type File struct {
	Folder      string // where the file stands; sounds are looked for in "sounds" below it
	Domain      string // SIP realm and TLS name, lower case
	PublicIP    PublicIP
	State       string         // folder for what is kept; empty when the file does not say
	Tones       string         // country whose tones are heard, an ISO 3166 code; empty when the file does not say
	Zone        *time.Location // that times of day are meant in; the machine's own where the file does not say
	Listen      Listen
	TLS         TLS
	Reload      ReloadMode
	Registrar   Registrar
	Media       Media
	Calls       Calls
	Messages    Messages
	Limits      Limits
	Recordings  Recordings
	Trace       Trace
	Store       Store
	CDR         CDR
	Users       []User        // in the order of the file
	Trunks      []Trunk       // in the order of the file
	Rooms       []Room        // in the order of the file
	Numbering   *Numbering    // nil: numbers stay as they are
	Permissions []Permissions // in the order of the file
	Boxes       []Box         // of users, in the order of the file, then of mailbox blocks
	Mail        Mail
	Homer       Homer
	Metrics     Metrics
	Admins      []Admin // who may sign in to the console, in the order of the file
	OIDC        OIDC
	Phone       Phone

	Plan      *dialplan.Plan // with the test blocks
	PlanSum   string         // changes when the plan does
	PlanParts []PlanPart     // what the plan is made of, to say what has changed
}

// Listen is where the gateway is reached.
type Listen struct {
	SIP   []Listener // udp, tcp, tls
	Web   []Listener // http, https
	Media []Listener // udp: the media of all browsers
	TURN  []Listener // udp, tcp, tls: the relay of browsers that reach no other port; none where the file says nothing
	RTP   RTPRange
}

// Listener is one address that is listened on.
type Listener struct {
	IP        netip.Addr // the zero Addr means every address
	Port      uint16     // 0 means that the system chooses
	Transport string     // "udp", "tcp", "tls", "http" or "https"
}

// String gives the listener as the file writes it, such as ":5060/udp" or "[::1]:8443/https".
func (l Listener) String() string {
	return l.HostPort() + "/" + l.Transport
}

// HostPort gives the address for package net, such as ":5060".
func (l Listener) HostPort() string {
	if !l.IP.IsValid() {
		return ":" + strconv.Itoa(int(l.Port))
	}
	return netip.AddrPortFrom(l.IP, l.Port).String()
}

// RTPRange is the UDP ports of plain legs.
type RTPRange struct {
	IP       netip.Addr // the zero Addr means every address
	Min, Max uint16     // both inclusive; Min is less than Max
}

// TLSMode says where certificates come from.
type TLSMode string

// The sources of certificates.
const (
	TLSLocal TLSMode = "local" // our own CA
	TLSFiles TLSMode = "files" // PEM files
	TLSACME  TLSMode = "acme"  // an authority that is asked by ACME (RFC 8555)
)

// TLS is the certificate of the gateway.
type TLS struct {
	Mode      TLSMode
	Cert, Key string // paths of PEM files, for TLSFiles; joined to Folder already

	// What follows is for TLSACME.
	Email     string       // where the authority writes to
	Directory string       // its https URL; empty means Let's Encrypt
	CA        string       // path of the PEM file of whom to believe about it; empty means the system's
	Account   *ACMEAccount // nil where the authority needs none
}

// ACMEAccount is an account that the authority knows already (RFC 8555 §7.3.4).
type ACMEAccount struct {
	ID  string
	Key Secret // base64url
}

// ReloadMode says when a running gateway reads the file again.
type ReloadMode string

// When the file is read again.
const (
	ReloadOnSignal ReloadMode = "signal" // SIGHUP, or when it is asked to
	ReloadOnChange ReloadMode = "watch"  // also when the file has changed
)

// Registrar says who may register, and for how long.
type Registrar struct {
	Open     bool          // users without a password register without one
	Min, Max time.Duration // bounds of a registration; 60 s and 1 h where the file says nothing
	Devices  int           // of one user; 10 where the file says nothing
}

// Calls says how long calls wait for what may come back.
type Calls struct {
	Detach time.Duration // for a device whose connection is gone; Off: not at all
	Timer  time.Duration // of sessions (RFC 4028); Off: none are asked for
}

// Trace says what is kept of the messages of calls and of what their media did.
type Trace struct {
	Keep   string        // on disk: "bad", "all" or "none"
	For    time.Duration // how long a call is kept there
	Disk   int           // MiB of all that is kept there
	Memory int           // MiB of what is in memory; 0: nothing is traced
}

// Messages says what becomes of instant messages.
type Messages struct {
	Store bool          // those for users who are off are kept
	Keep  time.Duration // so long
	Max   int           // octets of one message
}

// Limits says how much is borne with.
type Limits struct {
	Strangers string        // "answer" or "silent": sources that are neither registered nor a trunk
	Guesses   int           // wrong passwords before a source is banned; 0 means the default
	Ban       time.Duration // for how long; 0 means the default, Off never
	PerSource int           // requests a second of one source; 0 means the default
	PerUser   int           // calls a second of one user; 0 means the default
}

// Recordings says how calls are recorded that are to be.
type Recordings struct {
	Folder string // joined to the file's own; empty means "recordings" in the state
	Format string // "wav" or "ogg"; empty means "wav"
	Digits string // "silenced" or "kept"; empty means "silenced"
}

// Media says how codecs are chosen.
type Media struct {
	Prefer MediaPreference
	ICE    ICEMode
	Video  bool // there is any
	Opus   Opus
}

// Opus is how Opus is sent and asked for.
type Opus struct {
	Bitrate int // bit/s at most; 0: what the sound needs
	FEC     bool
	DTX     bool
}

// MediaPreference is what codec choice aims at.
type MediaPreference string

// The aims of codec choice.
const (
	PreferQuality     MediaPreference = "quality"     // Opus to browsers, transcoded where needed
	PreferPassthrough MediaPreference = "passthrough" // G.711 to browsers where the other leg has it
)

// User is somebody who registers.
type User struct {
	Name        string // what is dialed and what registers, such as "201"
	DisplayName string // the file's name attribute; empty when there is none
	Password    Secret // empty when HA1 is set or the user needs none
	HA1         HA1
	Secure      string   // "require", "prefer", "dtls" or "off"; empty: as it is offered
	NoVideo     bool     // his devices are not offered video
	MaxCalls    int      // at one time; 0 means no limit
	Codecs      []string // as Trunk has them
	PTime       int
	MaxPTime    int
	DTMF        string // "rfc4733", "info", "inband" or "auto"
	Number      string // that trunks are shown, in E.164; empty means the name
	Permissions string // name of the block; empty means the default
	PBX         *PBX   // nil where the user has no account at a PBX
}

// PBX is the account that a user has at a PBX behind a trunk.
type PBX struct {
	Trunk    string // with accounts that are held
	User     string // the user's own name where the file gives none
	Password Secret
}

// HA1 is the digests of a password, instead of it: hex of H(user:domain:password) (RFC 7616 §3.4.2).
type HA1 struct {
	MD5, SHA256 Secret // lower case; one may be empty
}
