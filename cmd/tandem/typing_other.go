//go:build !linux

package main

import (
	"errors"
	"os"
)

// hideTyping errs at a terminal: there is no way to hide what is typed on this system.
func hideTyping(f *os.File) (restore func(), terminal bool, err error) {
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull {
		return nil, true, errors.New("give the password on the standard input")
	}
	return nil, false, nil
}
