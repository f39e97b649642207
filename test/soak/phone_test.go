package soak

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long an answer is waited for.
const patience = 30 * time.Second

// media is the sound of a telephone: PCMU from a socket of its own.
type media struct {
	conn  *net.UDPConn
	to    *net.UDPAddr // the gateway's port
	heard atomic.Int64 // packets
	seq   uint16
	ts    uint32
	ear   func(payload []byte, at time.Time) // of each packet; may be nil
}

// openMedia opens the socket.
func openMedia(ip string, ear func([]byte, time.Time)) (*media, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		return nil, err
	}
	return &media{conn: conn, ear: ear}, nil
}

// listen counts what comes until the socket is closed.
func (m *media) listen() {
	buf := make([]byte, 2048)
	for {
		n, err := m.conn.Read(buf)
		if err != nil {
			return
		}
		if n > 12 && buf[1]&0x7f == 0 {
			m.heard.Add(1)
			if m.ear != nil {
				m.ear(buf[12:n], time.Now())
			}
		}
	}
}

// send sends 20 ms of sound.
func (m *media) send(payload []byte) {
	b := make([]byte, 12, 12+len(payload))
	b[0] = 0x80
	binary.BigEndian.PutUint16(b[2:], m.seq)
	binary.BigEndian.PutUint32(b[4:], m.ts)
	binary.BigEndian.PutUint32(b[8:], uint32(m.conn.LocalAddr().(*net.UDPAddr).Port))
	m.seq++
	m.ts += 160
	_, _ = m.conn.WriteToUDP(append(b, payload...), m.to)
}

func (m *media) describe(ip string) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0\r\na=ptime:20\r\n",
		ip, m.conn.LocalAddr().(*net.UDPAddr).Port)
}

var audioLine = regexp.MustCompile(`m=audio ([0-9]+)`)

// follow sends to where a description of the gateway's says.
func (m *media) follow(message []byte) error {
	found := audioLine.FindSubmatch(message)
	if found == nil {
		return fmt.Errorf("no audio in %.2000s", message)
	}
	port, _ := strconv.Atoi(string(found[1]))
	m.to = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	return nil
}

