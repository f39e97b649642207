package attack

import (
	"fmt"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tandemgw/tandem/test/peers"
)

func TestFloodsLeaveTheGatewayServing(t *testing.T) {
	h := open(t)
	k := h.talking(nil)
	k.sound(0.9, func() {
		for _, method := range []string{"INVITE", "REGISTER", "OPTIONS"} {
			h.during(func() {
				c := h.stranger("127.0.0.66")
				each(time.Second, time.Millisecond, func(i int) {
					for j := range 5 {
						user := fmt.Sprintf("%d", 1000+j)
						c.send(h.addr, []byte(request{method: method, id: fmt.Sprintf("%s%d-%d", method, i, j), from: user, to: user}.String()))
					}
				})
			})
		}
	})
	k.end()
}

func TestAFloodOverWebSocketsLeavesTheGatewayServing(t *testing.T) {
	h := open(t)
	h.during(func() {
		var all []*websocket.Conn
		for range 8 {
			ws := h.dial()
			all = append(all, ws)
			go func() {
				for {
					if _, _, err := ws.ReadMessage(); err != nil {
						return
					}
				}
			}()
		}
		each(2*time.Second, time.Millisecond, func(i int) {
			ws := all[i%len(all)]
			_ = ws.SetWriteDeadline(time.Now().Add(patience))
			for j := range 4 {
				_ = ws.WriteMessage(websocket.TextMessage, []byte(request{method: []string{"INVITE", "REGISTER", "OPTIONS"}[i%3], id: fmt.Sprintf("ws%d-%d", i, j), via: "WS"}.String()))
			}
		})
	})
}

func TestHalfOpenConnectionsAreNoHindrance(t *testing.T) {
	h := open(t)
	h.during(func() {
		for range 200 {
			h.tcp()
		}
		for range 200 {
			h.dial()
		}
	})
}

func TestAnswersNobodyAcknowledgesAreNoAmplifier(t *testing.T) {
	t.Parallel()
	h := open(t)
	type reflected struct {
		what   string
		victim *stranger
		sent   int
	}
	var victims []reflected
	for _, method := range []string{"INVITE", "REGISTER", "OPTIONS", "MESSAGE", "BYE", "SUBSCRIBE"} {
		for name, fields := range map[string][]string{
			"plain":       nil,
			"challenged":  {`Authorization: Digest username="x", realm="127.0.0.1", nonce="x", uri="sip:127.0.0.1", response="0", algorithm=MD5`},
			"impossible":  {"Require: a,b,c,d"},
			"unreadable":  {"Content-Type: x/y", "Content-Encoding: z"},
			"many routes": {"Record-Route: <sip:a.example;lr>", "Via: SIP/2.0/UDP a;branch=z9hG4bKa", "Timestamp: 1"},
		} {
			victim := h.stranger("127.0.0.67")
			sent := 0
			for i := range 5 {
				r := []byte(request{method: method, id: fmt.Sprintf("%s-%s-%d", method, name[:4], i), fields: fields}.String())
				sent += len(r)
				victim.send(h.addr, r)
			}
			victims = append(victims, reflected{method + " " + name, victim, sent})
		}
	}
	// Longer than the first retransmissions of RFC 3261: 0.5, 1, 2 s.
	peers.Pause(4 * time.Second)
	worst := 0.0
	for _, v := range victims {
		n, got := v.victim.heard()
		times := float64(got) / float64(v.sent)
		worst = max(worst, times)
		if times >= 3 {
			t.Errorf("%s: %d octets sent, %d received in %d answers", v.what, v.sent, got, n)
		}
	}
	t.Logf("at most %.2f octets out per octet in", worst)
}
