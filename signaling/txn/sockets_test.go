package txn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/gorilla/websocket"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// openUDP runs a UDP socket for a layer.
func openUDP(t *testing.T, l *Layer) *flow.UDPSocket {
	t.Helper()
	u, err := flow.ListenUDP(flow.UDPConfig{Listen: netip.MustParseAddrPort("127.0.0.1:0")}, l)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- u.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return u
}

func TestInviteOverRealUDP(t *testing.T) {
	acked := make(chan *sip.Request, 1)
	callee := New(Config{}, &user{
		request: func(s *Server, _ *sip.Request) {
			for _, status := range []int{180, 200} {
				if err := s.Respond(s.Answer(status, "")); err != nil {
					t.Error(err)
				}
			}
		},
		ack: func(_ *flow.Flow, req *sip.Request) { acked <- req },
	})
	caller := New(Config{}, &user{})
	t.Cleanup(func() { caller.Close(); callee.Close() })
	from, to := openUDP(t, caller), openUDP(t, callee)
	f := from.Flow(to.Addr())
	got := make(chan int, 10)
	if _, err := caller.Send(f, outgoing(sip.INVITE), func(res *sip.Response) { got <- res.StatusCode }, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{180, 200} {
		if status := <-got; status != want {
			t.Errorf("got %d, want %d", status, want)
		}
	}
	ack := outgoing(sip.ACK)
	if err := caller.Write(f, ack); err != nil {
		t.Fatal(err)
	}
	if req := <-acked; req.Via().Value() != ack.Via().Value() {
		t.Errorf("ACK came as %v", req.Via())
	}
}

func TestRequestsBothWaysOverARealWebSocket(t *testing.T) {
	flows := make(chan *flow.Flow, 1)
	layer := New(Config{}, &user{request: func(s *Server, _ *sip.Request) {
		if err := s.Respond(s.Answer(200, "")); err != nil {
			t.Error(err)
		}
		flows <- s.Flow()
	}})
	ws := flow.NewWebSocket(flow.WSConfig{}, layer)
	web := httptest.NewServer(ws)
	t.Cleanup(func() { ws.Close(); web.Close(); layer.Close() })
	d := websocket.Dialer{Subprotocols: []string{"sip"}}
	c, _, err := d.Dial("ws"+strings.TrimPrefix(web.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.WriteMessage(websocket.BinaryMessage, []byte(request("REGISTER", "one"))); err != nil {
		t.Fatal(err)
	}
	_, b, err := c.ReadMessage()
	if err != nil || !strings.HasPrefix(string(b), "SIP/2.0 200 OK\r\n") {
		t.Fatalf("got %q, %v", b, err)
	}
	done := make(chan error, 1)
	if _, err := layer.Send(<-flows, outgoing(sip.OPTIONS), nil, func(err error) { done <- err }); err != nil {
		t.Fatal(err)
	}
	_, b, err = c.ReadMessage()
	m, perr := sipmsg.NewParser().Parse(b)
	if err != nil || perr != nil || m.Via().Transport != "WS" {
		t.Fatalf("got %q, %v, %v", b, err, perr)
	}
	if err := c.WriteMessage(websocket.TextMessage, sipmsg.Bytes(sipmsg.Respond(m.(*sip.Request), 200, "", "t"))); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestLossyNetworkBringsEachInviteToOneEnd loses a third of all datagrams.
func TestLossyNetworkBringsEachInviteToOneEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		rnd := rand.New(rand.NewPCG(1, 2))
		callee := New(Config{}, &user{request: func(s *Server, req *sip.Request) {
			s.Vouch()
			if req.IsInvite() {
				time.AfterFunc(time.Second, func() { _ = s.Respond(s.Answer(486, "")) })
			}
		}})
		caller := New(Config{}, &user{})
		pair := flowtest.NewPair(flow.UDP, caller, callee, func(*flow.Flow, []byte) bool {
			mu.Lock()
			defer mu.Unlock()
			return rnd.IntN(3) > 0
		})
		ends := map[string]int{}
		for i := range 300 {
			last := "nothing"
			c, err := caller.Send(pair.A, outgoing(sip.INVITE),
				func(res *sip.Response) { last = fmt.Sprint(res.StatusCode) },
				func(err error) {
					mu.Lock()
					defer mu.Unlock()
					ends[fmt.Sprint(last, " ", err)]++
				})
			if err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 {
				time.AfterFunc(500*time.Millisecond, func() { _ = c.Cancel() })
			}
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		total := 0
		for _, n := range ends {
			total += n
		}
		if total+caller.Counters().Clients != 300 || ends["486 <nil>"] < 250 {
			t.Errorf("ends %v, %d without end", ends, caller.Counters().Clients)
		}
		pair.Close()
		caller.Close()
		callee.Close()
	})
}

// FuzzLayer gives a layer anything, twice, and from both kinds of flows.
func FuzzLayer(f *testing.F) {
	files, err := filepath.Glob("../sipmsg/testdata/torture/*.dat")
	if err != nil || len(files) == 0 {
		f.Fatal("no torture messages", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, method := range []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"} {
		f.Add([]byte(request(method, "one")))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		layer := New(Config{}, &user{request: func(s *Server, req *sip.Request) {
			if err := s.RespondOnce(s.Answer(200, "")); err != nil {
				t.Error(err)
			}
		}})
		defer layer.Close()
		for _, kind := range []flow.Kind{flow.UDP, flow.WS} {
			out := 0
			way := flow.New(flow.Way{
				Kind: kind, Socket: flow.NextSocket(), Local: netip.MustParseAddrPort("192.0.2.1:5060"),
				Remote: netip.MustParseAddrPort("192.0.2.2:5060"),
				Send:   func(b []byte) error { out += len(b); return nil },
			})
			layer.Message(way, raw)
			layer.Message(way, raw)
		}
		if c := layer.Counters(); c.Panics != 0 || c.Servers != 0 {
			t.Errorf("%+v", c)
		}
	})
}
