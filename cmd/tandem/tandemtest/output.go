package tandemtest

import (
	"bytes"
	"regexp"
	"sync"
	"testing"
	"time"
)

// Output collects what a command writes while it still runs.
type Output struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// Home is an environment with nothing in it but a folder for state.
func Home(dir string) func(string) string {
	return func(name string) string {
		if name == "XDG_STATE_HOME" {
			return dir
		}
		return ""
	}
}

// Patience is how long a test waits for what must come, on a machine that does much else.
const Patience = time.Minute

// Await polls until a condition holds.
func Await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(Patience); !holds(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not within %v: %s", Patience, what)
		}
	}
}

// GoType finds what only a programmer of Go would say.
var GoType = regexp.MustCompile(`\*?\b(main|gateway|doctor|demo|rules|people|machine|wording|config|strconv|errors|fs|net|os|pflag|cobra|hcl|cty|dialplan|certs|flow|transport)\.[A-Z]\w*|%!|goroutine |runtime error|0x[0-9a-f]{6}|<nil>`)
