package capture

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/signaling/trace"
)

// ways are the transports, on the ports where programs expect something of their own
// and on others.
var ways = []struct{ transport, local, remote string }{
	{"udp", "192.0.2.1:5060", "198.51.100.7:5060"},
	{"udp", "192.0.2.1:15060", "198.51.100.7:45060"},
	{"tcp", "192.0.2.1:5060", "198.51.100.7:40000"},
	{"tcp", "192.0.2.1:25060", "198.51.100.7:40001"},
	{"tls", "192.0.2.1:5061", "198.51.100.7:40002"},
	{"tls", "192.0.2.1:25061", "198.51.100.7:40003"},
	{"ws", "192.0.2.1:8080", "198.51.100.7:40004"},
	{"wss", "192.0.2.1:8443", "198.51.100.7:40005"},
	{"wss", "192.0.2.1:443", "198.51.100.7:40006"},
	{"wss", "[2001:db8::1]:8443", "[2001:db8::2]:40007"},
}

const description = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 10000 RTP/AVP 0\r\n"

func message(n int, first, cseq, body string) []byte {
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\nAuthorization: Digest username=\"1001\", realm=\"x\", response=\"0123456789abcdef0123456789abcdef\"\r\n"
	}
	return fmt.Appendf(nil, "%s\r\nVia: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK%d%s\r\nMax-Forwards: 70\r\nFrom: <sip:1001@example.test>;tag=a%d\r\n"+
		"To: <sip:1002@example.test>\r\nCall-ID: ref-%d\r\nCSeq: %s\r\nContact: <sip:x@198.51.100.7>\r\n%sContent-Length: %d\r\n\r\n%s",
		first, n, cseq[:1], n, n, cseq, kind, len(body), body)
}

// written is a capture of a call with a leg of each way: an INVITE that is refused, and
// some RTP.
func written(t *testing.T) string {
	t.Helper()
	start := time.Date(2026, 11, 21, 21, 3, 4, 0, time.UTC)
	c := &trace.Trace{Summary: trace.Summary{Call: "k3v9x2mqa7", Start: start}}
	at := start
	for n, w := range ways {
		local, remote := netip.MustParseAddrPort(w.local), netip.MustParseAddrPort(w.remote)
		add := func(in bool, text []byte) {
			at = at.Add(5 * time.Millisecond)
			c.Items = append(c.Items, trace.Item{At: at, Leg: c.Call.Leg(n), Kind: trace.SIP, In: in, Transport: w.transport, Local: local, Remote: remote, Text: text})
		}
		in := n%2 == 0
		add(in, message(n, "INVITE sip:1002@example.test SIP/2.0", "1 INVITE", description))
		add(!in, message(n, "SIP/2.0 486 Busy Here", "1 INVITE", ""))
		add(in, message(n, "ACK sip:1002@example.test SIP/2.0", "1 ACK", ""))
	}
	c.Items = append(c.Items, trace.Item{At: at, Kind: trace.Media, Leg: c.Call.Leg(0), Note: "first packet in"})
	for n := range 3 {
		c.Packets = append(c.Packets, trace.Packet{
			PacketHeader: media.PacketHeader{At: at.Add(time.Duration(n+1) * 20 * time.Millisecond), In: true, SSRC: 77, Seq: uint16(n), Timestamp: uint32(160 * n), Size: 160},
			Leg:          tandem.LegID("k3v9x2mqa7-a"), Local: netip.MustParseAddrPort("192.0.2.1:10000"), Remote: netip.MustParseAddrPort("198.51.100.7:4000"),
		})
	}
	c.Mask()
	var b bytes.Buffer
	if err := trace.PCAPNG(&b, c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "call.pcapng")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a program to its end.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed (Debian package %s): make test installs it", name, name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "TERM=xterm")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, errs.String())
	}
	return out.String()
}

// row is what tshark reads of a frame.
type row struct{ method, status, udpFrom, tcpFrom, udpTo, tcpTo, rtp, comment, malformed, analysis, sums string }

// rows has tshark read a capture; it starts slowly, so once.
func rows(t *testing.T, path string) (all []row) {
	t.Helper()
	args := []string{"-n", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-r", path, "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"}
	for _, f := range []string{
		"sip.Method", "sip.Status-Code", "udp.srcport", "tcp.srcport", "udp.dstport", "tcp.dstport", "rtp.seq", "frame.comment", "_ws.malformed", "tcp.analysis.flags",
		"ip.checksum.status", "udp.checksum.status", "tcp.checksum.status",
	} {
		args = append(args, "-e", f)
	}
	for line := range strings.Lines(run(t, "tshark", args...)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "|")
		if len(f) != 13 {
			t.Fatalf("tshark says %q", line)
		}
		all = append(all, row{f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10] + f[11] + f[12]})
	}
	return all
}

func TestTsharkReadsSIPOfEveryTransport(t *testing.T) {
	var messages []row
	var rtp []string
	comments := 0
	for n, r := range rows(t, written(t)) {
		// A status of 0 is a sum that is wrong, 2 one that was not looked at, as that of
		// headers whose payload is not there.
		if r.malformed != "" || r.analysis != "" || strings.Contains(r.sums, "0") || r.rtp == "" && !strings.Contains(r.sums, "1") {
			t.Errorf("tshark finds fault with frame %d: %+v", n+1, r)
		}
		if r.method+r.status != "" {
			messages = append(messages, r)
		}
		if r.rtp != "" {
			rtp = append(rtp, r.rtp)
		}
		if strings.Contains(r.comment, "first packet in") {
			comments++
		}
	}
	if len(messages) != 3*len(ways) {
		t.Fatalf("tshark finds %d messages, want %d: %+v", len(messages), 3*len(ways), messages)
	}
	for n, w := range ways {
		from, to := netip.MustParseAddrPort(w.remote), netip.MustParseAddrPort(w.local)
		if n%2 == 1 {
			from, to = to, from
		}
		r := messages[3*n]
		if r.method != "INVITE" || r.udpFrom+r.tcpFrom != fmt.Sprint(from.Port()) || r.udpTo+r.tcpTo != fmt.Sprint(to.Port()) || (r.udpTo != "") != (w.transport == "udp") {
			t.Errorf("%s %s: tshark reads %+v, want an INVITE from %s to %s", w.transport, w.local, r, from, to)
		}
		if got := messages[3*n+1].status; got != "486" {
			t.Errorf("%s %s: tshark reads %q, want 486", w.transport, w.local, got)
		}
	}
	if got := strings.Join(rtp, " "); got != "0 1 2" {
		t.Errorf("packets of RTP: %s, want 0 1 2", got)
	}
	if comments != 1 {
		t.Errorf("what the media did is the comment of %d packets, want 1", comments)
	}
}

func TestSngrepReadsTheDialogsOfEveryTransport(t *testing.T) {
	path := written(t)
	out := run(t, "sngrep", "-N", "-I", path, "-O", filepath.Join(t.TempDir(), "again.pcap"))
	if want := fmt.Sprintf("Dialog count: %d", len(ways)); !strings.HasSuffix(strings.TrimSpace(out), want) {
		t.Errorf("sngrep says %q, want %q at its end", out, want)
	}
}
