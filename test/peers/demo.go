package peers

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// Demo is `tandem demo` as a process.
type Demo struct {
	out *Output
}

// StartDemo runs `tandem demo` until the test ends, as somebody would who has
// never run it before, and returns when it has said that it is ready.
func StartDemo(t testing.TB) *Demo {
	t.Helper()
	home := t.TempDir()
	cmd := exec.Command(Binary(t), "demo")
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME="+home)
	d := &Demo{out: start(t, cmd)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the demo wrote:\n%s", d.out.Tail(60))
		}
	})
	Await(t, time.Minute, "the demo prints its links", func() bool { return len(d.Links()) == 2 })
	return d
}

// Links are the addresses that open a registered phone, as printed.
func (d *Demo) Links() []string {
	return regexp.MustCompile(`http://localhost:[0-9]+/p/\S+`).FindAllString(d.out.String(), -1)
}
