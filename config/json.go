package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// jsonNode is one value of a JSON text, with its place. Members keep their order, and those of one name stay two.
type jsonNode struct {
	at      hcl.Range
	value   any // string, json.Number, bool or nil; jsonObject or jsonArray
	members []jsonMember
	items   []*jsonNode
}

type (
	jsonObject struct{}
	jsonArray  struct{}
)

type jsonMember struct {
	name  string
	at    hcl.Range // of the name, in its quotes
	value *jsonNode
}

func (n *jsonNode) isObject() bool { _, ok := n.value.(jsonObject); return ok }
func (n *jsonNode) isArray() bool  { _, ok := n.value.(jsonArray); return ok }

// jsonReader takes a JSON text apart. Tokens come from encoding/json; where each begins is found again in the text.
type jsonReader struct {
	text  []byte
	name  string
	lines []int // octets at which lines begin
	d     *json.Decoder
	end   int // of the last token
	depth int
}

// jsonError is why a text is no JSON.
type jsonError struct {
	at      hcl.Range
	message string
	hint    string
}

func (e *jsonError) Error() string { return e.message }

// readJSON reads one JSON object with its places.
func readJSON(text []byte, name string) (*jsonNode, error) {
	r := &jsonReader{text: text, name: name, lines: []int{0}, d: json.NewDecoder(bytes.NewReader(text))}
	r.d.UseNumber()
	for i, b := range text {
		if b == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	n, err := r.read()
	switch {
	case err != nil:
		return nil, err
	case !n.isObject():
		return nil, &jsonError{n.at, "a JSON file is one object in { }", ""}
	}
	if rest := bytes.TrimLeft(text[r.end:], " \t\r\n"); len(rest) > 0 {
		at := len(text) - len(rest)
		return nil, &jsonError{r.between(at, at+1), "something stands behind the object that is the file", ""}
	}
	return n, nil
}

// pos gives the place of an octet.
func (r *jsonReader) pos(octet int) hcl.Pos {
	line := sort.SearchInts(r.lines, octet+1) - 1
	return hcl.Pos{Line: line + 1, Column: utf8.RuneCount(r.text[r.lines[line]:octet]) + 1, Byte: octet}
}

func (r *jsonReader) between(start, end int) hcl.Range {
	return hcl.Range{Filename: r.name, Start: r.pos(start), End: r.pos(min(end, len(r.text)))}
}

// token gives the next token and where it stands.
func (r *jsonReader) token() (json.Token, hcl.Range, error) {
	t, err := r.d.Token()
	if err != nil {
		return nil, hcl.Range{}, r.failure(err)
	}
	start := r.end
	for start < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[start]) >= 0 {
		start++
	}
	r.end = int(r.d.InputOffset())
	return t, r.between(start, r.end), nil
}

// failure says in words what is no JSON.
func (r *jsonReader) failure(err error) error {
	at, message, hint := len(r.text), "the file ends before the object that it is", ""
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && !errors.Is(err, io.ErrUnexpectedEOF) {
		for at = max(0, int(syntax.Offset)-1); at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[at]) >= 0; {
			at++
		}
		message, hint = "this is no JSON", "Names and text stand in double quotes, and one comma between two things; there are no comments but \"//\" members."
	}
	if at >= len(r.text) {
		at = max(0, len(bytes.TrimRight(r.text, " \t\r\n"))-1)
		message = "the file ends before the object that it is"
	}
	return &jsonError{r.between(at, at+1), message, hint}
}

// read reads one value.
func (r *jsonReader) read() (*jsonNode, error) {
	t, at, err := r.token()
	if err != nil {
		return nil, err
	}
	n := &jsonNode{at: at, value: t}
	delim, ok := t.(json.Delim)
	if !ok {
		return n, nil
	}
	if r.depth++; r.depth > maxNesting {
		return nil, &jsonError{at, "this is nested too deeply", ""}
	}
	defer func() { r.depth-- }()
	if delim == '{' {
		n.value = jsonObject{}
		err = r.object(n)
	} else {
		n.value = jsonArray{}
		err = r.array(n)
	}
	n.at.End = r.pos(r.end)
	return n, err
}

func (r *jsonReader) object(n *jsonNode) error {
	for r.d.More() {
		t, at, err := r.token()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok {
			return &jsonError{at, "a name stands in double quotes", ""}
		}
		value, err := r.read()
		if err != nil {
			return err
		}
		n.members = append(n.members, jsonMember{name, at, value})
	}
	_, _, err := r.token()
	return err
}

func (r *jsonReader) array(n *jsonNode) error {
	for r.d.More() {
		item, err := r.read()
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, _, err := r.token()
	return err
}

// escaped is a text of a JSON file in which some characters are written as escapes: places in it are counted in what it
// means, and are to be told in what is written.
type escaped struct {
	from int   // the octet behind the opening quote
	raw  []int // for each octet of the meaning, how far behind from it is written
}

// escapes gives the places of a string that holds escapes; ok is false where it holds none.
func escapes(text []byte, at hcl.Range) (e escaped, ok bool) {
	written := text[at.Start.Byte+1 : at.End.Byte-1]
	if bytes.IndexByte(written, '\\') < 0 {
		return e, false
	}
	e.from = at.Start.Byte + 1
	for i := 0; i < len(written); {
		n := 1
		if written[i] == '\\' {
			n = 2
			if i+1 < len(written) && written[i+1] == 'u' {
				n = 6
			}
		}
		n = min(n, len(written)-i)
		meant := "x"
		if n > 1 && json.Unmarshal(slices.Concat([]byte{'"'}, written[i:i+n], []byte{'"'}), &meant) != nil {
			meant = "x"
		}
		for range max(1, len(meant)) {
			e.raw = append(e.raw, i)
		}
		i += n
	}
	e.raw = append(e.raw, len(written))
	return e, true
}

// place puts a place in the meaning back to where it is written.
func (e escaped) place(p hcl.Pos, line int) (hcl.Pos, bool) {
	i := p.Byte - e.from
	if i < 0 || i >= len(e.raw) {
		return p, false
	}
	shift := e.raw[i] - i
	return hcl.Pos{Line: line, Column: p.Column + shift, Byte: p.Byte + shift}, true
}
