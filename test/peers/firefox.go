package peers

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"
	"time"
)

// FirefoxCall is what came of a call that Firefox made with the web phone.
type FirefoxCall struct {
	Registered, Ended bool
	State             string
	Inbound           Inbound
	Error             string
	Log               []string
}

// CallWithFirefox opens a link in Firefox ESR, presses a button of the web phone
// by its test name, listens for two seconds, and hangs up.
func CallWithFirefox(t testing.TB, link, button string) FirefoxCall {
	t.Helper()
	firefox, node := program(t, "firefox-esr", "firefox-esr"), program(t, "node", "nodejs")
	cmd := exec.Command(node, "firefox.mjs", firefox, link, button)
	cmd.Dir = pageDir()
	var out bytes.Buffer
	cmd.Stdout = &out
	stderr := &Output{}
	cmd.Stderr = stderr
	wait := startWaiting(t, cmd)
	ended := make(chan error, 1)
	go func() { ended <- wait() }()
	select {
	case <-ended:
	case <-time.After(90 * time.Second):
		t.Fatalf("Firefox is not done after 90 s\n%s", stderr.Tail(20))
	}
	var c FirefoxCall
	if err := json.Unmarshal(out.Bytes(), &c); err != nil {
		t.Fatalf("Firefox: %v\n%s", err, stderr.Tail(20))
	}
	return c
}
