package peers

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is how long a Dialog waits for an answer.
const patience = 30 * time.Second

// Dialog is a call of a telephone's over UDP, made by hand: cheap enough for thousands
// of them. Its sound is whoever's made it.
type Dialog struct {
	conn   *net.UDPConn
	target string // request URI
	from   string
	remote string // To with its tag
	id     string
	cseq   int
}

// Dial calls a number at the gateway (host:port) from an address of the telephone's
// with an SDP offer, waits for the answer, acknowledges it, and returns the SDP in it.
func Dial(gateway, ip, number, id, offer string) (*Dialog, string, error) {
	at, err := net.ResolveUDPAddr("udp4", gateway)
	if err != nil {
		return nil, "", fmt.Errorf("dial %s: %w", number, err)
	}
	conn, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)}, at)
	if err != nil {
		return nil, "", fmt.Errorf("dial %s: %w", number, err)
	}
	d := &Dialog{conn: conn, target: "sip:" + number + "@" + gateway, id: id, cseq: 1}
	d.remote, d.from = "<"+d.target+">", fmt.Sprintf("<sip:telephone@%s>;tag=t%s", ip, id)
	answer, err := d.ask("INVITE", offer)
	if err == nil && !bytes.HasPrefix(answer, []byte("SIP/2.0 200")) {
		err = fmt.Errorf("the INVITE is answered with\n%s", answer)
	}
	if err != nil {
		_ = conn.Close()
		return nil, "", err
	}
	d.remote = fieldOf(answer, "To")
	d.target, _, _ = strings.Cut(strings.Trim(fieldOf(answer, "Contact"), "<"), ">")
	if _, err := conn.Write(d.request("ACK", "")); err != nil {
		_ = conn.Close()
		return nil, "", fmt.Errorf("dial %s: %w", number, err)
	}
	return d, bodyOf(answer), nil
}

// HangUp ends the call and waits for the answer.
func (d *Dialog) HangUp() error {
	defer func() { _ = d.conn.Close() }()
	d.cseq++
	answer, err := d.ask("BYE", "")
	if err == nil && !bytes.HasPrefix(answer, []byte("SIP/2.0 200")) {
		err = fmt.Errorf("the BYE is answered with\n%s", answer)
	}
	return err
}

func (d *Dialog) request(method, body string) []byte {
	local := d.conn.LocalAddr().String()
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s%d\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"+
		"CSeq: %d %s\r\nContact: <sip:telephone@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, d.target, local, d.id, method, d.cseq, d.from, d.remote, d.id, d.cseq, method, local, kind, len(body), body)
}

// ask sends a request, again and again as RFC 3261 §17.1 has it, and returns the final
// response.
func (d *Dialog) ask(method, body string) ([]byte, error) {
	b := d.request(method, body)
	buf := make([]byte, 65536)
	wait, end, provisional := 500*time.Millisecond, time.Now().Add(patience), false
	for time.Now().Before(end) {
		if !provisional {
			if _, err := d.conn.Write(b); err != nil {
				return nil, fmt.Errorf("send %s: %w", method, err)
			}
		}
		_ = d.conn.SetReadDeadline(time.Now().Add(wait))
		for {
			n, err := d.conn.Read(buf)
			if err != nil {
				break
			}
			m := buf[:n]
			if !bytes.HasPrefix(m, []byte("SIP/2.0 ")) || !strings.HasSuffix(fieldOf(m, "CSeq"), " "+method) {
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

// Answering is a telephone that answers every call at once.
type Answering struct {
	// Answer makes the SDP answer to an offer, the first time a call's INVITE comes.
	Answer func(id, number, offer string) (string, error)
	// Over is told when a call has ended; may be nil.
	Over func(id string)

	conn *net.UDPConn
	ip   string
	port int
}

// Start answers at an address until the test ends, and returns the port.
func (a *Answering) Start(t testing.TB, ip string) int {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadBuffer(4 << 20)
	t.Cleanup(func() { _ = conn.Close() })
	a.conn, a.ip, a.port = conn, ip, conn.LocalAddr().(*net.UDPAddr).Port
	go a.run()
	return a.port
}

func (a *Answering) run() {
	buf := make([]byte, 65536)
	answers := map[string]string{} // by Call-ID
	for {
		n, from, err := a.conn.ReadFromUDP(buf)
		if err != nil {
			return
		}
		m, id := buf[:n], fieldOf(buf[:n], "Call-ID")
		switch {
		case bytes.HasPrefix(m, []byte("INVITE ")):
			if _, known := answers[id]; !known {
				body, err := a.Answer(id, numberOf(m), bodyOf(m))
				if err != nil {
					continue
				}
				answers[id] = body
			}
			a.respond(m, from, answers[id])
		case bytes.HasPrefix(m, []byte("BYE ")):
			if _, known := answers[id]; known && a.Over != nil {
				a.Over(id)
			}
			delete(answers, id)
			a.respond(m, from, "")
		}
	}
}

func (a *Answering) respond(m []byte, to *net.UDPAddr, body string) {
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
	fmt.Fprintf(&b, "Contact: <sip:called@%s:%d>\r\n%sContent-Length: %d\r\n\r\n%s", a.ip, a.port, kind, len(body), body)
	_, _ = a.conn.WriteToUDP([]byte(b.String()), to)
}

// Described is the SDP of a telephone that has PCMU at an address.
func Described(ip string, port int) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0\r\na=ptime:20\r\n", ip, port)
}

var audioLine = regexp.MustCompile(`m=audio ([0-9]+)`)

// AudioPort is the port of the audio in a session description.
func AudioPort(description string) (int, error) {
	found := audioLine.FindStringSubmatch(description)
	if found == nil {
		return 0, fmt.Errorf("no audio in %.2000q", description)
	}
	return strconv.Atoi(found[1])
}

// fieldOf returns a header field of a message, as it stands.
func fieldOf(message []byte, name string) string {
	for line := range strings.Lines(string(message)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// numberOf is the user of a request's URI.
func numberOf(request []byte) string {
	_, rest, _ := strings.Cut(string(request[:min(len(request), 200)]), " sip:")
	number, _, _ := strings.Cut(rest, "@")
	return number
}

func bodyOf(message []byte) string {
	_, body, _ := strings.Cut(string(message), "\r\n\r\n")
	return body
}
