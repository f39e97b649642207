//go:build unix

package media

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"golang.org/x/sys/unix"

	"github.com/tandemgw/tandem/media/sdp"
)

// loadEnv makes TestLoadProcess be the far ends of a load: of which kind, as
// JSON.
const loadEnv = "TANDEM_TEST_LOAD"

// loadOf is a load: calls between two parties, each sending what it sends.
type loadOf struct {
	Calls int
	A, B  string // opus, pcmu: a browser with that codec; phone: PCMU
}

// partyAt is what the two processes tell each other of a party, a line each: an
// offer or a port, and then an answer or an address.
type partyAt struct {
	SDP     []byte
	Address netip.AddrPort
}

// loadTally is what the far ends say at the end.
type loadTally struct{ Sent, Heard int64 }

// BenchmarkLoad is calls over real sockets, the far ends in another process: what
// a call costs this one, which is media and nothing else. Its figures are CPU
// microseconds a packet, CPU seconds for one minute of one call, and the memory
// that a call holds.
func BenchmarkLoad(b *testing.B) {
	for _, l := range []loadOf{
		{10, "phone", "phone"},
		{100, "phone", "phone"},
		{200, "phone", "phone"},
		{10, "pcmu", "phone"},
		{50, "pcmu", "phone"},
		{20, "opus", "opus"},
		{20, "opus", "phone"},
	} {
		b.Run(fmt.Sprintf("%s-%s/%d", l.A, l.B, l.Calls), func(b *testing.B) { benchmarkLoad(b, l) })
	}
}

// loadTime is how long a load is measured.
const loadTime = 5 * time.Second

func benchmarkLoad(b *testing.B, l loadOf) {
	e := newNetwork(b)
	far := startLoad(b, l)
	before := heldMemory()
	for i := range l.Calls {
		o := Options{Call: strconv.Itoa(i)}
		x, y := far.party(b, e, l.A, o), far.party(b, e, l.B, o)
		Join(x, y)
	}
	<-time.After(2 * time.Second) // ICE, DTLS and the first packets
	held := heldMemory() - before
	b.ResetTimer()
	for b.Loop() {
		before := ownCPU(b)
		<-time.After(loadTime)
		used := ownCPU(b) - before
		packets := float64(l.Calls) * 2 * 50 * loadTime.Seconds()
		b.ReportMetric(float64(used.Nanoseconds())/1e3/packets, "cpu-us/packet")
		b.ReportMetric(used.Seconds()/loadTime.Seconds()*60/float64(l.Calls), "cpu-s/call-min")
	}
	b.StopTimer()
	b.ReportMetric(float64(held)/1024/float64(l.Calls), "KiB/call")
	t := far.end(b)
	b.ReportMetric(100*float64(t.Sent-t.Heard)/float64(max(t.Sent, 1)), "%lost")
}

// heldMemory is what lives on the heap, and the stacks.
func heldMemory() uint64 {
	var m runtime.MemStats
	for range 2 { // what pools hold goes at the second time
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

func ownCPU(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// farEnds is the process of the far ends.
type farEnds struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func startLoad(b testing.TB, l loadOf) *farEnds {
	b.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLoadProcess$")
	cmd.Env = append(os.Environ(), loadEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	f := &farEnds{}
	if f.in, err = cmd.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	f.out = bufio.NewReaderSize(out, 1<<16)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.in.Close(); _, _ = io.Copy(io.Discard, f.out); _ = cmd.Wait() })
	return f
}

func (f *farEnds) read(b testing.TB, v any) {
	b.Helper()
	line, err := f.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, v)
	}
	if err != nil {
		b.Fatalf("far ends say %q: %v", line, err)
	}
}

// party makes the endpoint of the next party that the far ends tell of.
func (f *farEnds) party(b testing.TB, e *Engine, kind string, o Options) *Endpoint {
	b.Helper()
	var at, back partyAt
	f.read(b, &at)
	var ep *Endpoint
	var err error
	session := sdp.NewSession(sdp.SessionConfig{SessionID: 1})
	o.Toward = netip.MustParseAddr("127.0.0.1")
	if kind == "phone" {
		ep, err = e.NewPlain(o)
	} else {
		ep, err = e.NewPeer(o)
	}
	if err != nil {
		b.Fatal(err)
	}
	r, err := session.ReceiveOffer(at.SDP)
	if err != nil {
		b.Fatal(err)
	}
	if err := ep.Prepare(r, sdp.Active); err != nil {
		b.Fatal(err)
	}
	codec := sdp.PCMU()
	if kind == "opus" {
		codec = sdp.Opus()
	}
	local := ep.Local([]sdp.Codec{codec}, sdp.SendRecv)
	if kind != "phone" {
		local.Setup = sdp.Active
	}
	body, stream, err := session.Answer(local)
	if err != nil {
		b.Fatal(err)
	}
	if err := ep.Apply(stream); err != nil {
		b.Fatal(err)
	}
	back.SDP = body
	if kind == "phone" {
		back.Address = netip.AddrPortFrom(local.Address, local.Port)
	}
	line, err := json.Marshal(back)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := f.in.Write(append(line, '\n')); err != nil {
		b.Fatal(err)
	}
	return ep
}

