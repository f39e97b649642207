package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"golang.org/x/sys/unix"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/test/peers"
)

// The gateway's addresses, one after the other, and the carrier's, for UDP and for TCP.
const (
	carrierAddr = "192.0.2.200"
	carrierTCP  = "192.0.2.201"
	firstAddr   = "192.0.2.1"
	secondAddr  = "192.0.2.77"
	publicAddr  = "203.0.113.9" // by which others know it in the end
)

// carrier is a registrar in a namespace of its own, which calls over its trunk.
type carrier struct {
	*flow.UDPSocket
	parser  *sipmsg.Parser
	answers chan *sip.Response
	offers  chan *sip.Request // re-INVITEs

	mu   sync.Mutex
	last map[flow.Kind]*sip.Request // REGISTER; guarded by mu
	tcp  *flow.Flow                 // by which one came last; guarded by mu
}

// Message implements flow.Handler.
func (c *carrier) Message(f *flow.Flow, raw []byte) {
	m, err := c.parser.Parse(raw)
	if err != nil {
		return
	}
	switch m := m.(type) {
	case *sip.Request:
		m.SetSource(f.Remote().String())
		res := sipmsg.Respond(m, 200, "", sipmsg.Tag())
		if m.Method == sip.REGISTER {
			if all := sipmsg.Contacts(m); len(all) > 0 {
				res.AppendHeader(sip.NewHeader("Contact", "<"+all[0].Address.String()+">;expires=3600"))
			}
			c.mu.Lock()
			if c.last[f.Kind()] = m; f.Kind() == flow.TCP {
				c.tcp = f
			}
			c.mu.Unlock()
		}
		if m.Method == sip.ACK {
			return
		}
		if m.Method == sip.INVITE {
			contact := "<sip:100@" + carrierAddr + ">"
			if f.Kind() == flow.TCP {
				contact = "<sip:100@" + carrierTCP + ";transport=tcp>"
			}
			res.AppendHeader(sip.NewHeader("Contact", contact))
			res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
			res.SetBody([]byte(described(2)))
			c.offers <- m
		}
		_ = f.Send(sipmsg.Bytes(res))
	case *sip.Response:
		if m.StatusCode >= 200 {
			c.answers <- m
		}
	}
}

// Closed implements flow.Handler.
func (c *carrier) Closed(*flow.Flow) {}

// registered is the last REGISTER over a transport; nil before.
func (c *carrier) registered(over flow.Kind) *sip.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last[over]
}

