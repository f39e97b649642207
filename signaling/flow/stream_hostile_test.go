package flow

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// refuser answers what it gets by 400, as txn does with a message that is not
// sound.
type refuser struct{ *inbox }

func (r refuser) Message(f *Flow, raw []byte) {
	_ = f.Send([]byte("SIP/2.0 400 Bad Request\r\nl: 0\r\n\r\n"))
	r.inbox.Message(f, raw)
}

func TestAMessageWithoutAnEndIsAnsweredAndTheConnectionClosed(t *testing.T) {
	for name, head := range map[string]string{
		"negative": plain("Content-Length: -999\r\n", ""),
		"two":      plain("Content-Length: 1\r\nl: 2\r\n", ""),
		"huge":     plain("l: 99999999\r\n", ""),
		"none":     plain("Content-Type: application/sdp\r\n", ""),
	} {
		t.Run(name, func(t *testing.T) {
			in := newInbox()
			s := listen(t, StreamConfig{}, nil)
			s.streams.handler = refuser{in}
			c := client(t, s)
			says(t, c, head+strings.Repeat("OPTIONS sip:smuggled SIP/2.0\r\nl: 0\r\n\r\n", 10))
			if said := ends(t, c); !strings.HasPrefix(said, "SIP/2.0 400 ") {
				t.Errorf("it said %q", said)
			}
			c.Close()
			if m := in.next(t); m != head {
				t.Errorf("handed up %q", m)
			}
			if _, err := in.gone(t); err == nil || s.Counters().Broken != 1 || len(in.messages) != 0 {
				t.Errorf("%v, %+v", err, s.Counters())
			}
		})
	}
}

// TestAMessageThatIsTooLongIsPassedOver: the connection goes on with what comes behind it.
func TestAMessageThatIsTooLongIsPassedOver(t *testing.T) {
	in := newInbox()
	s := listen(t, StreamConfig{}, nil)
	s.streams.handler = refuser{in}
	c := client(t, s)
	head, next := plain("l: 1000000\r\n", ""), plain("l: 2\r\n", "ab")
	for range 3 {
		says(t, c, head+strings.Repeat("OPTIONS sip:smuggled SIP/2.0\r\nl:  0 \r\n\r\n", 25000)+next)
		for _, want := range []string{head, next} {
			if m := in.next(t); m != want {
				t.Fatalf("handed up %q", m)
			}
			hears(t, c, "SIP/2.0 400 Bad Request\r\nl: 0\r\n\r\n")
		}
	}
	says(t, c, "\r\n\r\n")
	hears(t, c, "\r\n")
	if n := s.Counters(); n.Broken != 0 || n.Received != 6 {
		t.Errorf("%+v", n)
	}
}

