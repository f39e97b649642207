package hep

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

// homer takes connections over memory, while it is there.
type homer struct {
	t  *testing.T
	mu sync.Mutex // guards what follows
	// away refuses connections.
	away    bool
	dials   int
	conns   []net.Conn
	packets []packet
}

func (h *homer) dial(context.Context, string, string) (net.Conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dials++
	if h.away {
		return nil, errors.New("connection refused")
	}
	ours, theirs := net.Pipe()
	h.conns = append(h.conns, theirs)
	go h.read(theirs)
	return ours, nil
}

func (h *homer) read(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		head, err := r.Peek(6)
		if err != nil {
			return
		}
		b := make([]byte, binary.BigEndian.Uint16(head[4:]))
		if _, err := io.ReadFull(r, b); err != nil {
			return
		}
		p, err := decode(b)
		if err != nil {
			h.t.Error(err)
		}
		h.mu.Lock()
		h.packets = append(h.packets, p)
		h.mu.Unlock()
	}
}

// leave closes all connections and takes no more.
func (h *homer) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = true
	for _, c := range h.conns {
		_ = c.Close()
	}
	h.conns = nil
}

func (h *homer) come() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = false
}

func (h *homer) got() []packet {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]packet(nil), h.packets...)
}

// start runs a Sender to h over TCP.
func start(t *testing.T, h *homer, change func(*Config)) (*Sender, *Calls) {
	t.Helper()
	h.t = t
	calls, err := NewCalls()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Address: "homer:9060", Transport: "tcp", Agent: 2001, RTCP: true, Calls: calls, Dial: h.dial}
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	go s.Run(t.Context())
	return s, calls
}

func way(k flow.Kind) *flow.Flow {
	return flow.New(flow.Way{Kind: k, Local: netip.MustParseAddrPort("192.0.2.1:5060"), Remote: netip.MustParseAddrPort("192.0.2.9:49152")})
}

func message(method, callID string) []byte {
	return fmt.Appendf(nil, "%s sip:201@pbx.example.com SIP/2.0\r\nCall-ID: %s\r\nCSeq: 1 %s\r\n\r\n", method, callID, method)
}

func TestBothLegsOfACallBearOneIdentifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &homer{}
		s, calls := start(t, h, nil)
		s.Message(way(flow.UDP), txn.In, message("INVITE", "a-leg"))
		synctest.Wait()
		if n := len(h.got()); n != 0 {
			t.Fatalf("%d messages went before their call was known", n)
		}
		time.Sleep(20 * time.Millisecond)
		calls.Observe(bridge.Event{Kind: bridge.Incoming, Call: "7", Leg: "7-a", Ref: "a-leg"})
		s.Message(way(flow.TLS), txn.Out, message("INVITE", "b-leg"))
		calls.Observe(bridge.Event{Kind: bridge.Calling, Call: "7", Leg: "7-b", Ref: "b-leg"})
		rr := []byte{2 << 6, 201, 0, 1, 0, 0, 0, 0x33}
		s.Report(Report{Leg: "7-b", In: true, Local: netip.MustParseAddrPort("192.0.2.1:10001"), Remote: netip.MustParseAddrPort("192.0.2.9:7001"), Raw: rr})
		s.Report(Report{Leg: "nobody's", Raw: rr})
		time.Sleep(time.Second)
		got := h.got()
		if len(got) != 3 {
			t.Fatalf("%d packets, want both messages and the report", len(got))
		}
		if got[0].Correlation != "7" || got[1].Correlation != "7" || got[2].Correlation != "b-leg" || got[2].Protocol != RTCP {
			t.Errorf("identifiers %q, %q and %q", got[0].Correlation, got[1].Correlation, got[2].Correlation)
		}
		if got[0].From.String() != "192.0.2.9:49152" || got[1].From.String() != "192.0.2.1:5060" || got[2].From.String() != "192.0.2.9:7001" {
			t.Errorf("from %v, %v and %v", got[0].From, got[1].From, got[2].From)
		}
		if got[0].Transport != flow.UDP || got[1].Transport != flow.TLS || got[0].Agent != 2001 {
			t.Errorf("over %v and %v, of agent %d", got[0].Transport, got[1].Transport, got[0].Agent)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAnInviteThatBecomesNoCallIsSentAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &homer{}
		s, _ := start(t, h, nil)
		s.Message(way(flow.UDP), txn.In, message("INVITE", "nobody's"))
		s.Message(way(flow.UDP), txn.In, message("OPTIONS", "another"))
		time.Sleep(patience + time.Millisecond)
		if got := h.got(); len(got) != 2 || got[0].Correlation != "" || !strings.HasPrefix(string(got[0].Payload), "INVITE") {
			t.Errorf("%+v", got)
		}
		_ = s.Close()
	})
}

