package attack

import (
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
)

// webTalking is a call between a browser, 1001, and a phone, 1003.
func (h *house) webTalking() (*talk, *page) {
	h.t.Helper()
	u, phone, p := h.web("1001").Online(), h.phone("1003").Online(), newPage(h.t)
	k := &talk{h: h, b: newVoice(h.t, phone.Flow().Local().Addr().String(), 0xcccc), names: [2]string{"the browser", "1003"}}
	k.a = &voice{ssrc: p.ssrc(), stop: make(chan struct{})}
	k.a.say = func(n uint32, _ netip.AddrPort) {
		_ = p.track.WriteRTP(&rtp.Packet{
			Header:  rtp.Header{Version: 2, SequenceNumber: uint16(n), Timestamp: n * 160},
			Payload: rtpPacket(0, n, mark)[12:],
		})
	}
	p.voice = k.a
	k.a.wg.Go(k.a.speak)
	h.t.Cleanup(k.a.close)
	var toB netip.AddrPort
	out, at := p.callTo(h.t, u, "1003", func() {
		k.in = phone.Incoming()
		toB = gatewaySide(h.t, k.in.Invite.Body())
		k.in.Respond(200, "OK", phone.Describe(fakeua.Description{Port: k.b.port(), Codecs: []string{"pcmu"}}))
		k.in.Acked()
	})
	k.out = out
	k.a.aim(at)
	k.b.aim(toB)
	peers.Await(h.t, patience, "browser and phone hear each other", func() bool { return k.a.count() > 5 && k.b.count() > 5 })
	return k, p
}