func TestWhatIsNoSIPClosesTheConnectionInSilence(t *testing.T) {
	for name, junk := range map[string]string{
		"HTTP":               "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
		"TLS":                "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"SSH":                "SSH-2.0-OpenSSH_9.2\r\n",
		"zeroes":             strings.Repeat("\x00", 100),
		"a line without end": strings.Repeat("A", 100000),
		"a head without end": "OPTIONS sip:x SIP/2.0\r\n" + strings.Repeat("X: y\r\n", 20000),
	} {
		t.Run(name, func(t *testing.T) {
			in := newInbox()
			s := listen(t, StreamConfig{}, in)
			c := client(t, s)
			_, _ = io.WriteString(c, junk)
			if said := ends(t, c); said != "" {
				t.Errorf("it said %q", said)
			}
			c.Close()
			in.gone(t)
			if n := s.Counters(); n.Broken != 1 || n.Received != 0 {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestEndlessJunkIsCutOffByAMebibyte(t *testing.T) {
	in := newInbox()
	s := listen(t, StreamConfig{}, in)
	c := client(t, s)
	says(t, c, "OPTIONS sip:x SIP/2.0\r\n")
	written := 0
	chunk := []byte(strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 16))
	for {
		n, err := c.Write(chunk)
		if written += n; err != nil {
			break
		}
		if written > 64<<20 {
			t.Fatal("it goes on for ever")
		}
	}
	in.gone(t)
	if kernel := 8 << 20; written > 1<<20+kernel { // buffers on both sides come on top
		t.Errorf("%d octets were taken", written)
	}
}

func TestAFarEndThatDoesNotReadIsCutOff(t *testing.T) {
	in := newInbox()
	s := listen(t, StreamConfig{QueueOctets: 256 << 10}, in)
	c := client(t, s)
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4096)
	}
	says(t, c, plain("l: 0\r\n", ""))
	in.next(t)
	f := in.flow()
	var err error
	big := make([]byte, 16<<10)
	for i := 0; err == nil && i < 10000; i++ {
		err = f.Send(big) // never blocks
	}
	if !errors.Is(err, ErrQueueFull) {
		t.Fatalf("got %v", err)
	}
	if _, why := in.gone(t); !errors.Is(why, ErrQueueFull) {
		t.Errorf("it closed because %v", why)
	}
	if n := s.Counters(); n.Slow != 1 {
		t.Errorf("%+v", n)
	}
}

func TestOneHandlerDoesNotHoldUpAnotherConnection(t *testing.T) {
	in := newInbox()
	in.hold = make(chan struct{})
	defer close(in.hold)
	s := listen(t, StreamConfig{}, in)
	for range 3 {
		says(t, client(t, s), plain("l: 0\r\n", ""))
	}
	for range 3 {
		in.next(t)
	}
}

func TestStreamConnectionsAreCapped(t *testing.T) {
	in := newInbox()
	s := listen(t, StreamConfig{MaxPerAddress: 2}, in)
	first := client(t, s)
	says(t, first, plain("l: 0\r\n", ""))
	in.next(t)
	says(t, client(t, s), plain("l: 0\r\n", ""))
	in.next(t)
	ends(t, client(t, s))
	if n := s.Counters(); n.Refused != 1 || n.Open != 2 {
		t.Errorf("%+v", n)
	}
	first.Close()
	in.gone(t)
	until(t, "the place is free", func() bool { return s.Counters().Open == 1 })
	says(t, client(t, s), plain("l: 0\r\n", ""))
	in.next(t)
}

func TestAnAddressOpensSoManyConnectionsASecond(t *testing.T) {
	in := newInbox()
	s := listen(t, StreamConfig{OpenPerSecond: 1}, in)
	var all []net.Conn
	for range 30 {
		all = append(all, client(t, s))
	}
	until(t, "most are refused", func() bool { return s.Counters().Refused >= 10 })
	for _, c := range all {
		c.Close()
	}
}

func TestTwoThousandIdleConnectionsAreCheap(t *testing.T) {
	const many = 2000
	in := newInbox()
	s := listen(t, StreamConfig{OpenPerSecond: -1}, in)
	var before, after runtime.MemStats
	all := make([]net.Conn, many)
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range all {
		all[i] = client(t, s)
		says(t, all[i], plain("l: 0\r\n", ""))
		in.next(t)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	// Both ends are in this process, and so are the test's deadlines.
	each := (after.HeapInuse + after.StackInuse - before.HeapInuse - before.StackInuse) / many
	t.Logf("%d octets for a connection", each)
	if each > 24<<10 {
		t.Errorf("%d octets for an idle connection", each)
	}
	for _, c := range all {
		c.Close()
	}
	for range many {
		<-in.closed
	}
	until(t, "all places are free", func() bool { return s.Counters().Open == 0 })
}

func TestCloseOfAListenerWritesWhatIsQueued(t *testing.T) {
	in := newInbox()
	s := listen(t, StreamConfig{}, in)
	c := client(t, s)
	says(t, c, plain("l: 0\r\n", ""))
	in.next(t)
	idle := client(t, s)
	until(t, "both stand", func() bool { return s.Counters().Open == 2 })
	for i := range 50 {
		if err := in.flow().Send(fmt.Appendf(nil, "%02d", i)); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan struct{})
	go func() { s.Close(); close(done) }()
	if said := ends(t, c); len(said) != 100 || !strings.HasSuffix(said, "49") {
		t.Errorf("it said %q", said)
	}
	c.Close()
	ends(t, idle)
	idle.Close()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("Close does not return")
	}
	if c, err := net.Dial("tcp", s.Addr().String()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
	s.Close()
	if err := s.Run(t.Context()); err == nil {
		t.Error("it ran twice")
	}
}

func TestASuddenEndAfterABurstLeavesNothing(t *testing.T) {
	ca := newAuthority(t, nil)
	for _, c := range []StreamConfig{{}, {TLS: ca.server(ca.named(t, "x.test"), tls.NoClientCert)}} {
		in := newInbox()
		s := listen(t, c, nil)
		s.streams.handler = refuser{in}
		for range 20 {
			conn := client(t, s)
			if c.TLS != nil {
				conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
			}
			says(t, conn, strings.Repeat(plain("l: 0\r\n", ""), 50))
			if raw, ok := conn.(*net.TCPConn); ok {
				_ = raw.SetLinger(0) // a reset
			}
			conn.Close()
		}
		for range 20 {
			in.gone(t)
		}
		until(t, "nothing is left", func() bool { return s.Counters().Open == 0 })
	}
}

func TestWhoSendsNoMoreStillGetsHisAnswers(t *testing.T) {
	in := newInbox()
	s := listen(t, StreamConfig{}, nil)
	s.streams.handler = refuser{in}
	for range 50 {
		c := client(t, s)
		says(t, c, strings.Repeat(plain("l: 0\r\n", ""), 20))
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(ends(t, c), "SIP/2.0 400 "); n != 20 {
			t.Fatalf("%d answers", n)
		}
		in.gone(t)
	}
}
