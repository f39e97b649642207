package network

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// Who has which address: the gateway is a container, which the world knows by
// another address that nobody has. It has one of IPv6 besides, which is its own; for a
// while a browser has no other one. The ways to browsers and phone are narrow, and say
// so to nobody; to the phone no INVITE goes in one piece.
//
//	browser 198.51.100.10, then 198.51.101.10 --\
//	phone   192.0.2.30 ------ [203.0.113.5 NAT] -- 10.77.0.2 gateway
//	browser 2001:db8:1::10 -- [2001:db8:1::1] ---- 2001:db8:2::2 gateway
const (
	public    = "203.0.113.5"
	browser   = "198.51.100.10"
	elsewhere = "198.51.101.10"
	phone     = "192.0.2.30"
	own       = "10.77.0.2"
	own6      = "2001:db8:2::2"
	browser6  = "2001:db8:1::10"
)

const rest = `
public_ip = "` + public + `"
user "1001" {
  password = "pw-1001"
}
user "1002" {
  password = "pw-1002"
}
user "1003" {
  password = "pw-1003"
}
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "20s")]
  }
}
`

// TestMain runs the tests again in a network namespace of their own.
func TestMain(m *testing.M) { peers.InNamespace(m, "nft, nsenter") }

// do runs lines of a shell.
func do(t *testing.T, lines string) {
	t.Helper()
	cmd := exec.Command("sh", "-e")
	cmd.Stdin = strings.NewReader(lines)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\nof %s", err, out, lines)
	}
}

// namespace makes one more, and returns the process that keeps it.
func namespace(t *testing.T) int {
	t.Helper()
	keeper := exec.Command("unshare", "--net", "sleep", "600")
	keeper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keeper.Process.Kill(); _ = keeper.Wait() })
	mine, _ := os.Readlink("/proc/self/ns/net")
	peers.Await(t, 20*time.Second, "a namespace", func() bool {
		theirs, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", keeper.Process.Pid))
		return theirs != "" && theirs != mine
	})
	return keeper.Process.Pid
}

// enter is the command that runs another one in a namespace.
func enter(pid int) []string { return []string{"nsenter", "-t", fmt.Sprint(pid), "-n"} }

// world lays the cables.
func world(t *testing.T, router, container, desk int) {
	t.Helper()
	do(t, strings.NewReplacer("ROUTER", fmt.Sprint(router), "CONTAINER", fmt.Sprint(container),
		"AT", strings.Join(enter(router), " "), "IN", strings.Join(enter(container), " "),
		"DESK", fmt.Sprint(desk), "THERE", strings.Join(enter(desk), " ")).Replace(`
ip link add w0 type veth peer name r0 netns ROUTER
ip link set w0 up
ip addr add `+browser+`/24 dev w0
AT ip link set lo up
AT ip link set r0 up
AT ip addr add 198.51.100.1/24 dev r0
AT ip addr add `+public+`/32 dev r0
AT ip link add r1 type veth peer name g0 netns CONTAINER
AT ip link set r1 up
AT ip addr add 10.77.0.1/24 dev r1
AT sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
AT ip link add r2 type veth peer name p0 netns DESK
AT ip link set r2 up
AT ip addr add 192.0.2.1/24 dev r2
THERE ip link set lo up
THERE ip link set p0 up
THERE ip addr add `+phone+`/24 dev p0
THERE ip route add default via 192.0.2.1
IN ip link set lo up
IN ip link set g0 up
IN ip addr add `+own+`/24 dev g0
IN ip route add default via 10.77.0.1
ip route add default via 198.51.100.1 src `+browser+`
AT ip addr add 2001:db8:1::1/64 dev r0 nodad
AT ip addr add 2001:db8:2::1/64 dev r1 nodad
AT sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
IN ip addr add `+own6+`/64 dev g0 nodad
IN ip route add default via 2001:db8:2::1
AT ip link set r0 mtu 1280
AT ip route add `+phone+`/32 dev r2 mtu lock 800
AT nft -f - <<'END'
table inet narrow {
  chain out {
    type filter hook output priority 0;
    icmp type destination-unreachable drop
    icmpv6 type packet-too-big drop
  }
  chain through {
    type filter hook forward priority 0;
    tcp flags syn tcp option maxseg size set 1220
  }
}
END
`))
}

// publish lets the world reach what a container publishes, and nothing else.
func (p *place) publish(t *testing.T, g *peers.Gateway, low, high int) {
	t.Helper()
	port := func(where string) string { return where[strings.LastIndexByte(where, ':')+1:] }
	do(t, strings.Join(enter(p.router), " ")+" nft -f - <<'END'\n"+fmt.Sprintf(`table ip nat {
  chain in {
    type nat hook prerouting priority -100;
    ip daddr %[1]s tcp dport { %[3]s, %[4]s, %[9]d, %[10]d } dnat to %[2]s
    ip daddr %[1]s udp dport { %[5]s, %[6]d, %[7]d-%[8]d, %[9]d } dnat to %[2]s
  }
  chain out {
    type nat hook postrouting priority 100;
    ip saddr %[2]s oifname { r0, r2 } snat to %[1]s
  }
}
table ip wall {
  chain through {
    type filter hook forward priority 0;
    ct state established,related accept
    ct status dnat accept
    oifname r1 drop
  }
}
`, public, own, port(g.HTTP), port(g.HTTPS), port(g.SIP), p.media, low, high, p.relay, p.secure)+"END\n")
}

