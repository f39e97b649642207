package flow_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
)

const (
	ping    = "\r\n\r\n"
	options = "OPTIONS sip:x SIP/2.0\r\nl: 0\r\n\r\n"
)

// record is a Handler that keeps what it gets.
type record struct {
	mu     sync.Mutex
	got    []string
	last   *flow.Flow
	closed int
}

func (r *record) Message(f *flow.Flow, raw []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got, r.last = append(r.got, string(raw)), f
}

func (r *record) Closed(f *flow.Flow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = f
	r.closed++
}

// serving is a listener in memory, in a bubble.
type serving struct {
	*testing.T
	pipes  *flowtest.Pipes
	socket *flow.StreamSocket
	in     *record
}

const there = "192.0.2.9:5060"

// serve runs one at there; fn is the test.
func serve(t *testing.T, c flow.StreamConfig, fn func(s *serving)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &serving{T: t, pipes: flowtest.NewPipes(), in: &record{}}
		l, err := s.pipes.Listen(there)
		if err != nil {
			t.Fatal(err)
		}
		c.Listener = l
		if s.socket, err = flow.ListenStream(c, s.in); err != nil {
			t.Fatal(err)
		}
		go func() { _ = s.socket.Run(context.Background()) }()
		t.Cleanup(func() { s.socket.Close() })
		fn(s)
	})
}

// dial connects, and returns what the connection says until it ends.
func (s *serving) dial() (net.Conn, func() (said string, after time.Duration)) {
	s.Helper()
	c, err := s.pipes.Dial(s.Context(), "tcp", there)
	if err != nil {
		s.Fatal(err)
	}
	began := time.Now()
	done := make(chan struct{})
	var (
		said  []byte
		after time.Duration
	)
	go func() {
		said, _ = io.ReadAll(c)
		after = time.Since(began)
		close(done)
	}()
	return c, func() (string, time.Duration) {
		<-done
		c.Close()
		return string(said), after
	}
}

// connector returns one that dials over the pipes.
func (s *serving) connector(c flow.ConnectorConfig, in *record) *flow.Connector {
	c.Dial = s.pipes.Dial
	return flow.NewConnector(c, in)
}

var toward = flow.Toward{Kind: flow.TCP, Remote: netip.MustParseAddrPort(there)}

func TestASlowMessageIsCutOff(t *testing.T) {
	serve(t, flow.StreamConfig{}, func(s *serving) {
		c, end := s.dial()
		go func() {
			for _, octet := range strings.Repeat(options, 3)[:2*len(options)-1] {
				if _, err := c.Write([]byte(string(octet))); err != nil {
					return
				}
				time.Sleep(700 * time.Millisecond)
			}
		}()
		// The first message of 33 octets arrives in time, the second would not.
		if said, after := end(); said != "" || after < 54*time.Second || after > 57*time.Second {
			s.Errorf("%q after %v", said, after)
		}
		if n := s.socket.Counters(); n.Broken != 1 || len(s.in.got) != 1 {
			s.Errorf("%+v", n)
		}
	})
}

func TestASilentConnectionIsCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		say   string
		every time.Duration
		least time.Duration
	}{
		"nothing at all":              {"", time.Hour, 2 * time.Minute},
		"empty lines only":            {"\r\n", time.Second, 2 * time.Minute},
		"a message and then nothing":  {options, 1e6 * time.Hour, 70 * time.Minute},
		"a message from time to time": {options, time.Hour, 9*time.Hour + 10*time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, flow.StreamConfig{}, func(s *serving) {
				conn, end := s.dial()
				stop := make(chan struct{})
				defer close(stop)
				go func() {
					for began := time.Now(); time.Since(began) < 9*time.Hour; {
						if _, err := io.WriteString(conn, c.say); err != nil {
							return
						}
						select {
						case <-time.After(c.every):
						case <-stop:
							return
						}
					}
				}()
				if _, after := end(); after < c.least || after > c.least+time.Minute {
					s.Errorf("cut after %v", after)
				}
				if n := s.socket.Counters(); n.Idle != 1 {
					s.Errorf("%+v", n)
				}
			})
		})
	}
}

