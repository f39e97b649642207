package trunk

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/uac"
)

// Config is one trunk. Only Name and Host are required. It must not be changed
// afterwards.
type Config struct {
	// Name is what the dialplan calls it.
	Name string
	// Host and Port are where requests for it go: a name, which is looked up as
	// RFC 3263 says, or an address. A zero Port means the transport's own, or what
	// the DNS says.
	Host string
	Port uint16
	// Transport is "udp", "tcp" or "tls"; empty means what the DNS says, else UDP.
	Transport string
	// Proxy is the SIP URI of an outbound proxy that all requests go through; empty
	// means none.
	Proxy string
	// Allow are the addresses whose calls are this trunk's, over UDP, TCP and TLS.
	Allow []netip.Prefix
	// Register is the account that is registered there; nil for a trunk that is
	// known by its address.
	Register *Account
	// Accounts says that this is a PBX whose extensions our users are; nil for
	// none.
	Accounts *Accounts
	// Codecs are the canonical names of the codecs offered, in order; empty means
	// the default order.
	Codecs []string
	// Video says that it may have video.
	Video bool
	// DTMF is how it takes digits: "rfc4733", "info", "inband" or "auto"; empty means
	// "rfc4733".
	DTMF string
	// PTime and MaxPTime are how much sound a packet is to have that comes from it
	// and may have at the most, in ms; 0 means that nothing is said.
	PTime, MaxPTime int
	// MaxCalls bounds its calls at one time, in and out together; zero means no
	// bound.
	MaxCalls int
	// MaxPerSecond bounds its calls a second, in and out together; zero means no
	// bound. As many may come at once.
	MaxPerSecond float64
	// Identity says how callers are shown.
	Identity Identity
	// Options is how often OPTIONS asks whether the trunk is there; zero means 30
	// s, negative never.
	Options time.Duration
	// Retry is the back-off of REGISTER.
	Retry Retry
	// Security are the certificates of TLS connections to the trunk: ours, and
	// those of the authorities that are believed.
	Security uac.Identity
	// Reliable says what becomes of reliable provisional responses (RFC 3262).
	Reliable Reliable
	// Follow says that a redirection (3xx) of the trunk's is followed.
	Follow bool
	// Messages says that MESSAGE goes there and comes from there.
	Messages bool
	// Trust says that the identities which the trunk asserts are believed:
	// P-Asserted-Identity (RFC 3325) and Remote-Party-ID.
	Trust bool
}

// Account is what a registrar knows us by.
type Account struct {
	// User is the user part of the address of record.
	User string
	// AuthUser is the name in the credentials; empty means User.
	AuthUser string
	// Password is the secret of it.
	Password Secret
	// Realm is the only realm that is answered; empty means the first that took
	// the password.
	Realm string
	// Contact is the user part of the Contact, by which calls that come in are
	// told; empty means one of our own that no other account has.
	Contact string
	// Expires is how long a binding is asked for; zero means an hour. A negative
	// one registers nothing: the credentials are for calls alone.
	Expires time.Duration
}

// Secret is a password. It prints as "redacted".
type Secret string

// String hides the secret.
func (Secret) String() string { return "redacted" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "redacted" }

// Accounts are the extensions of a PBX that our users are.
type Accounts struct {
	// Mode says who knows the passwords.
	Mode Mode
	// Domain is the PBX's domain: the host of the addresses of record of its
	// extensions. Empty means the trunk's host.
	Domain string
	// Held are the accounts that we register ourselves.
	Held []Held
	// WhileOnline registers an account of Held only while its user is registered
	// with us, so that the PBX knows who is away.
	WhileOnline bool
	// Longest bounds how long a relayed binding is asked for, since one cannot be
	// taken away without the user's password; zero means 10 min.
	Longest time.Duration
}

// Mode says who knows the passwords of a PBX's extensions.
type Mode uint8

// The two modes.
const (
	// HeldByUs: the configuration has the passwords; each account is registered by
	// us.
	HeldByUs Mode = iota
	// Relayed: the PBX's challenge goes to the browser and its answer to the PBX,
	// so that we never know the password.
	Relayed
)

// Held is the account of one of our users at a PBX.
type Held struct {
	// User is the name of our user.
	User string
	Account
}

// Reliable says whether provisional responses are to be reliable (RFC 3262).
type Reliable uint8

// The words of it.
const (
	ReliableSupported Reliable = iota // Supported: 100rel
	ReliableRequired                  // Require: 100rel
	ReliableOff                       // neither
)

// Retry is the back-off of a registration that fails (RFC 5626 §4.5).
type Retry struct {
	// Min is the wait after the first failure, Max the longest. Zero means 30 s and
	// 30 min.
	Min, Max time.Duration
}

// Limits of what a file may ask for.
const (
	minExpires   = 10 * time.Second
	maxExpires   = 7 * 24 * time.Hour
	maxHeld      = 50000
	everyOptions = 30 * time.Second
	usualExpires = time.Hour
)

// Validate says what is wrong with the configuration, in words.
func (c Config) Validate() error {
	switch {
	case c.Name == "":
		return errors.New("the trunk has no name")
	case c.Host == "":
		return fmt.Errorf("trunk %s has no host", c.Name)
	case c.Register != nil && c.Register.User == "":
		return fmt.Errorf("trunk %s registers without a user", c.Name)
	case c.Register != nil && c.Register.Expires > maxExpires:
		return fmt.Errorf("trunk %s registers for longer than a week", c.Name)
	case c.Accounts != nil && len(c.Accounts.Held) > maxHeld:
		return fmt.Errorf("trunk %s has more than %d accounts", c.Name, maxHeld)
	}
	switch c.Transport {
	case "", "udp", "tcp", "tls":
	default:
		return fmt.Errorf("trunk %s has the transport %q, which there is not", c.Name, c.Transport)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Options == 0 {
		c.Options = everyOptions
	}
	if c.Retry.Min <= 0 {
		c.Retry.Min = 30 * time.Second
	}
	if c.Retry.Max < c.Retry.Min {
		c.Retry.Max = max(30*time.Minute, c.Retry.Min)
	}
	return c
}

// Deps is what trunks need of the rest.
type Deps struct {
	// Send sends a request to a place; *uac.Client does. Required.
	Send Sender
	// Announce returns the address and port that a far end on this flow reaches us
	// at: what Contact says. Required.
	Announce func(f *flow.Flow) netip.AddrPort
	// Domain is the host part of the identities that we vouch for.
	Domain string
	// Methods is the value of Allow in what we send; empty leaves it out.
	Methods string
	// Addresses returns the addresses that are known of a trunk's host, without
	// waiting; may be nil.
	Addresses func(c Config) []netip.Addr
	// Online says whether a user is registered with us; nil means always.
	Online func(user string) bool
	// Secret says whether a user has a password of his own with us: nobody else may
	// prove him. Nil means that nobody has.
	Secret func(user string) bool
	// Binder is where users are bound that a PBX has proved; nil where no accounts
	// are relayed.
	Binder Binder
	// Log may be nil.
	Log *slog.Logger
}
