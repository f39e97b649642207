package codecs

import "errors"

// Errors of this package.
var (
	// ErrPayload is a payload that is no such thing.
	ErrPayload = errors.New("codecs: malformed payload")
	// ErrRoom is a destination that is too small.
	ErrRoom = errors.New("codecs: no room for the result")
	// ErrFrame is a frame of a length that the codec does not have.
	ErrFrame = errors.New("codecs: no such frame length")
	// ErrRate is a rate that the codec does not have.
	ErrRate = errors.New("codecs: no such rate")
)
