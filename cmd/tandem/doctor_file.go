package main

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
)

// outside says whether a listener can be reached from elsewhere.
func outside(l config.Listener) bool { return !l.IP.IsValid() || !l.IP.IsLoopback() }

// securePage looks whether browsers give the phone's page a microphone: they do over
// https, and on localhost.
func (p *patient) securePage(context.Context) []admin.DoctorCheck {
	https, plain := false, ""
	for _, l := range p.file.Listen.Web {
		switch {
		case l.Transport == "https":
			https = true
		case outside(l):
			plain = l.String()
		}
	}
	switch {
	case len(p.file.Listen.Web) == 0:
		return one("secure page", checkOK, "", "no page is served")
	case https:
		return one("secure page", checkOK, "", "the phone is served over https, where browsers give it the microphone")
	case plain != "":
		return one("secure page", checkFail, `Add an https listener to listen.web, or put a proxy with a certificate before it.`,
			"the phone is served over http on %s only: browsers give it no microphone there, but on localhost", plain)
	}
	return one("secure page", checkOK, "", "the phone is served on localhost")
}

// passwords looks for those that scanners try first. It names users, never passwords.
func (p *patient) passwords(context.Context) []admin.DoctorCheck {
	var weak []string
	for _, u := range p.file.Users {
		if u.Password != "" && config.Guessable(u.Name, string(u.Password)) {
			weak = append(weak, u.Name)
		}
	}
	if len(weak) == 0 {
		return one("passwords", checkOK, "", "none of %s is short or the name of its user", count(len(p.file.Users), "user"))
	}
	return one("passwords", checkWarn, "Give them 12 characters or more, such as of `openssl rand -base64 12`.",
		"easily guessed: %s", someOf(weak))
}

// someOf lists the first few.
func someOf(all []string) string {
	const shown = 5
	text := strings.Join(all[:min(len(all), shown)], ", ")
	if more := len(all) - shown; more > 0 {
		text += " and " + count(more, "more")
	}
	return text
}

// openness looks whether strangers may do more than is wise.
func (p *patient) openness(context.Context) []admin.DoctorCheck {
	var open bool
	for _, l := range slices.Concat(p.file.Listen.SIP, p.file.Listen.Web) {
		open = open || outside(l)
	}
	if !open {
		return one("open to all", checkOK, "", "only this machine reaches it")
	}
	var all []admin.DoctorCheck
	if p.file.Registrar.Open {
		all = append(all, one("open to all", checkWarn, "Give every user a password and take `open` out of registrar.",
			"users without a password register from everywhere")...)
	}
	if p.file.Limits.Ban < 0 {
		all = append(all, one("open to all", checkWarn, "Take ban = \"off\" out of limits.", "who guesses passwords is never banned")...)
	}
	for _, t := range p.file.Trunks {
		for _, prefix := range t.Allow {
			if prefix.Bits() < 16 && !prefix.Addr().IsPrivate() {
				all = append(all, one("open to all", checkWarn, "Write the addresses that the carrier names.",
					"trunk %s takes calls without a password from all of %s", t.Name, prefix)...)
			}
		}
	}
	if len(all) == 0 {
		return one("open to all", checkOK, "", "strangers need a password, and who guesses is banned")
	}
	return all
}

// addresses compares public_ip with what the machine has.
func (p *patient) addresses(ctx context.Context) []admin.DoctorCheck {
	o := &online{file: p.file, own: localAddrs(), now: p.now}
	var all []admin.DoctorCheck
	for _, r := range o.addresses(ctx) {
		all = append(all, fromOnline(r, "public address"))
	}
	for _, a := range p.file.PublicIP.Addrs {
		if others := publicOf(o.own); !isInside(a) && len(others) > 0 && !slices.Contains(o.own, a) {
			all = append(all, one("public address", checkWarn, "Take public_ip out where there is no NAT, or write that address.",
				"public_ip says %s, and this machine itself has the public address %s", a, addressList(others))...)
		}
	}
	return all
}

// publicOf are the addresses of a machine that everybody can reach.
func publicOf(own []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(own), func(a netip.Addr) bool { return isInside(a) || !a.IsGlobalUnicast() })
}

// fromOnline is a result of check --online as doctor says it.
func fromOnline(r onlineResult, name string) admin.DoctorCheck {
	c := admin.DoctorCheck{Name: name, Status: checkOK, Text: r.Message, Cure: r.Hint}
	if !strings.HasPrefix(r.What, name) && r.What != "public_ip" && name != r.What {
		c.Text = r.What + ": " + r.Message
	}
	switch r.Severity {
	case "warning":
		c.Status = checkWarn
	case "error":
		c.Status = checkFail
	}
	if c.Status != checkOK && c.Cure == "" {
		c.Cure = "`tandem check --online` says more."
	}
	return c
}
