package trace

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
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
// headers only; the length says how long it was.
func PCAPNG(w io.Writer, t *Trace) error {
	p, err := newCapture(w, t)
	if err != nil {
		return err
	}
	if err := p.write(t); err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	return p.out.Flush()
}

// capture writes frames.
type capture struct {
	out      *pcapgo.NgWriter
	flows    map[flowKey]*stream
	comments []string
	last     time.Time
	id       uint16
}

// flowKey names a connection.
type flowKey struct {
	transport     string
	local, remote netip.AddrPort
}

func newCapture(w io.Writer, t *Trace) (*capture, error) {
	options := pcapgo.DefaultNgWriterOptions
	options.SectionInfo = pcapgo.NgSectionInfo{Application: "tandem", Comment: "call " + string(t.Call)}
	intf := pcapgo.DefaultNgInterface
	intf.LinkType, intf.Name, intf.SnapLength = layers.LinkTypeEthernet, "tandem", 0x40000
	out, err := pcapgo.NewNgWriterInterface(w, intf, options)
	if err != nil {
		return nil, fmt.Errorf("begin capture: %w", err)
	}
	return &capture{out: out, flows: map[flowKey]*stream{}}, nil
}

// write writes messages and packets in the order of their times.
func (p *capture) write(t *Trace) error {
	packets := t.Packets
	for n := range t.Items {
		i := &t.Items[n]
		for len(packets) > 0 && packets[0].At.Before(i.At) {
			if err := p.rtp(&packets[0]); err != nil {
				return err
			}
			packets = packets[1:]
		}
		if i.Kind != SIP {
			p.comments = append(p.comments, i.At.Format("15:04:05.000 ")+i.Note)
			continue
		}
		if err := p.message(i); err != nil {
			return err
		}
	}
	for n := range packets {
		if err := p.rtp(&packets[n]); err != nil {
			return err
		}
	}
	return nil
}

// message writes one SIP message.
func (p *capture) message(i *Item) error {
	from, to := i.Local, i.Remote
	if i.In {
		from, to = to, from
	}
	if i.Transport == "udp" || i.Transport == "" {
		return p.datagram(i.At, from, to, i.Text, len(i.Text))
	}
	key := flowKey{i.Transport, i.Local, i.Remote}
	s := p.flows[key]
	if s == nil {
		s = newStream(i)
		p.flows[key] = s
		if err := s.open(p, i.At); err != nil {
			return err
		}
	}
	return s.send(p, i.At, i.In, i.Text)
}

// rtp writes the header of a packet.
func (p *capture) rtp(h *Packet) error {
	from, to := h.Local, h.Remote
	if h.In {
		from, to = to, from
	}
	b := []byte{0x80, h.PayloadType, byte(h.Seq >> 8), byte(h.Seq)}
	if h.Marker {
		b[1] |= 0x80
	}
	for _, word := range []uint32{h.Timestamp, h.SSRC} {
		b = append(b, byte(word>>24), byte(word>>16), byte(word>>8), byte(word))
	}
	return p.datagram(h.At, from, to, b, len(b)+h.Size)
}

// datagram writes what is known of a datagram of size octets.
func (p *capture) datagram(at time.Time, from, to netip.AddrPort, b []byte, size int) error {
	udp := &layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}
	return p.frame(at, from, to, udp, b, size)
}

// frame writes one packet; its payload may be longer on the wire than what is known.
func (p *capture) frame(at time.Time, from, to netip.AddrPort, l4 gopacket.SerializableLayer, b []byte, size int) error {
	ip, ether := p.network(from.Addr(), to.Addr(), l4)
	payload := b
	if size > len(b) { // lengths and checksums are those of the whole
		payload = append(slices.Clone(b), make([]byte, size-len(b))...)
	}
	buf := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buf, options, ether, ip, l4, gopacket.Payload(payload)); err != nil {
		return err
	}
	whole := buf.Bytes()
	known := whole[:len(whole)-(len(payload)-len(b))]
	if at.Before(p.last) { // what is made up stands before what it is made up for
		at = p.last
	}
	p.last = at
	info := gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(known), Length: len(whole)}
	comments := p.comments
	p.comments = nil
	return p.out.WritePacketWithOptions(info, known, pcapgo.NgPacketOptions{Comments: comments})
}

// network is the way of a packet between two addresses.
func (p *capture) network(from, to netip.Addr, l4 gopacket.SerializableLayer) (gopacket.SerializableLayer, *layers.Ethernet) {
	from, to = valid(from), valid(to)
	ether := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}
	protocol := layers.IPProtocolTCP
	if _, ok := l4.(*layers.UDP); ok {
		protocol = layers.IPProtocolUDP
	}
	p.id++
	var ip gopacket.SerializableLayer
	var net gopacket.NetworkLayer
	if from.Is4() && to.Is4() {
		v4 := &layers.IPv4{Version: 4, TTL: 64, Id: p.id, Protocol: protocol, SrcIP: from.AsSlice(), DstIP: to.AsSlice()}
		ip, net = v4, v4
	} else {
		a, b := from.As16(), to.As16()
		v6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: protocol, SrcIP: a[:], DstIP: b[:]}
		ip, net, ether.EthernetType = v6, v6, layers.EthernetTypeIPv6
	}
	switch l4 := l4.(type) {
	case *layers.UDP:
		_ = l4.SetNetworkLayerForChecksum(net) // it is one of the two that can be
	case *layers.TCP:
		_ = l4.SetNetworkLayerForChecksum(net)
	}
	return ip, ether
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
