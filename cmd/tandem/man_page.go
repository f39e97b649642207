package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeManuals writes the pages of a verb and of all below it, as man(7) reads them.
// They have no date, so that pages of one version are the same.
func writeManuals(root *cobra.Command, folder string) error {
	for cmd := range verbs(root) {
		f, err := os.Create(filepath.Join(folder, pageName(cmd)+".1"))
		if err != nil {
			return err
		}
		var b strings.Builder
		writeManual(&b, cmd)
		_, err = io.WriteString(f, b.String())
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pageName is "tandem-calls-hold".
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// writeManual writes one page.
func writeManual(w io.Writer, cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	fmt.Fprintf(w, ".TH %q 1 \"\" %q tandem\n", strings.ToUpper(pageName(cmd)), "tandem "+version)
	fmt.Fprintf(w, ".SH NAME\n%s \\- %s\n", roff(pageName(cmd)), roff(cmd.Short))
	fmt.Fprintf(w, ".SH SYNOPSIS\n.B %s\n%s\n", roff(cmd.CommandPath()), roff(strings.TrimSpace(strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath()))))
	text := cmd.Long
	if text == "" {
		text = strings.ToUpper(cmd.Short[:1]) + cmd.Short[1:] + "."
	}
	fmt.Fprintf(w, ".SH DESCRIPTION\n%s\n", roff(text))
	fmt.Fprint(w, ".SH OPTIONS\n")
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) { writeOption(w, f) })
	cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { writeOption(w, f) })
	if cmd.Example != "" {
		fmt.Fprintf(w, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	fmt.Fprint(w, ".SH EXIT STATUS\n")
	for _, e := range exitCodes {
		fmt.Fprintf(w, ".TP\n.B %d\n%s\n", e.code, roff(e.says))
	}
	writeSeeAlso(w, cmd)
}

func writeOption(w io.Writer, f *pflag.Flag) {
	if f.Hidden {
		return
	}
	value, usage := pflag.UnquoteUsage(f)
	name := `\fB` + roff("--"+f.Name) + `\fR`
	if f.Shorthand != "" {
		name = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + name
	}
	if value != "" {
		name += ` \fI` + roff(value) + `\fR`
	}
	fmt.Fprintf(w, ".TP\n%s\n%s\n", name, roff(usage))
}

// writeSeeAlso names the verbs around.
func writeSeeAlso(w io.Writer, cmd *cobra.Command) {
	var pages []string
	if cmd.HasParent() {
		pages = append(pages, pageName(cmd.Parent()))
	}
	for below := range verbs(cmd) {
		if below.Parent() == cmd {
			pages = append(pages, pageName(below))
		}
	}
	if len(pages) == 0 {
		return
	}
	for i, p := range pages {
		pages[i] = `\fB` + roff(p) + `\fR(1)`
	}
	fmt.Fprintf(w, ".SH SEE ALSO\n%s\n", strings.Join(pages, ",\n"))
}

// roff writes text so that roff takes none of it for its own.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
