package rtcpmsg

import "testing"

func FuzzRead(f *testing.F) {
	f.Add((&Report{SSRC: 1, CNAME: "a", Sender: &Sender{NTP: 1 << 32}, Block: &Block{SSRC: 7}, Bye: true}).Append(nil))
	f.Add((&Report{SSRC: 1, More: &Extended{Reference: 9, Delay: &DelayAnswer{SSRC: 7}, Voice: &VoiceMetrics{SSRC: 7}}}).Append(nil))
	f.Add([]byte{0x9f, SR, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		first, all := First(b)
		if len(first) > len(b) || all && len(first) != len(b) {
			t.Fatalf("%d of %d octets, all: %v", len(first), len(b), all)
		}
		if h, _ := Read(first, 7); h.About && h.Block.SSRC != 7 || int(h.Byes) > len(h.Bye) {
			t.Fatalf("heard %+v", h)
		}
	})
}

func FuzzFeedback(f *testing.F) {
	f.Add(AppendREMB(nil, 1, 1_000_000, []uint32{7}))
	f.Add(append(AppendFeedback(nil, Feedback{Kind: RTPFB, Format: FormatNACK, Media: 7}, 1, 1), 0, 3, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, b []byte) {
		for f, rest, ok := NextFeedback(b); ok; f, rest, ok = NextFeedback(rest) {
			var lost [8]uint16
			if n := ReadNACK(f.Body, lost[:]); n > len(lost) {
				t.Fatalf("%d packets", n)
			}
			_, _ = ReadREMB(f.Body, 7)
		}
	})
}
