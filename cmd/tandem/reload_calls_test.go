package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

const (
	manyCalls = 200
	listening = 2 * time.Second // in all
	tolerable = 40 * time.Millisecond
)

// ear hears a stream of numbered packets, and how long it was silent at the most.
type ear struct {
	conn   *net.UDPConn
	heard  atomic.Int64
	gap    atomic.Int64
	lost   atomic.Int64
	strict atomic.Bool // gaps and losses count
}

func newEar(t *testing.T, wg *sync.WaitGroup) *ear {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadBuffer(1 << 20)
	e := &ear{conn: conn}
	wg.Go(e.listen)
	t.Cleanup(func() { _ = conn.Close() })
	return e
}

func (e *ear) listen() {
	b := make([]byte, 2048)
	var last time.Time
	var next uint16
	for {
		n, _, err := e.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if n < 12 || b[1]&0x7f != 0 {
			continue
		}
		now, number := time.Now(), binary.BigEndian.Uint16(b[2:])
		if e.strict.Load() && !last.IsZero() {
			e.gap.Store(max(e.gap.Load(), int64(now.Sub(last))))
			e.lost.Add(int64(int16(number - next)))
		}
		last, next = now, number+1
		e.heard.Add(1)
	}
}

func (e *ear) port() int { return e.conn.LocalAddr().(*net.UDPAddr).Port }

// fresh forgets what was heard.
func (e *ear) fresh() {
	e.gap.Store(0)
	e.lost.Store(0)
}

// carrier answers every call with a description of one of its ears.
type carrier struct {
	conn  *net.UDPConn
	ears  []*ear
	calls map[string]int // ear by Call-ID
	byes  atomic.Int64
}

func (c *carrier) serve() {
	b := make([]byte, 65536)
	for {
		n, from, err := c.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		method, rest, _ := strings.Cut(string(b[:n]), " ")
		_, fields, _ := strings.Cut(rest, "\r\n")
		fields, _, _ = strings.Cut(fields, "\r\n\r\n")
		id := callIDLine.FindString(fields)
		kept := keptLines.FindAllString(fields, -1)
		head := "SIP/2.0 200 OK\r\n" + strings.Join(kept, "\r\n") + "\r\n"
		switch method {
		case "INVITE":
			if _, ok := c.calls[id]; !ok {
				c.calls[id] = len(c.calls)
			}
			sdp := description(c.ears[c.calls[id]%len(c.ears)].port())
			head = toLine.ReplaceAllString(head, "$1;tag=far")
			_, _ = c.conn.WriteToUDPAddrPort(fmt.Appendf(nil, "%sContact: <sip:far@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", head, c.conn.LocalAddr(), len(sdp), sdp), from)
		case "BYE":
			c.byes.Add(1)
			fallthrough
		case "OPTIONS":
			_, _ = c.conn.WriteToUDPAddrPort([]byte(head+"Content-Length: 0\r\n\r\n"), from)
		}
	}
}

var (
	callIDLine = regexp.MustCompile(`(?im)^Call-ID:.*$`)
	keptLines  = regexp.MustCompile(`(?im)^(Via|From|To|Call-ID|CSeq):[^\r]*`)
	toLine     = regexp.MustCompile(`(?im)^(To: [^\r;]*(?:<[^>]*>)?)$`)
	mediaPort  = regexp.MustCompile(`m=audio (\d+) `)
)

func description(port int) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n", port)
}

// callers make calls from one socket, and return where each one's media goes.
func callers(t *testing.T, p ownPorts, media []*net.UDPConn) []netip.AddrPort {
	t.Helper()
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", p.sip))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	request := func(method string, i int, to string, body string) {
		kind := ""
		if body != "" {
			kind = "Content-Type: application/sdp\r\n"
		}
		send(t, conn, fmt.Sprintf("%[1]s sip:9%[2]d@127.0.0.1:%[3]d SIP/2.0\r\nVia: SIP/2.0/UDP %[4]s;branch=z9hG4bK%[1]s%[2]d\r\nMax-Forwards: 70\r\nFrom: <sip:301@127.0.0.1>;tag=a\r\n"+
			"To: %[5]s\r\nCall-ID: c%[2]d\r\nCSeq: 1 %[1]s\r\nContact: <sip:301@%[4]s>\r\n%[6]sContent-Length: %[7]d\r\n\r\n%[8]s",
			method, 1000+i, p.sip, conn.LocalAddr(), to, kind, len(body), body))
	}
	where := make([]netip.AddrPort, len(media))
	up, next := 0, 0
	b := make([]byte, 65536)
	for end := time.Now().Add(tandemtest.Patience); up < len(media); {
		if time.Now().After(end) {
			t.Fatalf("%d of %d calls are up", up, len(media))
		}
		for ; next < len(media) && next < up+10; next++ { // no more than ten at a time
			request("INVITE", next, fmt.Sprintf("<sip:9%d@127.0.0.1>", 1000+next), description(media[next].LocalAddr().(*net.UDPAddr).Port))
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		n, err := conn.Read(b)
		if err != nil {
			continue
		}
		text := string(b[:n])
		var i, status int
		_, _ = fmt.Sscanf(text, "SIP/2.0 %d", &status)
		_, _ = fmt.Sscanf(callIDLine.FindString(text), "Call-ID: c%d", &i)
		i -= 1000
		switch {
		case status >= 300:
			t.Fatalf("call refused:\n%s", text)
		case status == 200 && strings.Contains(text, "INVITE"):
			to := regexp.MustCompile(`(?im)^To: *(.*?)\r?$`).FindStringSubmatch(text)[1]
			request("ACK", i, to, "")
			if m := mediaPort.FindStringSubmatch(text); m != nil && !where[i].IsValid() {
				where[i] = netip.MustParseAddrPort("127.0.0.1:" + m[1])
				up++
			}
		}
	}
	return where
}

