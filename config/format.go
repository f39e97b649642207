package config

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format writes a file as all of them should look: indented by two, with what belongs together in columns, no space at
// the ends of lines and one empty line at most between two. Comments stay. What it gives it gives again unchanged, and it
// means the same. A file that cannot be parsed is not touched: the Diagnostics say why.
func Format(s Source) ([]byte, Diagnostics) {
	l := newLoader("", Options{})
	l.parse(s)
	if found := l.diagnostics(); found.HasErrors() {
		return nil, found
	}
	text := l.sources[s.Name]
	if isJSON(s.Name) {
		var out bytes.Buffer
		if err := json.Indent(&out, bytes.TrimSpace(text), "", "  "); err != nil {
			return text, nil // it was parsed before
		}
		return append(out.Bytes(), '\n'), nil
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	out := text
	for range 4 { // a comment that moves may move its neighbors
		next := tidied(hclwrite.Format(out))
		if bytes.Equal(next, out) {
			return out, nil
		}
		if !sameTokens(text, next) {
			return text, nil // a text over several lines holds spaces that are its own
		}
		out = next
	}
	return text, nil
}

// tidied takes away spaces at the ends of lines and empty lines beyond one.
func tidied(text []byte) []byte {
	var b strings.Builder
	empty := 1
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, " \t\n")
		if line == "" {
			empty++
			continue
		}
		if empty > 0 && b.Len() > 0 {
			b.WriteByte('\n')
		}
		empty = 0
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}

// sameTokens says whether two texts differ in nothing but space.
func sameTokens(a, b []byte) bool {
	x, y := tokens(a), tokens(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].Type != y[i].Type || !bytes.Equal(bytes.TrimRight(x[i].Bytes, " \t\r\n"), bytes.TrimRight(y[i].Bytes, " \t\r\n")) {
			return false
		}
		if lit := x[i].Type == hclsyntax.TokenStringLit || x[i].Type == hclsyntax.TokenQuotedLit; lit && !bytes.Equal(x[i].Bytes, y[i].Bytes) {
			return false
		}
	}
	return true
}

// tokens gives what a text is made of, without the ends of lines.
func tokens(text []byte) hclsyntax.Tokens {
	all, _ := hclsyntax.LexConfig(text, "", hcl.InitialPos)
	var some hclsyntax.Tokens
	for _, t := range all {
		if t.Type != hclsyntax.TokenNewline {
			some = append(some, t)
		}
	}
	return some
}
