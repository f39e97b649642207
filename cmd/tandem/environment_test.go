package main

import (
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

func TestColorsAreForTerminalsThatWantThem(t *testing.T) {
	_, slave := openTerminal(t)
	defer slave.Close()
	for _, c := range []struct {
		term, no string
		want     bool
	}{{"xterm", "", true}, {"xterm", "1", false}, {"dumb", "", false}} {
		env := environment{out: slave, getenv: func(name string) string {
			return map[string]string{"TERM": c.term, "NO_COLOR": c.no}[name]
		}}
		if got := env.colored(); got != c.want {
			t.Errorf("TERM=%s NO_COLOR=%s: colored is %v", c.term, c.no, got)
		}
	}
	if (environment{out: &tandemtest.Output{}, getenv: tandemtest.Home("")}).colored() {
		t.Error("what is no terminal is colored")
	}
}
