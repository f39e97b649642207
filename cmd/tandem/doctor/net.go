package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
)

// cureOfPort is what is to be done about a port, by why it cannot be listened on.
func cureOfPort(why string) string {
	switch why {
	case portTaken:
		return "Stop what has it (`ss -lnpu`, `ss -lnpt`), or write another port."
	case portBarred:
		return "Run it as a service with CAP_NET_BIND_SERVICE, or write a port from 1024 on."
	case portNowhere:
		return "Write an address in `listen` that `ip address` shows, or none for all of them."
	}
	return "Write another port."
}

// ports tries whether what is listened on can be; the running gateway has it.
func (p *Patient) ports(ctx context.Context) []admin.DoctorCheck {
	if p.Gateway != nil {
		return one("ports", OK, "", "the gateway listens on %s", someOf(p.Gateway.Places()))
	}
	var all []admin.DoctorCheck
	for _, r := range (&Online{file: p.File, now: p.now}).ports(ctx) {
		c := fromOnline(r, "ports")
		if c.Status != OK {
			c.Cure = cureOfPort(r.Message)
		}
		all = append(all, c)
	}
	return all
}

// duplicates looks for other programs that listen on a port of the gateway's beside
// it, as SO_REUSEADDR and narrower addresses allow: they take packets away.
func (p *Patient) duplicates(context.Context) []admin.DoctorCheck {
	if p.Gateway == nil {
		return nil // ports has told it
	}
	var all []admin.DoctorCheck
	for _, l := range slices.Concat(p.File.Listen.SIP, p.File.Listen.Media, p.File.Listen.Web) {
		network := "tcp"
		if l.Transport == "udp" {
			network = "udp"
		}
		ip := l.IP
		if !ip.IsValid() {
			ip = netip.IPv6Unspecified()
		}
		if l.Port == 0 {
			continue
		}
		for _, other := range machine.OthersAt(network, netip.AddrPortFrom(ip, l.Port), p.pid()) {
			all = append(all, one("duplicate listeners", Fail, "Stop it, or give one of the two another port.",
				"%s listens on %s too, and takes what is meant for the gateway", other, l)...)
		}
	}
	if len(all) == 0 {
		return one("duplicate listeners", OK, "", "no other program listens on the gateway's ports")
	}
	return all
}

// Bounds of the test of the range of RTP.
const (
	loopWait   = 300 * time.Millisecond // for a datagram within the machine
	loopTries  = 3
	loopAround = 40 // ports that are tried beside one that is taken
	fewPorts   = 100
)

// rtpRange sends datagrams to some ports of the range from this machine itself: a
// firewall of its own that bars them is found, one that stands before it is not.
func (p *Patient) rtpRange(ctx context.Context) []admin.DoctorCheck {
	rtp := p.File.Listen.RTP
	if n := (int(rtp.Max) - int(rtp.Min) + 1) / 2; n < fewPorts/2 {
		return append(p.loops(ctx), one("rtp range", Warn, "Widen listen.rtp, and open the ports in firewalls.",
			"%d-%d is enough for %d telephones at one time", rtp.Min, rtp.Max, n)...)
	}
	return p.loops(ctx)
}

func (p *Patient) loops(ctx context.Context) []admin.DoctorCheck {
	rtp := p.File.Listen.RTP
	at := rtp.IP
	if !at.IsValid() || at.IsUnspecified() {
		own := machine.Addrs()
		if len(own) == 0 {
			return nil
		}
		at = own[len(own)-1] // not loopback, where there is another
	}
	ports := []uint16{rtp.Min, rtp.Min + (rtp.Max-rtp.Min)/2, rtp.Max}
	barred := make([]bool, len(ports))
	var wg sync.WaitGroup
	for i, port := range ports {
		wg.Go(func() { barred[i] = barredPort(ctx, at, port, rtp) })
	}
	wg.Wait()
	var closed []string
	for i, port := range ports {
		if barred[i] {
			closed = append(closed, strconv.Itoa(int(port)))
		}
	}
	if len(closed) > 0 {
		return one("rtp range", Fail, fmt.Sprintf("Let UDP %d-%d in: `nft list ruleset` or `iptables -L -n` show what bars it.", rtp.Min, rtp.Max),
			"datagrams to %s at UDP port %s do not come through, not even from this machine: its firewall drops the sound of telephones", at, strings.Join(closed, ", "))
	}
	return one("rtp range", OK, "", "UDP %d-%d is open on this machine; whether firewalls before it let it in shows in calls", rtp.Min, rtp.Max)
}

