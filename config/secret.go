package config

import (
	"crypto/subtle"
	"log/slog"
)

const redacted = "redacted"

// Secret is text that must not be shown: printing, logging and marshaling it gives "redacted". Convert it to a string to
// use it.
type Secret string

// String gives "redacted".
func (Secret) String() string { return redacted }

// GoString gives "redacted" for %#v.
func (Secret) GoString() string { return redacted }

// LogValue gives "redacted" to log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives "redacted" to encoders of text.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON gives "redacted".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Equal compares two secrets in a time that says nothing about where they differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s), []byte(other)) == 1
}
