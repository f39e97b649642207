package rtcpmsg

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
)

// TestReportsAreWellFormed reads what we write with another's parser.
func TestReportsAreWellFormed(t *testing.T) {
	block := &Block{SSRC: 5, Fraction: 3, Lost: -2, Highest: 70000, Jitter: 9, LastSR: 11, Delay: 12}
	wantBlock := rtcp.ReceptionReport{
		SSRC: 5, FractionLost: 3, TotalLost: 0xfffffe, LastSequenceNumber: 70000, Jitter: 9, LastSenderReport: 11, Delay: 12,
	}
	info := &Sender{NTP: 1 << 40, TS: 160, Packets: 10, Octets: 1600}
	sr := &rtcp.SenderReport{SSRC: 7, NTPTime: 1 << 40, RTPTime: 160, PacketCount: 10, OctetCount: 1600}
	name := func(s string) *rtcp.SourceDescription { return rtcp.NewCNAMESourceDescription(7, s) }
	withBlock := *sr
	withBlock.Reports = []rtcp.ReceptionReport{wantBlock}
	tests := map[string]struct {
		own  Report
		want []rtcp.Packet
	}{
		"receiver":       {Report{SSRC: 7, CNAME: "abc", Block: block}, []rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7, Reports: withBlock.Reports}, name("abc")}},
		"nothing yet":    {Report{SSRC: 7, CNAME: "ab"}, []rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7}, name("ab")}},
		"sender":         {Report{SSRC: 7, CNAME: "0123456789abcdef", Sender: info}, []rtcp.Packet{sr, name("0123456789abcdef")}},
		"both, good-bye": {Report{SSRC: 7, CNAME: "a", Sender: info, Block: block, Bye: true}, []rtcp.Packet{&withBlock, name("a"), &rtcp.Goodbye{Sources: []uint32{7}}}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			b := tt.own.Append(nil)
			if len(b) > MaxReport {
				t.Errorf("%d octets, room is for %d", len(b), MaxReport)
			}
			got, err := rtcp.Unmarshal(b)
			if err != nil {
				t.Fatal(err)
			}
			ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".ProfileExtensions" }, cmp.Ignore())
			if diff := cmp.Diff(tt.want, got, ignore); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadReports(t *testing.T) {
	rr := &rtcp.ReceiverReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{SSRC: 9}, {SSRC: 7, FractionLost: 128, TotalLost: 0xffffff}}}
	sr := &rtcp.SenderReport{SSRC: 2, NTPTime: 0x1122334455667788}
	marshal := func(ps ...rtcp.Packet) []byte {
		b, err := rtcp.Marshal(ps)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	tests := map[string]struct {
		in    []byte
		about bool
		hasSR bool
		ok    bool
	}{
		"receiver report":   {marshal(rr), true, false, true},
		"compound":          {marshal(sr, rr, &rtcp.Goodbye{Sources: []uint32{1}}), true, true, true},
		"feedback first":    {marshal(&rtcp.PictureLossIndication{MediaSSRC: 7}, rr), true, false, true},
		"about others only": {marshal(&rtcp.ReceiverReport{SSRC: 1, Reports: rr.Reports[:1]}), false, false, true},
		"cut short":         {marshal(sr, rr)[:40], false, true, false},
		"good then garbage": {append(marshal(rr), 1, 2, 3, 4), true, false, false},
		"count too high":    {append([]byte{0x9f}, marshal(rr)[1:]...), false, false, false},
		"empty":             {nil, false, false, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := Read(tt.in, 7)
			if ok != tt.ok || got.About != tt.about || got.HasSR != tt.hasSR {
				t.Errorf("readReports = %+v, %v; want %+v", got, ok, tt)
			}
			if got.About && (got.Block.Fraction != 128 || got.Block.Lost != -1) {
				t.Errorf("block = %+v", got.Block)
			}
			if got.HasSR && got.SRNTP != 0x33445566 {
				t.Errorf("middle of the NTP time = %#x", got.SRNTP)
			}
		})
	}
}
