//go:build !linux

package machine

import "errors"

// ClockKept errs: there is no kernel here that this package knows how to ask.
func ClockKept() (bool, error) { return false, errors.ErrUnsupported }
