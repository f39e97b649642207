package doctor

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
)

// Limits of the clock.
const (
	skewWarned = 5 * time.Second
	skewFailed = time.Minute
)

// online asks the DNS and each trunk.
func (p *Patient) online(ctx context.Context) []admin.DoctorCheck {
	o := &Online{file: p.File, own: machine.Addrs(), now: p.now, locator: locate.New(locate.Config{}), running: p.Gateway != nil}
	defer o.locator.Close()
	parts := []func() []admin.DoctorCheck{func() []admin.DoctorCheck { return asChecks(o.domain(ctx), "dns") }}
	for _, t := range p.File.Trunks[:min(len(p.File.Trunks), onlineParallel)] {
		parts = append(parts, func() []admin.DoctorCheck { return p.probe(ctx, o, t) })
	}
	results := make([][]admin.DoctorCheck, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		wg.Go(func() { results[i] = part() })
	}
	wg.Wait()
	return slices.Concat(results...)
}

func asChecks(all []Result, name string) []admin.DoctorCheck {
	var checks []admin.DoctorCheck
	for _, r := range all {
		checks = append(checks, fromOnline(r, name))
	}
	return checks
}

// probe asks a trunk and reads in its answer what it sees of us.
func (p *Patient) probe(ctx context.Context, o *Online, t config.Trunk) []admin.DoctorCheck {
	all := asChecks(o.trunk(ctx, t), "trunk "+t.Name)
	if t.Options == config.Off || t.Transport == "tls" {
		return all
	}
	targets, err := o.locator.Find(ctx, trunkQuery(t))
	if err != nil || len(targets) == 0 || targets[0].Kind == flow.TLS {
		return all
	}
	network := "tcp"
	if targets[0].Kind == flow.UDP {
		network = "udp"
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, targets[0].Addr.String())
	if err != nil {
		return all
	}
	defer func() { _ = conn.Close() }()
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	request := optionsRequest(conn.LocalAddr().String(), targets[0], p.File.Domain)
	answer, err := exchangeOptions(conn, targets[0], request)
	if err != nil {
		return all
	}
	return append(all, p.read(t.Name, request, answer)...)
}

// read compares an answer with what was asked: what a server must give back unchanged
// (RFC 3261 §8.2.6.2), what it adds to the Via (RFC 3581 §4), and its clock.
func (p *Patient) read(trunk, request, answer string) []admin.DoctorCheck {
	var all []admin.DoctorCheck
	if date, err := http.ParseTime(header(answer, "date")); err == nil {
		all = append(all, p.skew(trunk, date)...)
	}
	for _, name := range []string{"via", "call-id", "from"} {
		sent, back := header(request, name), header(answer, name)
		if name == "via" {
			sent, back = viaCore(sent), viaCore(back)
		}
		if back != "" && !strings.EqualFold(sent, back) {
			all = append(all, one("sip alg", Fail, "Switch off SIP ALG (\"SIP helper\", \"VoIP passthrough\") in the router on the way to it, or use TLS.",
				"what was sent to trunk %s comes back changed: %s was %q and is %q", trunk, name, wording.Shortened(sent, 80), wording.Shortened(back, 80))...)
			break
		}
	}
	if len(all) == 0 || all[len(all)-1].Name != "sip alg" {
		all = append(all, one("sip alg", OK, "", "nothing on the way to trunk %s writes into SIP, as far as it comes back", trunk)...)
	}
	return append(all, p.seen(trunk, viaParam(header(answer, "via"), "received"))...)
}

// skew compares clocks. Where something keeps ours right it is the trunk that has a
// problem, which harms nothing but its own records.
func (p *Patient) skew(trunk string, theirs time.Time) []admin.DoctorCheck {
	off := p.now().Sub(theirs).Round(time.Second)
	if off.Abs() <= skewWarned {
		return one("clock skew", OK, "", "ours and that of trunk %s agree", trunk)
	}
	way := "ahead of"
	if off < 0 {
		way = "behind"
	}
	if p.kept != nil && p.kept() {
		return one("clock skew", Warn, "Tell whoever runs it: the system keeps our clock right.", "the clock of trunk %s is wrong, ours is %s %s it", trunk, off.Abs(), way)
	}
	status := Warn
	if off.Abs() > skewFailed {
		status = Fail
	}
	return one("clock skew", status, "timedatectl set-ntp true; where ours is right, theirs is not.", "our clock is %s %s that of trunk %s", off.Abs(), way, trunk)
}

// seen compares the address that a trunk sees with the one that we announce.
func (p *Patient) seen(trunk, received string) []admin.DoctorCheck {
	a, err := netip.ParseAddr(strings.Trim(received, "[]"))
	if err != nil || machine.IsInside(a) {
		return nil
	}
	a = a.Unmap()
	cure := `Write public_ip = "` + a.String() + `".`
	switch {
	case slices.Contains(p.File.PublicIP.Addrs, a), len(p.File.PublicIP.Addrs) == 0 && slices.Contains(machine.Addrs(), a):
		return one("public address", OK, "", "trunk %s sees us at %s, as we say", trunk, a)
	case len(p.File.PublicIP.Addrs) > 0:
		return one("public address", Fail, cure, "trunk %s sees us at %s, and public_ip says %s: sound is sent to the wrong address", trunk, a, addressList(p.File.PublicIP.Addrs))
	}
	return one("public address", Fail, cure, "we are behind a NAT: trunk %s sees us at %s, and no public_ip is written", trunk, a)
}

// header is the first value of a header field of a message; its short name counts too.
func header(message, name string) string {
	short := map[string]string{"via": "v", "call-id": "i", "from": "f"}[name]
	for line := range strings.Lines(message) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		n, value, _ := strings.Cut(line, ":")
		if n = strings.ToLower(strings.TrimSpace(n)); n == name || n == short && short != "" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// viaCore is a Via without what servers add or leave out on the way back: its
// transport, sent-by and branch.
func viaCore(via string) string {
	first, rest, _ := strings.Cut(via, ";")
	protocol, by, _ := strings.Cut(strings.Join(strings.Fields(first), " "), " ")
	return protocol + " " + by + ";branch=" + viaParam(";"+rest, "branch")
}

func viaParam(via, name string) string {
	for p := range strings.SplitSeq(via, ";") {
		if k, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(k, name) {
			v, _, _ = strings.Cut(v, ",")
			return strings.TrimSpace(v)
		}
	}
	return ""
}
