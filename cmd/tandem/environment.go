package main

import (
	"io"
	"os"
)

// environment is what a command has around it; tests bring their own.
type environment struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

// terminal says whether the command talks to a person.
func (e environment) terminal() bool { return isTerminal(e.out) }

// colored says whether the terminal may be sent colors (https://no-color.org).
func (e environment) colored() bool {
	return e.terminal() && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
