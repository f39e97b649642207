package attack

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// bombs are what a telephone that is let in may send: the i-th packet of each kind,
// well formed or not quite, with payload type pt.
func bombs(i int, pt byte, ssrc uint32) [][]byte {
	typed := func(pt byte, payload []byte) []byte {
		b := append(rtpPacket(ssrc, uint32(i), nil)[:12:12], payload...)
		b[1] = pt
		return b
	}
	sound := func(change func(b []byte), payload []byte) []byte { b := typed(pt, payload); change(b); return b }
	junk := random(rand.IntN(1300))
	return append(
		[][]byte{
			sound(func(b []byte) { b[0] = 0x8f }, make([]byte, 60+160)), // fifteen sources
			sound(func(b []byte) { // an extension as long as the packet, and longer
				b[0] = 0x90
				binary.BigEndian.PutUint32(b[12:], 0xbede<<16|uint32(290+i%12))
			}, make([]byte, 1200)),
			sound(func(b []byte) { b[0], b[len(b)-1] = 0xa0, byte(i) }, make([]byte, 1+i%300)), // padding, also more than there is
			typed(pt, junk[:min(len(junk), i%1300)]),
			typed(byte(i), junk),                                                 // each payload type
			typed(101|byte(i%2)<<7, []byte{byte(i), byte(i % 2 << 7), 255, 255}), // an event without an end
			sound(func(b []byte) { b[1] = 101 | 0x80; binary.BigEndian.PutUint32(b[4:], rand.Uint32()) }, []byte{byte(i % 16), 0, 255, 255}), // a new one each time
			typed(13, random(i%200)), // comfort noise of any shape
			sound(func(b []byte) { binary.BigEndian.PutUint16(b[2:], uint16(rand.Uint32())) }, make([]byte, 160)),
			sound(func(b []byte) { binary.BigEndian.PutUint32(b[4:], rand.Uint32()) }, make([]byte, 160)),
			sound(func(b []byte) { binary.BigEndian.PutUint32(b[8:], rand.Uint32()) }, make([]byte, 160)),
		},
		reports(ssrc)...)
}

// reports are RTCP of a telephone that is let in: absurd numbers, more than there is,
// and its farewell, after which it speaks on.
func reports(ssrc uint32) [][]byte {
	rtcp := func(count, kind byte, body []byte) []byte {
		b := binary.BigEndian.AppendUint32([]byte{0x80 | count, kind, byte((len(body) + 4) / 4 >> 8), byte((len(body) + 4) / 4)}, ssrc)
		return append(b, body...)
	}
	most := make([]byte, 24)
	for i := range most {
		most[i] = 255
	}
	return [][]byte{
		rtcp(1, 200, random(44)), rtcp(1, 201, most), rtcp(31, 201, most), append(rtcp(0, 201, nil), rtcp(1, 203, nil)...),
		rtcp(31, 204, random(4*rand.IntN(200))), rtcp(0, 207, random(1020)), rtcp(1, 205, random(1020)), rtcp(15, 206, random(64)),
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

// TestPayloadsOfWhoIsLetInHarmNobody: a telephone with a call to the echo, to what hears
// digits and to a room sends all that a decoder or a jitter buffer could stumble over,
// in a codec that is decoded. Others hear one another on, and its own call ends when it
// hangs up, not before.
func TestPayloadsOfWhoIsLetInHarmNobody(t *testing.T) {
	h := open(t)
	k := h.talking(nil)
	w, _ := h.webTalking()
	u := h.phone("1003").Online()
	for codec, pt := range map[string]byte{"g722": 9, "opus": 111} {
		for _, number := range []string{"600", "602", "608"} {
			v := newVoice(t, u.Flow().Local().Addr().String(), 0xdddd)
			out := u.Invite(number, fakeua.Invitation{SDP: u.Describe(fakeua.Description{Port: v.port(), Codecs: []string{codec}})})
			to := gatewaySide(t, out.Answered().Body())
			attack := func() {
				each(2*time.Second, 5*time.Millisecond, func(i int) {
					for _, b := range bombs(i, pt, v.ssrc) {
						_, _ = v.conn.WriteToUDPAddrPort(b, to)
						if len(b) > 1 && b[1] >= 200 {
							_, _ = v.conn.WriteToUDPAddrPort(b, netip.AddrPortFrom(to.Addr(), to.Port()+1))
						}
					}
				})
			}
			k.sound(0.95, func() { w.sound(0.95, attack) })
			out.Bye()
		}
	}
	k.end()
	w.end()
	h.recovers()
}
