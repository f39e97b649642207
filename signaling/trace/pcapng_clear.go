package trace

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"

	"github.com/tandemgw/tandem"
)

// Programs that read captures take RTP for encrypted where the description says so, and
// play none of it. Where a leg's sound is in the capture in the clear its descriptions
// therefore name the profile without encryption (RFC 3551, RFC 4585), and offer no keys;
// the comment of the packet says so.
var (
	securedLine = regexp.MustCompile(`(?m)^(m=\S+ \S+ )(?:UDP/TLS/)?RTP/SAVP(F?)\b`)
	cryptoLine  = regexp.MustCompile(`(?m)^a=crypto:`)
	lengthField = regexp.MustCompile(`(?mi)^(Content-Length|l)(\s*:\s*)(\d+)`)
)

// clearNote is the comment of a message whose description has been changed.
const clearNote = "its description named encryption: the sound stands decrypted here"

// clearLegs are the legs whose sound is in the clear.
func clearLegs(packets []Packet) map[tandem.LegID]bool {
	all := map[tandem.LegID]bool{}
	for n := range packets {
		if packets[n].Payload != nil {
			all[packets[n].Leg] = true
		}
	}
	return all
}

// unsecured is a message whose description names no encryption; false where it named
// none.
func unsecured(message []byte) ([]byte, bool) {
	head, body, ok := bytes.Cut(message, []byte("\r\n\r\n"))
	if !ok || !securedLine.Match(body) {
		return message, false
	}
	plain := securedLine.ReplaceAll(body, []byte("${1}RTP/AVP${2}"))
	plain = cryptoLine.ReplaceAll(plain, []byte("a=x-crypto:"))
	head = lengthField.ReplaceAllFunc(head, func(field []byte) []byte {
		part := lengthField.FindSubmatch(field)
		n, err := strconv.Atoi(string(part[3]))
		if err != nil {
			return field
		}
		return fmt.Appendf(nil, "%s%s%d", part[1], part[2], n+len(plain)-len(body))
	})
	return bytes.Join([][]byte{head, plain}, []byte("\r\n\r\n")), true
}
