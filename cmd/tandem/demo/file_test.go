package demo

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

func TestTakenPortsAreSteppedOverAndTheirOwnerNamed(t *testing.T) {
	base := tandemtest.FreeBase(t)
	at := func(port int) netip.AddrPort {
		return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
	}
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at(base)))
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for _, port := range []int{base + 1, base + 2} {
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at(port)))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	media, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at(base+2)))
	if err != nil {
		t.Fatal(err)
	}
	defer media.Close()

	p, notes, err := findPorts(Options{PortBase: base})
	if err != nil {
		t.Fatal(err)
	}
	if p.sip == base || p.http <= base+2 || p.https <= p.http || p.media == base+2 {
		t.Errorf("ports are %+v from %d on", p, base)
	}
	who := fmt.Sprintf("(pid %d)", os.Getpid())
	if len(notes) != 4 {
		t.Errorf("notes are %q", notes)
	}
	for i, port := range []string{
		fmt.Sprintf("port %d/udp is used by ", base), fmt.Sprintf("port %d/tcp is used by ", base+1),
		fmt.Sprintf("port %d/tcp is used by ", base+2), fmt.Sprintf("port %d/udp is used by ", base+2),
	} {
		if i < len(notes) && (!strings.HasPrefix(notes[i], port) || !strings.Contains(notes[i], who)) {
			t.Errorf("note is %q, want one of %q %s", notes[i], port, who)
		}
	}
}

// A browser may try [::1] first for localhost, and must not meet another's page.
func TestAWebPortThatAnotherHasOnIPv6LoopbackIsSteppedOver(t *testing.T) {
	if !hasIPv6() {
		t.Skip("this machine has no [::1]")
	}
	base := tandemtest.FreeBase(t)
	l, err := net.Listen("tcp", fmt.Sprintf("[::1]:%d", base+1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, _, err := findPorts(Options{PortBase: base})
	if err != nil {
		t.Fatal(err)
	}
	if p.http == base+1 {
		t.Error("the page would be at a port of another program")
	}
}