// badInput is what nobody may send: the i-th of each kind, against a line of sound
// with that SSRC that has come to packet n. What is well formed, and plain RTP's own
// address could send, is left out where broken is wanted.
func badInput(i int, ssrc, n uint32, broken bool) [][]byte {
	good := func(ssrc, n uint32) []byte { return rtpPacket(ssrc, n, []byte("injected")) }
	with := func(at int, octet byte) []byte { b := good(ssrc, n+1); b[at] = octet; return b }
	junk := make([]byte, 1+rand.IntN(300))
	for j := range junk {
		junk[j] = byte(rand.Uint32())
	}
	junk[0] &= 0x7f // RTP of version 2 would be sound, however odd
	all := [][]byte{
		with(1, 99), with(1, 0x80|99), // a payload type that nobody has agreed to
		with(0, 0x00), with(0, 0x40), with(0, 0xc0), // another version
		with(0, 0x9f)[:60],                           // more sources than there are
		with(0, 0x90)[:16],                           // an extension that ends behind the packet
		good(ssrc, n)[:i%12],                         // too short
		append(with(0, 0xa0), 255),                   // more padding than there is
		append(good(ssrc, n), make([]byte, 1900)...), // too long
		append(good(ssrc, n), make([]byte, 9000)...),
		stunBinding(true), stunBinding(false),
		{1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, // an answer nobody has asked for
		clientHello(),
		{21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, byte(i), 0, 2, 2, 40},      // an alert
		{23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, byte(i), 0, 4, 1, 2, 3, 4}, // and what may be anything
		{0x40, 0, 0, 8, 0x80, 0, 0, 1, 0, 0, 0, 1},                       // data of a channel
		[]byte("OPTIONS sip:1001@127.0.0.1 SIP/2.0\r\n\r\n"), junk,
	}
	all = append(all, rtcpOf(ssrc, rand.Uint32())...)
	if broken {
		return all
	}
	return append(all,
		good(ssrc, n+5), good(ssrc, n-1000), good(ssrc, n), // early, late, in its place
		rtpPacket(ssrc, n, mark), // what the far end has sent, once more
		good(ssrc, rand.Uint32()), good(rand.Uint32(), n), good(rand.Uint32(), rand.Uint32()))
}

// TestBadInputOnEveryPortIsNeverHeardNorAnswered floods all ports of two calls, before
// and while they are there: from strangers, from another port of each far end's host,
// and from the far ends' own sockets, as who forges their addresses.
func TestBadInputOnEveryPortIsNeverHeardNorAnswered(t *testing.T) {
	h := open(t)
	strangers := []*stranger{h.stranger("127.0.0.66"), h.stranger("127.0.0.11"), h.stranger("127.0.0.1")}
	k := h.talking(func(a, b netip.AddrPort) {
		for i := range 20 {
			for _, s := range strangers {
				for _, to := range []netip.AddrPort{a, b} {
					for _, bad := range badInput(i, 0xaaaa, uint32(i), s != strangers[0]) {
						s.send(to, bad)
						s.send(netip.AddrPortFrom(to.Addr(), to.Port()+1), bad)
					}
				}
			}
		}
	})
	w, p := h.webTalking()
	lines, sent := strings.Count(h.Everything(), "\n"), 0
	flood := func() {
		each(3*time.Second, 5*time.Millisecond, func(i int) {
			for _, k := range []*talk{k, w} {
				for j, to := range k.sides() {
					v := []*voice{k.a, k.b}[j%2]
					n := uint32(v.spoken())
					s := strangers[i%len(strangers)]
					for _, bad := range badInput(i, v.ssrc, n, false) {
						s.send(to, bad)
						sent++
					}
					switch {
					case i%4 != 0:
					case v.conn != nil:
						for _, bad := range badInput(i, v.ssrc, n, true) {
							_, _ = v.conn.WriteToUDPAddrPort(bad, to)
							sent++
						}
					default:
						for _, bad := range badInput(i, v.ssrc, n, false) {
							_, _ = p.conn.WriteToUDPAddrPort(bad, to)
							sent++
						}
					}
				}
			}
		})
	}
	k.sound(0.97, func() { w.sound(0.97, flood) })
	for _, s := range strangers {
		silent(t, s)
	}
	if more := strings.Count(h.Everything(), "\n") - lines; more > 20 {
		t.Errorf("%d lines were logged in the flood", more)
	}
	counted := h.refused()
	t.Logf("%d packets of bad input; the legs have refused %v", sent, counted)
	if len(counted) != 4 || slices.Min(counted) < 500 {
		t.Errorf("the legs count %v packets that they have refused", counted)
	}
	k.end()
	w.end()
	h.recovers()
}

// TestAFloodOfWhoIsLetInIsBounded: a telephone that sends twenty thousand well-formed
// packets a second is passed on at a rate that harms nobody, and the other call goes on.
func TestAFloodOfWhoIsLetInIsBounded(t *testing.T) {
	h := open(t)
	k := h.talking(nil)
	w, _ := h.webTalking()
	const lasts = 2 * time.Second
	sent := uint32(0)
	w.sound(0.97, func() {
		each(lasts, time.Millisecond, func(int) {
			for range 20 {
				sent++
				_, _ = k.a.conn.WriteToUDPAddrPort(rtpPacket(k.a.ssrc, 10_000+sent, []byte("too much")), k.a.target())
			}
		})
	})
	k.b.mu.Lock()
	passed := k.b.foreign
	k.b.mu.Unlock()
	t.Logf("%d packets sent, %d passed on", sent, passed)
	if passed > 3000 || sent < 8000 {
		t.Errorf("%d of %d packets are passed on, want 1000 and 500 a second", passed, sent)
	}
	k.end()
	w.end()
}

func (v *voice) spoken() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return int(v.sent)
}

// refused is how many packets the legs of all calls say that they have refused, a
// number for each that has.
func (h *house) refused() (all []int) {
	h.t.Helper()
	out, err := exec.Command(peers.Binary(h.t), "calls", "--json", "--media", "--server", "unix:"+filepath.Join(h.State, "tandem.sock")).CombinedOutput()
	if err != nil {
		h.t.Fatalf("%v\n%s", err, out)
	}
	for _, m := range regexp.MustCompile(`"refused": *([0-9]+)`).FindAllSubmatch(out, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		all = append(all, n)
	}
	return all
}
