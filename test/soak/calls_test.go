package soak

import (
	"flag"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// How long the gateway is run, for whoever has less time or more.
var (
	calls   = flag.Int("calls", 10000, "calls that come and go")
	drift   = flag.Duration("drift", 10*time.Minute, "how long two clocks run apart")
	rooms   = flag.Int("rooms", 200, "rooms of three")
	talking = flag.Duration("talking", time.Minute, "how long the rooms talk")
	settle  = flag.Duration("settle", 2*time.Minute, "how long the gateway may take to put away what is over")
)

const (
	together = 40 // calls at the same time
	// What the gateway remembers within bounds is filled before anything is measured: of
	// calls their logs (the newest 8 MiB), ladders, cases, and of sources that send
	// requests the last 16384.
	warmUp  = 5000
	sources = 17000
)

// silence and loud are 20 ms of sound: nothing, and 500 Hz.
func silence() []byte { return repeat(0xff, 0xff) }
func loud() []byte    { return repeat(0x90, 0x10) }

func repeat(up, down byte) []byte {
	b := make([]byte, 160)
	for i := range b {
		if b[i] = up; i%16 >= 8 {
			b[i] = down
		}
	}
	return b
}

// BenchmarkCalls lets calls come, be heard at both ends, and go: what the gateway has
// after them is what it had before.
func BenchmarkCalls(b *testing.B) {
	g := startGateway(b, startAnswering(b))
	g.comeAndGo(b, warmUp)
	g.knock(b)
	peers.Pause(*settle)
	before := g.holds(b, "before")
	began := time.Now()
	g.comeAndGo(b, *calls)
	took := time.Since(began)
	busy := g.holds(b, "end")
	peers.Pause(*settle)
	after := g.holds(b, "after")
	left := after.less(before)
	b.Logf("before: %v", before)
	b.Logf("at the end of %d calls, which took %v: %v", *calls, took.Round(time.Second), busy)
	b.Logf("afterwards: %v", after)
	b.ReportMetric(left.memory, "MiB-left")
	b.ReportMetric(left.heap, "live-MiB-left")
	b.ReportMetric(left.files, "files-left")
	b.ReportMetric(left.goroutines, "goroutines-left")
	b.ReportMetric(left.threads, "threads-left")
	b.ReportMetric(1000*busy.less(before).cpu/float64(*calls), "cpu-ms/call")
	b.ReportMetric(0, "ns/op")
	if left.files > 8 || left.sockets > 8 || left.goroutines > 8 || left.memory > 16 {
		b.Errorf("%d calls have left something: %v", *calls, left)
	}
}

// knock sends a request from each of many ports, and waits for the last answer.
func (g *gateway) knock(b *testing.B) {
	b.Helper()
	to, err := net.ResolveUDPAddr("udp4", g.sip)
	if err != nil {
		b.Fatal(err)
	}
	answered := 0
	for i := range sources {
		conn, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.ParseIP(callerIP), Port: 1024 + i}, to)
		if err != nil {
			continue // somebody has it
		}
		at := conn.LocalAddr()
		_, err = fmt.Fprintf(conn, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bKknock%[3]d\r\nMax-Forwards: 70\r\n"+
			"From: <sip:soak@%[2]s>;tag=k\r\nTo: <sip:%[1]s>\r\nCall-ID: knock%[3]d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", g.sip, at, i)
		if err != nil {
			b.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := conn.Read(make([]byte, 2048)); err == nil {
			answered++
		}
		_ = conn.Close()
	}
	b.Logf("%d of %d sources were answered", answered, sources)
}

// comeAndGo makes n calls, some at the same time.
func (g *gateway) comeAndGo(b *testing.B, n int) {
	b.Helper()
	var next, failed atomic.Int64
	var all sync.WaitGroup
	for range together {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if err := g.comesAndGoes(int(i)); err != nil && failed.Add(1) < 5 {
					b.Logf("call %d: %v", i, err)
				}
			}
		})
	}
	all.Wait()
	if f := failed.Load(); f > 0 {
		b.Errorf("%d of %d calls have failed", f, n)
	}
}

func (g *gateway) comesAndGoes(serial int) error {
	c, err := dial(g.sip, "77", serial, nil)
	if err != nil {
		return err
	}
	for end := time.Now().Add(patience); c.heard.Load() < 5; {
		if c.send(loud()); time.Now().After(end) {
			_ = c.hangUp()
			return errUnheard
		}
		peers.Pause(20 * time.Millisecond)
	}
	return c.hangUp()
}
