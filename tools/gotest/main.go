// Package main runs `go test` with the arguments that it is given, writes what go test
// writes of several packages without -v, and at the end which tests were skipped, and
// why: `go test` itself says nothing of them, and what nobody has run looks like what has
// passed. Its status is go test's.
//
//	go run ./tools/gotest -race ./...
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	os.Exit(status)
}

// run runs go test and returns its status.
func run(args []string) (int, error) {
	// Whoever interrupts interrupts go test too, which then says how far it came.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	out := bufio.NewWriter(os.Stdout)
	r := newReport(out)
	readErr := r.read(events)
	err = cmd.Wait()
	r.end()
	if flushErr := out.Flush(); readErr == nil {
		readErr = flushErr
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), readErr
	}
	if err != nil || readErr != nil {
		return 1, errors.Join(err, readErr)
	}
	return 0, nil
}
