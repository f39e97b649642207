package config

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// finish checks what several blocks together say.
func (l *loader) finish() {
	if _, set := l.places[".domain"]; !set && !l.unknown[""] {
		l.consequent(l.start(), `Write domain = "pbx.example.com".`, "the domain is missing")
	}
	l.checkClaims()
	l.finishBoxes()
	l.finishHomer()
	l.finishOIDC()
	l.finishCDR()
	l.checkTLS()
	l.checkACME()
	l.checkAllow()
	l.checkTrunks()
	l.checkAccounts()
	l.checkSecure()
	l.checkICE()
	l.checkRegistrar()
	l.checkNumbering()
	l.checkPermissions()
	if l.file.Registrar.Open || slices.ContainsFunc(l.seen.trunks, func(t placedTrunk) bool {
		return t.Accounts != nil && t.Accounts.Mode == AccountsRelayed // a PBX may prove them
	}) {
		return
	}
	for _, u := range l.seen.withoutPassword {
		l.consequent(u.at, `Write password = env("..."), or registrar { open = true } to let users without one register.`,
			"user %q has neither password nor ha1", u.Name)
	}
}

// start is the beginning of the first file.
func (l *loader) start() hcl.Range {
	at := hcl.Range{Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(l.bodies) > 0 {
		at.Filename = l.bodies[0].SrcRange.Filename
	}
	return at
}

// checkTLS asks that cert and key are there when they are used, and only then.
func (l *loader) checkTLS() {
	cert, hasCert := l.places["tls.cert"]
	key, hasKey := l.places["tls.key"]
	switch l.file.TLS.Mode {
	case TLSFiles:
		if l.unknown["tls"] {
			return
		}
		if !hasCert {
			l.consequent(l.seen.tlsMode, `Write cert = "cert.pem".`, `tls mode "files" lacks its cert`)
		}
		if !hasKey {
			l.consequent(l.seen.tlsMode, `Write key = "key.pem".`, `tls mode "files" lacks its key`)
		}
	case TLSLocal:
		if _, set := l.places["tls.mode"]; set && l.file.TLS.Mode == TLSLocal && l.refusedMode() {
			return
		}
		if hasCert {
			l.consequent(cert, `Write mode = "files".`, `cert is of use only with tls mode "files"`)
		}
		if hasKey {
			l.consequent(key, `Write mode = "files".`, `key is of use only with tls mode "files"`)
		}
	}
}

// refusedMode says whether the mode that the file asks for has been reported.
func (l *loader) refusedMode() bool {
	return slices.ContainsFunc(l.diags, func(d *hcl.Diagnostic) bool { return d.Subject != nil && *d.Subject == l.seen.tlsMode })
}

// allowed is one network that a trunk calls from.
type allowed struct {
	prefix netip.Prefix
	trunk  *placedTrunk
	at     hcl.Range
}

// checkAllow reports addresses that two trunks say are theirs: a call from there would be either's. Networks that share
// an address lie one in the other, so that in order of address the larger comes just before those in it.
func (l *loader) checkAllow() {
	var all []allowed
	for i := range l.seen.trunks {
		t := &l.seen.trunks[i]
		for j, p := range t.Allow {
			all = append(all, allowed{p, t, t.allow[j]})
		}
	}
	slices.SortStableFunc(all, func(a, b allowed) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), a.prefix.Bits()-b.prefix.Bits())
	})
	var around []allowed // networks that the current one lies in, the largest first
	for _, a := range all {
		for len(around) > 0 && !around[len(around)-1].prefix.Overlaps(a.prefix) {
			around = around[:len(around)-1]
		}
		if len(around) > 0 {
			if o := around[len(around)-1]; o.trunk != a.trunk {
				l.errorf(a.at, "", "%s is also of trunk %q, by %s at %s:%d: nobody could tell whose a call is",
					a.prefix, o.trunk.Name, o.prefix, o.at.Filename, o.at.Start.Line)
			}
		}
		around = append(around, a)
	}
}