// barredPort says whether a datagram from this machine to a port does not come in.
func barredPort(ctx context.Context, at netip.Addr, port uint16, rtp config.RTPRange) bool {
	var to *net.UDPConn
	for d := uint16(0); d < loopAround && to == nil; d++ { // calls have some
		for _, q := range []uint16{port + d, port - d} {
			if to == nil && q >= rtp.Min && q <= rtp.Max {
				to, _ = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, q)))
			}
		}
	}
	if to == nil {
		return false
	}
	defer func() { _ = to.Close() }()
	from, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, 0)), to.LocalAddr().(*net.UDPAddr))
	if err != nil {
		return false
	}
	defer func() { _ = from.Close() }()
	for range loopTries {
		if _, err := from.Write([]byte("tandem doctor")); err != nil && ctx.Err() != nil {
			return false
		}
		_ = to.SetReadDeadline(time.Now().Add(loopWait))
		if _, err := to.Read(make([]byte, 64)); err == nil {
			return false
		}
	}
	return ctx.Err() == nil
}

// trunks are how the running gateway gets on with carriers and PBXs.
func (p *Patient) trunks(context.Context) []admin.DoctorCheck {
	var all []admin.DoctorCheck
	for _, t := range p.Gateway.Trunks() {
		name := "trunk " + t.Name
		switch t.State {
		case "registered", "reachable", "unchecked", "off":
			all = append(all, one(name, OK, "", "%s", t.State)...)
		case "trying":
			all = append(all, one(name, Warn, "Ask again in a moment.", "it is being registered or asked; %s", lastError(t.LastError))...)
		default:
			all = append(all, one(name, Fail, trunkCure(t.LastError), "%s since %s: %s", t.State, t.Since.Local().Format(time.DateTime), lastError(t.LastError))...)
		}
	}
	return all
}

func lastError(text string) string {
	if text == "" {
		return "nothing is known of why"
	}
	return text
}

// trunkCure is what helps against the last error of a trunk.
func trunkCure(text string) string {
	lower := strings.ToLower(text)
	for _, c := range []struct{ part, cure string }{
		{"401", "Correct username and password of the trunk; look at the clock of this machine."},
		{"407", "Correct username and password of the trunk; look at the clock of this machine."},
		{"403", "The carrier forbids it: correct the account and its password, and ask which address of ours it allows and whether the account is open."},
		{"404", "The carrier does not know the account: correct username and domain."},
		{"certificate", "Its certificate is not accepted: let its owner renew it, look at the clock of this machine, name its authority by `ca`."},
		{"x509", "Its certificate is not accepted: let its owner renew it, look at the clock of this machine, name its authority by `ca`."},
		{"dns", "Correct the host of the trunk, or mend the DNS: `tandem check --online`."},
		{"refused", "Nobody listens there: correct host, port and transport."},
		{"timeout", "Nobody answers: correct host, port and transport, and let SIP through firewalls."},
		{"answer", "Nobody answers: correct host, port and transport, and let SIP through firewalls."},
	} {
		if strings.Contains(lower, c.part) {
			return c.cure
		}
	}
	return "`tandem check --online` asks it anew; the trace of REGISTER shows its answers."
}

// recentCalls is how many calls are looked back on.
const recentCalls = 50

// recent counts the faults of the last calls that are the network's or ours.
func (p *Patient) recent(context.Context) []admin.DoctorCheck {
	cases := p.Gateway.Recent(recentCalls)
	own := machine.Addrs()
	times := map[verdict.Fault]int{}
	var order []verdict.Verdict
	for i := range cases {
		v := verdict.Judge(cases[i].Evidence(p.now(), nil, own))
		switch v.Fault {
		case "", verdict.FaultHold, verdict.FaultSilence, verdict.FaultOffline, verdict.FaultRoute:
			continue
		}
		if times[v.Fault]++; times[v.Fault] == 1 {
			order = append(order, v)
		}
	}
	var all []admin.DoctorCheck
	for _, v := range order {
		all = append(all, one("recent calls", Warn, v.Cure, "%d of the last %s: %s (`tandem why %s`)", times[v.Fault], wording.Count(len(cases), "call"), v.Sentence, v.Call)...)
	}
	if len(all) == 0 {
		return one("recent calls", OK, "", "no fault in the last %s", wording.Count(len(cases), "call"))
	}
	return all
}
