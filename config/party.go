package config

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// Bounds of what a file may hold.
const (
	MaxUsers  = 50000
	MaxTrunks = 1000
)

type placedUser struct {
	User
	at hcl.Range
}

type placedTrunk struct {
	Trunk
	at    hcl.Range
	allow []hcl.Range // of each prefix
}

// label reads the name of a user or trunk block.
func (l *loader) label(b *hclsyntax.Block) (string, hcl.Range, bool) {
	form := fmt.Sprintf(`Write %s "201" { ... }.`, b.Type)
	if len(b.Labels) != 1 {
		at := b.TypeRange
		if len(b.Labels) > 1 {
			at = b.LabelRanges[1]
		}
		l.errorf(at, form, "%s has one name, not %d", b.Type, len(b.Labels))
		return "", at, false
	}
	name, at := b.Labels[0], b.LabelRanges[0]
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return !inName(r) }) {
		l.errorf(at, "", "a name has 1 to 64 letters, digits and . - _ + * #, which %q does not", name)
		return name, at, false
	}
	if first, again := l.first(b.Type+" "+name, at); again {
		l.errorf(at, "", "%s %q is defined twice, first at %s:%d", b.Type, name, first.Filename, first.Start.Line)
		return name, at, false
	}
	return name, at, true
}

func inName(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_+*#", r)
}

// user reads one user.
func (l *loader) user(b *hclsyntax.Block) {
	name, at, ok := l.label(b)
	u := placedUser{User{Name: name}, at}
	l.attributes(b.Body, section{name: "user", later: []string{"voicemail"}, keys: []key{
		{"name", func(v value) { v.line(&u.DisplayName) }},
		{"password", func(v value) { v.secret(&u.Password) }},
		{"ha1", func(v value) {
			v.members([]key{
				{"md5", func(v value) { v.digest(&u.HA1.MD5, 32) }},
				{"sha256", func(v value) { v.digest(&u.HA1.SHA256, 64) }},
			})
		}},
	}}, b.Type+" "+place(b))
	password, hasPassword := b.Body.Attributes["password"]
	ha1, hasHA1 := b.Body.Attributes["ha1"]
	if hasPassword && hasHA1 {
		l.errorf(ha1.NameRange, "Keep one of them.", "user %q has a password already, at line %d", name, password.NameRange.Start.Line)
	}
	if ok {
		l.seen.users = append(l.seen.users, u)
	}
	if len(l.seen.users) == MaxUsers+1 {
		l.errorf(at, "", "a file has at most %d users", MaxUsers)
	}
	if !hasPassword && !hasHA1 && !l.unknown[b.Type+" "+place(b)] {
		l.seen.withoutPassword = append(l.seen.withoutPassword, u)
	}
}

// place makes a block one of a kind, even when its name is not.
func place(b *hclsyntax.Block) string {
	return b.TypeRange.Filename + ":" + strconv.Itoa(b.TypeRange.Start.Byte)
}

// digest reads the hex of a digest.
func (v value) digest(into *Secret, digits int) {
	var s string
	if !v.text(&s) {
		return
	}
	if _, err := hex.DecodeString(s); err != nil || len(s) != digits {
		v.l.errorf(v.at, "It is the digest of user:domain:password.", "%s has %d hexadecimal digits", v.name, digits)
		return
	}
	*into = Secret(strings.ToLower(s))
}

// trunk reads one trunk.
func (l *loader) trunk(b *hclsyntax.Block) {
	name, at, ok := l.label(b)
	t := placedTrunk{Trunk: Trunk{Name: name, DTMF: "rfc4733"}, at: at}
	l.attributes(b.Body, section{name: "trunk", later: []string{"register", "numbers"}, keys: []key{
		{"host", func(v value) { v.trunkHost(&t.Trunk) }},
		{"allow", func(v value) { v.prefixes(&t) }},
		{"codecs", func(v value) { v.codecs(&t.Codecs) }},
		{"dtmf", func(v value) { v.word(&t.DTMF, []string{"rfc4733", "auto"}, []string{"info", "inband"}) }},
		{"max_calls", func(v value) { v.number(&t.MaxCalls, 1, 100000) }},
	}}, b.Type+" "+place(b))
	if b.Body.Attributes["host"] == nil && !l.unknown[b.Type+" "+place(b)] {
		l.consequent(at, `Write host = "sip.example.com".`, "trunk %q lacks its host", name)
	}
	if ip, err := netip.ParseAddr(t.Host); err == nil && b.Body.Attributes["allow"] == nil {
		t.Allow, t.allow = []netip.Prefix{netip.PrefixFrom(ip, ip.BitLen())}, []hcl.Range{at}
	}
	if ok {
		l.seen.trunks = append(l.seen.trunks, t)
	}
	if len(l.seen.trunks) == MaxTrunks+1 {
		l.errorf(at, "", "a file has at most %d trunks", MaxTrunks)
	}
}

