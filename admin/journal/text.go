package journal

import (
	"log/slog"
	"strings"
	"time"
	"unicode"
)

// textOf is a value as it is kept; empty where it says nothing, or is for the log alone.
func textOf(key string, v slog.Value) string {
	switch {
	case secret(key):
		return "redacted"
	case key == "stack", key == "sip_message": // for who mends the gateway; in the ladder
		return ""
	}
	switch v.Kind() {
	case slog.KindDuration:
		return v.Duration().Round(10 * time.Microsecond).String()
	case slog.KindTime:
		return v.Time().UTC().Format(time.RFC3339Nano)
	}
	return short(v.String())
}

// secret says whether what stands under a key is nobody's to read. No line of ours has
// any; it is here for the one that has one day.
func secret(key string) bool {
	key = strings.ToLower(key)
	for _, word := range [...]string{"password", "secret", "token", "authorization", "cookie", "digits", "pin", "key"} {
		if key == word || strings.HasSuffix(key, "_"+word) {
			return true
		}
	}
	return false
}

// short is a text of bounded length without what would steer a terminal. A password in a
// URI is left out (RFC 3261 §19.1.1).
func short(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return withoutPassword(s)
}

// withoutPassword leaves out what stands between the colon and the @ of the user part of
// a SIP URI.
func withoutPassword(s string) string {
	for at := 0; ; {
		n := strings.Index(s[at:], "sip")
		if n < 0 {
			return s
		}
		at += n + len("sip")
		rest := strings.TrimPrefix(s[at:], "s")
		user, found := strings.CutPrefix(rest, ":")
		end := strings.IndexAny(user, "@ <>\"")
		if !found || end < 0 || user[end] != '@' {
			continue
		}
		if name, _, has := strings.Cut(user[:end], ":"); has {
			s = s[:len(s)-len(user)] + name + ":redacted" + user[end:]
		}
	}
}
