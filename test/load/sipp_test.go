package load

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// callee answers every call at 127.0.0.3 until the benchmark ends.
func callee(b *testing.B, port int) {
	b.Helper()
	sipp(b, b.TempDir(), "-sn", "uas", "-i", "127.0.0.3", "-p", strconv.Itoa(port))
	peers.Pause(500 * time.Millisecond)
}

// sipp starts SIPp away from the gateway's core.
func sipp(b *testing.B, dir string, args ...string) <-chan error {
	b.Helper()
	path, err := exec.LookPath("sipp")
	if err != nil {
		b.Fatal("sipp is not installed (Debian package sip-tester): make install installs it")
	}
	cmd := exec.Command("taskset", append([]string{"-c", "0", path, "-nostdin", "-buff_size", "4194304"}, args...)...)
	cmd.Dir = dir
	screen, err := os.Create(filepath.Join(dir, "screen"))
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = screen, screen
	return run(b, cmd)
}

// load is one run of a scenario from testdata.
type load struct {
	scenario, to string
	ip           string
	port         int
	rate, count  int
	more         []string
}

// result is what SIPp says of a run.
type result struct {
	took    time.Duration
	failed  int
	repeats int
	delays  []float64 // from the first message to its answer, ms, sorted
}

// runs plays a scenario to its end.
func (l load) runs(b *testing.B) result {
	b.Helper()
	dir := b.TempDir()
	scenario, err := filepath.Abs(filepath.Join("testdata", l.scenario+".xml"))
	if err != nil {
		b.Fatal(err)
	}
	args := append([]string{
		l.to, "-sf", scenario, "-i", l.ip, "-p", strconv.Itoa(l.port), "-s", "100", "-r", strconv.Itoa(l.rate), "-m", strconv.Itoa(l.count),
		"-l", "20000", "-trace_rtt", "-rtt_freq", "1", "-trace_stat", "-stf", "stat", "-fd", "1", "-recv_timeout", "20000", "-timeout", "300s",
	}, l.more...)
	begin := time.Now()
	err = <-sipp(b, dir, args...)
	r := result{took: time.Since(begin), delays: delays(b, dir)}
	if err != nil && !strings.Contains(err.Error(), "exit status 1") {
		screen, _ := os.ReadFile(filepath.Join(dir, "screen"))
		b.Fatalf("SIPp: %v\n%.4000s", err, screen)
	}
	r.failed, r.repeats = stat(b, dir, "FailedCall(C)"), stat(b, dir, "Retransmissions(C)")
	return r
}

// delays reads what -trace_rtt has written.
func delays(b *testing.B, dir string) []float64 {
	b.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*_rtt.csv"))
	var out []float64
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Split(line, ";"); len(fields) > 2 {
				if ms, err := strconv.ParseFloat(fields[1], 64); err == nil {
					out = append(out, ms)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// stat reads one column of the last line that -trace_stat has written.
func stat(b *testing.B, dir, column string) int {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		b.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	names, last := strings.Split(lines[0], ";"), strings.Split(lines[len(lines)-1], ";")
	i := slices.Index(names, column)
	if i < 0 || i >= len(last) {
		b.Fatalf("SIPp has no column %s", column)
	}
	n, _ := strconv.Atoi(last[i])
	return n
}

// at is a quantile of sorted values.
func at(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func (r result) String() string {
	return fmt.Sprintf("%v, %d failed, %d repeated, p50 %.1f ms, p99 %.1f ms", r.took.Round(time.Millisecond), r.failed, r.repeats, at(r.delays, .5), at(r.delays, .99))
}
