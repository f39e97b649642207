package load

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// BenchmarkRegistrations registers users without a password from two addresses,
// and then refreshes the same bindings for a while.
func BenchmarkRegistrations(b *testing.B) {
	const users = 5000
	rate := *refresh
	g := startGateway(b, people(users))
	halves := []load{register(b, "127.0.0.2", users/2), register(b, "127.0.0.3", users/2)}
	for i := range halves {
		halves[i].to, halves[i].rate, halves[i].count = g.sip, 400, users/2
	}
	together(b, halves)
	for i := range halves {
		halves[i].rate, halves[i].count = rate/2, rate/2**seconds
	}
	cpu, before := g.cpu(b), g.memory(b)
	results := together(b, halves)
	cpu = g.cpu(b) - cpu
	b.Logf("memory: %.0f MiB before, %.0f after", before, g.memory(b))
	failed, done, took := 0, 0, 0.0
	for i, r := range results {
		b.Log(r)
		failed, done, took = failed+r.failed, done+halves[i].count-r.failed, max(took, r.took.Seconds())
	}
	b.ReportMetric(float64(cpu.Microseconds())/float64(done), "cpu-us/refresh")
	b.ReportMetric(float64(done)/took, "refreshes/s")
	b.ReportMetric(float64(failed), "failed")
	b.ReportMetric(at(results[0].delays, .5), "p50-ms")
	b.ReportMetric(at(results[0].delays, .99), "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// people is a configuration with users that need no password.
func people(n int) string {
	var text strings.Builder
	text.WriteString("registrar { open = true }\n")
	for i := range n {
		fmt.Fprintf(&text, "user %q {}\n", name(i))
	}
	text.WriteString(`from "users" { calls = { "X." = [dial("user:${to}")] } }` + "\n")
	return text.String()
}

func name(i int) string { return strconv.Itoa(100000 + i) }

// register is a load of REGISTERs of its own n users.
func register(b *testing.B, ip string, n int) load {
	b.Helper()
	var text strings.Builder
	text.WriteString("SEQUENTIAL\n")
	first := 0
	if ip == "127.0.0.3" {
		first = n
	}
	for i := range n {
		text.WriteString(name(first+i) + ";\n")
	}
	file := filepath.Join(b.TempDir(), "users.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return load{scenario: "register", ip: ip, port: peers.FreePort(b), more: []string{"-inf", file}}
}

// together plays loads at the same time.
func together(b *testing.B, loads []load) []result {
	b.Helper()
	out, done := make([]result, len(loads)), make(chan struct{})
	for i, l := range loads {
		go func() { out[i] = l.runs(b); done <- struct{}{} }()
	}
	for range loads {
		<-done
	}
	return out
}
