package media

import (
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// TestAWorkerSendsTogetherWhatItsJobsMake: it waits while others are ready, not long, and
// not behind a job whose packets would overtake it.
func TestAWorkerSendsTogetherWhatItsJobsMake(t *testing.T) {
	phone, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	ep, err := newNetwork(t).NewPlain(Options{Call: "x", Toward: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	defer ep.Close()
	pl, _ := ep.wire.(*transport.Plain)
	if err := pl.SetRemote(transport.PlainRemote{RTP: phone.LocalAddr().(*net.UDPAddr).AddrPort()}); err != nil {
		t.Fatal(err)
	}
	w := newWorker(slog.New(slog.DiscardHandler)) // whose loop does not run: the test is it
	w.together = time.Hour
	write := func(n int64) {
		if err := pl.WriteRTP(append(make([]byte, 0, 256), 0x80, 0, 0, byte(n), 0, 0, 0, 0, 0, 0, 0, 1), w.out); err != nil {
			t.Error(err)
		}
	}
	makes := func(gather bool, run func(now int64)) *job {
		return &job{worker: w, gather: gather, run: func(now int64) int64 { run(now); return 0 }}
	}
	waits := func(when string, want bool) {
		t.Helper()
		if got := w.out.Since() != 0; got != want {
			t.Errorf("%s: something waits: %v, want %v", when, got, want)
		}
	}
	sound := makes(true, write)
	for range 2 {
		w.runJob(sound, transport.Now())
	}
	waits("behind two jobs that make sound", true)
	w.runJob(makes(false, func(int64) { waits("in a job that sends at once", false) }), transport.Now())
	w.runJob(sound, transport.Now())
	waits("behind a job that makes sound again", true)
	w.together = 0
	w.runJob(makes(true, func(int64) {}), transport.Now())
	waits("behind a job that took longer than it may wait", false)
	w.runJob(makes(true, func(now int64) { write(now); panic("a codec") }), transport.Now())
	w.out.Flush()
	waits("in the end", false)
	if n := ep.Stats().Sent.Packets; n != 0 { // they went by the wire, not by the leg
		t.Errorf("%d packets of the leg", n)
	}
	if n := pl.Counters().PacketsOut; n != 4 {
		t.Errorf("%d packets, want 4", n)
	}
}
