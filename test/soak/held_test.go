package soak

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// profiles is where the profiles of the heap are kept, for whoever looks for what is left.
var profiles = flag.String("profiles", "", "folder for the gateway's profiles of its heap, before and after")

// held is what the gateway has of the machine; and what of it is in use: memory has
// garbage besides that nobody has collected, and pages that nobody has asked for back.
type held struct {
	memory              float64 // resident; of the program itself and of its files too; MiB
	heap, stacks        float64 // what lives on the heap after a collection, and of goroutines; MiB
	goroutines, threads float64
	files, sockets      float64 // descriptors, and how many of them are sockets
	cpu                 float64 // seconds
}

func (h held) String() string {
	return fmt.Sprintf("%.1f MiB resident, %.1f live, %.1f of stacks, %.0f goroutines, %.0f threads, %.0f descriptors of which %.0f are sockets",
		h.memory, h.heap, h.stacks, h.goroutines, h.threads, h.files, h.sockets)
}

func (h held) less(o held) held {
	return held{
		h.memory - o.memory, h.heap - o.heap, h.stacks - o.stacks, h.goroutines - o.goroutines, h.threads - o.threads,
		h.files - o.files, h.sockets - o.sockets, h.cpu - o.cpu,
	}
}

// controlOf speaks to the gateway's control socket, which has its profiles.
func controlOf(socket string) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
}

// holds reads what the gateway has at a moment that has a name. The profile of the
// heap, which has it collected, comes after what is resident has been read.
func (g *gateway) holds(b *testing.B, when string) held {
	b.Helper()
	const number = ` ([0-9.e+]+)$`
	text := g.get("/metrics")
	h := held{
		memory: valueOf(b, text, `^process_resident_memory_bytes`+number) / (1 << 20), cpu: valueOf(b, text, `^process_cpu_seconds_total`+number),
		goroutines: valueOf(b, text, `^go_goroutines`+number), files: valueOf(b, text, `^process_open_fds`+number),
	}
	proc := filepath.Join("/proc", strconv.Itoa(g.pid))
	status, _ := os.ReadFile(filepath.Join(proc, "status"))
	h.threads = valueOf(b, string(status), `^Threads:\s+([0-9]+)$`)
	files, _ := filepath.Glob(filepath.Join(proc, "fd", "*"))
	for _, f := range files {
		if to, _ := os.Readlink(f); strings.HasPrefix(to, "socket:") {
			h.sockets++
		}
	}
	heap := get(g.control, "http://tandem/debug/pprof/heap?gc=1&debug=1")
	h.heap = valueOf(b, heap, `^# HeapAlloc = ([0-9]+)$`) / (1 << 20)
	h.stacks = valueOf(b, heap, `^# Stack = ([0-9]+) / [0-9]+$`) / (1 << 20)
	if *profiles != "" {
		for name, text := range map[string]string{
			"heap.txt": heap, "heap.pprof": get(g.control, "http://tandem/debug/pprof/heap"), "status": string(status),
			"goroutines.txt": get(g.control, "http://tandem/debug/pprof/goroutine?debug=1"),
		} {
			if err := os.WriteFile(filepath.Join(*profiles, when+"-"+name), []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	return h
}

// valueOf is the number that a pattern finds in a text.
func valueOf(b *testing.B, text, pattern string) float64 {
	b.Helper()
	m := regexp.MustCompile(`(?m)` + pattern).FindStringSubmatch(text)
	if m == nil {
		b.Fatalf("nothing like %s in what the gateway says of itself", pattern)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return v
}
