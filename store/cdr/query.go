package cdr

import "time"

// MaxPage bounds the records of one page.
const MaxPage = 1000

// MaxLook bounds the records that are looked at for one page.
const MaxLook = 10_000

// Query asks for records, the newest first. Zero fields ask for nothing.
type Query struct {
	// From and To bound the start of the calls: From is in it, To is not.
	From, To time.Time
	User     string // took part, as the caller or the called
	Number   string // was dialed, called or shown, as it was written or in E.164
	Trunk    string // the call came from it or went to it
	Result   Result
	// MOSBelow are calls of which somebody heard worse; calls without media do not
	// count.
	MOSBelow     float64
	DurationOver time.Duration
	// Limit is 1 to MaxPage records; zero means 100.
	Limit int
	// Look bounds the records that are looked at for one page where not all that an index
	// has need fit; zero means MaxLook.
	Look int
	// After is what the page before has given as the next; empty for the first.
	After string
}
