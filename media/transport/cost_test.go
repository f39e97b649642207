package transport

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"

	"github.com/pion/webrtc/v4"
	"github.com/tandemgw/tandem/media/sdp"
)

// browsersEnv makes TestBrowserProcess be that many browsers.
const browsersEnv = "TANDEM_TEST_BROWSERS"

// TestCostOfAPeer measures what a connected browser costs this process; the
// browsers live in another. The budget is 10 goroutines and 80 KiB of heap.
func TestCostOfAPeer(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector costs more than a peer")
	}
	const n = 40
	cmd := exec.Command(os.Args[0], "-test.run=^TestBrowserProcess$")
	cmd.Env = append(os.Environ(), browsersEnv+"="+strconv.Itoa(n))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _, _ = io.Copy(io.Discard, out); _ = cmd.Wait() }()
	lines := bufio.NewReaderSize(out, 1<<16)
	offers := make([]string, n)
	for i := range offers {
		line, err := lines.ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &offers[i])
		}
		if err != nil {
			t.Fatalf("offer %d: %q, %v", i, line, err)
		}
	}
	m := newTestMux(t, MuxConfig{})
	goroutines, heap := runtime.NumGoroutine(), heapNow()
	peers := make([]*peerUnderTest, n)
	for i, offer := range offers {
		setup := []sdp.Setup{sdp.Active, sdp.Passive}[i%2]
		peers[i] = newTestPeer(t, m, false)
		if err := peers[i].Connect(remoteOf(offer, setup)); err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(in).Encode(description(m, peers[i].ICE(), setup)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range peers {
		eventually(t, "connected", func() bool { return p.Stats().State == PeerConnected })
	}
	settled(t, goroutines+10*n)
	perGoroutine := float64(runtime.NumGoroutine()-goroutines) / n
	perHeap := float64(heapNow()-heap) / n / 1024
	t.Logf("a peer costs %.1f goroutines and %.1f KiB of heap", perGoroutine, perHeap)
	if perGoroutine > 10 || perHeap > 80 {
		t.Error("beyond the budget")
	}
	runtime.KeepAlive(offers)
}

func heapNow() int64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// TestBrowserProcess is the other process of TestCostOfAPeer: it writes an
// offer for each browser, reads the answers, and ends with its input.
func TestBrowserProcess(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv(browsersEnv))
	if n == 0 {
		t.Skip("only started by TestCostOfAPeer")
	}
	all := make([]*browser, n)
	to := json.NewEncoder(os.Stdout)
	for i := range all {
		all[i] = newBrowser(t, browserConfig{})
		if err := to.Encode(all[i].offer(t, nil)); err != nil {
			t.Fatal(err)
		}
	}
	from := json.NewDecoder(os.Stdin)
	for _, b := range all {
		var answer string
		if err := from.Decode(&answer); err != nil {
			t.Fatal(err)
		}
		b.remote(t, webrtc.SDPTypeAnswer, answer)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}
