package load

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

//nolint:gochecknoglobals // flags of the benchmark
var (
	seconds = flag.Int("seconds", 15, "how long each load lasts")
	rates   = flag.String("rates", "400 800", "calls a second")
	refresh = flag.Int("refresh", 5000, "registrations a second")
	rest    = flag.Int("rest", 40, "how many seconds later the memory is looked at again")
)

// BenchmarkCalls sets up and ends calls from one trunk to another: INVITE, 180,
// 200, ACK, BYE, 200 on both sides. The delay is from the caller's INVITE to its
// 180, which so holds the way of the INVITE and the way of the 180; what SIPp
// alone takes is measured first and reported beside.
func BenchmarkCalls(b *testing.B) {
	for _, text := range strings.Fields(*rates) {
		rate, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) { benchmarkCalls(b, rate) })
	}
}

func benchmarkCalls(b *testing.B, rate int) {
	to := peers.FreePort(b)
	callee(b, to)
	l := load{scenario: "caller", ip: "127.0.0.2", port: peers.FreePort(b), rate: rate, count: rate * *seconds}
	direct := l
	direct.to, direct.count = fmt.Sprintf("127.0.0.3:%d", to), rate*3
	alone := direct.runs(b)
	g := startGateway(b, fmt.Sprintf(`
trunk "in"  { host = "127.0.0.2:%d" }
trunk "out" { host = "127.0.0.3:%d" }
from "trunks" { calls = { "." = [dial("trunk:out")] } }
`, l.port, to))
	l.to = g.sip
	l.count, l.rate = 100, 50 // whatever is made once is made
	l.runs(b)
	l.count, l.rate = rate**seconds, rate
	cpu, before := g.cpu(b), g.memory(b)
	r := l.runs(b)
	cpu, after := g.cpu(b)-cpu, g.memory(b)
	b.Logf("SIPp alone: %v", alone)
	b.Logf("through the gateway: %v", r)
	peers.Pause(time.Duration(*rest) * time.Second)
	b.Logf("memory: %.0f MiB before, %.0f after, %.0f when all has gone", before, after, g.memory(b))
	b.ReportMetric(float64(cpu.Microseconds())/float64(l.count), "cpu-us/call")
	b.ReportMetric(float64(l.count-r.failed)/r.took.Seconds(), "calls/s")
	b.ReportMetric(float64(r.failed), "failed")
	b.ReportMetric(at(alone.delays, .5), "alone-p50-ms")
	b.ReportMetric(at(r.delays, .5), "p50-ms")
	b.ReportMetric(at(r.delays, .99), "p99-ms")
	b.ReportMetric(g.memory(b)-before, "grown-MiB")
	b.ReportMetric(0, "ns/op")
}
