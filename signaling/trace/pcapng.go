package trace

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
)

// PCAPNG writes the messages of a call, and the headers of its last RTP packets, as a
// capture that tshark, Wireshark and sngrep open. Messages stand in the clear, with the
// addresses and ports that they had:
//
//	udp         as datagrams
//	tcp, tls    as a TCP connection, whose handshake is made up
//	ws, wss     as a TCP connection with the upgrade of RFC 7118 §4, whose headers are
//	            made up, and frames of WebSocket
//
// What happened between the messages is the comment of the packet after it. RTP has its
// headers only, and the length says how long it was; where the call was kept in the clear
// (Store.KeepClear) it has its sound, decrypted, and descriptions of encryption are
// rewritten so that programs play it.
func PCAPNG(w io.Writer, t *Trace) error {
	p := &capture{out: beginCapture(w, "call "+string(t.Call)), flows: map[flowKey]*stream{}, clear: clearLegs(t.Packets)}
	p.write(t)
	if err := p.out.flush(); err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	return nil
}

// capture writes frames.
type capture struct {
	out      *pcapngFile
	flows    map[flowKey]*stream
	clear    map[tandem.LegID]bool // those whose sound is in it
	comments []string
	last     time.Time
	id       uint16
}

// flowKey names a connection.
type flowKey struct {
	transport     string
	local, remote netip.AddrPort
}

// write writes messages and packets in the order of their times.
func (p *capture) write(t *Trace) {
	packets := t.Packets
	for n := range t.Items {
		i := &t.Items[n]
		for len(packets) > 0 && packets[0].At.Before(i.At) {
			p.rtp(&packets[0])
			packets = packets[1:]
		}
		if i.Kind != SIP {
			p.comments = append(p.comments, i.At.Format("15:04:05.000 ")+i.Note)
			continue
		}
		p.message(i)
	}
	for n := range packets {
		p.rtp(&packets[n])
	}
}

// message writes one SIP message.
func (p *capture) message(i *Item) {
	from, to := i.Local, i.Remote
	if i.In {
		from, to = to, from
	}
	text := i.Text
	if p.clear[i.Leg] {
		var changed bool
		if text, changed = unsecured(text); changed {
			p.comments = append(p.comments, clearNote)
		}
	}
	if i.Transport == "udp" || i.Transport == "" {
		p.datagram(i.At, from, to, text, len(text))
		return
	}
	key := flowKey{i.Transport, i.Local, i.Remote}
	s := p.flows[key]
	if s == nil {
		s = newStream(i)
		p.flows[key] = s
		s.open(p, i.At)
	}
	s.send(p, i.At, i.In, text)
}

// rtp writes the header of a packet.
func (p *capture) rtp(h *Packet) {
	from, to := h.Local, h.Remote
	if h.In {
		from, to = to, from
	}
	b := []byte{0x80, h.PayloadType, byte(h.Seq >> 8), byte(h.Seq)}
	if h.Marker {
		b[1] |= 0x80
	}
	b = binary.BigEndian.AppendUint32(b, h.Timestamp)
	b = binary.BigEndian.AppendUint32(b, h.SSRC)
	size := len(b) + h.Size
	p.datagram(h.At, from, to, append(b, h.Payload...), size)
}

// datagram writes what is known of a datagram of size octets.
func (p *capture) datagram(at time.Time, from, to netip.AddrPort, b []byte, size int) {
	p.frame(at, from.Addr(), to.Addr(), packet{protocolUDP, udpHeader(from.Port(), to.Port(), size), b, size})
}

// packet is what IP carries.
type packet struct {
	protocol byte
	header   []byte
	known    []byte // of its payload
	size     int    // of the payload on the wire
}

// frame writes one packet.
func (p *capture) frame(at time.Time, from, to netip.Addr, one packet) {
	payload := one.known
	if rest := one.size - len(payload); rest > 0 { // lengths and checksums are those of the whole
		payload = append(slices.Clone(payload), make([]byte, rest)...)
	}
	p.id++
	whole := ethernet(valid(from), valid(to), p.id, one.protocol, one.header, payload)
	if at.Before(p.last) { // what is made up stands before what it is made up for
		at = p.last
	}
	p.last = at
	p.out.packet(at, whole[:len(whole)-(len(payload)-len(one.known))], len(whole), p.comments)
	p.comments = nil
}

// valid is the address, or one that says that there was none.
func valid(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return netip.IPv4Unspecified()
	}
	return a.WithZone("")
}

// host is an address as the header of an upgrade names it.
func host(a netip.AddrPort) string {
	return cmp.Or(strings.TrimSuffix(a.String(), ":0"), "tandem")
}
