package transport

import (
	"net"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

// TestOneOfTwoConnectionsIsReset: of two connections of one browser one is reset in the
// middle of a frame; the other one goes on, and nothing of the first is kept.
func TestOneOfTwoConnectionsIsReset(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	at := shared(t, m)
	u := newTestPeer(t, m, false)
	asks := func(c net.Conn) {
		t.Helper()
		request, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(u.ICE().Ufrag+":them"),
			ice.AttrControlling(1), ice.PriorityAttr(1), stun.NewShortTermIntegrity(u.ICE().Pwd), stun.Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(frame(request.Raw))
		_ = c.SetReadDeadline(time.Now().Add(patience))
		buf := make([]byte, maxPacket)
		n, err := readFrame(c, buf)
		if p, ok := peekSTUN(buf[:n]); err != nil || !ok || p.kind != bindingSuccess {
			t.Fatalf("a check is not answered: %v", err)
		}
	}
	var both [2]net.Conn
	for i := range both {
		var err error
		if both[i], err = net.Dial("tcp", at.String()); err != nil {
			t.Fatal(err)
		}
		defer both[i].Close()
		asks(both[i])
	}
	_, _ = both[0].Write(frame(make([]byte, 100))[:50])
	_ = both[0].(*net.TCPConn).SetLinger(0)
	_ = both[0].Close()
	eventually(t, "one gone", func() bool {
		m.tcp.mu.Lock()
		defer m.tcp.mu.Unlock()
		return len(m.tcp.open) == 1 && m.flows.size() == 1
	})
	asks(both[1])
}