// end stops the load and returns what it says.
func (f *farEnds) end(b testing.TB) (t loadTally) {
	b.Helper()
	_ = f.in.Close()
	f.read(b, &t)
	return t
}

// TestLoadProcess is the far ends of BenchmarkLoad, in a process of their own.
func TestLoadProcess(t *testing.T) {
	text := os.Getenv(loadEnv)
	if text == "" {
		t.Skip("only as another process of BenchmarkLoad")
	}
	var l loadOf
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatal(err)
	}
	var heard atomic.Int64
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	voices := map[string][]byte{"phone": voice(160, 0x55), "pcmu": voice(160, 0x55), "opus": nil}
	if l.A == "opus" || l.B == "opus" {
		voices["opus"] = opusPackets(t, speech(t, 100), 20)[10]
	}
	var all []func(seq uint16)
	for range l.Calls {
		for _, kind := range []string{l.A, l.B} {
			if kind == "phone" {
				all = append(all, loadPhone(t, in, voices[kind], &heard))
			} else {
				all = append(all, loadBrowser(t, in, kind, voices[kind], &heard))
			}
		}
	}
	sent := sendUntilEOF(in, all)
	<-time.After(200 * time.Millisecond)
	line, _ := json.Marshal(loadTally{Sent: sent, Heard: heard.Load()})
	_, _ = os.Stdout.Write(append(line, '\n'))
}

// sendUntilEOF lets each party send every 20 ms, a twentieth of them each
// millisecond.
func sendUntilEOF(in io.Reader, all []func(uint16)) (sent int64) {
	done := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, in); close(done) }()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	began, ticks := time.Now(), 0
	for {
		select {
		case <-done:
			return sent
		case <-ticker.C:
		}
		for now := int(time.Since(began) / time.Millisecond); ticks < now; ticks++ {
			for i := ticks % 20; i < len(all); i += 20 {
				all[i](uint16(ticks / 20))
				sent++
			}
		}
	}
}

// exchange tells of a party and returns what comes back.
func exchange(t *testing.T, in *bufio.Reader, at partyAt) (back partyAt) {
	t.Helper()
	line, err := json.Marshal(at)
	if err == nil {
		_, err = os.Stdout.Write(append(line, '\n'))
	}
	if err == nil {
		line, err = in.ReadBytes('\n')
	}
	if err == nil {
		err = json.Unmarshal(line, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// loadPhone is a telephone; it returns what sends its next packet.
func loadPhone(t *testing.T, in *bufio.Reader, payload []byte, heard *atomic.Int64) func(uint16) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		b := make([]byte, 2048)
		for {
			if _, _, err := conn.ReadFromUDPAddrPort(b); err != nil {
				return
			}
			heard.Add(1)
		}
	}()
	t.Cleanup(func() { _ = conn.Close() })
	offer := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", conn.LocalAddr().(*net.UDPAddr).Port)
	to := exchange(t, in, partyAt{SDP: []byte(offer)}).Address
	b := append(make([]byte, headerSize), payload...)
	return func(seq uint16) {
		header{seq: seq, ts: uint32(seq) * 160, ssrc: 4711}.put(b)
		_, _ = conn.WriteToUDPAddrPort(b, to)
	}
}

// loadBrowser is a browser with one codec; it returns what sends its next packet.
func loadBrowser(t *testing.T, in *bufio.Reader, kind string, payload []byte, heard *atomic.Int64) func(uint16) {
	codec := webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, PayloadType: testOpus,
	}
	step := uint32(960)
	if kind == "pcmu" {
		codec = webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}}
		step = 160
	}
	b := newBrowserWith(t, codec, func(*rtp.Packet) { heard.Add(1) })
	back := exchange(t, in, partyAt{SDP: b.offer(t)})
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(back.SDP)}); err != nil {
		t.Fatal(err)
	}
	return func(seq uint16) {
		_ = b.track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: uint32(seq) * step}, Payload: payload})
	}
}
