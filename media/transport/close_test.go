package transport

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
)

// TestClosingLeavesNothing ends calls in every phase and looks for what is
// left: goroutines, descriptors, table entries.
func TestClosingLeavesNothing(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	round := func() {
		b := newBrowser(t, browserConfig{})
		defer b.close()
		talked, begun, restarting, unused := newTestPeer(t, m, false), newTestPeer(t, m, false), newTestPeer(t, m, false), newTestPeer(t, m, false)
		connect(t, m, b, talked, call{true, sdp.Active}, nil)
		converse(t, b, talked)
		far := PeerRemote{
			ICE:          sdp.ICE{Ufrag: "abcd", Pwd: strings.Repeat("p", 22), Candidates: []string{"1 1 udp 1 127.0.0.1 9 typ host"}},
			Fingerprints: []string{m.Fingerprint()}, Setup: sdp.Passive,
		}
		for _, u := range []*peerUnderTest{begun, restarting} {
			if err := u.Connect(far); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = restarting.Restart()
		_, _ = restarting.Restart()
		for _, u := range []*peerUnderTest{talked, begun, restarting, unused} {
			_ = u.Close()
			_ = u.Close()
		}
	}
	round()
	goroutines, fds := settled(t, 1<<30), descriptors(t)
	for range 5 {
		round()
	}
	if n := settled(t, goroutines); n > goroutines {
		t.Errorf("%d goroutines, before %d", n, goroutines)
	}
	if n := descriptors(t); n > fds {
		t.Errorf("%d descriptors, before %d", n, fds)
	}
	if m.flows.size() != 0 || m.frags.size() != 0 || m.checks.size() != 0 {
		t.Errorf("left behind: %d flows, %d fragments, %d checks", m.flows.size(), m.frags.size(), m.checks.size())
	}
}

// settled waits until at most want goroutines run, or a while.
func settled(t *testing.T, want int) int {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 400 {
		<-tick.C
		if runtime.NumGoroutine() <= want && want < 1<<30 {
			break
		}
	}
	return runtime.NumGoroutine()
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	return len(all)
}
