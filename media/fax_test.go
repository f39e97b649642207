package media

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
)

// faxed is what was agreed with a telephone that went over to T.38.
func faxed(t *testing.T, p *phone) *sdp.Stream {
	t.Helper()
	at := netip.MustParseAddrPort(p.conn.LocalAddr().String())
	line := sdp.RemoteLine{Kind: sdp.KindImage, RTP: at, Proto: "udptl", Formats: []string{"t38"}}
	return &sdp.Stream{
		Remote:    sdp.Remote{Index: -1, Disabled: true, Held: true, Direction: sdp.Inactive},
		Direction: sdp.Inactive, Lines: []sdp.StreamLine{{Kind: sdp.KindImage, Remote: line}},
	}
}

func TestFaxPassesAsItIsAndSoundComesBack(t *testing.T) {
	e := newNetwork(t)
	a, pa := callPhone(t, e, Options{Call: "c"})
	b, pb := callPhone(t, e, Options{Call: "c"})
	Join(a, b)
	sound := testStream(formatPCMU)
	sound.Remote.RTP = netip.MustParseAddrPort(pa.conn.LocalAddr().String())
	for _, leg := range []struct {
		ep *Endpoint
		p  *phone
	}{{a, pa}, {b, pb}} {
		if err := leg.ep.Apply(faxed(t, leg.p)); err != nil {
			t.Fatal(err)
		}
	}
	if got := a.Stats().Chain; got != "t38 passed through" {
		t.Errorf("Chain = %q", got)
	}
	buf := make([]byte, 2000)
	for i, way := range []struct{ from, to *phone }{{pa, pb}, {pb, pa}} {
		sent := []byte{0, byte(i), 1, 6, 0, 0x55}
		if _, err := way.from.conn.WriteToUDPAddrPort(sent, way.from.to); err != nil {
			t.Fatal(err)
		}
		_ = way.to.conn.SetReadDeadline(time.Now().Add(patience))
		n, from, err := way.to.conn.ReadFromUDPAddrPort(buf)
		if err != nil || !bytes.Equal(buf[:n], sent) || from != way.to.to {
			t.Fatalf("%v from %s, %v", buf[:n], from, err)
		}
	}
	if n := b.Stats().Received.Fax; n != 1 {
		t.Errorf("%d datagrams counted", n)
	}
	if err := a.Apply(sound); err != nil {
		t.Fatal(err)
	}
	if got := b.Stats().Chain; strings.Contains(got, "t38") {
		t.Errorf("Chain = %q", got)
	}
	if err := b.SendDigit('1', 0); err != nil {
		t.Error(err)
	}
}

func TestOfAFaxLineOnlyWhatBothMustKnowIsTold(t *testing.T) {
	o := LineOffer{Kind: sdp.KindImage, Proto: "UDPTL", Formats: []string{"T38"}, Attributes: []string{
		"T38FaxVersion:0", "t38maxbitrate:14400", "T38FaxFillBitRemoval", "sendrecv", "T38VendorInfo:0 0 37", "candidate:1 1 udp",
		"T38FaxUdpEC:t38UDPRedundancy", "T38FaxMaxBuffer:200\r\na=x",
	}}
	l, ok := FaxLine(o, 4000)
	want := "T38FaxVersion:0 T38MaxBitRate:14400 T38FaxFillBitRemoval T38FaxUdpEC:t38UDPRedundancy"
	if got := strings.Join(l.Attributes, " "); !ok || got != want || l.Port != 4000 {
		t.Errorf("%v %+v", ok, l)
	}
	for _, bad := range []LineOffer{{Proto: "tcp", Formats: []string{"t38"}}, {Proto: "udptl", Formats: []string{"t37"}}} {
		if _, ok := FaxLine(bad, 4000); ok {
			t.Errorf("%+v is taken for fax", bad)
		}
	}
}

func TestACallThatBeginsAsAFaxPasses(t *testing.T) {
	e := newNetwork(t)
	var legs [2]*Endpoint
	var phones [2]*phone
	home := netip.MustParseAddr("127.0.0.1")
	for i := range legs {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if legs[i], err = e.NewPlain(Options{Call: "c", Toward: home}); err != nil {
			t.Fatal(err)
		}
		local := legs[i].Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
		phones[i] = &phone{conn: conn, to: netip.AddrPortFrom(home, local.Port)}
		if err := legs[i].Apply(faxed(t, phones[i])); err != nil {
			t.Fatal(err)
		}
	}
	Join(legs[0], legs[1])
	buf := make([]byte, 2000)
	for i := range phones {
		sent := []byte{0, byte(i), 1, 6, 0, 0x55}
		if _, err := phones[i].conn.WriteToUDPAddrPort(sent, phones[i].to); err != nil {
			t.Fatal(err)
		}
		_ = phones[1-i].conn.SetReadDeadline(time.Now().Add(patience))
		if n, _, err := phones[1-i].conn.ReadFromUDPAddrPort(buf); err != nil || !bytes.Equal(buf[:n], sent) {
			t.Fatalf("%v, %v", buf[:n], err)
		}
	}
	if got := legs[0].Stats().Chain; got != "t38 passed through" {
		t.Errorf("Chain = %q", got)
	}
}
