package tandem

// MaxDiversions bounds the diversions that a call carries along; the oldest and
// the newest are kept.
const MaxDiversions = 5

// Diversion says that a call was sent on from one party to another: one entry of
// Diversion (RFC 5806) or History-Info (RFC 7044). All of it is cleaned of
// control characters.
type Diversion struct {
	// User is who sent the call on, at most MaxUser octets.
	User string
	// Host is where that user is at home; empty means with us.
	Host string
	// Reason is one of RFC 5806 §4: "unconditional", "user-busy", "no-answer",
	// "unavailable", "time-of-day", "do-not-disturb", "deflection",
	// "follow-me", "out-of-service", "away" or "unknown". Empty means "unknown".
	Reason string
	// Counter is how often the call was sent on there; zero means once.
	Counter int
	// Private says that the user is not to be shown to who is called (RFC 5806 §4,
	// RFC 7044 §10.1). The operator's records have it.
	Private bool
}
