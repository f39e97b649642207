package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// ICE is the ICE part of a description (RFC 8839).
type ICE struct {
	Ufrag, Pwd string
	// Lite says that the side only answers checks (a=ice-lite).
	Lite bool
	// Trickle says that the side takes part in trickle ICE (RFC 8840).
	Trickle bool
	// Candidates are values of a=candidate, as text, in their order. Those
	// of a remote are unchecked: whoever parses them must bound and filter.
	Candidates []string
	// EndOfCandidates says that no more candidates will come. It is always
	// written in our own descriptions, whatever its value.
	EndOfCandidates bool
}

// sameAs reports whether the credentials of i and j are the same, so that no
// restart happened (RFC 8839 §4.4.1.1.1).
func (i *ICE) sameAs(j *ICE) bool { return i.Ufrag == j.Ufrag && i.Pwd == j.Pwd }

// readICE returns the ICE part that stands in levels; nil without credentials.
func readICE(levels [][]Line) *ICE {
	ice := new(ICE)
	for _, lines := range levels {
		ufrag, _ := attribute(lines, "ice-ufrag")
		pwd, _ := attribute(lines, "ice-pwd")
		if isICEText(ufrag) && isICEText(pwd) {
			ice.Ufrag, ice.Pwd = ufrag, pwd
			break
		}
	}
	if ice.Ufrag == "" {
		return nil
	}
	for _, lines := range levels {
		ice.readOptions(lines)
		if len(ice.Candidates) == 0 {
			ice.readCandidates(lines)
		}
	}
	return ice
}

func (i *ICE) readOptions(lines []Line) {
	for name, value := range attributes(lines) {
		switch name {
		case "ice-lite":
			i.Lite = true
		case "ice-options":
			for _, option := range strings.Fields(value) {
				i.Trickle = i.Trickle || strings.EqualFold(option, "trickle")
			}
		case "end-of-candidates":
			i.EndOfCandidates = true
		}
	}
}

func (i *ICE) readCandidates(lines []Line) {
	for name, value := range attributes(lines) {
		if name == "candidate" && value != "" && len(i.Candidates) < maxCandidates {
			i.Candidates = append(i.Candidates, value)
		}
	}
}

// isICEText accepts what RFC 8839 §5.4 allows and a little more, since some
// stacks use base64url: printable ASCII without blanks, at most 256 bytes.
func isICEText(s string) bool {
	if s == "" || len(s) > 256 {
		return false
	}
	for _, b := range []byte(s) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}

// candidateAddr returns where the first usable UDP candidate for RTP is:
// <foundation> <component> <transport> <priority> <address> <port> ...
func candidateAddr(candidates []string) (netip.AddrPort, bool) {
	for _, c := range candidates {
		fields := strings.Fields(c)
		if len(fields) < 6 || fields[1] != "1" || !strings.EqualFold(fields[2], "udp") {
			continue
		}
		addr := parseAddr(fields[4])
		port, err := strconv.ParseUint(fields[5], 10, 16)
		if err == nil && port != 0 && canSendTo(addr) {
			return netip.AddrPortFrom(addr, uint16(port)), true
		}
	}
	return netip.AddrPort{}, false
}
