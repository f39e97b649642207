package config

import (
	"net/netip"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tandemgw/tandem/dialplan"
)

// checkTrunks reports what the attributes of a trunk, and of trunks among themselves, contradict.
func (l *loader) checkTrunks() {
	registered := map[string]*placedTrunk{}
	for i := range l.seen.trunks {
		t := &l.seen.trunks[i]
		l.checkTrunkAccount(t)
		l.checkTrunkTLS(t)
		l.checkTones(t)
		if r := t.Register; r != nil && r.User != "" && r.Expires != Off {
			account := r.User + "@" + t.Host
			if first := registered[account]; first != nil {
				at, _ := t.where("register")
				l.errorf(at, "", "%s is registered by trunk %q already, at %s:%d: nobody could tell whose a call is",
					account, first.Name, first.at.Filename, first.at.Start.Line)
				continue
			}
			registered[account] = t
		}
	}
}

// checkTrunkAccount asks that a trunk is one of three: registered at, a PBX, or known by its address.
func (l *loader) checkTrunkAccount(t *placedTrunk) {
	register, hasRegister := t.where("register")
	accounts, hasAccounts := t.where("accounts")
	_, hasAllow := t.where("allow")
	registers := hasRegister && (t.Register == nil || t.Register.Expires != Off)
	switch {
	case hasRegister && hasAccounts:
		l.errorf(accounts, "Keep one of them.", "trunk %q registers an account of its own, at line %d", t.Name, register.Start.Line)
	case !hasRegister && !hasAccounts && !hasAllow && t.whole && t.Host != "" && !isAddress(t.Host):
		l.warnf(t.at, `Write allow = ["203.0.113.0/28"] with the addresses that it calls from, or register = { ... }.`,
			"trunk %q can be called, but a call from it is not known to be its", t.Name)
	case hasRegister && !registers && !hasAllow && !isAddress(t.Host):
		l.warnf(register, `Write allow = ["203.0.113.0/28"] with the addresses that it calls from, or let expires be a time.`,
			"trunk %q can be called, but a call from it is not known to be its", t.Name)
	}
	if _, set := t.where("trust"); set && t.Trust && t.Accounts != nil && t.Accounts.Mode == AccountsRelayed {
		at, _ := t.where("trust")
		l.warnf(at, "", "trunk %q relays what users say to a PBX: it names no callers to us that could be trusted", t.Name)
	}
	if t.Accounts != nil && t.Accounts.Domain != "" && t.Accounts.Domain == l.file.Domain {
		l.errorf(accounts, "It is the domain that the PBX calls its own.", "the accounts of trunk %q cannot be of our own domain %q", t.Name, l.file.Domain)
	}
}

// checkTones warns of tones in codecs that spoil them.
func (l *loader) checkTones(t *placedTrunk) {
	at, _ := t.where("dtmf")
	if t.DTMF != "inband" || len(t.Codecs) == 0 {
		return
	}
	for _, c := range t.Codecs {
		switch c {
		case "pcmu", "pcma", "g722":
		default:
			l.warnf(at, `Write dtmf = "auto", or keep to "pcmu", "pcma" and "g722".`, "digits of trunk %q are tones, which %s does not carry", t.Name, c)
			return
		}
	}
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// checkTrunkTLS asks that what is for TLS meets TLS.
func (l *loader) checkTrunkTLS(t *placedTrunk) {
	if t.mayUseTLS() {
		return
	}
	for _, name := range []string{"certificate", "ca"} {
		if at, set := t.where(name); set {
			l.errorf(at, `Write host = "sip.example.com;transport=tls".`, "%s is of use only over TLS", name)
		}
	}
}

// proxyTransport gives the transport that a proxy's URI names.
func proxyTransport(uri string) string {
	_, transport, _ := strings.Cut(uri, "transport=")
	transport, _, _ = strings.Cut(transport, ";")
	if strings.HasPrefix(uri, "sips:") {
		return "tls"
	}
	return transport
}

// checkAccounts asks that users' accounts and the PBXs that have them fit each other.
func (l *loader) checkAccounts() {
	trunks := map[string]*placedTrunk{}
	var held []string
	for i := range l.seen.trunks {
		t := &l.seen.trunks[i]
		trunks[t.Name] = t
		if t.Accounts != nil && t.Accounts.Mode == AccountsHeld {
			held = append(held, t.Name)
		}
	}
	used := map[string]bool{}
	owners := map[string]placedUser{}
	for _, u := range l.seen.users {
		if u.PBX == nil || u.PBX.Trunk == "" {
			continue
		}
		used[u.PBX.Trunk] = true
		l.checkPBX(u, trunks[u.PBX.Trunk], held)
		account := u.PBX.Trunk + " " + u.PBX.User
		if first, again := owners[account]; again {
			l.errorf(u.pbx, "", "the account %q at %q is user %q's already, at %s:%d",
				u.PBX.User, u.PBX.Trunk, first.Name, first.at.Filename, first.at.Start.Line)
			continue
		}
		owners[account] = u
	}
	for _, name := range held {
		if t := trunks[name]; t.whole && !used[name] {
			at, _ := t.where("accounts")
			l.warnf(at, `Write pbx = { trunk = "`+name+`", password = env("...") } in each user that has one.`,
				"no user has an account at trunk %q", name)
		}
	}
}

// checkPBX asks that a user's PBX is a trunk whose accounts are held.
func (l *loader) checkPBX(u placedUser, t *placedTrunk, held []string) {
	switch {
	case t == nil:
		hint := dialplan.DidYouMean(u.PBX.Trunk, held)
		if hint == "" {
			hint = `Write trunk "` + u.PBX.Trunk + `" with accounts = { mode = "held" }.`
		}
		l.errorf(u.pbx, hint, "there is no trunk %q", u.PBX.Trunk)
	case t.Accounts == nil && t.whole:
		l.errorf(u.pbx, `Write accounts = { mode = "held" } there.`, "trunk %q is no PBX with accounts", t.Name)
	case t.Accounts != nil && t.Accounts.Mode == AccountsRelayed:
		l.errorf(u.pbx, `Take it out, or write accounts = { mode = "held" } there.`,
			"trunk %q relays the PBX's challenge to the user: no password is kept here", t.Name)
	}
}

// checkRegistrar asks that the shortest registration is no longer than the longest.
func (l *loader) checkRegistrar() {
	r := l.file.Registrar
	if r.Min <= r.Max {
		return
	}
	var at hcl.Range
	for _, name := range []string{"registrar.max", "registrar.min"} {
		if set, ok := l.places[name]; ok {
			at = set
			break
		}
	}
	l.errorf(at, "", "registrar min (%s) is longer than max (%s)", inWordsDuration(r.Min), inWordsDuration(r.Max))
}
