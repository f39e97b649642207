package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

const (
	phoneSSRC = 0x7e1ef0e1
	firstSeq  = 65500                 // the numbers go over their end
	lossEvery = 12                    // one packet of so many is not sent
	wanders   = 6                     // ms by which every other packet is late
	nearby    = 50 * time.Millisecond // the longest round trip over the loopback
)

// phone is a telephone that writes down each datagram when it goes and comes.
type phone struct {
	t         *testing.T
	rtp, rtcp *net.UDPConn
	to        netip.AddrPort // of RTP
	readers   sync.WaitGroup

	mu    sync.Mutex
	file  []byte // pcap, of raw IPv4
	block []byte // the last block about us, in a report of the gateway's
	sr    []byte // the last report of the gateway's as a sender
	srAt  time.Time
	ssrc  uint32 // the gateway's
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	p := &phone{t: t, file: binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)} // nanoseconds
	p.file = append(p.file, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0)
	for range 100 {
		p.rtp, _ = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		port := p.rtp.LocalAddr().(*net.UDPAddr).Port
		if p.rtcp, _ = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port + 1}); p.rtcp != nil && port%2 == 0 {
			return p
		}
		_ = p.rtp.Close()
		if p.rtcp != nil {
			_ = p.rtcp.Close()
		}
	}
	t.Fatal("no two ports")
	return nil
}

// keep writes a datagram into the capture; the caller holds mu.
func (p *phone) keep(at time.Time, from, to uint16, b []byte) {
	le, be := binary.LittleEndian, binary.BigEndian
	n := uint32(28 + len(b))
	p.file = le.AppendUint32(p.file, uint32(at.Unix()))
	p.file = le.AppendUint32(p.file, uint32(at.Nanosecond()))
	p.file = le.AppendUint32(le.AppendUint32(p.file, n), n)
	p.file = append(p.file, 0x45, 0, byte(n>>8), byte(n), 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1)
	p.file = be.AppendUint16(be.AppendUint16(p.file, from), to)
	p.file = append(be.AppendUint16(p.file, uint16(8+len(b))), 0, 0)
	p.file = append(p.file, b...)
}

func portOf(c *net.UDPConn) uint16 { return uint16(c.LocalAddr().(*net.UDPAddr).Port) }

// send sends from one of the two ports to its counterpart.
func (p *phone) send(control bool, b []byte) {
	c, to := p.rtp, p.to
	if control {
		c, to = p.rtcp, netip.AddrPortFrom(to.Addr(), to.Port()+1)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keep(time.Now(), portOf(c), to.Port(), b)
	_, _ = c.WriteToUDPAddrPort(b, to)
}

// hear reads one of the ports until it is closed.
func (p *phone) hear(c *net.UDPConn, control bool) {
	b, oob := make([]byte, 2048), make([]byte, 128)
	for {
		n, more, _, from, err := c.ReadMsgUDPAddrPort(b, oob)
		if err != nil {
			return
		}
		at := cameAt(oob[:more])
		p.mu.Lock()
		p.keep(at, from.Port(), portOf(c), b[:n])
		if control {
			p.report(append([]byte(nil), b[:n]...), at)
		}
		p.mu.Unlock()
	}
}

// stamp has the kernel say when each datagram came: this process may look later.
func stamp(t *testing.T, c *net.UDPConn) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
}

// cameAt reads the kernel's stamp.
func cameAt(oob []byte) time.Time {
	all, _ := unix.ParseSocketControlMessage(oob)
	for _, m := range all {
		var at unix.Timespec
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && binary.Read(bytes.NewReader(m.Data), binary.NativeEndian, &at) == nil {
			return time.Unix(at.Unix())
		}
	}
	return time.Now()
}

// report notes what the first packet of a compound says.
func (p *phone) report(b []byte, at time.Time) {
	p.ssrc = binary.BigEndian.Uint32(b[4:])
	rest := b[8:]
	if b[1] == 200 {
		p.sr, p.srAt, rest = b, at, b[28:]
	}
	if b[0]&31 > 0 {
		p.block = rest[:24]
	}
}

// ntp is a time as reports have it (RFC 3550 §4).
func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+2208988800)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// own is a report of the phone's: what it has sent, what it has heard of the last
// report, and a reference time that asks for extended reports (RFC 3611).
func (p *phone) own(ts, packets uint32) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	be := binary.BigEndian
	now := time.Now()
	b := be.AppendUint32([]byte{0x80, 200, 0, 6}, phoneSSRC)
	b = be.AppendUint64(b, ntp(now))
	b = be.AppendUint32(be.AppendUint32(be.AppendUint32(b, ts), packets), packets*160)
	if p.sr != nil {
		b[0], b[3] = 0x81, 12
		b = be.AppendUint32(be.AppendUint32(be.AppendUint32(be.AppendUint32(b, p.ssrc), 13<<24|9), 70000), 24)
		b = append(b, p.sr[10:14]...)
		b = be.AppendUint32(b, uint32(now.Sub(p.srAt)*65536/time.Second))
	}
	b = be.AppendUint32(append(b, 0x80, 207, 0, 4), phoneSSRC)
	return be.AppendUint64(append(b, 4, 0, 0, 2), ntp(now))
}

