package load

import (
	"net"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tandemgw/tandem/test/peers"
)

// BenchmarkIdle holds 50000 registered UDP users and 10000 WebSockets, and says what
// memory they take when nothing else happens.
func BenchmarkIdle(b *testing.B) {
	const users, sockets = 50000, 10000
	g := startGateway(b, people(users))
	begun := g.memory(b)
	halves := []load{register(b, "127.0.0.2", users/2), register(b, "127.0.0.3", users/2)}
	for i := range halves {
		halves[i].to, halves[i].rate, halves[i].count = g.sip, 900, users/2
	}
	failed := 0
	for _, r := range together(b, halves) {
		failed += r.failed
	}
	registered := g.memory(b)
	var all []*websocket.Conn
	b.Cleanup(func() {
		for _, c := range all {
			_ = c.Close()
		}
	})
	for i := range sockets {
		d := websocket.Dialer{
			Subprotocols: []string{"sip"}, ReadBufferSize: 512, WriteBufferSize: 512,
			NetDial: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i/1000))}}).Dial,
		}
		c, res, err := d.Dial("ws://"+g.http+"/ws", nil)
		if err != nil {
			b.Fatalf("WebSocket %d: %v", i, err)
		}
		_ = res.Body.Close()
		all = append(all, c)
	}
	peers.Pause(time.Duration(*rest) * time.Second)
	cpu := g.cpu(b)
	peers.Pause(10 * time.Second)
	b.Logf("memory: %.0f MiB with %d users in the file, %.0f with them registered, %.0f with the WebSockets", begun, users, registered, g.memory(b))
	b.ReportMetric(g.memory(b), "MiB")
	b.ReportMetric(float64(failed), "failed")
	b.ReportMetric(float64((g.cpu(b)-cpu).Milliseconds())/100, "cpu-%")
	b.ReportMetric(0, "ns/op")
}
