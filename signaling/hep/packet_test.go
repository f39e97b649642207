package hep

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tandemgw/tandem/signaling/flow"
)

// decode reads a packet as a collector does, from the description of HEP3 and from
// nothing of ours.
func decode(b []byte) (p packet, err error) {
	if len(b) < 6 || string(b[:4]) != "HEP3" || int(binary.BigEndian.Uint16(b[4:])) != len(b) {
		return p, fmt.Errorf("no packet of HEP3: % x", b[:min(len(b), 8)])
	}
	var from, to netip.Addr
	var fromPort, toPort uint16
	var seconds, micros uint32
	family := 0
	for b = b[6:]; len(b) > 0; {
		if len(b) < 6 {
			return p, fmt.Errorf("half a chunk: % x", b)
		}
		vendor, kind, length := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), int(binary.BigEndian.Uint16(b[4:]))
		if vendor != 0 || length < 6 || length > len(b) {
			return p, fmt.Errorf("vendor %d, type %d, length %d of %d", vendor, kind, length, len(b))
		}
		v := b[6:length]
		b = b[length:]
		number := uint32(0)
		for _, o := range v[:min(4, len(v))] {
			number = number<<8 | uint32(o)
		}
		switch kind {
		case 1:
			family = int(number)
		case 2:
			p.Transport = map[uint32]flow.Kind{17: flow.UDP, 6: flow.TCP, 22: flow.TLS}[number]
		case 3, 5:
			from, _ = netip.AddrFromSlice(v)
		case 4, 6:
			to, _ = netip.AddrFromSlice(v)
		case 7:
			fromPort = uint16(number)
		case 8:
			toPort = uint16(number)
		case 9:
			seconds = number
		case 10:
			micros = number
		case 11:
			p.Protocol = Protocol(number)
		case 12:
			p.Agent = number
		case 14:
			p.Password = string(v)
		case 15:
			p.Payload = v
		case 17:
			p.Correlation = string(v)
		case 19:
			p.Name = string(v)
		default:
			return p, fmt.Errorf("chunk of type %d", kind)
		}
	}
	if from.Is4() != (family == 2) || to.Is4() != (family == 2) {
		return p, fmt.Errorf("%v and %v of family %d", from, to, family)
	}
	p.From, p.To = netip.AddrPortFrom(from, fromPort), netip.AddrPortFrom(to, toPort)
	p.At = time.Unix(int64(seconds), int64(micros)*1000)
	return p, nil
}

