//go:build asterisk

package asterisk

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// page is a white page of 1728 by 1100 as TIFF with T.6 encoding, which is what
// Asterisk sends by fax.
func page() []byte {
	const width, height = 1728, 1100
	var data []byte // each white line is one bit, V0; then EOFB
	for range height / 8 {
		data = append(data, 0xff)
	}
	data = append(data, 0xf0, 0x01, 0x00, 0x10)
	type entry struct {
		tag, kind    uint16
		count, value uint32
	}
	const short, long, rational = 3, 4, 5
	entries := []entry{
		{256, long, 1, width},
		{257, long, 1, height},
		{258, short, 1, 1},
		{259, short, 1, 4},
		{262, short, 1, 0},
		{266, short, 1, 1},
		{273, long, 1, 0},
		{277, short, 1, 1},
		{278, long, 1, height},
		{279, long, 1, uint32(len(data))},
		{282, rational, 1, 0},
		{283, rational, 1, 0},
		{296, short, 1, 2},
	}
	at := uint32(8 + 2 + 12*len(entries) + 4)
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	b.WriteString("II")
	put(uint16(42))
	put(uint32(8))
	put(uint16(len(entries)))
	for _, e := range entries {
		switch e.tag {
		case 282:
			e.value = at
		case 283:
			e.value = at + 8
		case 273:
			e.value = at + 16
		}
		put(e)
	}
	put(uint32(0))
	put([]uint32{204, 1, 98, 1})
	b.Write(data)
	return b.Bytes()
}

// TestFax: Asterisk sends a fax through the gateway to itself: with T.38, and as sound.
func TestFax(t *testing.T) {
	for _, way := range []string{"t38_udptl=yes", "t38_udptl=no"} {
		t.Run(way, func(t *testing.T) {
			h := beside(t, users+"trunk \"asterisk\" { host = \"ASTERISK\" }\nfrom \"trunks\" { calls = { \".\" = [dial(\"trunk:asterisk\", \"30s\")] } }\n")
			h.a.Keep("page.tif", page())
			h.set("allow=ulaw\n"+way, `
exten => 670,1,Answer()
 same => n,ReceiveFAX(HERE/got.tif)
exten => 671,1,SendFAX(HERE/page.tif)
exten => h,1,NoOp(fax ${FAXOPT(status)} ${FAXOPT(pages)} ${FAXSTATUS} ${FAXMODE} ${FAXERROR})
`)
			h.a.Do("channel originate PJSIP/670@tandem extension 671@internal")
			h.a.Says("NoOp(\"PJSIP", 2, 3*time.Minute)
			h.a.Says("fax SUCCESS 1 SUCCESS", 2, soon)
			if way == "t38_udptl=yes" {
				h.a.Says("m=image", 4, soon)
			}
			h.empty()
		})
	}
}
