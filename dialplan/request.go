package dialplan

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tandemgw/tandem/dialplan/numbering"
)

// SourceKind says what kind of party a call comes from.
type SourceKind uint8

// The parties that a call may come from.
const (
	FromUser  SourceKind = iota + 1 // a registered user
	FromTrunk                       // a trunk, known by its address
)

// Source is the authenticated origin of a call: `user:201` or `trunk:alpha`.
type Source struct {
	Kind SourceKind
	Name string // the user's or trunk's name, without the kind
}

// String gives the source as the file writes it, such as `user:201`.
func (s Source) String() string {
	switch s.Kind {
	case FromUser:
		return "user:" + s.Name
	case FromTrunk:
		return "trunk:" + s.Name
	}
	return "nobody"
}

var errSource = errors.New(`a source is "user:NAME" or "trunk:NAME"`)

// ParseSource reads `user:NAME` or `trunk:NAME`. It does not ask whether that user or trunk exists.
func ParseSource(s string) (Source, error) {
	kind, name, ok := strings.Cut(s, ":")
	switch {
	case !ok || name == "":
		return Source{}, fmt.Errorf("%q: %w", s, errSource)
	case kind == "user":
		return Source{FromUser, name}, nil
	case kind == "trunk":
		return Source{FromTrunk, name}, nil
	}
	return Source{}, fmt.Errorf("%q: %w", s, errSource)
}

// Request is a call that asks where to go.
type Request struct {
	From   Source    // who calls, after authentication
	To     string    // the number or name that was dialed: the user part of the Request-URI, unescaped
	Caller string    // the caller's number; empty means that of From for a user, "anonymous" for a trunk
	At     time.Time // when; rows without a time of day do not look at it
	// CallerName is the name that the caller is shown with; empty where there is none.
	CallerName string
	// State is the world at this moment; nil means that everybody is registered and nobody busy or asleep.
	State State

	number numbering.Number // To as the plan has understood it; zero where it knows nothing of numbers
}

// asDialed gives the number before the plan has understood it.
func (r Request) asDialed() string {
	if r.number.Class != "" {
		return r.number.Raw
	}
	return r.To
}

// caller gives the caller's number with its default.
func (r Request) caller() string {
	switch {
	case r.Caller != "":
		return r.Caller
	case r.From.Kind == FromUser:
		return r.From.Name
	}
	return "anonymous"
}