// field returns a header field of a message, as it stands.
func field(message []byte, name string) string {
	for line := range strings.Lines(string(message)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// call is a call of a telephone's, made by hand.
type call struct {
	*media
	sip    *net.UDPConn
	to     string // request URI at the gateway
	target string // of the dialog
	from   string
	remote string // To with its tag
	id     string
	cseq   int
}

// dial calls a number and waits for the answer.
func dial(gateway, number string, serial int, ear func([]byte, time.Time)) (*call, error) {
	m, err := openMedia(callerIP, ear)
	if err != nil {
		return nil, err
	}
	at, err := net.ResolveUDPAddr("udp4", gateway)
	if err != nil {
		return nil, err
	}
	conn, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.ParseIP(callerIP)}, at)
	if err != nil {
		_ = m.conn.Close()
		return nil, err
	}
	c := &call{
		media: m, sip: conn, to: "sip:" + number + "@" + gateway, id: fmt.Sprintf("soak-%d-%d", serial, time.Now().UnixNano()), cseq: 1,
	}
	c.target, c.remote = c.to, "<"+c.to+">"
	c.from = fmt.Sprintf("<sip:soak@%s>;tag=t%d", callerIP, serial)
	answer, err := c.ask("INVITE", m.describe(callerIP))
	if err == nil && !bytes.HasPrefix(answer, []byte("SIP/2.0 200")) {
		err = fmt.Errorf("the INVITE is answered with\n%s", answer)
	}
	if err == nil {
		err = m.follow(answer)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	go m.listen()
	c.remote = field(answer, "To")
	c.target = strings.Trim(field(answer, "Contact"), "<>")
	c.target, _, _ = strings.Cut(c.target, ">")
	_, err = c.sip.Write(c.request("ACK", ""))
	return c, err
}

func (c *call) request(method, body string) []byte {
	local := c.sip.LocalAddr().String()
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s%d\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"+
		"CSeq: %d %s\r\nContact: <sip:soak@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, c.target, local, c.id, method, c.cseq, c.from, c.remote, c.id, c.cseq, method, local, kind, len(body), body)
}

// ask sends a request, again and again as RFC 3261 §17.1 has it, and returns the final
// response.
func (c *call) ask(method, body string) ([]byte, error) {
	b := c.request(method, body)
	buf := make([]byte, 65536)
	wait, end, provisional := 500*time.Millisecond, time.Now().Add(patience), false
	for time.Now().Before(end) {
		if !provisional {
			if _, err := c.sip.Write(b); err != nil {
				return nil, err
			}
		}
		_ = c.sip.SetReadDeadline(time.Now().Add(wait))
		for {
			n, err := c.sip.Read(buf)
			if err != nil {
				break
			}
			m := buf[:n]
			if !bytes.HasPrefix(m, []byte("SIP/2.0 ")) || !strings.HasSuffix(field(m, "CSeq"), " "+method) {
				continue
			}
			if m[8] != '1' {
				return bytes.Clone(m), nil
			}
			provisional = true
		}
		wait = min(2*wait, 4*time.Second)
	}
	return nil, fmt.Errorf("no answer to %s within %v", method, patience)
}

// hangUp ends the call.
func (c *call) hangUp() error {
	defer c.close()
	c.cseq++
	answer, err := c.ask("BYE", "")
	if err == nil && !bytes.HasPrefix(answer, []byte("SIP/2.0 200")) {
		err = fmt.Errorf("the BYE is answered with\n%s", answer)
	}
	return err
}

func (c *call) close() {
	_ = c.conn.Close()
	_ = c.sip.Close()
}

// answering is a telephone that answers all calls and sends back what it hears.
type answering struct {
	conn *net.UDPConn
	port int
}

// startAnswering answers until the benchmark ends.
func startAnswering(b *testing.B) *answering {
	b.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(calledIP)})
	if err != nil {
		b.Fatal(err)
	}
	_ = conn.SetReadBuffer(4 << 20)
	a := &answering{conn: conn, port: conn.LocalAddr().(*net.UDPAddr).Port}
	b.Cleanup(func() { _ = conn.Close() })
	go a.run()
	return a
}

func (a *answering) run() {
	buf := make([]byte, 65536)
	calls := map[string]*media{}
	for {
		n, from, err := a.conn.ReadFromUDP(buf)
		if err != nil {
			return
		}
		m, id := buf[:n], field(buf[:n], "Call-ID")
		switch {
		case bytes.HasPrefix(m, []byte("INVITE ")):
			if calls[id] == nil {
				echo, err := openMedia(calledIP, nil)
				if err != nil || echo.follow(m) != nil {
					continue
				}
				echo.ear = func(payload []byte, _ time.Time) { echo.send(bytes.Clone(payload)) }
				calls[id] = echo
				go echo.listen()
			}
			a.respond(m, from, calls[id].describe(calledIP))
		case bytes.HasPrefix(m, []byte("BYE ")):
			if echo := calls[id]; echo != nil {
				_ = echo.conn.Close()
				delete(calls, id)
			}
			a.respond(m, from, "")
		}
	}
}

func (a *answering) respond(m []byte, to *net.UDPAddr, body string) {
	var b strings.Builder
	b.WriteString("SIP/2.0 200 OK\r\n")
	for line := range strings.Lines(string(m)) {
		key, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "via", "from", "call-id", "cseq", "record-route":
			b.WriteString(line)
		case "to":
			line = strings.TrimSpace(line)
			if !strings.Contains(line, "tag=") {
				line += ";tag=answered"
			}
			b.WriteString(line + "\r\n")
		}
		if strings.TrimSpace(line) == "" {
			break
		}
	}
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	fmt.Fprintf(&b, "Contact: <sip:called@%s:%d>\r\n%sContent-Length: %d\r\n\r\n%s", calledIP, a.port, kind, len(body), body)
	_, _ = a.conn.WriteToUDP([]byte(b.String()), to)
}
