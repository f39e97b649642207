package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/locate"
)

// Bounds of check --online.
const (
	onlineTime     = 10 * time.Second // for everything
	onlineOne      = 4 * time.Second  // for one trunk
	onlineParallel = 16
)

// Result is what the network says of one thing.
type Result struct {
	Severity string `json:"severity"` // ok, warning, error
	What     string `json:"what"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// String gives for example "ok       trunk alpha: 203.0.113.7:5060/udp answers OPTIONS with 200".
func (r Result) String() string {
	line := fmt.Sprintf("%-8s %s: %s", r.Severity, r.What, r.Message)
	if r.Hint != "" {
		line += "\n         hint: " + r.Hint
	}
	return wording.PrintableLines(line)
}

// Online asks the network about a configuration.
type Online struct {
	file    *config.File
	locator *locate.Locator
	own     []netip.Addr // of this machine
	running bool         // the gateway runs and has its ports
	now     func() time.Time
}

// NewOnline makes what asks the network about a configuration; getenv says where the gateway
// of it would be.
func NewOnline(getenv func(string) string, file *config.File) *Online {
	o := &Online{file: file, own: machine.Addrs(), now: time.Now, locator: locate.New(locate.Config{})}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if state, err := machine.StateOf(file, getenv); err == nil {
		if c, err := (&net.Dialer{}).DialContext(ctx, "unix", machine.ControlSocket(file, state)); err == nil {
			o.running = true
			_ = c.Close()
		}
	}
	return o
}

// Check asks about everything at once, within onlineTime, and ends with no socket open.
func (o *Online) Check(ctx context.Context) []Result {
	defer o.locator.Close()
	ctx, cancel := context.WithTimeout(ctx, onlineTime)
	defer cancel()
	parts := []func(context.Context) []Result{o.ports, o.addresses, o.domain, o.certificate}
	for _, t := range o.file.Trunks {
		parts = append(parts, func(ctx context.Context) []Result { return o.trunk(ctx, t) })
	}
	results := make([][]Result, len(parts))
	slots := make(chan struct{}, onlineParallel)
	var wg sync.WaitGroup
	for i, part := range parts {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = part(ctx)
		})
	}
	wg.Wait()
	return slices.Concat(results...)
}

// said is one result.
func said(severity, what, hint, format string, args ...any) []Result {
	return []Result{{severity, what, fmt.Sprintf(format, args...), hint}}
}

// ports tries whether what is listened on can be.
func (o *Online) ports(ctx context.Context) []Result {
	if o.running {
		return said("ok", "ports", "", "the gateway runs and has them")
	}
	var all []Result
	listen := o.file.Listen
	tried := 0
	for _, l := range slices.Concat(listen.SIP, listen.Web, listen.Media, listen.TURN) {
		network := "tcp"
		if l.Transport == "udp" {
			network = "udp"
		}
		tried++
		if why := cannotBind(ctx, network, l.HostPort()); why != "" {
			all = append(all, Result{Severity: "error", What: "port " + l.String(), Message: why})
		}
	}
	for _, port := range []uint16{listen.RTP.Min, listen.RTP.Min + (listen.RTP.Max-listen.RTP.Min)/2, listen.RTP.Max} {
		l := config.Listener{IP: listen.RTP.IP, Port: port, Transport: "udp"}
		tried++
		switch why := cannotBind(ctx, "udp", l.HostPort()); why {
		case "":
		case portNowhere: // what is true of one is true of all, and the gateway does not start
			return append(all, Result{Severity: "error", What: "RTP port " + l.String(), Message: why})
		default:
			all = append(all, Result{Severity: "warning", What: "RTP port " + l.String(), Message: why})
		}
	}
	if len(all) == 0 {
		return said("ok", "ports", "", "%d tried, all are free", tried)
	}
	return all
}

// Why a port cannot be listened on.
const (
	portTaken   = "another program has it"
	portBarred  = "ports below 1024 are for root, or a service with CAP_NET_BIND_SERVICE"
	portNowhere = "this machine has no such address"
	portElse    = "it cannot be listened on"
)

// cannotBind says why an address cannot be listened on.
func cannotBind(ctx context.Context, network, address string) string {
	var c interface{ Close() error }
	var err error
	lc := net.ListenConfig{}
	if network == "udp" {
		c, err = lc.ListenPacket(ctx, network, address)
	} else {
		c, err = lc.Listen(ctx, network, address)
	}
	switch {
	case err == nil:
		_ = c.Close()
		return ""
	case errors.Is(err, syscall.EADDRINUSE):
		return portTaken
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return portBarred
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return portNowhere
	}
	return portElse
}

// addresses compares public_ip with what the machine has.
func (o *Online) addresses(context.Context) []Result {
	public := func(a netip.Addr) bool { return a.IsGlobalUnicast() && !a.IsPrivate() }
	if o.file.PublicIP.Auto {
		if len(o.file.Trunks) > 0 && !slices.ContainsFunc(o.own, public) {
			return said("warning", "public_ip", `Behind a NAT write public_ip = "203.0.113.5", the address that others see.`,
				"this machine has private addresses only: who is elsewhere cannot send media to them")
		}
		return said("ok", "public_ip", "", "%s", addressList(o.own))
	}
	var all []Result
	for _, a := range o.file.PublicIP.Addrs {
		switch {
		case slices.Contains(o.own, a):
			all = append(all, said("ok", "public_ip", "", "%s is of this machine", a)...)
		default:
			all = append(all, said("ok", "public_ip", "", "%s is not of this machine: whatever has it must pass the ports on", a)...)
		}
	}
	return all
}

func addressList(all []netip.Addr) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
	}
	return strings.Join(words, ", ")
}

// domain looks where telephones come that are given only the domain.
func (o *Online) domain(ctx context.Context) []Result {
	ctx, cancel := context.WithTimeout(ctx, onlineOne)
	defer cancel()
	what := "domain " + o.file.Domain
	targets, err := o.locator.Find(ctx, locate.Query{Host: o.file.Domain})
	if err != nil {
		return said("warning", what, "Telephones then want the address of this machine as their proxy or registrar.", "%s", dnsWords(err))
	}
	ours := append(slices.Clone(o.own), o.file.PublicIP.Addrs...)
	var elsewhere []netip.Addr
	for _, t := range targets {
		if slices.Contains(ours, t.Addr.Addr().Unmap()) {
			return said("ok", what, "", "leads to %s", t.Addr)
		}
		if a := t.Addr.Addr().Unmap(); !slices.Contains(elsewhere, a) {
			elsewhere = append(elsewhere, a)
		}
	}
	return said("warning", what, "Write public_ip where that address is passed on to this machine, or mend the DNS.",
		"leads to %s, which is neither of this machine nor public_ip", addressList(elsewhere))
}

// dnsWords says in words what the DNS did not give.
func dnsWords(err error) string {
	switch {
	case errors.Is(err, locate.ErrNotFound):
		return "the DNS does not know it"
	case errors.Is(err, locate.ErrName):
		return "this is no name that the DNS is asked for"
	case errors.Is(err, locate.ErrTransport):
		return "the DNS names no transport for it that can be used"
	}
	return "no answer from the DNS"
}
