package load

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

var (
	phoneCalls = flag.String("phones", "10 100 250 400", "calls of two telephones, for each of which is measured")
	turns      = flag.Int("turns", 2, "how often the gateway and rtpengine take turns")
)

// Where the telephones are. What is measured is on 127.0.0.1.
const callerIP, calledIP, measuredIP = "127.0.0.2", "127.0.0.3", "127.0.0.1"

// measuredCore has what is measured, alone as far as we can help it; the telephones
// have the last one.
const measuredCore = 0

// way is a way through which telephones speak: it connects the two of each call.
type way struct {
	name string
	// start starts it, with the ports of the telephones, two to a call; it returns where
	// each has to send, the process, and what ends the calls.
	start func(b *testing.B, ports []int) (to []netip.AddrPort, pid int, end func())
}

// BenchmarkPhones is calls of two telephones, PCMU both ways, through the gateway and
// through rtpengine in userspace, in turn: what a call costs each, what is lost, and
// how much later a packet comes.
func BenchmarkPhones(b *testing.B) {
	if _, err := exec.LookPath("rtpengine"); err != nil {
		b.Skip("rtpengine is not installed (Debian package rtpengine-daemon): there is nothing to measure the gateway beside")
	}
	if runtime.NumCPU() < 2 {
		b.Skip("one core is for what is measured, another for the telephones, and this machine has one")
	}
	for _, text := range strings.Fields(*phoneCalls) {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) { benchmarkPhones(b, n) })
	}
}

func benchmarkPhones(b *testing.B, calls int) {
	ways := []way{{"tandem", throughTandem}, {"rtpengine", throughRTPEngine}}
	sums := map[string]*measured{}
	for turn := range *turns {
		for i := range ways {
			w := ways[(i+turn)%2] // tandem, rtpengine, rtpengine, tandem: what else the machine does meets both
			var m measured
			// A sub-benchmark ends what it started, so that the two never run at once.
			b.Run(fmt.Sprintf("%s-%d", w.name, turn+1), func(b *testing.B) { m = w.measure(b, calls) })
			if sums[w.name] == nil {
				sums[w.name] = &measured{}
			}
			sums[w.name].add(m)
		}
	}
	ours, theirs := sums["tandem"], sums["rtpengine"]
	for _, w := range ways {
		b.Logf("%d calls through %s: %v", calls, w.name, sums[w.name])
	}
	if theirs.cpu > 0 {
		b.Logf("%d calls: tandem takes %.2f of rtpengine's CPU for a call, %.2f for a packet that came", calls,
			ours.perCallMinute()/theirs.perCallMinute(), ours.perPacket()/theirs.perPacket())
	}
}

// measured is what windows of a load have shown.
type measured struct {
	cpu, minutes float64 // of the process; of calls
	sent, heard  int64
	p50, p99     float64 // the worst of the windows, ms
	late         float64
	windows      int
	foreign      int64
}

func (m *measured) add(o measured) {
	m.cpu, m.minutes, m.sent, m.heard, m.foreign = m.cpu+o.cpu, m.minutes+o.minutes, m.sent+o.sent, m.heard+o.heard, m.foreign+o.foreign
	m.p50, m.p99, m.late = max(m.p50, o.p50), max(m.p99, o.p99), max(m.late, o.late)
	m.windows++
}

func (m *measured) perCallMinute() float64 { return m.cpu / max(m.minutes, 1e-9) }

// perPacket is µs: whoever loses packets has less to do.
func (m *measured) perPacket() float64 { return 1e6 * m.cpu / float64(max(m.heard, 1)) }

func (m *measured) lost() float64 { return 100 * float64(m.sent-m.heard) / float64(max(m.sent, 1)) }

func (m *measured) String() string {
	return fmt.Sprintf("%.4f CPU-s a call-minute, %.2f µs a packet that came, %.3f %% of %d packets lost, delay p50 %.3f ms, p99 %.3f ms (the worse of %d windows); telephones late by %.1f ms at p99",
		m.perCallMinute(), m.perPacket(), m.lost(), m.sent, m.p50, m.p99, m.windows, m.late)
}

func (w way) measure(b *testing.B, calls int) (m measured) {
	for b.Loop() {
		p := startPhones(b, 2*calls)
		to, pid, end := w.start(b, p.ports)
		p.tell(b, to)
		peers.Pause(4 * time.Second) // until both have learned where the telephones are
		p.command(b, "begin")
		before := cpuOf(b, pid)
		peers.Pause(time.Duration(*seconds) * time.Second)
		used := cpuOf(b, pid) - before
		p.command(b, "end")
		var h heardThere
		p.read(b, &h)
		end()
		m.add(measured{
			cpu: used.Seconds(), minutes: h.WindowSeconds / 60 * float64(calls), sent: h.Sent, heard: h.Heard, foreign: h.Foreign,
			p50: h.Delay50, p99: h.Delay99, late: h.Late99,
		})
		b.Logf("telephones took %.2f of their core, %d packets were not theirs", h.CPU/h.WindowSeconds, h.Foreign)
	}
	b.ReportMetric(m.perCallMinute(), "cpu-s/call-min")
	b.ReportMetric(m.lost(), "%lost")
	b.ReportMetric(m.p50, "p50-ms")
	b.ReportMetric(m.p99, "p99-ms")
	b.ReportMetric(m.late, "late-p99-ms")
	b.ReportMetric(0, "ns/op")
	if m.late > 10 {
		b.Logf("the telephones were late by %.1f ms at p99: believe neither loss nor delay", m.late)
	}
	return m
}

// phones are the telephones' process.
type phones struct {
	in    io.Writer
	out   *bufio.Reader
	ports []int
}

func startPhones(b *testing.B, n int) *phones {
	b.Helper()
	var ips []string
	for i := range n {
		ips = append(ips, []string{callerIP, calledIP}[i%2])
	}
	text, err := json.Marshal(ips)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("taskset", "-c", strconv.Itoa(runtime.NumCPU()-1), os.Args[0], "-test.run=^TestPhonesProcess$")
	cmd.Env = append(os.Environ(), phonesEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	p := &phones{}
	if p.in, err = cmd.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	p.out = bufio.NewReaderSize(out, 1<<16)
	run(b, cmd)
	p.read(b, &p.ports)
	return p
}

func (p *phones) read(b *testing.B, v any) {
	b.Helper()
	line, err := p.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, v)
	}
	if err != nil {
		b.Fatalf("telephones say %.200q: %v", line, err)
	}
}

func (p *phones) tell(b *testing.B, v any) {
	b.Helper()
	line, err := json.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	p.command(b, string(line))
}

func (p *phones) command(b *testing.B, line string) {
	b.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		b.Fatal(err)
	}
}
