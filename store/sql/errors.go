package sql

import "errors"

// What methods return beside faults of the database.
var (
	// ErrNotFound is a name that is not there.
	ErrNotFound = errors.New("not found")
	// ErrExists is a name that is there already.
	ErrExists = errors.New("there already")

	errCursor = errors.New("the page to go on from is not one that was given out")
)