func TestWhileHomerIsAwayTheOldestAreDroppedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &homer{}
		s, _ := start(t, h, nil)
		s.Message(way(flow.UDP), txn.In, message("OPTIONS", "before"))
		time.Sleep(time.Second)
		if c := s.Counters(); !c.Up || c.Sent != 1 || s.Trouble() != "" {
			t.Fatalf("%+v, %q", c, s.Trouble())
		}
		h.leave()
		time.Sleep(10 * time.Minute)
		if c := s.Counters(); c.Up || !strings.Contains(s.Trouble(), "homer:9060 cannot be reached: connection refused") {
			t.Errorf("%+v, %q", c, s.Trouble())
		}
		if h.dials < 10 || h.dials > 40 {
			t.Errorf("%d attempts in 10 minutes", h.dials)
		}
		for i := range maxQueue + 100 {
			s.Message(way(flow.UDP), txn.In, message("OPTIONS", fmt.Sprint(i)))
		}
		if c := s.Counters(); c.Dropped != 100 {
			t.Errorf("%d were dropped, want 100", c.Dropped)
		}
		h.come()
		time.Sleep(longestWait + time.Second)
		got := h.got()
		if len(got) != 1+maxQueue || !strings.Contains(string(got[1].Payload), "Call-ID: 100\r") {
			t.Errorf("%d packets; the first after the return is %.80q", len(got), got[1].Payload)
		}
		if c := s.Counters(); !c.Up || s.Trouble() != "" {
			t.Errorf("%+v, %q after the return", c, s.Trouble())
		}
		_ = s.Close()
		_ = s.Close()
	})
}

func TestTheOctetsThatWaitAreBounded(t *testing.T) {
	q := newQueue()
	for range 1000 {
		q.put(item{payload: make([]byte, 60000)})
	}
	if q.octets > maxOctets || q.drops() == 0 {
		t.Errorf("%d octets wait, %d dropped", q.octets, q.drops())
	}
	q.put(item{payload: make([]byte, maxOctets+1)})
	if len(q.items) != 1 {
		t.Errorf("%d items beside one that is too long by itself", len(q.items))
	}
}

func TestWhatWaitsAtTheEndIsStillSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &homer{}
		s, _ := start(t, h, func(c *Config) { c.Mask = func([]byte) []byte { return []byte("masked") } })
		synctest.Wait()
		for range 3 {
			s.Message(way(flow.UDP), txn.In, message("INVITE", "unknown"))
		}
		_ = s.Close()
		synctest.Wait()
		if got := h.got(); len(got) != 3 || string(got[2].Payload) != "masked" {
			t.Errorf("%d packets", len(got))
		}
	})
}

