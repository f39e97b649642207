package main

import (
	"io"
	"os"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

// environment is what a command has around it; tests bring their own.
type environment struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	priority *machine.Priority // of the process; nil: it stays as it is
}

// terminal says whether the command talks to a person.
func (e environment) terminal() bool { return isTerminal(e.out) }

// colored says whether the terminal may be sent colors (https://no-color.org).
func (e environment) colored() bool {
	return e.terminal() && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}

// screen is where a verb writes to.
type screen struct {
	io.Writer
	wide bool // tables are not shortened
}

// widen lets tables be as wide as they need be.
func widen(w io.Writer, wide bool) {
	if s, ok := w.(*screen); ok {
		s.wide = wide
	}
}

// plainly makes an environment without colors of one.
func (e environment) plainly() environment {
	getenv := e.getenv
	e.getenv = func(name string) string {
		if name == "NO_COLOR" {
			return "1"
		}
		return getenv(name)
	}
	return e
}

func isTerminal(w io.Writer) bool {
	if s, ok := w.(*screen); ok {
		w = s.Writer
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device too, by whatever name it was opened
	return err != nil || !os.SameFile(info, null)
}
