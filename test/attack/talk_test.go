package attack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
)

// mark is in each payload of the calls, so that it can be told from a stranger's.
var mark = []byte("numbered by the talk") //nolint:gochecknoglobals // a constant

// voice is the sound of one party, a phone's plain RTP mostly: it sends a numbered
// packet each 20 ms and keeps the numbers of those that it hears.
type voice struct {
	conn *net.UDPConn // nil for a browser's
	say  func(n uint32, to netip.AddrPort)
	ssrc uint32
	stop chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex
	to      netip.AddrPort
	sent    uint32
	heard   []uint32
	foreign int // packets that are not the other party's
}

func newVoice(t *testing.T, host string, ssrc uint32) *voice {
	t.Helper()
	for range 50 { // an even port, the one above left for RTCP
		port := peers.FreePort(t) &^ 1
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(host), Port: port})
		if err != nil {
			continue
		}
		_ = c.SetReadBuffer(1 << 20)
		v := &voice{conn: c, ssrc: ssrc, stop: make(chan struct{})}
		v.say = func(n uint32, to netip.AddrPort) { _, _ = c.WriteToUDPAddrPort(rtpPacket(ssrc, n, mark), to) }
		v.wg.Go(v.listen)
		v.wg.Go(v.speak)
		t.Cleanup(v.close)
		return v
	}
	t.Fatal("no port for a voice")
	return nil
}

func (v *voice) close() {
	close(v.stop)
	if v.conn != nil {
		_ = v.conn.Close()
	}
	v.wg.Wait()
}

func (v *voice) port() int { return v.conn.LocalAddr().(*net.UDPAddr).Port }

func (v *voice) aim(to netip.AddrPort) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.to = to
}

// rtpPacket is 20 ms of PCMU.
func rtpPacket(ssrc, n uint32, payload []byte) []byte {
	b := make([]byte, 12, 172)
	b[0] = 0x80
	binary.BigEndian.PutUint16(b[2:], uint16(n))
	binary.BigEndian.PutUint32(b[4:], n*160)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	for bits := 18; bits >= 0; bits -= 6 { // what a decoder of PCMU between leaves as it is
		b = append(b, byte(n>>bits)&0x3f)
	}
	b = append(b, payload...)
	return append(b, bytes.Repeat([]byte{0xd5}, 172-len(b))...)
}

func (v *voice) speak() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-tick.C:
		}
		v.mu.Lock()
		if v.to.IsValid() {
			v.sent++
			v.say(v.sent, v.to)
		}
		v.mu.Unlock()
	}
}

func (v *voice) listen() {
	b := make([]byte, 2048)
	for {
		n, _, err := v.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			select {
			case <-v.stop:
				return
			default:
				continue // an ICMP error
			}
		}
		if n >= 2 && b[1] >= 200 && b[1] <= 207 { // RTCP on the port of RTP
			continue
		}
		v.take(b[min(12, n):n])
	}
}

// take keeps the number of a payload that is, octet by octet, one of a talk's.
func (v *voice) take(payload []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(payload) == 160 {
		n := uint32(0)
		for _, six := range payload[:4] {
			n = n<<6 | uint32(six)
		}
		if bytes.Equal(payload, rtpPacket(0, n, mark)[12:]) {
			v.heard = append(v.heard, n)
			return
		}
	}
	v.foreign++
}

// talk is a live call between two phones.
type talk struct {
	h       *house
	out, in *fakeua.Call
	a, b    *voice
	names   [2]string // of the two; 1001 and 1002 unsaid
}

// gatewaySide reads where the gateway wants media from a description.
func gatewaySide(t *testing.T, sdp string) netip.AddrPort {
	t.Helper()
	var host string
	var port int
	for line := range strings.Lines(sdp) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			host = v
		}
		_, _ = fmt.Sscanf(line, "m=audio %d ", &port)
	}
	a, err := netip.ParseAddrPort(fmt.Sprintf("%s:%d", host, port))
	if err != nil {
		t.Fatalf("no address in\n%s", sdp)
	}
	return a
}

// talking sets a call up between 1001 and 1002; early, if given, is called with
// the gateway's ports while it rings.
func (h *house) talking(early func(a, b netip.AddrPort)) *talk {
	h.t.Helper()
	ua, ub := h.phone("1001").Online(), h.phone("1002").Online()
	k := &talk{h: h, a: newVoice(h.t, ua.Flow().Local().Addr().String(), 0xaaaa), b: newVoice(h.t, ub.Flow().Local().Addr().String(), 0xbbbb)}
	k.out = ua.Invite("1002", fakeua.Invitation{SDP: ua.Describe(fakeua.Description{Port: k.a.port()})})
	k.in = ub.Incoming()
	answer := ub.Describe(fakeua.Description{Port: k.b.port()})
	toB := gatewaySide(h.t, k.in.Invite.Body())
	if early != nil {
		k.in.Respond(183, "Session Progress", answer)
		toA := gatewaySide(h.t, k.out.Response(183).Body())
		early(toA, toB)
	}
	k.in.Respond(200, "OK", answer)
	k.in.Acked()
	ok := k.out.Answered()
	k.a.aim(gatewaySide(h.t, ok.Body()))
	k.b.aim(toB)
	peers.Await(h.t, patience, "the two hear each other", func() bool { return k.a.count() > 5 && k.b.count() > 5 })
	return k
}

func (v *voice) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.heard)
}

func (v *voice) target() netip.AddrPort {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.to
}

// sound asserts that from now on, for a time, each hears the other's packets, in
// order, a part of them at least, and nobody else's; in the meantime attack runs.
func (k *talk) sound(least float64, attack func()) {
	k.h.t.Helper()
	type mark struct{ heard, foreign int }
	at := func(v *voice) mark { v.mu.Lock(); defer v.mu.Unlock(); return mark{len(v.heard), v.foreign} }
	sent := func(v *voice) int { v.mu.Lock(); defer v.mu.Unlock(); return int(v.sent) }
	a, b, sentA, sentB := at(k.a), at(k.b), sent(k.a), sent(k.b)
	begin := time.Now()
	attack()
	peers.Pause(time.Second - time.Since(begin)) // long enough to hear something
	sentA, sentB = sent(k.a)-sentA, sent(k.b)-sentB
	peers.Pause(200 * time.Millisecond) // what is under way
	who := k.names
	if who[0] == "" {
		who = [2]string{"1001", "1002"}
	}
	k.judge(who[0], k.a, a.heard, sentB, least)
	k.judge(who[1], k.b, b.heard, sentA, least)
	if f := at(k.a).foreign - a.foreign + at(k.b).foreign - b.foreign; f != 0 {
		k.h.t.Errorf("%d packets of others were passed on", f)
	}
}

func (k *talk) judge(who string, v *voice, from, sent int, least float64) {
	k.h.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	got := v.heard[from:]
	for i := 1; i < len(got); i++ {
		if got[i] <= got[i-1] {
			k.h.t.Errorf("%s hears packet %d after %d", who, got[i], got[i-1])
			break
		}
	}
	k.h.t.Logf("%s hears %d of %d packets", who, len(got), sent)
	if float64(len(got)) < least*float64(sent) || sent < 10 {
		k.h.t.Errorf("%s hears %d of %d packets only", who, len(got), sent)
	}
}

// end hangs up and asserts that the other side is told.
func (k *talk) end() {
	k.h.t.Helper()
	k.out.Bye()
	k.in.Hung()
}