// call describes the phone to a leg of an engine that echoes.
func (p *phone) call(e *media.Engine) *media.Endpoint {
	p.t.Helper()
	ep, err := e.NewPlain(media.Options{Toward: netip.MustParseAddr("127.0.0.1"), Offering: true})
	if err != nil {
		p.t.Fatal(err)
	}
	session := sdp.NewSession(sdp.SessionConfig{SessionID: 2})
	local := ep.Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
	if _, err := session.Offer(local); err != nil {
		p.t.Fatal(err)
	}
	stream, err := session.ReceiveAnswer(fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n", portOf(p.rtp)))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := ep.Apply(stream); err != nil {
		p.t.Fatal(err)
	}
	p.to = netip.AddrPortFrom(local.Address, local.Port)
	ep.Echo()
	for _, c := range []*net.UDPConn{p.rtp, p.rtcp} {
		stamp(p.t, c)
		p.readers.Go(func() { p.hear(c, c == p.rtcp) })
	}
	return ep
}

// talk sends sound with a known loss and a jitter of about 6 ms until it has been
// reported on, and no loss any more after that. Its last report is for the caller to send.
func (p *phone) talk() (ts, packets uint32) {
	b := append([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0x7e, 0x1e, 0xf0, 0xe1}, make([]byte, 160)...)
	began := time.Now()
	losing := true
	deadline := began.Add(30 * time.Second)
	for n := uint32(0); time.Now().Before(deadline); n++ {
		<-time.After(time.Until(began.Add(time.Duration(n)*20*time.Millisecond + time.Duration(n%2)*wanders*time.Millisecond)))
		if losing = losing && n < 120; !losing || n%lossEvery != 5 {
			binary.BigEndian.PutUint16(b[2:], uint16(firstSeq+n))
			binary.BigEndian.PutUint32(b[4:], 160*n)
			packets++
			p.send(false, b)
		}
		if n%40 == 20 {
			p.send(true, p.own(160*n, packets))
		}
		p.mu.Lock()
		told := !losing && p.sr != nil && p.block != nil && binary.BigEndian.Uint32(p.block[8:]) > firstSeq+130
		p.mu.Unlock()
		if told {
			return 160 * n, packets
		}
	}
	p.t.Error("no report for long")
	return 0, packets
}

// columns has tshark read fields of the capture, one row a frame that has the first.
func (p *phone) columns(path, filter string, fields ...string) (all [][]string) {
	args := []string{
		"-n", "-r", path, "-Y", filter, "-T", "fields", "-E", "separator=|", "-E", "occurrence=f",
		"-d", "udp.port==" + fmt.Sprint(portOf(p.rtp)) + ",rtp", "-d", "udp.port==" + fmt.Sprint(portOf(p.rtcp)) + ",rtcp",
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	for line := range strings.Lines(run(p.t, "tshark", args...)) {
		all = append(all, strings.Split(strings.TrimRight(line, "\n"), "|"))
	}
	return all
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return float64(n)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Errorf("tshark has %q where a number should be", s)
	}
	return f
}

