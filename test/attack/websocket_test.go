package attack

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tandemgw/tandem/test/peers"
)

// host is where HTTP listens.
func (h *house) host() string { return strings.TrimPrefix(h.HTTP, "http://") }

// tcp connects to where HTTP listens.
func (h *house) tcp() net.Conn {
	h.t.Helper()
	c, err := net.Dial("tcp4", "127.0.0.1:"+h.host()[strings.IndexByte(h.host(), ':')+1:])
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	return c
}

// frame is one masked frame as it goes over the wire; the mask is zero.
func frame(first byte, n int, payload []byte) []byte {
	b := []byte{first}
	switch {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 65536:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// closeCode reads frames until the gateway closes, and returns its close code;
// 0 when it closes without.
func closeCode(t *testing.T, c net.Conn) int {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	r := bufio.NewReader(c)
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(r, head); err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				t.Errorf("not cut off within %v", patience)
			}
			return 0
		}
		body := make([]byte, head[1]&0x7f)
		if _, err := io.ReadFull(r, body); err != nil {
			return 0
		}
		if head[0]&0x0f == 8 && len(body) >= 2 {
			return int(binary.BigEndian.Uint16(body))
		}
	}
}

func TestBrokenFramesAreClosedWithTheRightCode(t *testing.T) {
	h := open(t)
	small := []byte("OPTIONS sip:x SIP/2.0\r\n\r\n")
	for _, c := range []struct {
		name  string
		raw   []byte
		codes []int
	}{
		{"an unknown opcode", frame(0x83, 3, []byte("abc")), []int{1002}},
		{"an unknown control opcode", frame(0x8b, 0, nil), []int{1002}},
		{"no mask", append([]byte{0x81, byte(len(small))}, small...), []int{1002}},
		{"reserved bits", frame(0xf1, 3, []byte("abc")), []int{1002}},
		{"a fragmented ping", frame(0x09, 1, []byte("a")), []int{1002}},
		{"a long ping", frame(0x89, 200, make([]byte, 200)), []int{1002}},
		{"a continuation of nothing", frame(0x80, 3, []byte("abc")), []int{1002}},
		{"a text within a text", append(frame(0x01, 1, []byte("a")), frame(0x81, 1, []byte("b"))...), []int{1002}},
		{"invalid UTF-8 in a text", frame(0x81, 4, []byte{0xff, 0xfe, 0xc0, 0x80}), []int{1007}},
		{"a close code that may not be sent", frame(0x88, 2, []byte{0x03, 0xed}), []int{1002}},
		{"an invalid close reason", frame(0x88, 4, []byte{0x03, 0xe8, 0xff, 0xfe}), []int{1002, 1007}},
		{"a message of 100 KiB", frame(0x82, 100<<10, bytes.Repeat([]byte("a"), 100<<10)), []int{1009}},
		{"a length of 2^62", frame(0x82, 1<<62, []byte("abc")), []int{1002, 1009}},
		{"a negative length", append([]byte{0x82, 0xff, 0x80}, make([]byte, 20)...), []int{1002, 1009}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := h.dial().NetConn()
			_, _ = conn.Write(c.raw)
			got := closeCode(t, conn)
			for _, want := range c.codes {
				if got == want {
					return
				}
			}
			t.Errorf("closed with %d, want %v", got, c.codes)
		})
	}
	h.during(func() {})
}

func TestEndlessFragmentsAreCutOff(t *testing.T) {
	h := open(t)
	h.during(func() {
		for _, size := range []int{1, 1000} {
			conn := h.dial().NetConn()
			_ = conn.SetWriteDeadline(time.Now().Add(patience))
			sent := 0
			for b := frame(0x02, size, make([]byte, size)); sent < 4<<20; b[0] = 0 {
				n, err := conn.Write(b)
				sent += n
				if err != nil {
					break
				}
			}
			if got := closeCode(t, conn); got != 1009 && got != 0 || sent >= 4<<20 {
				t.Errorf("fragments of %d octets: closed with %d after %d octets", size, got, sent)
			}
			t.Logf("fragments of %d octets: cut off after %d KiB, the kernel's buffers included", size, sent>>10)
		}
	})
}

