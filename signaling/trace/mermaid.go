package trace

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/tandemgw/tandem"
)

// Mermaid writes the ladder of a call as a sequence diagram that Mermaid draws, and
// with it many programs that show Markdown.
func Mermaid(w io.Writer, t *Trace) error {
	b := bufio.NewWriter(w)
	b.WriteString("sequenceDiagram\n    autonumber\n")
	names := map[tandem.LegID]string{}
	for n, l := range t.Legs {
		if n == 1 {
			b.WriteString("    participant G as tandem\n")
		}
		name := fmt.Sprintf("L%d", n)
		names[l.ID] = name
		fmt.Fprintf(b, "    participant %s as %s\n", name, plain(l.Party+"<br/>"+l.Address))
	}
	if len(t.Legs) < 2 {
		b.WriteString("    participant G as tandem\n")
	}
	for n := range t.Items {
		i := &t.Items[n]
		who, ok := names[i.Leg]
		if !ok {
			who = "G"
		}
		switch {
		case i.Kind == Event:
			fmt.Fprintf(b, "    Note over G: %s\n", plain(i.Note))
		case i.Kind == Media:
			fmt.Fprintf(b, "    Note over %s: %s\n", who, plain(i.Note))
		case i.In:
			fmt.Fprintf(b, "    %s->>G: %s\n", who, plain(i.Label()))
		default:
			fmt.Fprintf(b, "    G->>%s: %s\n", who, plain(i.Label()))
		}
	}
	return b.Flush()
}

// plain is text that Mermaid takes for nothing but text.
func plain(s string) string {
	s = strings.ReplaceAll(s, "<br/>", "\n")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString("<br/>")
		case strings.ContainsRune(`;#<>&"{}%`, r) || !unicode.IsPrint(r):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