// openCarrier opens one in the namespace of a process.
func openCarrier(t *testing.T, keeper int) *carrier {
	t.Helper()
	c := &carrier{parser: sipmsg.NewParser(), answers: make(chan *sip.Response, 100), offers: make(chan *sip.Request, 100), last: map[flow.Kind]*sip.Request{}}
	var err error
	var tcp *flow.StreamSocket
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		runtime.LockOSThread() // and the thread ends with this goroutine
		var ns *os.File
		if ns, err = os.Open(fmt.Sprintf("/proc/%d/ns/net", keeper)); err != nil {
			return
		}
		defer ns.Close()
		if err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err == nil {
			c.UDPSocket, err = flow.ListenUDP(flow.UDPConfig{Listen: netip.MustParseAddrPort(carrierAddr + ":5060")}, c)
		}
		if err == nil {
			tcp, err = flow.ListenStream(flow.StreamConfig{Listen: netip.MustParseAddrPort(carrierTCP + ":5060")}, c)
		}
	}()
	if <-opened; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = c.Run(ctx) })
	running.Go(func() { _ = tcp.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return c
}

// described is the carrier's description in one of its versions.
func described(version int) string {
	return fmt.Sprintf("v=0\r\no=- 1 %[1]d IN IP4 %[2]s\r\ns=-\r\nc=IN IP4 %[2]s\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", version, carrierAddr)
}

// learns waits until the calls with these numbers were told an address of the gateway's.
func (c *carrier) learns(t *testing.T, addr string, ids ...int) {
	t.Helper()
	waiting := map[string]bool{}
	for _, id := range ids {
		waiting[fmt.Sprint("call", id)] = true
	}
	for late := time.After(20 * time.Second); len(waiting) > 0; {
		select {
		case re := <-c.offers:
			if re.Contact().Address.Host != addr || re.Via().Host != addr || !strings.Contains(string(re.Body()), "c=IN IP4 "+addr) {
				t.Errorf("where %s is our address a call is told\n%s", addr, re)
			}
			delete(waiting, re.CallID().Value())
		case <-late:
			t.Fatalf("nobody has told %v of %s", waiting, addr)
		}
	}
}

// calls the gateway at an address, over UDP or the connection that it has opened, and
// returns its answer.
func (c *carrier) calls(t *testing.T, gateway string, over flow.Kind, id int) *sip.Response {
	t.Helper()
	c.mu.Lock()
	own, f := carrierTCP, c.tcp
	c.mu.Unlock()
	if over == flow.UDP {
		own, f = carrierAddr, c.Flow(netip.MustParseAddrPort(gateway))
	}
	send := func(method, to, fields, body string) {
		t.Helper()
		m := fmt.Sprintf("%[1]s sip:600@%[2]s SIP/2.0\r\nVia: SIP/2.0/%[3]s %[4]s:5060;branch=z9hG4bK%[1]s%[5]d;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:100@%[4]s>;tag=a%[5]d\r\nTo: %[6]s\r\nCall-ID: call%[5]d\r\nCSeq: 1 %[1]s\r\n%[7]sContent-Length: %[8]d\r\n\r\n%[9]s",
			method, gateway, strings.ToUpper(over.String()), own, id, to, fields, len(body), body)
		if err := f.Send([]byte(m)); err != nil {
			t.Fatal(err)
		}
	}
	fields := "Contact: <sip:100@" + own + ";transport=" + over.String() + ">\r\nContent-Type: application/sdp\r\n"
	send("INVITE", "<sip:600@"+gateway+">", fields, described(1))
	late := time.After(20 * time.Second)
	for {
		select {
		case res := <-c.answers:
			if res.CallID().Value() == fmt.Sprint("call", id) { // and not one of before, once more
				send("ACK", res.To().Value(), "", "")
				return res
			}
		case <-late:
			t.Fatal("the call is not answered")
			return nil
		}
	}
}

// TestAGatewayWhoseAddressChanges: an interface loses its address, and gets another one
// seconds later. The carrier knows it soon, calls lead there, and those that are up follow. So it is with a public
// address that the file names.
func TestAGatewayWhoseAddressChanges(t *testing.T) {
	elsewhere := namespace(t)
	do(t, strings.NewReplacer("PID", fmt.Sprint(elsewhere), "AT", strings.Join(enter(elsewhere), " ")).Replace(`
ip link add g1 type veth peer name c1 netns PID
ip link set g1 up
ip addr add `+firstAddr+`/24 dev g1
AT ip link set lo up
AT ip link set c1 up
AT ip addr add `+carrierAddr+`/24 dev c1
AT ip addr add `+carrierTCP+`/24 dev c1
`))
	c := openCarrier(t, elsewhere)
	g := peers.StartGatewayWith(t, peers.GatewayConfig{Phones: "0.0.0.0", Rest: `
user "1001" { password = "pw-1001" }
trunk "alpha" {
  host     = "` + carrierAddr + `"
  register = { user = "acme", password = "secret-of-acme" }
}
trunk "beta" {
  host     = "` + carrierTCP + `;transport=tcp"
  register = { user = "acme2", password = "secret-of-acme" }
  options  = "5s"
}
from "trunks" { calls = { "." = [answer(), echo()] } }
`})
	port, err := strconv.Atoi(g.SIP[strings.LastIndexByte(g.SIP, ':')+1:])
	if err != nil {
		t.Fatal(err)
	}
	knows := func(addr string, over flow.Kind) func() bool {
		return func() bool {
			r := c.registered(over)
			if r == nil {
				return false
			}
			at := sipmsg.Contacts(r)[0].Address
			return at.Host == addr && at.Port == port && r.Via().Host == addr
		}
	}
	for _, over := range []flow.Kind{flow.UDP, flow.TCP} {
		peers.Await(t, 20*time.Second, "the first registration over "+over.String(), knows(firstAddr, over))
	}
	talks := func(addr, named string, over flow.Kind, id int) {
		t.Helper()
		res := c.calls(t, netip.AddrPortFrom(netip.MustParseAddr(addr), uint16(port)).String(), over, id)
		if res.StatusCode != 200 || res.Contact() == nil || res.Contact().Address.Host != named || !strings.Contains(string(res.Body()), "c=IN IP4 "+named) {
			t.Errorf("at %s the answer is\n%s", addr, res)
		}
	}
	talks(firstAddr, firstAddr, flow.UDP, 1)
	talks(firstAddr, firstAddr, flow.TCP, 4)
	do(t, `ip addr del `+firstAddr+`/24 dev g1`)
	peers.Pause(3 * time.Second)
	do(t, `ip addr add `+secondAddr+`/32 dev g1
ip route add `+carrierAddr+` dev g1
ip route add `+carrierTCP+` dev g1
`)
	changed := time.Now()
	registers := func(addr, before string) {
		t.Helper()
		for _, over := range []flow.Kind{flow.UDP, flow.TCP} {
			peers.Await(t, 30*time.Second, "the registration from "+addr+" over "+over.String(), knows(addr, over))
			t.Logf("registered from %s over %s %v after it", addr, over, time.Since(changed))
			all := sipmsg.Contacts(c.registered(over))
			if len(all) != 2 || all[1].Address.Host != before {
				t.Errorf("the Contacts are %v", all)
			} else if e, _ := sipmsg.Param(all[1].Params, "expires"); e != "0" {
				t.Errorf("%s is bound for %q s", before, e)
			}
		}
	}
	registers(secondAddr, firstAddr)
	c.learns(t, secondAddr, 1, 4)
	talks(secondAddr, secondAddr, flow.UDP, 2)

	file, err := os.OpenFile(filepath.Join(filepath.Dir(g.State), "tandem.hcl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString("public_ip = \"" + publicAddr + "\"\n")
	if err = errors.Join(err, file.Close(), syscall.Kill(g.PID, syscall.SIGHUP)); err != nil {
		t.Fatal(err)
	}
	changed = time.Now()
	registers(publicAddr, secondAddr)
	c.learns(t, publicAddr, 1, 2, 4)
	talks(secondAddr, publicAddr, flow.UDP, 3)
}