// place is the gateway in its container, and who is around it.
type place struct {
	*peers.Gateway
	router, media int
	relay, secure int // ports of the relay: UDP and TCP, TLS
	desk          *peers.Baresip
	chrome        *peers.Chromium
}

// TestCallsThroughA1To1NAT: whoever calls knows the gateway by an address that it does
// not have.
func TestCallsThroughA1To1NAT(t *testing.T) {
	router, container, desktop := namespace(t), namespace(t), namespace(t)
	world(t, router, container, desktop)
	p := &place{router: router, relay: peers.FreePort(t), secure: peers.FreePort(t)}
	p.Gateway = peers.StartGatewayWith(t, peers.GatewayConfig{
		Phones: "0.0.0.0", Web: "[::]", Host: public, Under: enter(container), Rest: rest,
		Listen: fmt.Sprintf("  turn = [\"0.0.0.0:%[1]d/udp\", \"0.0.0.0:%[1]d/tcp\", \"0.0.0.0:%[2]d/tls\"]", p.relay, p.secure),
		Ports: func(g *peers.Gateway, media, low, high int) {
			p.media = media
			p.publish(t, g, low, high)
		},
	})
	p.chrome = peers.StartChromium(t, p.SPKI, peers.Microphone(t, sound.High()))
	p.desk = peers.StartBaresip(t, peers.BaresipConfig{User: "1003", Password: "pw-1003", Server: p.SIP, Address: phone, Under: enter(desktop), Melody: sound.Low()})
	t.Run("and hears each other, also from another network", p.moves)
	t.Run("Firefox by each way that there is", p.firefoxByEachWay)
	t.Run("on IPv6 alone", p.onIPv6)
	t.Run("the web phone notices that its address is gone", p.losesItsAddress)
}

// onIPv6: a browser that has no other address talks with a phone that has none of that.
func (p *place) onIPv6(t *testing.T) {
	do(t, `ip addr add `+browser6+`/64 dev w0 nodad
ip route add default via 2001:db8:1::1
ip addr del `+browser+`/24 dev w0
`)
	defer do(t, `ip addr del `+browser6+`/64 dev w0
ip addr add `+browser+`/24 dev w0
ip route add default via 198.51.100.1 src `+browser+`
`)
	p.desk.Forget()
	named := strings.NewReplacer(public, "["+own6+"]")
	web := p.chrome.Phone(t, named.Replace(p.SecurePage()), peers.WebPeerConfig{WS: named.Replace(p.WSS()), User: "1001", Password: "pw-1001", Domain: "127.0.0.1"})
	web.Call("sip:1003@127.0.0.1")
	web.Event("confirmed", 15*time.Second)
	peers.Listen(t, "the browser", web, sound.Low(), 0, 500*time.Millisecond)
	peers.Listen(t, "the phone", p.desk, sound.High(), 0, 500*time.Millisecond)
	ended := p.Said("ended")
	web.Hangup()
	p.Says(t, "ended", ended+1, 5*time.Second) // what baresip says comes when there is IPv4 again
}

// moves: browser and phone hear each other; in mid-call the browser comes into another
// network and restarts ICE.
func (p *place) moves(t *testing.T) {
	desk, router := p.desk, p.router
	web := p.chrome.Phone(t, p.SecurePage(), peers.WebPeerConfig{WS: p.WSS(), User: "1001", Password: "pw-1001", Domain: "127.0.0.1"})
	web.Call("sip:1003@127.0.0.1")
	web.Event("confirmed", 20*time.Second)
	peers.Listen(t, "the browser", web, sound.Low(), 0, time.Second)
	peers.Listen(t, "the phone", desk, sound.High(), 0, time.Second)
	for _, text := range web.Wire("remote", "INVITE") {
		if strings.Contains(text, "a=candidate") && !strings.Contains(text, public) {
			t.Errorf("the browser is not told of %s:\n%s", public, text)
		}
	}

	// The browser comes into another network, and what it sends from the one before
	// is lost: the call goes on from there.
	do(t, `ip addr add `+elsewhere+`/24 dev w0
`+strings.Join(enter(router), " ")+` ip addr add 198.51.101.1/24 dev r0
`+strings.Join(enter(router), " ")+` nft -f - <<'END'
table ip gone {
  chain before {
    type filter hook prerouting priority -300;
    ip saddr `+browser+` udp dport != 53 drop
    ip daddr `+browser+` udp sport != 53 drop
  }
}
END
`)
	spoken, heard, restarted := web.Recorded(), desk.Recorded(), time.Now()
	web.Do("peer.restartIce()")
	peers.Listen(t, "the browser elsewhere", web, sound.Low(), spoken, 1500*time.Millisecond)
	peers.Listen(t, "the phone after that", desk, sound.High(), heard, 1500*time.Millisecond)
	t.Logf("both heard %v after the restart", time.Since(restarted))

	web.Hangup()
	desk.Event("CALL_CLOSED", 20*time.Second)
	do(t, `ip addr del `+elsewhere+`/24 dev w0
`+strings.Join(enter(router), " ")+` nft delete table ip gone
`)
}