func TestSlowIdleAndEndlessConnectionsAreCutOffWhileOthersAreServed(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.during(func() {
		begin := time.Now()
		var slow []net.Conn
		for range 100 {
			c := h.tcp()
			_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: localhost\r\nX-")
			slow = append(slow, c)
		}
		endless := h.tcp()
		_ = endless.SetWriteDeadline(time.Now().Add(patience))
		_, _ = io.WriteString(endless, "GET /ws HTTP/1.1\r\nHost: localhost\r\n")
		sent, line := 0, []byte("X-Endless: "+strings.Repeat("a", 1000)+"\r\n")
		for sent < 8<<20 {
			n, err := endless.Write(line)
			sent += n
			if err != nil {
				break
			}
		}
		if sent >= 8<<20 {
			t.Error("an endless header is read for 8 MiB")
		}
		// One octet now and then must not prolong it.
		each(3*time.Second, 200*time.Millisecond, func(int) {
			for _, c := range slow {
				_, _ = c.Write([]byte("a"))
			}
		})
		for _, c := range slow {
			_ = c.SetReadDeadline(begin.Add(32 * time.Second))
			if _, err := io.Copy(io.Discard, c); err != nil {
				if ne, ok := err.(net.Error); ok && ne.Timeout() {
					t.Fatal("a slow header is not cut off within 32 s")
				}
			}
		}
		t.Logf("slow headers were cut off after %v, an endless one after %d KiB", time.Since(begin), sent>>10)
	})
}

func TestAClientThatDoesNotReadHarmsNobody(t *testing.T) {
	h := open(t)
	h.during(func() {
		ws := h.dial()
		_ = ws.NetConn().(*net.TCPConn).SetReadBuffer(4096)
		_ = ws.SetWriteDeadline(time.Now().Add(20 * time.Second))
		each(2*time.Second, 500*time.Microsecond, func(i int) {
			_ = ws.WriteMessage(websocket.TextMessage, []byte(request{method: "OPTIONS", id: fmt.Sprintf("deaf%d", i), via: "WS"}.String()))
		})
	})
}

func TestForeignOriginsAndMissingSubprotocolsAreNotUpgraded(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		name, origin, protocol string
		status                 int
	}{
		{"a foreign page", "https://evil.example", "sip", 403},
		{"a foreign port", "http://localhost:1", "sip", 403},
		{"our name within another's", "http://" + h.host() + ".evil.example", "sip", 403},
		{"our name as a user", "http://" + h.host() + "@evil.example", "sip", 403},
		{"a sandboxed page", "null", "sip", 403},
		{"a file", "file://", "sip", 403},
		{"no origin at all, but empty", " ", "sip", 403},
		{"no subprotocol", "", "", 400},
		{"another subprotocol", "", "xmpp", 400},
		{"our page", h.HTTP, "sip", 101},
		{"a program", "", "sip", 101},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := h.tcp()
			head := "GET /ws HTTP/1.1\r\nHost: " + h.host() + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			if c.origin != "" {
				head += "Origin: " + c.origin + "\r\n"
			}
			if c.protocol != "" {
				head += "Sec-WebSocket-Protocol: " + c.protocol + "\r\n"
			}
			_, _ = io.WriteString(conn, head+"\r\n")
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != c.status {
				t.Errorf("status %d, want %d", res.StatusCode, c.status)
			}
			if c.status == 101 && res.Header.Get("Sec-WebSocket-Protocol") != "sip" {
				t.Errorf("subprotocol %q", res.Header.Get("Sec-WebSocket-Protocol"))
			}
		})
	}
}

func TestABurstOfInvitesAndASuddenCloseLeaveNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	before, n := h.sockets(), 0
	h.during(func() {
		for range 10 {
			u := h.web("1001").Online()
			for range 30 {
				n++
				u.Send(request{
					method: "INVITE", id: fmt.Sprintf("burst%d", n), via: "WSS", to: "700",
					fields: []string{"Content-Type: application/sdp"}, body: plainSDP("127.0.0.1", 40000, ""),
				}.String())
			}
			u.Flow().Close("")
		}
	})
	if h.Said("incoming") == 0 {
		t.Errorf("no call has begun:\n%s", h.Log())
	}
	peers.Await(t, 4*patience, "the ports of the calls are closed", func() bool { return h.sockets() <= before+4 })
}

// sockets counts the open sockets of the gateway.
func (h *house) sockets() (n int) {
	h.t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", h.PID)
	all, err := os.ReadDir(dir)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range all {
		if to, err := os.Readlink(dir + "/" + e.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}
