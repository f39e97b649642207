package config

import (
	"net/netip"
	"time"
)

// Trunk is a carrier or PBX: known by its address, by an account of ours there, or by those of our users.
type Trunk struct {
	Name      string
	Host      string         // name or address, without brackets
	Port      uint16         // 0 means that the file gives none
	Transport string         // "udp", "tcp", "tls", or empty when the file gives none
	Proxy     string         // SIP URI of the proxy that all requests go through; empty means none
	Allow     []netip.Prefix // calls from these addresses are this trunk's; without allow, the host where it is an address
	Register  *Register      // nil where we do not register there
	Accounts  *Accounts      // nil where it is no PBX whose extensions our users are

	Codecs       []string // in order of preference: "opus", "g729"; nil means the default
	PTime        int      // ms of sound in a packet that is to come; 0 means the default
	MaxPTime     int      // the most that may come; 0 means no limit
	Video        bool     // it may have video
	DTMF         string   // "rfc4733", "info", "inband" or "auto"
	Secure       string   // "require", "prefer", "dtls" or "off"; empty: as it is offered
	MaxCalls     int      // 0 means no limit
	MaxPerSecond float64  // calls, in and out together; 0 means no limit

	Numbers       string // form of numbers: "e164", "00", "national" and others; empty or "asis" means as they are
	Country       string // whose numbers the trunk's are; empty means that of numbering
	NumberPrefix  string // put in front of each number that it is asked for
	StripPrefix   string // taken off each number that it sends
	Permissions   string // what its own calls may, by name; empty means the default
	MinutesADay   int    // of calls to it; 0 means no limit
	MinutesAMonth int    // the same

	CallerID  []string // where the caller is named: "from", "pai", "ppi", "rpid"; nil means the default
	Privacy   string   // "id", "header", "none" or "pass"
	Diversion string   // "diversion", "history-info" or "none"
	Trust     bool     // the identities that it asserts are believed

	Options     time.Duration // between two OPTIONS; 0 means the default, Off never
	Prack       string        // "supported", "required" or "off"
	Follow      bool          // its redirections are followed
	Redirect    bool          // its calls may be redirected: it follows 302
	Messages    bool          // instant messages go there and come from there
	Certificate *Certificate  // what we prove ourselves with over TLS; nil means nothing
	CA          string        // path of the PEM file with the authorities that are believed; empty means the system's
}

// Register is an account of ours at a registrar.
type Register struct {
	User     string
	Password Secret
	AuthUser string        // the name in the credentials; empty means User
	Realm    string        // the only realm that gets credentials; empty means the first that asks
	Contact  string        // user part of the Contact; empty means one of our own
	Expires  time.Duration // asked for; 0 means the default, Off that nothing is registered: the account is for calls alone
}

// AccountsMode says who knows the passwords of a PBX's extensions.
type AccountsMode string

// Who knows the passwords.
const (
	AccountsHeld    AccountsMode = "held"    // the file has them, in each user's pbx
	AccountsRelayed AccountsMode = "relayed" // only the user: the PBX's challenge is passed on
)

// Accounts says that a trunk is a PBX whose extensions our users are.
type Accounts struct {
	Mode   AccountsMode
	Domain string // of the PBX; empty means the trunk's host
}

// Certificate is the paths of PEM files, joined to Folder already.
type Certificate struct {
	Cert, Key string
}
