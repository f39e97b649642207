package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/dialplan/numbering"
)

// placedTrunk is a trunk with the places of what is checked later.
type placedTrunk struct {
	Trunk
	at    hcl.Range
	allow []hcl.Range                              // of each prefix
	where func(attribute string) (hcl.Range, bool) // of what the file sets; else the trunk's own, and false
	whole bool                                     // nothing in it was unknown: what it seems to lack, it lacks
}

// trunk reads one trunk.
func (l *loader) trunk(b *hclsyntax.Block) {
	name, at, ok := l.label(b)
	t := placedTrunk{Trunk: Trunk{Name: name, Numbers: numbering.AsIs, DTMF: "rfc4733", Privacy: "id", Diversion: "diversion", Prack: "supported"}, at: at}
	l.attributes(b.Body, section{name: "trunk", keys: slices.Concat([]key{
		{"host", func(v value) { v.trunkHost(&t.Trunk) }},
		{"proxy", func(v value) { v.proxy(&t.Proxy) }},
		{"allow", func(v value) { v.prefixes(&t) }},
		{"codecs", func(v value) { v.codecs(&t.Codecs, "trunk") }},
		{"ptime", func(v value) { v.ptime(&t.PTime) }},
		{"max_ptime", func(v value) { v.ptime(&t.MaxPTime) }},
		{"dtmf", func(v value) { v.word(&t.DTMF, dtmfWords(), nil) }},
		{"numbers", func(v value) { v.word(&t.Numbers, numbersForms(), nil) }},
		{"country", func(v value) { v.country(&t.Country) }},
		{"number_prefix", func(v value) { v.prefixText(&t.NumberPrefix) }},
		{"strip_prefix", func(v value) { v.prefixText(&t.StripPrefix) }},
		{"permissions", func(v value) { v.permissionsOf(&t.Permissions) }},
		{"minutes_a_day", func(v value) { v.number(&t.MinutesADay, 1, 1000000) }},
		{"minutes_a_month", func(v value) { v.number(&t.MinutesAMonth, 1, 10000000) }},
		{"video", func(v value) { v.boolean(&t.Video) }},
		{"secure", func(v value) { v.secure(&t.Secure) }},
		{"max_calls", func(v value) { v.number(&t.MaxCalls, 1, 100000) }},
		{"max_per_second", func(v value) { v.rate(&t.MaxPerSecond) }},
		{"options", func(v value) { v.durationOrOff(&t.Options, 5*time.Second, time.Hour) }},
		{"prack", func(v value) { v.word(&t.Prack, []string{"supported", "required", "off"}, nil) }},
		{"follow", func(v value) { v.boolean(&t.Follow) }},
		{"redirect", func(v value) { v.boolean(&t.Redirect) }},
		{"messages", func(v value) { v.boolean(&t.Messages) }},
	}, t.accountKeys(), t.identityKeys())}, b.Type+" "+place(b))
	t.where = func(attribute string) (hcl.Range, bool) {
		if a := b.Body.Attributes[attribute]; a != nil {
			return a.NameRange, true
		}
		return at, false
	}
	if b.Body.Attributes["host"] == nil && !l.unknown[b.Type+" "+place(b)] {
		l.consequent(at, `Write host = "sip.example.com".`, "trunk %q lacks its host", name)
	}
	if ip, err := netip.ParseAddr(t.Host); err == nil && b.Body.Attributes["allow"] == nil {
		t.Allow, t.allow = []netip.Prefix{netip.PrefixFrom(ip, ip.BitLen())}, []hcl.Range{at}
	}
	t.whole = ok && !l.unknown[b.Type+" "+place(b)]
	if ok {
		l.seen.trunks = append(l.seen.trunks, t)
	}
	if len(l.seen.trunks) == MaxTrunks+1 {
		l.errorf(at, "", "a file has at most %d trunks", MaxTrunks)
	}
}

// isTransport says whether a word is a transport to a trunk; what is wrong with one that is not is told.
func (v value) isTransport(word string) bool {
	all := []string{"udp", "tcp", "tls"}
	if slices.Contains(all, word) {
		return true
	}
	hint := dialplan.DidYouMean(word, all)
	if hint == "" {
		hint = fmt.Sprintf("There are %s.", list(all))
	}
	v.l.errorf(v.at, hint, "%q is no transport", word)
	return false
}

// trunkHost reads host[:port][;transport=tcp].
func (v value) trunkHost(t *Trunk) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "host[:port][;transport=udp|tcp|tls]"}) || !v.line(&s) {
		return
	}
	const form = `Write "sip.example.com", "203.0.113.7:5080" or "sip.example.com;transport=tcp".`
	hostport, params, hasParams := strings.Cut(s, ";")
	if hasParams {
		key, transport, _ := strings.Cut(params, "=")
		switch {
		case key != "transport":
			hint := dialplan.DidYouMean(key, []string{"transport"})
			if hint == "" {
				hint = form
			}
			v.l.errorf(v.at, hint, "host has no parameter %q", key)
			return
		case !v.isTransport(transport):
			return
		}
		t.Transport = transport
	}
	if host, is := withoutScheme(hostport); is {
		v.l.errorf(v.at, fmt.Sprintf("Write %q.", host), "host %q is a URI", s)
		return
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
		if item.asked(Shape{Kind: KindText, Of: "address or network"}) {
			continue
		}
		switch p, ok := item.network(); {
		case !ok:
		case p.Bits() == 0:
			v.l.errorf(item.at, "", "%q would make everybody this trunk", p)
		default:
			t.Allow, t.allow = append(t.Allow, p), append(t.allow, item.at)
		}
	}
}
