package sdp

import (
	"strconv"
	"strings"
)

// Parse reads a session description tolerantly: lines may end in CRLF, LF or
// CR, the last one in nothing; NULs and blank lines around the body are
// dropped; o=, s= and t= may be missing and c= may stand anywhere; unknown
// lines are kept; any kind of media and any format is accepted. The body must
// begin with v=, every m= must have a kind, a port and a proto, and the limits
// hold. The error is a *ParseError.
func Parse(b []byte) (*Description, error) {
	if len(b) > MaxSize {
		return nil, &ParseError{Reason: "longer than " + strconv.Itoa(MaxSize) + " bytes"}
	}
	// Some stacks count the C string's end, a byte order mark or blank lines
	// into the body.
	text := strings.TrimRight(string(b), "\x00 \t\r\n")
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n")
	if text == "" {
		return nil, &ParseError{Reason: "empty"}
	}
	p := parser{description: new(Description)}
	for number := 1; text != ""; number++ {
		if number > MaxLines {
			return nil, &ParseError{Line: number, Reason: "more than " + strconv.Itoa(MaxLines) + " lines"}
		}
		var line string
		line, text = cutLine(text)
		if reason := p.line(line); reason != "" {
			return nil, &ParseError{Line: number, Reason: reason}
		}
	}
	return p.description, nil
}

// cutLine splits text at its first line end.
func cutLine(text string) (line, rest string) {
	end := strings.IndexAny(text, "\r\n")
	if end < 0 {
		return text, ""
	}
	line, rest = text[:end], text[end+1:]
	if text[end] == '\r' {
		rest = strings.TrimPrefix(rest, "\n")
	}
	return line, rest
}

type parser struct {
	description             *Description
	begun, hasOrigin, named bool
}

// line takes one line and returns what is wrong with it, empty when nothing.
func (p *parser) line(text string) string {
	if len(text) > MaxLineLength {
		return "longer than " + strconv.Itoa(MaxLineLength) + " bytes"
	}
	if strings.IndexByte(text, 0) >= 0 {
		return "contains a NUL"
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	l := Line{Value: text}
	if len(text) >= 2 && text[1] == '=' {
		l = Line{Type: text[0], Value: text[2:]}
	}
	if !p.begun {
		if l.Type != 'v' {
			return "does not begin with v="
		}
		p.begun = true
		p.description.Version = strings.TrimSpace(l.Value)
		return ""
	}
	if l.Type == 'm' {
		return p.media(l.Value)
	}
	if n := len(p.description.Media); n > 0 {
		m := &p.description.Media[n-1]
		m.Lines = append(m.Lines, l)
		return ""
	}
	p.sessionLine(l)
	return ""
}

func (p *parser) sessionLine(l Line) {
	d := p.description
	switch {
	case l.Type == 'o' && !p.hasOrigin:
		d.Origin = parseOrigin(l.Value)
		p.hasOrigin = true
	case l.Type == 's' && !p.named:
		d.Name = strings.TrimSpace(l.Value)
		p.named = true
	default:
		d.Lines = append(d.Lines, l)
	}
}

// parseOrigin reads an o= line of any number of fields. The user name is the
// one field in which peers put blanks, so the others are counted from the end.
func parseOrigin(value string) Origin {
	fields := strings.Fields(value)
	user := ""
	if n := len(fields) - 5; n > 0 {
		user = strings.Join(fields[:n], " ")
		fields = fields[n:]
	} else if len(fields) > 0 {
		user = fields[0]
		fields = fields[1:]
	}
	fields = append(fields, "", "", "", "", "")
	return Origin{
		User: user, ID: fields[0], Version: fields[1],
		NetType: fields[2], AddrType: fields[3], Address: fields[4],
	}
}

// media begins the m-line of value: <kind> <port>[/<count>] <proto> <fmt> ...
func (p *parser) media(value string) string {
	if len(p.description.Media) == MaxMedia {
		return "more than " + strconv.Itoa(MaxMedia) + " m-lines"
	}
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return "m= needs kind, port and proto"
	}
	if len(fields)-3 > MaxFormats {
		return "more than " + strconv.Itoa(MaxFormats) + " formats"
	}
	m := Media{Kind: fields[0], Proto: fields[2], Formats: fields[3:]}
	portText, countText, hasCount := strings.Cut(fields[1], "/")
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return "m= has no port from 0 to 65535"
	}
	m.Port = uint16(port)
	if hasCount {
		count, err := strconv.ParseUint(countText, 10, 16)
		if err != nil || count == 0 {
			return "m= has no number of ports after the slash"
		}
		m.PortCount = int(count)
	}
	p.description.Media = append(p.description.Media, m)
	return ""
}