// TestTsharkFindsTheNumbersOfOurReports has a phone talk with known loss and jitter,
// over real ports. What our reports say of it is what tshark finds in the phone's own
// capture; our sender's reports name the time of what was sent, and both delays that
// make a round trip add up.
func TestTsharkFindsTheNumbersOfOurReports(t *testing.T) {
	ports, err := transport.NewPorts(transport.PortsConfig{Addr: netip.MustParseAddr("127.0.0.1"), Min: 21000, Max: 21099})
	if err != nil {
		t.Fatal(err)
	}
	defer ports.Close()
	e, err := media.New(media.Config{Ports: ports})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	p := newPhone(t)
	ep := p.call(e)
	ts, said := p.talk()
	// The phone answers that report, again where it took one of us long to look at the answer.
	near := func() bool { trip := ep.Stats().RoundTrip; return trip > 0 && trip <= nearby }
	for until := time.Now().Add(20 * time.Second); !near() && time.Now().Before(until); {
		p.send(true, p.own(ts, said))
		<-time.After(50 * time.Millisecond)
	}
	stats := ep.Stats()
	ep.Close()
	for _, c := range []*net.UDPConn{p.rtp, p.rtcp} {
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		defer c.Close()
	}
	p.readers.Wait()
	path := filepath.Join(t.TempDir(), "phone.pcap")
	if err := os.WriteFile(path, p.file, 0o600); err != nil {
		t.Fatal(err)
	}
	lost, mean, most := p.analyzed(path)
	reports := p.columns(path, "rtcp.length_check == 1 && !_ws.malformed && rtcp.pt == 200",
		"udp.srcport", "frame.time_epoch", "rtcp.timestamp.ntp.msw", "rtcp.timestamp.ntp.lsw", "rtcp.timestamp.rtp",
		"rtcp.ssrc.cum_nr", "rtcp.ssrc.jitter", "rtcp.ssrc.lsr", "rtcp.ssrc.dlsr", "rtcp.xr.voipmetrics.rfactor", "rtcp.xr.voipmetrics.moscq")
	last := p.judged(reports, path)
	if got := number(t, last[5]); got != lost || float64(stats.Received.Lost) != lost || lost != 10 {
		t.Errorf("we report %v lost and count %d, tshark %v; want 10", got, stats.Received.Lost, lost)
	}
	// A machine that stood still for a moment is in the mean of all, and not in the last report.
	if got := number(t, last[6]) / 8; got < min(mean, wanders)*0.5 || got > most*1.5+2 {
		t.Errorf("we report a jitter of %.2f ms; tshark finds %.2f in the mean and %.2f at most", got, mean, most)
	}
	if trip := stats.RoundTrip; trip <= 0 || trip > nearby || stats.Sent.Lost != 9 || stats.Sent.Percent != 5 {
		t.Errorf("a round trip of %v, %d lost, %d %%; the phone reports 9 and 5, over the loopback", trip, stats.Sent.Lost, stats.Sent.Percent)
	}
	if r, mos := number(t, last[9]), number(t, last[10]); r < 70 || r > 93 || mos < 3.6 || mos > 4.4 || math.Abs(mos-stats.Received.MOS) > 0.1 {
		t.Errorf("extended: R %v, MOS %v; ours %v", r, mos, stats.Received.MOS)
	}
	if byes := p.columns(path, "rtcp.pt == 203", "udp.srcport"); len(byes) != 1 || byes[0][0] == fmt.Sprint(portOf(p.rtcp)) {
		t.Errorf("BYE: %v", byes)
	}
}

// analyzed is tshark's analysis of what the phone has sent: packets lost, the mean
// and the greatest jitter in milliseconds.
func (p *phone) analyzed(path string) (lost, mean, most float64) {
	for line := range strings.Lines(run(p.t, "tshark", "-n", "-r", path, "-d", "udp.port=="+fmt.Sprint(portOf(p.rtp))+",rtp", "-q", "-z", "rtp,streams")) {
		f := strings.Fields(line)
		if i := slices.Index(f, "0x7E1EF0E1"); i > 0 && len(f) > i+10 {
			return number(p.t, f[i+3]), number(p.t, f[i+9]), number(p.t, f[i+10])
		}
	}
	p.t.Fatal("tshark has found no stream of the phone's")
	return 0, 0, 0
}

// judged holds the times in the gateway's reports to those of the capture, and returns
// the last report that tells of a loss that is over.
func (p *phone) judged(reports [][]string, path string) (last []string) {
	type sent struct{ at, ts float64 }
	var packets []sent
	for _, r := range p.columns(path, "rtp && udp.dstport == "+fmt.Sprint(portOf(p.rtp)), "frame.time_epoch", "rtp.timestamp") {
		packets = append(packets, sent{number(p.t, r[0]), number(p.t, r[1])})
	}
	ours := map[uint32]float64{} // the phone's own reports: when they went, by their time
	for _, r := range reports {
		at, msw, lsw := number(p.t, r[1]), uint32(number(p.t, r[2])), uint32(number(p.t, r[3]))
		if r[0] == fmt.Sprint(portOf(p.rtcp)) {
			ours[msw<<16|lsw>>16] = at
			continue
		}
		last = r
		wall := float64(msw) - 2208988800 + float64(lsw)/(1<<32)
		if math.Abs(wall-at) > 0.5 {
			p.t.Errorf("a report of %.3f says that it is %.3f", at, wall)
		}
		best := math.Inf(1)
		for _, s := range packets {
			off := float64(int32(uint32(s.ts)-uint32(number(p.t, r[4]))))/8000 - (s.at - wall)
			if math.Abs(off) < math.Abs(best) {
				best = off
			}
		}
		if math.Abs(best) > 0.02 {
			p.t.Errorf("the report's RTP time is %.3f s from what was sent then", best)
		}
		if lsr := uint32(number(p.t, r[7])); lsr != 0 {
			went, known := ours[lsr]
			if delay := number(p.t, r[8]) / 65536; !known || math.Abs(at-went-delay) > 0.1 {
				p.t.Errorf("last report %08x (known: %v), %.3f s before; the capture says %.3f", lsr, known, delay, at-went)
			}
		}
	}
	if last == nil {
		p.t.Fatal("tshark finds no whole report of ours")
	}
	return last
}