// Two hundred calls with media go through reloads that change the dialplan, users,
// trunks, listeners and the RTP range. How long a stream that does not go through the
// gateway is silent is what this machine does to packets by itself.
func TestCallsDoNotHearAReload(t *testing.T) {
	calls := manyCalls
	if raceEnabled {
		calls = 20 // the detector slows packets down twenty times
	}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	far := &carrier{calls: make(map[string]int)}
	var err error
	if far.conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.conn.Close() })
	_ = far.conn.SetReadBuffer(1 << 20)
	for range calls {
		far.ears = append(far.ears, newEar(t, &wg))
	}
	wg.Go(far.serve)
	trunk := fmt.Sprintf("trunk \"far\" {\n  host = %q\n  allow = [\"192.0.2.1\"]\n  options = \"off\"\n}\n", far.conn.LocalAddr())
	plan := "from \"users\" { calls = { \"9X.\" = [dial(\"trunk:far\")], \"1\" = [reject(486)] } }\n"
	o := newOffice(t, trunk+plan)
	base := strings.Replace(o.text(trunk+plan), fmt.Sprintf("%d-%d", o.p.rtp, o.p.rtp+50), fmt.Sprintf("24000-%d", 24000+4*calls+50), 1) // where no ear is
	o.put(base)
	o.reloads("listen.rtp changed")

	// One goroutine sends for all, and to the control ear past the gateway.
	control := newEar(t, &wg)
	var media []*net.UDPConn
	for range calls {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		media = append(media, c)
	}
	where := callers(t, o.p, media)
	stop := make(chan struct{})
	wg.Go(func() { speak(stop, media, where, netip.MustParseAddrPort(control.conn.LocalAddr().String())) })
	t.Cleanup(func() { close(stop) })
	tandemtest.Await(t, "every call is heard", func() bool {
		for _, e := range far.ears {
			if e.heard.Load() < 5 {
				return false
			}
		}
		return true
	})
	all := append([]*ear{control}, far.ears...)
	other := newPorts(t)
	texts := []string{
		strings.Replace(base, "486", "603", 1) + "user \"305\" { password = \"x\" }\ntrunk \"new\" { host = \"192.0.2.9\" }\n",
		strings.Replace(strings.Replace(base, "/tcp\"", fmt.Sprintf("/tcp\", \"127.0.0.1:%d/udp\"", other.sip), 1), "options = \"off\"", "options = \"off\"\n  max_calls = 1000", 1),
		base,
	}
	for round := 1; round <= 4; round++ {
		own, _ := during(all, func() { pause(listening / 4) })
		worst, lost := during(all, func() {
			for _, text := range texts {
				o.put(text)
				if code, _, errs := o.do("reload"); code != exitOK {
					t.Fatal(errs)
				}
				pause(listening / 8)
			}
			tandemtest.Await(t, "the listener that was taken away is closed", func() bool {
				c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(other.sip)})
				if err == nil {
					_ = c.Close()
				}
				return err == nil
			})
		})
		own = max(own, time.Duration(control.gap.Load()))
		t.Logf("longest gap %v, by the machine alone %v, %d packets lost", worst, own, lost)
		if worst <= tolerable && lost == 0 {
			break
		}
		// A machine that has no time for packets says nothing of the gateway's: only
		// that nobody is held up for long, as that machine counts.
		quiet := own <= 25*time.Millisecond
		if round == 4 && (quiet || worst > max(time.Second, 5*own)) {
			t.Errorf("a gap of %v, %d packets lost; the machine alone made gaps of %v", worst, lost, own)
		}
	}
	if n, byes := o.status().Calls, far.byes.Load(); n != calls || byes != 0 {
		t.Errorf("%d calls, %d BYEs", n, byes)
	}
}

// during says how long an ear was deaf at the most while something was done, and how
// many packets were lost.
func during(all []*ear, f func()) (worst time.Duration, lost int64) {
	for _, e := range all {
		e.fresh()
		e.strict.Store(true)
	}
	f()
	for _, e := range all {
		worst, lost = max(worst, time.Duration(e.gap.Load())), lost+e.lost.Load()
	}
	return worst, lost
}

func pause(d time.Duration) { <-time.After(d) }

// speak sends a packet on each stream every 20 ms, and one to the control.
func speak(stop <-chan struct{}, from []*net.UDPConn, to []netip.AddrPort, control netip.AddrPort) {
	packet := make([]byte, 172)
	packet[0] = 0x80
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for number := uint16(1); ; number++ {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		binary.BigEndian.PutUint16(packet[2:], number)
		binary.BigEndian.PutUint32(packet[4:], uint32(number)*160)
		for i, c := range from {
			binary.BigEndian.PutUint32(packet[8:], uint32(i+1))
			_, _ = c.WriteToUDPAddrPort(packet, to[i])
		}
		_, _ = from[0].WriteToUDPAddrPort(packet, control)
	}
}
