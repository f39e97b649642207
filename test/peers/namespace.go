package peers

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// inNamespace tells a test that it runs in the namespace that it has made.
const inNamespace = "TANDEM_TEST_NAMESPACE"

// InNamespace is TestMain of tests that run in a network namespace of their own, with
// loopback only: they are run again there. needs are the programs that they take besides.
func InNamespace(m *testing.M, needs string) {
	if os.Getenv(inNamespace) != "" {
		os.Exit(m.Run())
	}
	args := []string{"--net"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-root-user")
	}
	args = append(args, "sh", "-c", `ip link set lo up && exec "$0" "$@"`)
	cmd := exec.Command("unshare", append(args, os.Args...)...)
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "in a network namespace of its own (it takes unshare, ip, %s, and the right to use them): %v\n", needs, err)
		os.Exit(1)
	}
}
