package doctor

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
)

// outside says whether a listener can be reached from elsewhere.
func outside(l config.Listener) bool { return !l.IP.IsValid() || !l.IP.IsLoopback() }

// securePage looks whether browsers give the phone's page a microphone: they do over
// https, and on localhost.
func (p *Patient) securePage(context.Context) []admin.DoctorCheck {
	https, plain := false, ""
	for _, l := range p.File.Listen.Web {
		switch {
		case l.Transport == "https":
			https = true
		case outside(l):
			plain = l.String()
		}
	}
	switch {
	case len(p.File.Listen.Web) == 0:
		return one("secure page", OK, "", "no page is served")
	case https:
		return one("secure page", OK, "", "the phone is served over https, where browsers give it the microphone")
	case plain != "":
		return one("secure page", Fail, `Add an https listener to listen.web, or put a proxy with a certificate before it.`,
			"the phone is served over http on %s only: browsers give it no microphone there, but on localhost", plain)
	}
	return one("secure page", OK, "", "the phone is served on localhost")
}

// passwords looks for those that scanners try first. It names users, never passwords.
func (p *Patient) passwords(context.Context) []admin.DoctorCheck {
	var weak []string
	for _, u := range p.File.Users {
		if u.Password != "" && config.Guessable(u.Name, string(u.Password)) {
			weak = append(weak, u.Name)
		}
	}
	if len(weak) == 0 {
		return one("passwords", OK, "", "none of %s is short or the name of its user", wording.Count(len(p.File.Users), "user"))
	}
	return one("passwords", Warn, "Give them 12 characters or more, such as of `openssl rand -base64 12`.",
		"easily guessed: %s", someOf(weak))
}

// someOf lists the first few.
func someOf(all []string) string {
	const shown = 5
	text := strings.Join(all[:min(len(all), shown)], ", ")
	if more := len(all) - shown; more > 0 {
		text += " and " + wording.Count(more, "more")
	}
	return text
}

// openness looks whether strangers may do more than is wise.
func (p *Patient) openness(context.Context) []admin.DoctorCheck {
	var open bool
	for _, l := range slices.Concat(p.File.Listen.SIP, p.File.Listen.Web) {
		open = open || outside(l)
	}
	if !open {
		return one("open to all", OK, "", "only this machine reaches it")
	}
	var all []admin.DoctorCheck
	if p.File.Registrar.Open {
		all = append(all, one("open to all", Warn, "Give every user a password and take `open` out of registrar.",
			"users without a password register from everywhere")...)
	}
	if p.File.Limits.Ban < 0 {
		all = append(all, one("open to all", Warn, "Take ban = \"off\" out of limits.", "who guesses passwords is never banned")...)
	}
	for _, t := range p.File.Trunks {
		for _, prefix := range t.Allow {
			if prefix.Bits() < 16 && !prefix.Addr().IsPrivate() {
				all = append(all, one("open to all", Warn, "Write the addresses that the carrier names.",
					"trunk %s takes calls without a password from all of %s", t.Name, prefix)...)
			}
		}
	}
	if len(all) == 0 {
		return one("open to all", OK, "", "strangers need a password, and who guesses is banned")
	}
	return all
}

// addresses compares public_ip with what the machine has.
func (p *Patient) addresses(ctx context.Context) []admin.DoctorCheck {
	o := &Online{file: p.File, own: machine.Addrs(), now: p.now}
	var all []admin.DoctorCheck
	for _, r := range o.addresses(ctx) {
		all = append(all, fromOnline(r, "public address"))
	}
	for _, a := range p.File.PublicIP.Addrs {
		if others := publicOf(o.own); !machine.IsInside(a) && len(others) > 0 && !slices.Contains(o.own, a) {
			all = append(all, one("public address", Warn, "Take public_ip out where there is no NAT, or write that address.",
				"public_ip says %s, and this machine itself has the public address %s", a, addressList(others))...)
		}
	}
	return all
}

// publicOf are the addresses of a machine that everybody can reach.
func publicOf(own []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(own), func(a netip.Addr) bool { return machine.IsInside(a) || !a.IsGlobalUnicast() })
}

// fromOnline is a result of check --online as doctor says it.
func fromOnline(r Result, name string) admin.DoctorCheck {
	c := admin.DoctorCheck{Name: name, Status: OK, Text: r.Message, Cure: r.Hint}
	if !strings.HasPrefix(r.What, name) && r.What != "public_ip" && name != r.What {
		c.Text = r.What + ": " + r.Message
	}
	switch r.Severity {
	case "warning":
		c.Status = Warn
	case "error":
		c.Status = Fail
	}
	if c.Status != OK && c.Cure == "" {
		c.Cure = "`tandem check --online` says more."
	}
	return c
}
