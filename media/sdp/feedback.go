package sdp

import "strings"

// Feedback is a set of kinds of RTCP feedback (RFC 4585 §4.2).
type Feedback uint8

// The kinds we know.
const (
	NACK        Feedback = 1 << iota // nack: RFC 4585 §6.2.1
	PLI                              // nack pli: RFC 4585 §6.3.1
	FIR                              // ccm fir: RFC 5104 §4.3.1
	REMB                             // goog-remb
	TransportCC                      // transport-cc
)

var feedbackNames = [...]string{"goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"}

// names returns the kinds as a=rtcp-fb writes them, in the order of browsers.
func (f Feedback) names() []string {
	var out []string
	for _, name := range feedbackNames {
		if f&feedbackOf(name) != 0 {
			out = append(out, name)
		}
	}
	return out
}

func feedbackOf(name string) Feedback {
	switch strings.Join(strings.Fields(strings.ToLower(name)), " ") {
	case "nack":
		return NACK
	case "nack pli":
		return PLI
	case "ccm fir":
		return FIR
	case "goog-remb":
		return REMB
	case "transport-cc":
		return TransportCC
	}
	return 0
}

// readFeedback returns the kinds of each payload type; those of "*" are of all.
func readFeedback(lines []Line) (by [128]Feedback) {
	for name, value := range attributes(lines) {
		if name != "rtcp-fb" {
			continue
		}
		number, rest, _ := strings.Cut(value, " ")
		f := feedbackOf(rest)
		if number == "*" {
			for pt := range by {
				by[pt] |= f
			}
		} else if pt, ok := parsePayloadType(number); ok {
			by[pt] |= f
		}
	}
	return by
}
