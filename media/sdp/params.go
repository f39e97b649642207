package sdp

import "strings"

// Param returns the value of one of the parameters of a=fmtp, "" where it is
// missing; names are compared without regard to case (RFC 8866 §6.15 leaves it to
// each format, and peers write both).
func (c Codec) Param(name string) string {
	for p := range strings.SplitSeq(c.Params, ";") {
		key, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
