package dialplan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// maxURI is the longest sip: target, in octets.
const maxURI = 512

// parseTarget reads one target. A trunk without a number stays open until a call says what was dialed. Whether a user or
// trunk exists is not asked here, since a target may be made of the dialed number.
func parseTarget(text string) (Target, *problem) {
	kind, rest, ok := strings.Cut(text, ":")
	if !ok {
		return Target{}, &problem{message: fmt.Sprintf("%q is no target", text), hint: targetHint}
	}
	switch kind {
	case "user":
		if rest == "" {
			return Target{}, &problem{message: `"user:" names no user`}
		}
		return Target{Kind: TargetUser, Name: rest}, nil
	case "trunk":
		return parseTrunkTarget(rest)
	case "sip", "sips":
		if why := badURI(rest); why != "" {
			return Target{}, &problem{message: fmt.Sprintf("%q is no SIP URI: %s", text, why), status: 484}
		}
		return Target{Kind: TargetURI, URI: text}, nil
	case "room":
		if bad := badRoom(rest); bad != nil {
			return Target{}, bad
		}
		return Target{Kind: TargetRoom, Name: rest}, nil
	}
	hint := DidYouMean(kind, []string{"user", "trunk", "room", "sip", "sips"})
	if hint == "" {
		hint = targetHint
	}
	return Target{}, &problem{message: fmt.Sprintf("%q is no kind of target", kind+":"), hint: hint}
}

const targetHint = `A target is "user:NAME", "trunk:NAME", "trunk:NAME/NUMBER", "room:NAME" or "sip:USER@HOST".`

func parseTrunkTarget(rest string) (Target, *problem) {
	name, number, explicit := strings.Cut(rest, "/")
	t := Target{Kind: TargetTrunk, Name: name, Number: number}
	if name == "" {
		return t, &problem{message: `"trunk:" names no trunk`}
	}
	if explicit {
		return t, t.badNumber()
	}
	return t, nil
}

// badNumber says what is wrong with the number that a trunk is asked for.
func (t Target) badNumber() *problem {
	if why := badNumber(t.Number); why != "" {
		return &problem{message: fmt.Sprintf("trunk %q cannot be asked for %q: %s", t.Name, t.Number, why), status: 484}
	}
	return nil
}

// open says whether the dialed number is still to be filled in.
func (t Target) open() bool { return t.Kind == TargetTrunk && t.Number == "" }

// fill gives targets with the dialed number in those that are open.
func fill(targets []Target, dialed string) ([]Target, *failure) {
	if !slices.ContainsFunc(targets, Target.open) {
		return targets, nil
	}
	targets = slices.Clone(targets)
	for i := range targets {
		if !targets[i].open() {
			continue
		}
		targets[i].Number = dialed
		if bad := targets[i].badNumber(); bad != nil {
			return nil, &failure{bad.status, bad.message}
		}
	}
	return targets, nil
}

// badNumber says why number cannot stand as the user part of a URI without escaping it. A number made of what a caller
// dialed must not smuggle a host, a parameter or a header into the request.
func badNumber(number string) string {
	switch {
	case number == "":
		return "the number is empty"
	case len(number) > MaxNumber:
		return fmt.Sprintf("the number is longer than %d octets", MaxNumber)
	}
	for _, r := range number {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`@:;/?%"<>\`, r) {
			return fmt.Sprintf("%q cannot stand in a number", r)
		}
	}
	return ""
}

// badURI says why rest, what follows "sip:", is no URI that can be called: [user@]host[:port][;parameters], without
// headers and passwords (RFC 3261 §19.1.1).
func badURI(rest string) string {
	if len(rest) > maxURI {
		return fmt.Sprintf("it is longer than %d octets", maxURI)
	}
	user, hostport, hasUser := strings.Cut(rest, "@")
	if !hasUser {
		user, hostport = "", rest
	} else if user == "" {
		return "nothing stands before the @"
	}
	if hasUser {
		if why := badNumber(user); why != "" {
			return why
		}
	}
	for _, r := range hostport {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`@?"<>\/%`, r) {
			return fmt.Sprintf("%q cannot stand after the user", r)
		}
	}
	hostport, _, _ = strings.Cut(hostport, ";")
	return badHostPort(hostport)
}

// uriHost gives what a reader of the URI could take for its host: what follows the last "@".
func uriHost(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	return rest[strings.LastIndexByte(rest, '@')+1:]
}

// badHostPort says why s is no host[:port].
func badHostPort(s string) string {
	host, port := s, ""
	switch i := strings.LastIndexByte(s, ':'); {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return `"[" without "]"`
		}
		host, port = s[1:end], s[end+1:]
		if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() {
			return fmt.Sprintf("%q is no IPv6 address", host)
		}
	case strings.Count(s, ":") > 1:
		return "an IPv6 address stands in [ ]"
	case i >= 0:
		host, port = s[:i], s[i:]
	}
	if port != "" && !isPort(strings.TrimPrefix(port, ":")) {
		return fmt.Sprintf("%q is no port", strings.TrimPrefix(port, ":"))
	}
	if strings.HasPrefix(s, "[") || IsHostName(host) {
		return ""
	}
	return fmt.Sprintf("%q is no host", host)
}

func isPort(s string) bool {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 65535 {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n > 0 && n <= 65535
}

// IsHostName says whether s is an IPv4 address or a DNS name (RFC 1123 §2.1): labels of letters, digits and hyphens.
func IsHostName(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return false
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for _, c := range []byte(l) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	if last[0] >= '0' && last[0] <= '9' { // no top-level domain begins with a digit: this must be an address
		_, err := netip.ParseAddr(s)
		return err == nil
	}
	return true
}