func TestKeepAlivesHoldAConnection(t *testing.T) {
	serve(t, flow.StreamConfig{Idle: 3 * time.Minute}, func(s *serving) {
		c, end := s.dial()
		if _, err := io.WriteString(c, options); err != nil {
			s.Fatal(err)
		}
		for range 100 {
			time.Sleep(2 * time.Minute)
			if _, err := io.WriteString(c, ping); err != nil {
				s.Fatal(err)
			}
		}
		if said, after := end(); said != strings.Repeat("\r\n", 100) || after < 203*time.Minute || after > 204*time.Minute {
			s.Errorf("%q after %v", said, after)
		}
	})
}

func TestPingsWhereAsked(t *testing.T) {
	serve(t, flow.StreamConfig{}, func(s *serving) {
		near := &record{}
		k := s.connector(flow.ConnectorConfig{}, near)
		defer k.Close()
		want := toward
		f, err := k.Flow(want)
		if err != nil {
			s.Fatal(err)
		}
		if err := f.Send([]byte(options)); err != nil {
			s.Fatal(err)
		}
		time.Sleep(time.Hour)
		if n := s.socket.Counters(); n.Keepalives != 0 {
			s.Errorf("pings that nobody asked for: %+v", n)
		}
		want.KeepAlive = true
		if again, err := k.Flow(want); err != nil || again != f {
			s.Fatal("another connection for keep-alives", err)
		}
		time.Sleep(time.Hour)
		if n := s.socket.Counters(); n.Keepalives < 29 || n.Keepalives > 37 {
			s.Errorf("%d pings in an hour", n.Keepalives)
		}
		if f.Err() != nil {
			s.Error(f.Err())
		}
	})
}

func TestAPingWithoutAnAnswerEndsTheFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := flowtest.NewPipes()
		l, err := pipes.Listen(there)
		if err != nil {
			t.Fatal(err)
		}
		in := &record{}
		k := flow.NewConnector(flow.ConnectorConfig{Dial: pipes.Dial}, in)
		defer k.Close()
		want := toward
		want.KeepAlive = true
		f, err := k.Flow(want)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		far, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(far) // reads, and answers nothing
		if after := time.Since(began); string(said) != ping || after < 105*time.Second || after > 131*time.Second {
			t.Errorf("%q, closed after %v", said, after)
		}
		synctest.Wait()
		if in.closed != 1 || f.Err() == nil || !strings.Contains(f.Err().Error(), "keep-alive") {
			t.Errorf("closed %d times, %v", in.closed, f.Err())
		}
		far.Close()
	})
}

