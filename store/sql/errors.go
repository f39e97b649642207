package sql

import "errors"

// What errors of methods are. What is none of these was the caller's: a context that was
// canceled.
var (
	// ErrAway is a database that cannot be asked now, or does not do what it was asked: in
	// the error of a method, beside what the database says itself.
	ErrAway = errors.New("the database cannot be asked now")
	// ErrNotFound is a name that is not there.
	ErrNotFound = errors.New("not found")
	// ErrExists is a name that is there already.
	ErrExists = errors.New("there already")

	// ErrCursor is a page to go on from that no page before has given.
	ErrCursor = errors.New("the page to go on from is not one that was given out")
)

// away is a fault of the database, in its own words. It is ErrAway.
type away struct{ error }

// Is implements what errors.Is asks.
func (away) Is(target error) bool { return target == ErrAway }

// Unwrap implements what errors.Is and errors.As ask.
func (a away) Unwrap() error { return a.error }
