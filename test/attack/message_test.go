package attack

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// internals are what no answer may tell of the program.
var internals = regexp.MustCompile(`(?i)goroutine|panic|runtime error|\.go:\d|sipgo|github\.com|nil pointer|/home/|/root/`) //nolint:gochecknoglobals // a constant

// torture returns the messages of RFC 4475.
func torture(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../signaling/sipmsg/testdata/torture/*.dat")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d torture messages, %v", len(files), err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(f), ".dat")] = b
	}
	return all
}

func answers(t *testing.T, c net.Conn, wait time.Duration) (all []string) {
	t.Helper()
	b := make([]byte, 65536)
	for {
		_ = c.SetReadDeadline(time.Now().Add(wait))
		n, err := c.Read(b)
		if err != nil {
			return all
		}
		all = append(all, string(b[:n]))
		if internals.Match(b[:n]) {
			t.Errorf("an answer tells internals:\n%s", b[:n])
		}
	}
}

func (h *house) udp() net.Conn {
	h.t.Helper()
	c, err := net.Dial("udp4", h.SIP)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestTortureMessagesGetAnAllowedAnswerOverUDPAndWebSocket(t *testing.T) {
	t.Parallel()
	h := open(t)
	// Responses are not answered.
	silent := map[string]bool{"bcast": true, "scalarlg": true, "bigcode": true, "unreason": true, "noreason": true}
	h.during(func() {
		for name, raw := range torture(t) {
			c := h.udp()
			_, _ = c.Write(raw)
			all := answers(t, c, 60*time.Millisecond)
			for _, a := range all {
				if !strings.HasPrefix(a, "SIP/2.0 ") {
					t.Errorf("%s over UDP is answered with\n%s", name, a)
				}
				if strings.HasPrefix(a, "SIP/2.0 2") && strings.Contains(a, " INVITE\r\n") {
					t.Errorf("%s lets a call in without credentials:\n%s", name, a)
				}
				if strings.HasPrefix(a, "SIP/2.0 5") && !strings.HasPrefix(a, "SIP/2.0 505") {
					t.Errorf("%s breaks something:\n%s", name, a)
				}
			}
			if silent[name] && len(all) > 0 {
				t.Errorf("%s is answered:\n%s", name, all[0])
			}
			ws := h.dial()
			_ = ws.WriteMessage(websocket.BinaryMessage, raw)
			_ = ws.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			if _, b, err := ws.ReadMessage(); err == nil && (internals.Match(b) || !strings.HasPrefix(string(b), "SIP/2.0 ")) {
				t.Errorf("%s over WebSocket is answered with\n%s", name, b)
			}
			_ = ws.Close()
		}
	})
}

// mutate breaks a message in one to four places.
func mutate(r *rand.Rand, raw []byte) []byte {
	b := append([]byte(nil), raw...)
	for range 1 + r.IntN(4) {
		if len(b) == 0 {
			return b
		}
		i := r.IntN(len(b))
		switch r.IntN(7) {
		case 0:
			b[i] = byte(r.Uint32())
		case 1:
			b = b[:i]
		case 2: // a piece twice
			j := min(len(b), i+r.IntN(64))
			b = append(b[:j:j], b[i:]...)
		case 3: // a piece gone
			b = append(b[:i:i], b[min(len(b), i+r.IntN(32)):]...)
		case 4: // long
			b = append(b[:i:i], append([]byte(strings.Repeat(string("A;<\"%,:"[r.IntN(7)]), r.IntN(3000))), b[i:]...)...)
		case 5:
			b = append(b[:i:i], append([]byte{0, '\r', '\n', 0xff, 0xfe}, b[i:]...)...)
		case 6: // a number out of range
			b = append(b[:i:i], append([]byte("99999999999999999999"), b[i:]...)...)
		}
	}
	return b[:min(len(b), 60000)]
}

func (h *house) seeds() (all [][]byte) {
	for _, raw := range torture(h.t) {
		all = append(all, raw)
	}
	for i, method := range []string{"INVITE", "REGISTER", "OPTIONS", "BYE", "CANCEL", "ACK", "INFO", "UPDATE"} {
		all = append(all, []byte(request{method: method, id: fmt.Sprintf("seed%d", i), fields: []string{
			`Authorization: Digest username="1001", realm="127.0.0.1", nonce="x", uri="sip:127.0.0.1", response="00000000000000000000000000000000", algorithm=MD5, cnonce="a", qop=auth, nc=00000001`,
			"Supported: timer, replaces", "Session-Expires: 90;refresher=uac", "Route: <sip:127.0.0.1;lr>", "Content-Type: application/sdp",
		}, body: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"}.String()))
	}
	return all
}

func TestMutatedMessagesLeaveTheGatewayServing(t *testing.T) {
	h := open(t)
	const seed = 7 // the same on each run
	h.during(func() {
		r, seeds := rand.New(rand.NewPCG(seed, 1)), h.seeds()
		c := h.udp()
		for i := range 4000 {
			_, _ = c.Write(mutate(r, seeds[r.IntN(len(seeds))]))
			if i%50 == 0 {
				answers(t, c, 5*time.Millisecond)
			}
		}
		answers(t, c, 100*time.Millisecond)
	})
	h.during(func() {
		r, seeds := rand.New(rand.NewPCG(seed, 2)), h.seeds()
		for range 20 {
			ws := h.dial()
			for range 100 {
				_ = ws.WriteMessage(websocket.BinaryMessage, mutate(r, seeds[r.IntN(len(seeds))]))
			}
			_ = ws.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			for {
				_, b, err := ws.ReadMessage()
				if err != nil {
					break
				}
				if internals.Match(b) {
					t.Errorf("an answer tells internals:\n%s", b)
				}
			}
			_ = ws.Close()
		}
	})
}
