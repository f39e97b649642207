package sipmsg

import (
	"errors"
	"maps"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// canonicalNames maps compact forms and single-valued fields, in lower case,
// to their full names (RFC 3261 §7.3.3 and the registry of header fields).
var canonicalNames = map[string]string{
	"a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
	"e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
	"l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To",
	"s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires", "y": "Identity",
	"via": "Via", "from": "From", "to": "To", "call-id": "Call-ID", "cseq": "CSeq", "contact": "Contact",
	"max-forwards": "Max-Forwards", "content-length": "Content-Length", "content-type": "Content-Type",
	"route": "Route", "record-route": "Record-Route", "refer-to": "Refer-To", "referred-by": "Referred-By",
}

// canonical returns the full name of a field; unknown names stay as they are.
func canonical(name string) string {
	switch name { // as nearly all write them
	case "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length", "Content-Type",
		"Route", "Record-Route", "User-Agent", "Allow", "Supported", "Expires", "Authorization", "Server":
		return name
	}
	if full, ok := canonicalNames[lowerName(name)]; ok {
		return full
	}
	return name
}

// isListed reports whether sipgo holds each value of the field by itself.
func isListed(name string) bool {
	switch name {
	case "Via", "Contact", "Route", "Record-Route":
		return true
	}
	return false
}

// fieldTable copies sipgo's table, which all parsers share and nobody may edit,
// and puts tandem's own parsers in the place of those that mangle or lose
// something.
func fieldTable() sip.HeadersParser {
	t := sip.HeadersParser(maps.Clone(sip.DefaultHeadersParser()))
	t["via"] = func(_ []byte, s string) (sip.Header, error) { return parseVia(s) }
	t["from"] = func(_ []byte, s string) (sip.Header, error) {
		a, err := parseSingle(s)
		return &sip.FromHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
	}
	t["to"] = func(_ []byte, s string) (sip.Header, error) {
		a, err := parseSingle(s)
		return &sip.ToHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
	}
	t["referred-by"] = func(_ []byte, s string) (sip.Header, error) {
		a, err := parseSingle(s)
		return &sip.ReferredByHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
	}
	t["refer-to"] = func(_ []byte, s string) (sip.Header, error) {
		a, err := parseSingle(s)
		return &sip.ReferToHeader{Address: a.uri}, err
	}
	t["contact"] = func(_ []byte, s string) (sip.Header, error) {
		a, err := parseAddress(s, true)
		return &sip.ContactHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
	}
	t["route"] = func(_ []byte, s string) (sip.Header, error) {
		a, err := parseAddress(s, false)
		return &sip.RouteHeader{Address: a.uri}, err
	}
	t["record-route"] = func(_ []byte, s string) (sip.Header, error) {
		a, err := parseAddress(s, false)
		return &sip.RecordRouteHeader{Address: a.uri}, err
	}
	t["cseq"] = func(_ []byte, s string) (sip.Header, error) { return parseCSeq(s) }
	t["max-forwards"] = func(_ []byte, s string) (sip.Header, error) {
		n, err := number(s, 255) // RFC 3261 §20.22
		h := sip.MaxForwardsHeader(n)
		return &h, err
	}
	t["content-length"] = func(_ []byte, s string) (sip.Header, error) {
		n, err := number(s, 1<<31-1)
		h := sip.ContentLengthHeader(n)
		return &h, err
	}
	return t
}

// lowerName is strings.ToLower without an allocation for the names that most messages
// have.
func lowerName(name string) string {
	switch name {
	case "User-Agent":
		return "user-agent"
	case "Allow":
		return "allow"
	case "Supported":
		return "supported"
	case "Expires":
		return "expires"
	case "Authorization":
		return "authorization"
	case "Server":
		return "server"
	}
	return sip.HeaderToLower(name)
}

// parseSingle reads an address of a field that has only one.
func parseSingle(s string) (address, error) {
	if i, err := indexOutside(s, ','); err == nil && i >= 0 {
		return address{}, errors.New("comma in a field that has one value")
	}
	return parseAddress(s, false)
}

// parseCSeq reads a number below 2^31 and a method, any blanks between (RFC
// 3261 §20.16).
func parseCSeq(s string) (*sip.CSeqHeader, error) {
	f := strings.Fields(s)
	if len(f) != 2 || !isToken(f[1]) {
		return nil, errors.New("not a number and a method")
	}
	n, err := number(f[0], 1<<31-1)
	if err != nil {
		return nil, err
	}
	return &sip.CSeqHeader{SeqNo: n, MethodName: sip.RequestMethod(f[1])}, nil
}

func number(s string, most uint32) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || !isDigits(s) || uint32(n) > most {
		return 0, errors.New("not a number from 0 to " + strconv.Itoa(int(most)))
	}
	return uint32(n), nil
}

// parseVia reads one Via value with blanks wherever RFC 3261 §25.1 allows them.
func parseVia(s string) (*sip.ViaHeader, error) {
	malformed := errors.New("malformed")
	name, rest, ok1 := strings.Cut(s, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	rest = strings.TrimSpace(rest)
	blank := strings.IndexByte(rest, ' ')
	if !ok1 || !ok2 || blank < 0 {
		return nil, malformed
	}
	h := &sip.ViaHeader{
		ProtocolName:    strings.ToUpper(strings.TrimSpace(name)),
		ProtocolVersion: strings.TrimSpace(version),
		Transport:       strings.ToUpper(rest[:blank]),
	}
	by, params := cutParams(strings.TrimSpace(rest[blank+1:]))
	if err := sentBy(h, by); err != nil {
		return nil, err
	}
	var err error
	if h.Params, err = parseParams(params); err != nil {
		return nil, err
	}
	if h.ProtocolName != "SIP" || h.ProtocolVersion != "2.0" || !isToken(h.Transport) {
		return nil, malformed
	}
	lowerNames(h.Params)
	return h, nil
}

// sentBy reads host and port of a Via; sipgo keeps an IPv6 host bare. Where it would not
// give the brackets back they stay (RFC 5118 §4.10): who has asked compares its sent-by.
func sentBy(h *sip.ViaHeader, s string) error {
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return errors.New("half an IPv6 address")
		}
		host, port = s[1:end], strings.TrimSpace(s[end+1:])
		if a, err := netip.ParseAddr(host); err != nil || a.Is4In6() || a.Zone() != "" {
			host = s[:end+1]
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		host, port = strings.TrimSpace(s[:i]), s[i:]
	}
	h.Host = host
	if !isHost(host) {
		return errors.New("no host")
	}
	if port == "" {
		return nil
	}
	n, err := number(strings.TrimSpace(strings.TrimPrefix(port, ":")), 65535)
	h.Port = int(n)
	return err
}

// lowerNames writes Via parameter names in lower case: sipgo's transaction
// machines compare them with regard to case.
func lowerNames(p sip.HeaderParams) {
	for i := range p {
		p[i].K = strings.ToLower(p[i].K)
	}
}
