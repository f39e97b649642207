package capture

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/hep"
	"github.com/tandemgw/tandem/signaling/txn"
)

// said keeps what a program writes.
type said struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(b)
}

// dialogs is the last count that sngrep has written.
func (s *said) dialogs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, m := range regexp.MustCompile(`Dialog count: (\d+)`).FindAllSubmatch(s.all.Bytes(), -1) {
		n, _ = strconv.Atoi(string(m[1]))
	}
	return n
}

// TestSngrepReadsWhatIsSentToHomer has sngrep listen for HEP, and send what it heard
// into a file.
func TestSngrepReadsWhatIsSentToHomer(t *testing.T) {
	// For a port that is free; not on 127.0.0.1, where the tests that run beside this one
	// might take it before sngrep does.
	l, err := net.ListenPacket("udp", "127.0.0.14:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.LocalAddr().String()
	_ = l.Close()
	path, out := filepath.Join(t.TempDir(), "heard.pcap"), &said{}
	sngrep := exec.Command("sngrep", "-N", "-L", "udp:"+at, "-O", path)
	sngrep.Stdout, sngrep.Stderr = out, out
	if err := sngrep.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			_ = sngrep.Process.Signal(syscall.SIGTERM)
			_ = sngrep.Wait()
		}
	}
	defer end()
	calls, err := hep.NewCalls()
	if err != nil {
		t.Fatal(err)
	}
	s, err := hep.New(hep.Config{Address: at, Transport: "udp", Agent: 7, Name: "gw", Calls: calls})
	if err != nil {
		t.Fatal(err)
	}
	go s.Run(t.Context())
	defer s.Close()
	kinds := []flow.Kind{flow.UDP, flow.TCP, flow.TLS, flow.WS, flow.WSS}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for over := time.Now().Add(30 * time.Second); out.dialogs() < len(kinds); <-tick.C {
		if time.Now().After(over) {
			t.Fatalf("sngrep knows %d dialogs: %s", out.dialogs(), out.all.Bytes())
		}
		for i, k := range kinds { // once more: sngrep may just have begun
			f := flow.New(flow.Way{Kind: k, Local: netip.MustParseAddrPort("192.0.2.1:5060"), Remote: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.2"), uint16(49160+i))})
			s.Message(f, txn.In, fmt.Appendf(nil, "INVITE sip:201@pbx.example.com SIP/2.0\r\nVia: SIP/2.0/%s 192.0.2.2;branch=z9hG4bK%d\r\n"+
				"From: <sip:a@example.com>;tag=1\r\nTo: <sip:201@pbx.example.com>\r\nCall-ID: over-%s\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", k.ViaToken(), i, k))
		}
	}
	end()
	heard, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range kinds {
		if !bytes.Contains(heard, fmt.Appendf(nil, "Call-ID: over-%s\r\n", k)) {
			t.Errorf("sngrep has not written the message over %s", k)
		}
		port := 49160 + i
		if !bytes.Contains(heard, []byte{byte(port >> 8), byte(port & 0xff)}) {
			t.Errorf("sngrep has not written port %d of %s", port, k)
		}
	}
	if !bytes.Contains(heard, []byte{192, 0, 2, 2, 192, 0, 2, 1}) {
		t.Error("sngrep has not written the addresses")
	}
}
