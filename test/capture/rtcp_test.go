package capture

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/hep"
	"github.com/tandemgw/tandem/signaling/trace"
)

// reportSent is a compound packet: a sender's report with a block, and its name.
func reportSent() []byte {
	b := []byte{0x81, 200, 0, 12}
	for _, v := range []uint32{0x11223344, 3972672000, 0x80000000, 160000, 250, 40000, 0x55667788, 25<<24 | 12, 1<<16 | 300, 37, 0xaabbccdd, 65536} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return append(b, 0x81, 202, 0, 3, 0x11, 0x22, 0x33, 0x44, 1, 3, 'f', 'a', 'r', 0, 0, 0)
}

// chunks are what a packet of HEP3 consists of, by type.
func chunks(t *testing.T, b []byte) map[uint16][]byte {
	t.Helper()
	all := map[uint16][]byte{}
	if len(b) < 6 || string(b[:4]) != "HEP3" {
		t.Fatalf("no packet of HEP3: % x", b)
	}
	for b = b[6:]; len(b) >= 6; {
		length := int(binary.BigEndian.Uint16(b[4:]))
		if length < 6 || length > len(b) {
			t.Fatalf("a chunk of %d octets", length)
		}
		all[binary.BigEndian.Uint16(b[2:])] = b[6:length]
		b = b[length:]
	}
	return all
}

// TestReportsToHomerSayWhatTsharkReads: a report of RTCP as it is sent to Homer has the
// numbers that tshark reads in the packet, and the Call-ID of its leg.
func TestReportsToHomerSayWhatTsharkReads(t *testing.T) {
	l, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	calls, err := hep.NewCalls()
	if err != nil {
		t.Fatal(err)
	}
	calls.Observe(bridge.Event{Call: "one", Leg: "one-b", Ref: "call-id-of-b@pbx"})
	s, err := hep.New(hep.Config{Address: l.LocalAddr().String(), Transport: "udp", Agent: 7, RTCP: true, Calls: calls})
	if err != nil {
		t.Fatal(err)
	}
	go s.Run(t.Context())
	defer s.Close()
	local, remote := netip.MustParseAddrPort("192.0.2.1:10001"), netip.MustParseAddrPort("198.51.100.7:4001")
	s.Report(hep.Report{Leg: "one-b", In: true, Local: local, Remote: remote, Raw: reportSent()})
	_ = l.SetReadDeadline(time.Now().Add(30 * time.Second))
	b := make([]byte, 4096)
	n, err := l.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	packet := chunks(t, b[:n])
	if got := string(packet[17]); got != "call-id-of-b@pbx" {
		t.Errorf("the correlation is %q, want the Call-ID of the leg", got)
	}
	if from := packet[3]; !bytes.Equal(from, []byte{198, 51, 100, 7}) || !bytes.Equal(packet[7], []byte{4001 >> 8, 4001 & 0xff}) {
		t.Errorf("it comes from % x port % x, want %s", from, packet[7], remote)
	}
	var told struct {
		SSRC   uint32 `json:"ssrc"`
		Sender struct {
			Packets, Octets uint32
			RTP             uint32 `json:"rtp_timestamp"`
		} `json:"sender_information"`
		Blocks []struct {
			SSRC     uint32 `json:"source_ssrc"`
			Fraction uint8  `json:"fraction_lost"`
			Lost     int32  `json:"packets_lost"`
			Highest  uint32 `json:"highest_seq_no"`
			Jitter   uint32 `json:"ia_jitter"`
			DLSR     uint32 `json:"dlsr"`
		} `json:"report_blocks"`
	}
	if err := json.Unmarshal(packet[15], &told); err != nil || len(told.Blocks) != 1 {
		t.Fatalf("%v: %s", err, packet[15])
	}
	k := told.Blocks[0]
	ours := fmt.Sprintf("%d|%d|%d|%d|%d|%d|%d|%d|%d|%d", told.SSRC, told.Sender.RTP, told.Sender.Packets, told.Sender.Octets, k.SSRC, k.Fraction, k.Lost, k.Highest, k.Jitter, k.DLSR)

	c := &trace.Trace{Summary: trace.Summary{Call: tandem.CallID("one")}}
	c.Items = []trace.Item{{At: time.Now(), Kind: trace.SIP, In: true, Transport: "udp", Local: local, Remote: remote, Text: reportSent()}}
	path := filepath.Join(t.TempDir(), "rtcp.pcapng")
	var file bytes.Buffer
	if err := trace.PCAPNG(&file, c); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", path, "-d", "udp.port==10001,rtcp", "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"}
	for _, f := range []string{
		"rtcp.senderssrc", "rtcp.timestamp.rtp", "rtcp.sender.packetcount", "rtcp.sender.octetcount", "rtcp.ssrc.identifier",
		"rtcp.ssrc.fraction", "rtcp.ssrc.cum_nr", "rtcp.ssrc.ext_high", "rtcp.ssrc.jitter", "rtcp.ssrc.dlsr",
	} {
		args = append(args, "-e", f)
	}
	var read []string
	for _, f := range strings.Split(strings.TrimSpace(run(t, "tshark", args...)), "|") {
		if hex, ok := strings.CutPrefix(f, "0x"); ok {
			var n uint64
			_, _ = fmt.Sscanf(hex, "%x", &n)
			f = fmt.Sprint(n)
		}
		read = append(read, f)
	}
	if got := strings.Join(read, "|"); got != ours {
		t.Errorf("Homer is told %s, tshark reads %s", ours, got)
	}
}
