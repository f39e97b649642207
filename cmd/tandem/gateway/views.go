package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/guard"
)

// guarded shows who is kept out.
type guarded struct{ *guard.Guard }

// Security implements api.Guard.
func (g guarded) Security() api.Security {
	c := g.Counters()
	v := api.Security{Counts: map[string]uint64{
		"limited": c.Limited, "silent": c.Silent, "perUser": c.PerUser, "held": c.Held, "banned": c.Banned, "dropped": c.Dropped, "guessed": c.Guessed,
	}}
	for _, b := range g.BanList(time.Now()) {
		reason := "guessing passwords"
		if b.ByHand {
			reason = "by hand"
		}
		v.Bans = append(v.Bans, api.Ban{Address: b.Source.Addr(), Reason: reason, Since: b.Since.UTC(), Until: b.Until.UTC()})
	}
	for _, s := range g.Suspects(time.Now()) {
		v.Guessing = append(v.Guessing, api.Suspect{Address: s.Source.Addr(), Times: s.Guesses, Last: s.Last.UTC(), Held: s.Held})
	}
	for _, s := range g.Scanners() {
		v.Scanners = append(v.Scanners, api.Suspect{Address: s.Address, Agent: s.Agent, Times: s.Requests, Last: s.Last.UTC()})
	}
	return v
}

// Ban implements api.Guard.
func (g guarded) Ban(a netip.Addr, lasting time.Duration) bool {
	return g.Guard.Ban(time.Now(), a, lasting)
}

// Unban implements api.Guard.
func (g guarded) Unban(a netip.Addr) bool { return g.Guard.Unban(time.Now(), a) }

// certificateViews are the certificate of the listeners and our own authority.
func (g *Gateway) certificateViews() []api.Certificate {
	var all []api.Certificate
	file := g.file()
	c, err := g.source.TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: file.Domain})
	if err == nil && len(c.Certificate) > 0 {
		if leaf, err := x509.ParseCertificate(c.Certificate[0]); err == nil {
			all = append(all, certificateView("listeners", string(file.TLS.Mode), leaf))
		}
	}
	if file.TLS.Mode != config.TLSLocal {
		return all
	}
	if ca, err := certs.ExportCA(g.options.State); err == nil {
		if block, _ := pem.Decode(ca.PEM); block != nil {
			if c, err := x509.ParseCertificate(block.Bytes); err == nil {
				all = append(all, certificateView("authority", "local", c))
			}
		}
	}
	return all
}

func certificateView(name, source string, c *x509.Certificate) api.Certificate {
	sum := sha256.Sum256(c.Raw)
	v := api.Certificate{
		Name: name, Names: append([]string{}, c.DNSNames...), Issuer: c.Issuer.CommonName, Source: source,
		From: c.NotBefore.UTC(), Until: c.NotAfter.UTC(), DaysLeft: int(time.Until(c.NotAfter).Hours() / 24), SHA256: hex.EncodeToString(sum[:]),
	}
	for _, a := range c.IPAddresses {
		v.Names = append(v.Names, a.String())
	}
	if len(v.Names) == 0 {
		v.Names = append(v.Names, c.Subject.CommonName)
	}
	return v
}

// configView is the configuration as it is in force, without its secrets: what is on
// disk, which runs unless a reload is to come.
func (g *Gateway) configView() api.ConfigView {
	v := api.ConfigView{Path: g.options.Path}
	options := rules.Reading()
	var blocks []config.EffectiveBlock
	var found config.Diagnostics
	if v.Path == "" {
		blocks, found = config.EffectiveOf(g.options.State, g.options.MadeUp, options)
	} else {
		blocks, found = config.Effective(v.Path, options)
	}
	if found.HasErrors() {
		v.Text = "# the file has errors, and what runs was read before: check it\n"
		return v
	}
	v.Text = config.WriteEffective(blocks, true)
	return v
}

// checkConfig reads the file again and says what a reload would do.
func (g *Gateway) checkConfig(context.Context) (api.ConfigCheck, error) {
	if g.load == nil {
		return api.ConfigCheck{}, errors.New("there is no file: the demo makes its configuration up")
	}
	next, found := g.load()
	v := api.ConfigCheck{OK: !found.HasErrors(), Summary: "nothing is wrong", Problems: problems(found)}
	if len(found) > 0 {
		v.Summary = found.Summary()
	}
	if next == nil || found.HasErrors() {
		return v, nil
	}
	was := g.file()
	for _, c := range was.Changes(next) {
		v.Changes = append(v.Changes, admin.ReloadChange{Part: c.Part, Text: c.Text})
	}
	v.Restart = was.Restart(next)
	return v, nil
}

// PhoneLink makes the token of a link that opens a user's phone, once.
func (g *Gateway) PhoneLink(user string) string { return g.sessions.Issue(user) }

// ConsoleLink makes the token of a link that opens the console as an administrator, once.
func (g *Gateway) ConsoleLink(who string) string { return g.api.Link(who, api.Admin) }

// Proves says whether the certificate that is served is for a host.
func (g *Gateway) Proves(host string) bool {
	c, err := g.source.TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: host})
	if err != nil {
		return false
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	return err == nil && leaf.VerifyHostname(host) == nil
}
