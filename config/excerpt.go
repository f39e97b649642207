package config

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
)

// maxExcerptLine is the longest source line that is shown, in characters.
const maxExcerptLine = 160

// excerpt shows the line of a range with the one before it, and carets below the range:
//
//	  13 | calls = {
//	> 14 |   "3" = [dail("user:201")]
//	     |          ^^^^
func excerpt(source []byte, at hcl.Range) string {
	lines := strings.Split(string(source), "\n")
	if at.Start.Line < 1 || at.Start.Line > len(lines) {
		return ""
	}
	line := strings.TrimSuffix(lines[at.Start.Line-1], "\r")
	var b strings.Builder
	if at.Start.Line > 1 {
		if before := shown(lines[at.Start.Line-2]); strings.TrimSpace(before) != "" {
			fmt.Fprintf(&b, "  %4d | %s\n", at.Start.Line-1, before)
		}
	}
	fmt.Fprintf(&b, " >%4d | %s\n", at.Start.Line, shown(line))
	lineStart := 0
	for _, l := range lines[:at.Start.Line-1] {
		lineStart += len(l) + 1
	}
	start := max(0, min(at.Start.Byte-lineStart, len(line)))
	end := len(line)
	if at.End.Line == at.Start.Line {
		end = max(start, min(at.End.Byte-lineStart, len(line)))
	}
	indent := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, shownWhole(line[:start]))
	carets := strings.Repeat("^", max(1, len([]rune(line[start:end]))))
	if len([]rune(indent))+len(carets) > maxExcerptLine {
		return strings.TrimSuffix(b.String(), "\n")
	}
	fmt.Fprintf(&b, "       | %s%s", indent, carets)
	return b.String()
}

// shown makes a source line fit to be printed: no control characters, and not too long.
func shown(line string) string {
	runes := []rune(shownWhole(line))
	if len(runes) > maxExcerptLine {
		return string(runes[:maxExcerptLine]) + " ..."
	}
	return string(runes)
}

func shownWhole(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return -1
		case r != '\t' && !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, line)
}