// trunkHost reads host[:port][;transport=tcp].
func (v value) trunkHost(t *Trunk) {
	var s string
	if !v.line(&s) {
		return
	}
	const form = `Write "sip.example.com", "203.0.113.7:5080" or "sip.example.com;transport=tcp".`
	hostport, params, hasParams := strings.Cut(s, ";")
	if hasParams {
		key, transport, _ := strings.Cut(params, "=")
		transports := []string{"udp", "tcp", "tls"}
		switch {
		case key != "transport":
			hint := dialplan.DidYouMean(key, []string{"transport"})
			if hint == "" {
				hint = form
			}
			v.l.errorf(v.at, hint, "host has no parameter %q", key)
			return
		case !slices.Contains(transports, transport):
			hint := dialplan.DidYouMean(transport, transports)
			if hint == "" {
				hint = fmt.Sprintf("There are %s.", list(transports))
			}
			v.l.errorf(v.at, hint, "%q is no transport", transport)
			return
		}
		t.Transport = transport
	}
	host, port, why := splitHost(hostport)
	if why != "" {
		v.l.errorf(v.at, form, "host %q: %s", s, why)
		return
	}
	t.Host, t.Port = host, port
}

// splitHost takes "name", "name:5060", "192.0.2.1:5060", "[::1]:5060" or "::1" apart.
func splitHost(s string) (host string, port uint16, why string) {
	host = s
	if ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		return ip.Unmap().String(), 0, ""
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host = s[:i]
		if port, why = parsePort(s[i+1:]); why == "" && port == 0 {
			why = "nobody can be reached at port 0"
		}
		if why != "" {
			return "", 0, why
		}
	}
	if strings.HasPrefix(host, "[") {
		ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
		if err != nil {
			return "", 0, fmt.Sprintf("%q is no IPv6 address", host)
		}
		return ip.String(), port, ""
	}
	if !dialplan.IsHostName(host) {
		return "", 0, fmt.Sprintf("%q is no host name or address", host)
	}
	return strings.ToLower(host), port, ""
}

// prefixes reads the networks that a trunk calls from.
func (v value) prefixes(t *placedTrunk) {
	items, ok := v.items(256)
	if !ok {
		return
	}
	for _, item := range items {
		var s string
		if !item.line(&s) {
			continue
		}
		p, err := netip.ParsePrefix(s)
		if ip, bad := netip.ParseAddr(s); bad == nil && ip.Zone() == "" {
			p, err = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
		}
		switch {
		case err != nil:
			v.l.errorf(item.at, `Write "203.0.113.7" or "203.0.113.0/28".`, "%q is no address or network", s)
		case p != p.Masked():
			v.l.errorf(item.at, fmt.Sprintf("Did you mean %q or %q?", p.Masked().String(), p.Addr().String()),
				"%q is an address with the length of a network", s)
		case p.Bits() == 0:
			v.l.errorf(item.at, "", "%q would make everybody this trunk", s)
		default:
			t.Allow, t.allow = append(t.Allow, p), append(t.allow, item.at)
		}
	}
}

// codecs reads an order of preference.
func (v value) codecs(into *[]string) {
	items, ok := v.items(16)
	if !ok {
		return
	}
	if len(items) == 0 {
		v.l.errorf(v.at, `Write ["pcma", "pcmu"].`, "%s is empty", v.name)
	}
	var all []string
	for _, item := range items {
		var s string
		if !item.word(&s, []string{"pcma", "pcmu"}, []string{"opus", "g722", "g729"}) {
			continue
		}
		if slices.Contains(all, s) {
			v.l.errorf(item.at, "", "%s has %q twice", v.name, s)
			continue
		}
		all = append(all, s)
	}
	*into = all
}

// tls reads where certificates come from.
func (l *loader) tls(b *hclsyntax.Block) section {
	t := &l.file.TLS
	return section{name: "tls", later: []string{"email"}, keys: []key{
		{"mode", func(v value) {
			mode := string(t.Mode)
			if v.word(&mode, []string{"local", "files"}, []string{"acme"}) {
				t.Mode = TLSMode(mode)
			}
			l.seen.tlsMode = v.at
		}},
		{"cert", func(v value) { v.existing(&t.Cert) }},
		{"key", func(v value) { v.existing(&t.Key) }},
	}}
}

// existing reads the path of a file that must be there.
func (v value) existing(into *string) {
	if !v.path(into) {
		return
	}
	if info, err := os.Stat(*into); err != nil {
		v.l.errorf(v.at, "", "%s", plainFileError(*into, err))
	} else if !info.Mode().IsRegular() {
		v.l.errorf(v.at, "", "%s is not a plain file", *into)
	}
}

// registrar reads who may register.
func (l *loader) registrar(*hclsyntax.Block) section {
	return section{name: "registrar", keys: []key{{"open", func(v value) { v.boolean(&l.file.Registrar.Open) }}}}
}

// media reads how codecs are chosen.
func (l *loader) media(*hclsyntax.Block) section {
	return section{name: "media", keys: []key{{"prefer", func(v value) {
		prefer := string(l.file.Media.Prefer)
		v.word(&prefer, []string{string(PreferQuality), string(PreferPassthrough)}, nil)
		l.file.Media.Prefer = MediaPreference(prefer)
	}}}}
}
