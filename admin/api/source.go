package api

import (
	"context"
	"io"
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/metrics"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/bridge/verdict"
)

// TraceQuery says what of a trace is wanted, and how.
type TraceQuery struct {
	Format string    // "json", "text", "mermaid" or "pcapng"
	Since  time.Time // only what came after; zero means all
	Full   bool      // with its secrets, and the sound: for an admin
}

// Tracer gives the ladder of a call.
type Tracer interface {
	// WriteTrace writes what is kept of a call; admin.ErrNotFound before anything is
	// written where nothing is.
	WriteTrace(w io.Writer, call string, q TraceQuery) error
	// Traces are the calls that there is something of, the newest first: those in
	// memory, and those on disk besides.
	Traces(q admin.TracesQuery) []admin.TraceSummary
	// Capture begins ("on") or ends ("off") keeping the sound of a call in the clear, lets
	// go of it ("drop"), or says how it is (""). The error is admin.ErrNotFound, or wraps
	// admin.ErrConflict.
	Capture(call, state string) (admin.Capture, error)
}

// Judge says how the media of a call goes, hop by hop, and what is wrong with it.
type Judge interface {
	// Verdict is the reason why a call is, or was, heard or not; false where nothing is
	// known of it.
	Verdict(ctx context.Context, call string) (verdict.Verdict, bool)
	// Detail is a call as it stands or stood at its end, with the media of each leg in
	// each direction; false where nothing is known of it.
	Detail(ctx context.Context, call string) (admin.CallDetail, bool)
	// Chips are the names of what is wrong with the calls that there are, by call. It
	// must be quick.
	Chips() map[string][]string
}

// Ban is an address that nothing is taken from for a while.
type Ban struct {
	Address netip.Addr `json:"address"`
	Reason  string     `json:"reason,omitempty"`
	Since   time.Time  `json:"since,omitzero"`
	Until   time.Time  `json:"until,omitzero"`
}

// Security is who is kept out.
type Security struct {
	Bans     []Ban             `json:"bans"`
	Counts   map[string]uint64 `json:"counts"`             // what was refused since the start, by reason
	Guessing []Suspect         `json:"guessing,omitempty"` // who was wrong about passwords within an hour
	Scanners []Suspect         `json:"scanners,omitempty"` // strangers that were left unanswered
}

// Suspect is an address, or a program, that asks for what it may not have.
type Suspect struct {
	Address netip.Addr `json:"address" doc:"of a program: where it was seen last"`
	Agent   string     `json:"agent,omitempty" doc:"the program, as it names itself"`
	Times   int        `json:"times"`
	Last    time.Time  `json:"last"`
	Held    bool       `json:"held,omitempty" doc:"its passwords are not looked at now"`
}

// Guard keeps attackers out.
type Guard interface {
	Security() Security
	// Ban takes nothing from an address for so long; false where a device or trunk of
	// ours is there.
	Ban(a netip.Addr, lasting time.Duration) bool
	// Unban takes an address back; false where it was not banned.
	Unban(a netip.Addr) bool
}

// Certificate is one that we show, or the authority of our own.
type Certificate struct {
	Name     string    `json:"name"`   // what it is for: "listeners", "authority", "media"
	Names    []string  `json:"names"`  // DNS names and addresses in it
	Issuer   string    `json:"issuer"` // who signed it
	Source   string    `json:"source"` // "local", "files", "acme" or "self-signed"
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	DaysLeft int       `json:"daysLeft"`
	SHA256   string    `json:"sha256"`
}

// ConfigView is the configuration that runs.
type ConfigView struct {
	Path string `json:"path,omitempty"` // empty for the demo
	// Text is the effective configuration with where each value comes from; secrets are
	// left out.
	Text string `json:"text"`
}

// ConfigCheck is what is wrong with the configuration as it is on disk, and what a
// reload would change.
type ConfigCheck struct {
	OK       bool                 `json:"ok"`
	Summary  string               `json:"summary"`
	Problems []admin.Problem      `json:"problems"`
	Changes  []admin.ReloadChange `json:"changes"`
	Restart  []string             `json:"restart"` // keys that need one
}

// LogLine is one line of the log.
type LogLine struct {
	At    time.Time         `json:"at"`
	Level string            `json:"level" doc:"debug, info, warn or error"`
	Text  string            `json:"text"`
	Attrs map[string]string `json:"attrs" doc:"secrets are left out"`
}

// UserChange is what becomes of a user of the store; nil leaves as it is.
type UserChange struct {
	Password    *string `json:"password,omitempty" minLength:"8" maxLength:"1024" doc:"only digests of it are kept; devices that have the old one are let go"`
	DisplayName *string `json:"displayName,omitempty" maxLength:"128"`
	Disabled    *bool   `json:"disabled,omitempty" doc:"he can neither register nor sign in, and is not called"`
}

// People keeps users beside those of the configuration. Errors are admin.ErrNotFound,
// admin.ErrInput, or admin.ErrConflict where the name is taken or the user is of the
// configuration, which says what he is.
type People interface {
	AddUser(ctx context.Context, name string, c UserChange) (admin.User, error)
	ChangeUser(ctx context.Context, name string, c UserChange) (admin.User, error)
	RemoveUser(ctx context.Context, name string) error
}

// Sources are the parts of the gateway that operations answer from, beyond
// admin.Control. Operations of one that is nil are not there.
type Sources struct {
	Operator bridge.Operator
	Tracer   Tracer
	Judge    Judge
	Guard    Guard
	// Overview is the gateway at a glance.
	Overview func() metrics.Overview
	// Kick ends a registration by its ID; false where there is none.
	Kick func(id string) bool
	// Probe asks a trunk whether it is there, and says how it then stands.
	Probe func(ctx context.Context, name string) (admin.Trunk, error)
	// People are the users of the store.
	People       People
	Certificates func() []Certificate
	// Doctor looks at the gateway and its machine; online says that trunks and the DNS are
	// asked, too.
	Doctor      func(ctx context.Context, online bool) (admin.Checkup, error)
	Config      func() ConfigView
	CheckConfig func(ctx context.Context) (ConfigCheck, error)
	// Last is the call that began last, also one that is over; false where there was none.
	Last func() (string, bool)
	// Logs are the lines of a call that are still kept, the oldest first; false where
	// none are.
	Logs func(call string) ([]LogLine, bool)
}
