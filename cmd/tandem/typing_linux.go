package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// hideTyping has a terminal not show what is typed, until restore is called. What is no
// terminal is left alone.
func hideTyping(f *os.File) (restore func(), terminal bool, err error) {
	fd := int(f.Fd())
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, false, nil
	}
	silent := *was
	silent.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &silent); err != nil {
		return nil, true, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, was) }, true, nil
}