func TestPacketSaysWhatACollectorReads(t *testing.T) {
	at := time.Unix(1790000000, 123456000)
	v4, v6 := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("[2001:db8::1]:5061")
	for name, c := range map[string]struct{ p, want packet }{
		"UDP": {
			packet{At: at, Protocol: SIP, Transport: flow.UDP, From: v4, To: netip.MustParseAddrPort("192.0.2.2:5070"), Agent: 7, Payload: []byte("OPTIONS")},
			packet{At: at, Protocol: SIP, Transport: flow.UDP, From: v4, To: netip.MustParseAddrPort("192.0.2.2:5070"), Agent: 7, Payload: []byte("OPTIONS")},
		},
		"TLS over IPv6": {
			packet{At: at, Protocol: SIP, Transport: flow.TLS, From: v6, To: v6, Agent: 1 << 30, Password: "pw", Name: "gw", Correlation: "call", Payload: []byte("x")},
			packet{At: at, Protocol: SIP, Transport: flow.TLS, From: v6, To: v6, Agent: 1 << 30, Password: "pw", Name: "gw", Correlation: "call", Payload: []byte("x")},
		},
		"WSS, seen through a socket of both families": {
			packet{At: at, Protocol: SIP, Transport: flow.WSS, From: netip.MustParseAddrPort("[::ffff:192.0.2.3]:443"), To: v4, Payload: []byte("x")},
			packet{At: at, Protocol: SIP, Transport: flow.TLS, From: netip.MustParseAddrPort("192.0.2.3:443"), To: v4, Payload: []byte("x")},
		},
		"WS": {
			packet{At: at, Protocol: SIP, Transport: flow.WS, From: v4, To: v4, Payload: []byte("x")},
			packet{At: at, Protocol: SIP, Transport: flow.TCP, From: v4, To: v4, Payload: []byte("x")},
		},
		"reports": {
			packet{At: at, Protocol: RTCP, Transport: flow.UDP, From: v4, To: v4, Correlation: "a@b", Payload: []byte("{}")},
			packet{At: at, Protocol: RTCP, Transport: flow.UDP, From: v4, To: v4, Correlation: "a@b", Payload: []byte("{}")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, cut := c.p.append([]byte("before"), maxLength)
			got, err := decode(b[len("before"):])
			if err != nil || cut {
				t.Fatalf("%v, cut: %v", err, cut)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateComparable(netip.AddrPort{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhatIsTooLongForAPacketIsCut(t *testing.T) {
	a := netip.MustParseAddrPort("[2001:db8::1]:5060")
	for _, limit := range []int{maxDatagram, maxLength} {
		p := packet{At: time.Now(), Protocol: SIP, Transport: flow.TCP, From: a, To: a, Name: strings.Repeat("n", 300), Payload: bytes.Repeat([]byte("x"), 70000)}
		b, cut := p.append(nil, limit)
		got, err := decode(b)
		if err != nil || !cut || len(b) != limit || len(got.Payload) < limit-500 || len(got.Name) != maxText {
			t.Errorf("limit %d: %d octets, payload %d, cut %v, %v", limit, len(b), len(got.Payload), cut, err)
		}
		p.Payload = p.Payload[:len(got.Payload)]
		if b, cut = p.append(nil, limit); cut || len(b) != limit {
			t.Errorf("limit %d: what just fits is %d octets, cut %v", limit, len(b), cut)
		}
	}
}

func TestFieldsOfAMessage(t *testing.T) {
	for _, c := range []struct{ raw, id, method string }{
		{"INVITE sip:a@b SIP/2.0\r\nCall-ID: x@y\r\nCSeq: 1 INVITE\r\n\r\n", "x@y", "INVITE"},
		{"SIP/2.0 200 OK\r\nCSeq: 2  BYE\r\ni:  x \r\n\r\n", "x", "BYE"},
		{"SIP/2.0 200 OK\nCSEQ: 2 BYE\ncall-id : x\n\n", "x", "BYE"},
		{"OPTIONS sip:a SIP/2.0\r\n\r\nCall-ID: body\r\n", "", "OPTIONS"},
		{"\r\n\r\n", "", ""},
		{"", "", ""},
	} {
		if id, method := fieldsOf([]byte(c.raw)); id != c.id || method != c.method {
			t.Errorf("fieldsOf(%q) = %q, %q; want %q, %q", c.raw, id, method, c.id, c.method)
		}
	}
}

func FuzzFieldsOf(f *testing.F) {
	f.Add([]byte("SIP/2.0 200 OK\r\nCSeq: 2 BYE\r\ni: x\r\n\r\n"))
	f.Add([]byte("INVITE\ni:\n: \nCSeq:"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		id, method := fieldsOf(raw)
		if strings.Contains(id+method, "\n") {
			t.Errorf("%q, %q", id, method)
		}
	})
}

func TestReportsBecomeJSON(t *testing.T) {
	sr := make([]byte, 0, 100)
	be := binary.BigEndian
	sr = append(sr, 2<<6|1, 200, 0, 12)
	for _, n := range []uint32{0x11, ntpEpoch + 1790000000, 1 << 31, 160, 50, 8000, 0x22, 0x40<<24 | 0xfffffe, 70000, 16, 5, 6} {
		sr = be.AppendUint32(sr, n)
	}
	compound := append(bytes.Clone(sr), 2<<6|1, 202, 0, 2, 0, 0, 0, 0x11, 1, 0, 0, 0) // SDES
	compound = append(compound, 2<<6, 201, 0, 1, 0, 0, 0, 0x33)
	want := []string{
		`{"ssrc":17,"type":200,"report_count":1,"sender_information":{"ntp_timestamp_sec":1790000000,"ntp_timestamp_usec":500000,"rtp_timestamp":160,"packets":50,"octets":8000},` +
			`"report_blocks":[{"source_ssrc":34,"fraction_lost":64,"packets_lost":-2,"highest_seq_no":70000,"ia_jitter":16,"lsr":5,"dlsr":6}]}`,
		`{"ssrc":51,"type":201,"report_count":0,"report_blocks":[]}`,
	}
	var got []string
	for _, r := range reports(compound) {
		got = append(got, string(r))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for n := range compound { // cut anywhere
		reports(compound[:n])
	}
}

func FuzzReports(f *testing.F) {
	f.Add([]byte{2<<6 | 1, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7})
	f.Add([]byte{2<<6 | 31, 200, 0, 1, 0, 0, 0, 1})
	f.Add([]byte{2<<6 | 1, 203, 0, 0, 2<<6 | 1, 201, 0, 0}) // no more than their first words
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(reports(b)) > len(b)/8 {
			t.Error("more reports than there is room for")
		}
	})
}
