package sipmsg

import (
	"bytes"
	"errors"
	"strings"
)

var (
	errQuote   = errors.New("quotation mark without its fellow")
	errBracket = errors.New("angle bracket without its fellow")
)

// nextLine cuts the first line off b. A bare LF ends a line too: such a message
// is refused by Validate, but must be readable to be answered.
func nextLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), rest
}

// unfold joins the continuation lines at the head of rest to line with one
// blank each (RFC 3261 §7.3.1).
func unfold(line, rest []byte) (unfolded, after []byte) {
	unfolded = bytes.Clone(line)
	for len(rest) > 0 && isBlank(rest[0]) {
		var more []byte
		more, rest = nextLine(rest)
		unfolded = append(bytes.TrimRight(unfolded, " \t"), ' ')
		unfolded = append(unfolded, bytes.Trim(more, " \t")...)
	}
	return unfolded, rest
}

// splitList cuts a header value at its commas outside quotes and angle
// brackets (RFC 3261 §7.3.1). Empty members are an error, an empty list is not.
func splitList(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	var out []string
	for {
		end, err := indexOutside(s, ',')
		if err != nil {
			return nil, err
		}
		member := s
		if end >= 0 {
			member = s[:end]
		}
		if member = strings.TrimSpace(member); member == "" {
			return nil, errors.New("empty member of a list")
		}
		out = append(out, member)
		if end < 0 {
			return out, nil
		}
		s = s[end+1:]
	}
}

// indexOutside returns where c first stands outside quoted strings and angle
// brackets, or -1. It errs if either is left open before.
func indexOutside(s string, c byte) (int, error) {
	bracket := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			n := quotedLen(s[i:])
			if n < 0 {
				return -1, errQuote
			}
			i += n - 1
		case s[i] == c && !bracket:
			return i, nil
		case s[i] == '<':
			bracket = true
		case s[i] == '>':
			bracket = false
		}
	}
	if bracket {
		return -1, errBracket
	}
	return -1, nil
}

// quotedLen returns the length of the quoted string at the head of s, marks
// included, or -1 if it does not end (RFC 3261 §25.1).
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// withoutControls returns the line without control characters, tabs being
// blanks, so that nothing of them is ever echoed; escaped ones go with their
// backslash. Validate refuses the message if any was not escaped.
func withoutControls(b []byte) string {
	clean := true
	for _, c := range b {
		if isControl(c) {
			clean = false
			break
		}
	}
	if clean {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\t':
			out = append(out, ' ')
		case isControl(b[i]):
		case b[i] == '\\' && i+1 < len(b) && isControl(b[i+1]):
			i++
		case b[i] == '\\' && i+1 < len(b):
			out = append(out, b[i], b[i+1])
			i++
		default:
			out = append(out, b[i])
		}
	}
	return string(out)
}

// hasControls reports whether a line has control characters that are not
// escaped as RFC 3261 §25.1 allows within quotation marks.
func hasControls(line []byte) bool {
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++ // whatever follows is escaped; CR and LF cannot be in here
			if i < len(line) && line[i] == '\r' {
				return true
			}
			continue
		}
		if isControl(line[i]) && line[i] != '\t' {
			return true
		}
	}
	return false
}

func isControl(c byte) bool { return c < ' ' || c == 0x7f }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// isToken reports whether s is a token of RFC 3261 §25.1.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && strings.IndexByte("-.!%*_+`'~", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}