func TestOverUDPWhoIsNotThereIsNoticed(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	calls, err := NewCalls()
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Address: l.LocalAddr().String(), Transport: "udp", Calls: calls})
	if err != nil {
		t.Fatal(err)
	}
	go s.Run(t.Context())
	defer s.Close()
	s.Message(way(flow.WSS), txn.In, message("OPTIONS", "x"))
	b := make([]byte, 70000)
	if err := l.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	n, _, err := l.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := decode(b[:n]); err != nil || string(p.Payload) != string(message("OPTIONS", "x")) {
		t.Errorf("%+v, %v", p, err)
	}
	_ = l.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for over := time.After(time.Minute); s.Counters().Up; {
		s.Message(way(flow.UDP), txn.In, message("OPTIONS", "y"))
		select {
		case <-tick.C:
		case <-over:
			t.Fatal("nobody listens, and that is not noticed")
		}
	}
}

func TestOverTLSWeBelieveWhoIsToBeBelieved(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", web.TLS.Clone())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan packet, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			head := make([]byte, 6)
			if _, err := io.ReadFull(conn, head); err != nil { // who does not believe us
				_ = conn.Close()
				continue
			}
			rest := make([]byte, int(binary.BigEndian.Uint16(head[4:]))-6)
			_, err = io.ReadFull(conn, rest)
			p, bad := decode(append(head, rest...))
			if err = errors.Join(err, bad); err != nil {
				t.Error(err)
			}
			got <- p
			return
		}
	}()
	believed := x509.NewCertPool()
	believed.AddCert(web.Certificate())
	for _, c := range []struct {
		config *tls.Config
		good   bool
	}{{nil, false}, {&tls.Config{RootCAs: believed}, true}} {
		calls, _ := NewCalls()
		s, err := New(Config{Address: l.Addr().String(), Transport: "tls", TLS: c.config, Calls: calls})
		if err != nil {
			t.Fatal(err)
		}
		go s.Run(t.Context())
		s.Message(way(flow.UDP), txn.In, message("OPTIONS", "x"))
		if c.good {
			select {
			case p := <-got:
				if string(p.Payload) != string(message("OPTIONS", "x")) {
					t.Errorf("%+v", p)
				}
			case <-time.After(time.Minute):
				t.Error("nothing came")
			}
		} else {
			// On a busy machine the first try may take too long to come to that.
			for over := time.Now().Add(time.Minute); !strings.Contains(s.Trouble(), "certificate") && time.Now().Before(over); {
				<-time.After(50 * time.Millisecond)
			}
			if s.Counters().Sent != 0 || !strings.Contains(s.Trouble(), "certificate") {
				t.Errorf("%+v, %q", s.Counters(), s.Trouble())
			}
		}
		_ = s.Close()
	}
}

func TestACallThatIsOverIsForgottenWhereNobodyIsTold(t *testing.T) {
	calls, _ := NewCalls()
	var id tandem.CallID = "x"
	live := func() {
		calls.Observe(bridge.Event{Kind: bridge.Incoming, Call: id, Leg: id.Leg(0), Ref: "a@x"})
		calls.Observe(bridge.Event{Kind: bridge.Calling, Call: id, Leg: id.Leg(2), Ref: "c@x"})
		calls.Observe(bridge.Event{Kind: bridge.Ended, Call: id, Ref: "a@x"})
	}
	live()
	if calls.refs.Len() != 0 || calls.legs.Len() != 0 {
		t.Errorf("%d Call-IDs and %d legs are remembered", calls.refs.Len(), calls.legs.Len())
	}
	calls.Tell(true)
	live()
	if call, known := calls.of("c@x"); !known || call != id {
		t.Error("what comes after the end has no call")
	}
}

func TestConfigIsLookedAt(t *testing.T) {
	calls, _ := NewCalls()
	for name, c := range map[string]Config{
		"no calls":          {Address: "homer:9060", Transport: "udp"},
		"no port":           {Address: "homer", Transport: "udp", Calls: calls},
		"no such transport": {Address: "homer:9060", Transport: "sctp", Calls: calls},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var id tandem.CallID = "x"
	calls.Observe(bridge.Event{Call: id})
	if _, known := calls.of(""); known {
		t.Error("an event without a leg is remembered")
	}
}