func TestWhatIsSentWaitsForTheConnection(t *testing.T) {
	serve(t, flow.StreamConfig{}, func(s *serving) {
		near := &record{}
		slow := func(ctx context.Context, network, address string) (net.Conn, error) {
			time.Sleep(3 * time.Second)
			return s.pipes.Dial(ctx, network, address)
		}
		k := flow.NewConnector(flow.ConnectorConfig{Dial: slow}, near)
		defer k.Close()
		f, err := k.Flow(toward)
		if err != nil {
			s.Fatal(err)
		}
		if got := f.Local(); got.Port() != 5060 {
			s.Errorf("local end %v before there is one", got)
		}
		for i := range 100 {
			if err := f.Send(fmt.Appendf(nil, "OPTIONS sip:%d SIP/2.0\r\nl: 0\r\n\r\n", i)); err != nil {
				s.Fatal(err)
			}
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if len(s.in.got) != 100 || !strings.HasPrefix(s.in.got[99], "OPTIONS sip:99 ") || f.Local().Addr().String() != "192.0.2.1" {
			s.Errorf("%d messages came, local end %v", len(s.in.got), f.Local())
		}
		if s.pipes.Dials() != 1 {
			s.Errorf("%d connections", s.pipes.Dials())
		}
	})
}

func TestAHostThatIsOffIsTriedOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := flowtest.NewPipes()
		pipes.Darken(there)
		in := &record{}
		k := flow.NewConnector(flow.ConnectorConfig{Dial: pipes.Dial}, in)
		defer k.Close()
		began := time.Now()
		f, err := k.Flow(toward)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Send([]byte(options)); err != nil {
			t.Error(err)
		}
		<-f.Closed()
		if after := time.Since(began); after != 4*time.Second || !errors.Is(f.Err(), context.DeadlineExceeded) {
			t.Errorf("given up after %v: %v", after, f.Err())
		}
		synctest.Wait()
		if in.closed != 1 {
			t.Errorf("closed %d times", in.closed)
		}
		// A burst of 2000 requests in 20 s.
		for range 2000 {
			if f, err := k.Flow(toward); err == nil {
				_ = f.Send([]byte(options))
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n := pipes.Dials(); n < 3 || n > 6 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestTheQueueOfAConnectionThatDoesNotComeUpIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := flowtest.NewPipes()
		pipes.Darken(there)
		k := flow.NewConnector(flow.ConnectorConfig{Dial: pipes.Dial, QueueOctets: 1000}, &record{})
		defer k.Close()
		f, err := k.Flow(toward)
		if err != nil {
			t.Fatal(err)
		}
		sent := 0
		for err == nil {
			err = f.Send([]byte(options))
			sent++
		}
		if !errors.Is(err, flow.ErrQueueFull) || sent != 1000/len(options)+1 || !errors.Is(f.Err(), flow.ErrQueueFull) {
			t.Errorf("after %d: %v, %v", sent, err, f.Err())
		}
		if err := f.Send([]byte(options)); !errors.Is(err, flow.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestHandshakesThatStallAreCutOff(t *testing.T) {
	t.Run("of a client", func(t *testing.T) {
		serve(t, flow.StreamConfig{TLS: &tls.Config{}}, func(s *serving) {
			_, end := s.dial()
			if _, after := end(); after != 10*time.Second {
				s.Errorf("cut after %v", after)
			}
			if n := s.socket.Counters(); n.Untrusted != 1 || s.in.closed != 0 {
				s.Errorf("%+v", n)
			}
		})
	})
	t.Run("of a server", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			pipes := flowtest.NewPipes()
			l, err := pipes.Listen(there)
			if err != nil {
				t.Fatal(err)
			}
			in := &record{}
			k := flow.NewConnector(flow.ConnectorConfig{Dial: pipes.Dial}, in)
			defer k.Close()
			began := time.Now()
			f, err := k.Flow(flow.Toward{Kind: flow.TLS, Remote: toward.Remote})
			if err != nil {
				t.Fatal(err)
			}
			far, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, far)
			if after := time.Since(began); after != 4*time.Second || f.Err() == nil {
				t.Errorf("given up after %v: %v", after, f.Err())
			}
			far.Close()
		})
	})
}

func TestTheLongestSilentConnectionHasToGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := flowtest.NewPipes()
		in := &record{}
		var sockets []*flow.StreamSocket
		var ways []flow.Toward
		for i := range 4 {
			at := fmt.Sprintf("192.0.2.9:%d", 5060+i)
			l, err := pipes.Listen(at)
			if err != nil {
				t.Fatal(err)
			}
			s, err := flow.ListenStream(flow.StreamConfig{Listener: l}, &record{})
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = s.Run(context.Background()) }()
			sockets = append(sockets, s)
			ways = append(ways, flow.Toward{Kind: flow.TCP, Remote: netip.MustParseAddrPort(at)})
		}
		k := flow.NewConnector(flow.ConnectorConfig{Dial: pipes.Dial, MaxConnections: 3}, in)
		var flows []*flow.Flow
		for i := range 3 {
			f, err := k.Flow(ways[i])
			if err != nil {
				t.Fatal(err)
			}
			flows = append(flows, f)
			time.Sleep(time.Second)
		}
		if _, err := k.Flow(ways[3]); err == nil {
			t.Error("a busy connection was given up")
		}
		time.Sleep(90 * time.Second)
		if _, err := k.Flow(ways[3]); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second)
		if flows[0].Err() == nil || flows[1].Err() != nil || flows[2].Err() != nil {
			t.Error("it was not the oldest that went")
		}
		k.Close()
		for _, s := range sockets {
			s.Close()
		}
	})
}

func TestAFastFarEndIsMadeToWait(t *testing.T) {
	serve(t, flow.StreamConfig{PerSecond: 10}, func(s *serving) {
		c, end := s.dial()
		go func() { _, _ = io.WriteString(c, strings.Repeat(options, 70)) }()
		time.Sleep(2500 * time.Millisecond)
		s.in.mu.Lock()
		n := len(s.in.got)
		s.in.mu.Unlock()
		if n < 40 || n > 50 {
			s.Errorf("%d messages in 2.5 s", n)
		}
		c.Close()
		end()
	})
}
