package trace

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// sampleWay is how a leg of a sample is reached.
type sampleWay struct {
	transport     string
	local, remote string
}

// sampleCall is a call whose legs are reached in these ways: an INVITE with a
// description, 200, ACK and BYE on each, and some packets of RTP on the first.
func sampleCall(ways ...sampleWay) *Trace {
	start := time.Date(2026, 11, 21, 21, 3, 4, 0, time.UTC)
	t := &Trace{Summary: Summary{Call: "k3v9x2mqa7", From: "Ann <1001>", To: "1002", Start: start, End: start.Add(5 * time.Second), Cause: "hung up", Status: 200}}
	for n, w := range ways {
		id := t.Call.Leg(n)
		t.Legs = append(t.Legs, Leg{ID: id, Party: fmt.Sprintf("100%d", n+1), Ref: fmt.Sprintf("ref-%d", n), Address: w.remote + "/" + w.transport})
	}
	at := start
	for round, make := range []func(n int) string{sampleInvite, sampleOK, sampleAck, sampleBye} {
		for n, w := range ways {
			at = at.Add(7 * time.Millisecond)
			in := (n == 0) != (round == 1)
			t.Items = append(t.Items, sampleItem(t.Call.Leg(n), w, in, make(n), at))
		}
	}
	t.Items = append(t.Items, Item{At: at, Kind: Media, Leg: t.Call.Leg(0), Note: "first packet in, pcmu/8000", In: true})
	for n := range 5 {
		t.Packets = append(t.Packets, Packet{
			PacketHeader: media.PacketHeader{At: start.Add(time.Second + time.Duration(n)*20*time.Millisecond), In: true, SSRC: 77, Seq: uint16(n), Timestamp: uint32(160 * n), Size: 160},
			Leg:          t.Call.Leg(0), Local: netip.MustParseAddrPort("192.0.2.1:10000"), Remote: netip.MustParseAddrPort("198.51.100.7:4000"),
		})
	}
	return t
}

func sampleItem(leg tandem.LegID, w sampleWay, in bool, text string, at time.Time) Item {
	return Item{At: at, Call: "k3v9x2mqa7", Leg: leg, Kind: SIP, In: in, Transport: w.transport, Local: netip.MustParseAddrPort(w.local), Remote: netip.MustParseAddrPort(w.remote), Text: []byte(text)}
}

func sampleMessage(n int, first, cseq, more, body string) string {
	return first + "\r\nVia: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK" + fmt.Sprint(n) + cseq + "\r\nMax-Forwards: 70\r\n" +
		fmt.Sprintf("From: <sip:1001@example.test>;tag=a%d\r\nTo: <sip:1002@example.test>;tag=b%d\r\nCall-ID: ref-%d\r\n", n, n, n) +
		"CSeq: " + cseq + "\r\nContact: <sip:x@198.51.100.7>\r\n" + more + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
}

const sampleSDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 10000 RTP/AVP 0\r\n" +
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"

func sampleInvite(n int) string {
	return sampleMessage(n, "INVITE sip:1002@example.test SIP/2.0", "1 INVITE",
		"Authorization: Digest username=\"1001\", response=\"0123456789abcdef\"\r\nContent-Type: application/sdp\r\n", sampleSDP)
}

func sampleOK(n int) string {
	return sampleMessage(n, "SIP/2.0 200 OK", "1 INVITE", "Content-Type: application/sdp\r\n", sampleSDP)
}

func sampleAck(n int) string {
	return sampleMessage(n, "ACK sip:1002@example.test SIP/2.0", "1 ACK", "", "")
}

func sampleBye(n int) string {
	return sampleMessage(n, "BYE sip:1002@example.test SIP/2.0", "2 BYE", "", "")
}
