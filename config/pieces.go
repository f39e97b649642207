package config

import (
	"bytes"
	"runtime"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// minPieces is the size from which a file is parsed in pieces, in octets: one of a hundred thousand users takes half the
// time then.
const minPieces = 512 << 10

// parseInPieces parses a large file in pieces that end with a block, several at a time. ok is false where some piece is not
// whole by itself, as in a comment or a text over several lines: then the file is parsed in one.
func parseInPieces(text []byte, name string) (bodies []*hclsyntax.Body, ok bool) {
	type piece struct {
		text  []byte
		start hcl.Pos
		body  *hclsyntax.Body
	}
	var pieces []*piece
	least := len(text)/(4*runtime.GOMAXPROCS(0)) + 1
	start := hcl.InitialPos
	for rest := text; len(rest) > 0; {
		end := len(rest)
		if least < len(rest) {
			if i := bytes.Index(rest[least:], []byte("\n}\n")); i >= 0 {
				end = least + i + 3
			}
		}
		pieces = append(pieces, &piece{text: rest[:end], start: start})
		start = hcl.Pos{Line: start.Line + bytes.Count(rest[:end], []byte("\n")), Column: 1, Byte: start.Byte + end}
		rest = rest[end:]
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, p := range pieces {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			file, diags := hclsyntax.ParseConfig(p.text, name, p.start)
			if file != nil && len(diags) == 0 {
				p.body, _ = file.Body.(*hclsyntax.Body)
			}
		})
	}
	wg.Wait()
	for _, p := range pieces {
		if p.body == nil {
			return nil, false
		}
		bodies = append(bodies, p.body)
	}
	return bodies, true
}

// surelyShallow says of most files, at a tenth of the cost of taking them apart, that nothing in them is nested too deeply.
// What goes over several lines other than by brackets leaves it unsure.
func surelyShallow(source []byte) bool {
	depth, marks := 0, 0
	for line := range bytes.Lines(source) {
		m, ok := marksOf(line)
		if !ok || depth+m.opened > maxNesting/2 {
			return false
		}
		if marks += m.opened + m.other; marks > maxOperators/2 {
			return false
		}
		if depth = max(0, depth+m.opened-m.closed); depth == 0 {
			marks = 0
		}
	}
	return true
}

// lineMarks counts what opens and closes on a line, and all other marks that may be operators.
type lineMarks struct{ opened, closed, other int }

// marksOf reads a line as HCL does: texts in quotes, values in "${ }" in them, texts in those again. It is not ok where one
// of them, a long comment or a long text goes on after the line.
func marksOf(line []byte) (m lineMarks, ok bool) {
	var in []byte // what is open: " a text, $ a value in it, { a brace in such a value
	for i := 0; i < len(line); i++ {
		c := line[i]
		text := len(in) > 0 && in[len(in)-1] == '"'
		next := byte(0)
		if i+1 < len(line) {
			next = line[i+1]
		}
		switch {
		case text && c == '\\', text && (c == '$' || c == '%') && next == c:
			i++
		case c == '"' && text:
			in = in[:len(in)-1]
			m.closed++
		case c == '"':
			in = append(in, c)
			m.opened++
		case text && (c == '$' || c == '%') && next == '{':
			in = append(in, '$')
			m.opened++
			i++
		case text:
		case c == '#', c == '/' && next == '/':
			return m, len(in) == 0
		case c == '/' && next == '*', c == '<' && next == '<':
			return m, false
		case c == '}' && len(in) > 0:
			in = in[:len(in)-1]
			m.closed++
		case c == '{' && len(in) > 0:
			in = append(in, c)
			m.opened++
		case strings.IndexByte("{[(", c) >= 0:
			m.opened++
		case strings.IndexByte("}])", c) >= 0:
			m.closed++
		case strings.IndexByte("!&|?:+-*/%=<>,", c) >= 0:
			m.other++
		}
	}
	return m, len(in) == 0
}

// pieces parses a file in pieces where that is worth it.
func (l *loader) pieces(text []byte, name string) ([]*hclsyntax.Body, bool) {
	if l.inOne || len(text) < minPieces {
		return nil, false
	}
	return parseInPieces(text, name)
}
