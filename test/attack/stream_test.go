package attack

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// streams are the ways to SIP over a connection.
func (h *house) streams() map[string]func() net.Conn {
	tcp := func() net.Conn {
		c, err := net.DialTimeout("tcp", h.SIP, patience)
		if err != nil {
			h.t.Fatal(err)
		}
		h.t.Cleanup(func() { _ = c.Close() })
		return c
	}
	secure := func() net.Conn {
		c, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", h.SIPS, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // whose it is does not matter here
		if err != nil {
			h.t.Fatal(err)
		}
		h.t.Cleanup(func() { _ = c.Close() })
		return c
	}
	return map[string]func() net.Conn{"TCP": tcp, "TLS": secure}
}

func TestAFloodOverTCPAndTLSLeavesTheGatewayServing(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, dial := range h.streams() {
		h.during(func() {
			var all []net.Conn
			for range 8 {
				c := dial()
				go func() { _, _ = io.Copy(io.Discard, c) }()
				all = append(all, c)
			}
			each(2*time.Second, time.Millisecond, func(i int) {
				c := all[i%len(all)]
				_ = c.SetWriteDeadline(time.Now().Add(patience))
				for j := range 4 {
					_, _ = io.WriteString(c, request{
						method: []string{"INVITE", "REGISTER", "OPTIONS"}[i%3], id: fmt.Sprintf("%s%d-%d", name, i, j), via: name,
					}.String())
				}
			})
		})
	}
}

func TestSlowAndEndlessMessagesOverTCPAndTLSAreCutOff(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.during(func() {
		begin := time.Now()
		var slow []net.Conn
		for name, dial := range h.streams() {
			for range 50 {
				c := dial()
				_, _ = io.WriteString(c, "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/"+name+" a\r\nX-")
				slow = append(slow, c)
			}
			for what, endless := range map[string]string{
				"header": "OPTIONS sip:127.0.0.1 SIP/2.0\r\nX-Endless: ",
				"body":   "OPTIONS sip:127.0.0.1 SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
				"noise":  "",
			} {
				c, sent := dial(), 0
				_ = c.SetWriteDeadline(time.Now().Add(patience))
				_, _ = io.WriteString(c, endless)
				for sent < 16<<20 {
					n, err := io.WriteString(c, strings.Repeat("a", 1000))
					if sent += n; err != nil {
						break
					}
				}
				if sent >= 16<<20 {
					t.Errorf("%s: an endless %s is read for 16 MiB", name, what)
				}
			}
		}
		each(3*time.Second, 200*time.Millisecond, func(int) { // an octet now and then must not prolong it
			for _, c := range slow {
				_, _ = io.WriteString(c, "a")
			}
		})
		for _, c := range slow {
			_ = c.SetReadDeadline(begin.Add(40 * time.Second))
			if _, err := io.Copy(io.Discard, c); err != nil {
				if ne, ok := err.(net.Error); ok && ne.Timeout() {
					t.Fatal("a slow message is not cut off within 40 s")
				}
			}
		}
	})
}

func TestABurstOfInvitesAndASuddenCloseOfTCPAndTLSLeaveNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	before, n := h.sockets(), 0
	h.during(func() {
		for name, dial := range h.streams() {
			for range 10 {
				c := dial()
				for range 30 {
					n++
					_, _ = io.WriteString(c, request{
						method: "INVITE", id: fmt.Sprintf("burst%d", n), via: name, to: "700",
						fields: []string{"Content-Type: application/sdp"}, body: plainSDP("127.0.0.1", 40000, ""),
					}.String())
				}
				_ = c.Close()
			}
		}
	})
	peers.Await(t, 4*patience, "the connections and the ports of calls are closed", func() bool { return h.sockets() <= before+4 })
}
