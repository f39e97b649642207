package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

// exitCodes are what a verb may return, for the manual.
var exitCodes = [...]struct {
	code int
	says string
}{
	{exitOK, "it went well"},
	{exitFailed, "it failed"},
	{exitUsage, "the command line is not understood"},
	{exitConfig, "the configuration is wrong or missing"},
	{exitUnreachable, "no gateway is running, or it cannot be reached"},
	{exitNotFound, "there is no such call, user, trunk, room or file"},
	{exitExpectation, "a check, a test or an expectation failed"},
	{exitDenied, "it is not permitted"},
	{exitInterrupted, "it was interrupted"},
}

// newMan is `tandem man FOLDER`.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Hidden: true, // the list of verbs is long enough
		Short: "write the manual pages", Example: "  tandem man /usr/local/share/man/man1",
		Long: "man writes a manual page for each verb into FOLDER, which is made: tandem.1,\ntandem-calls.1 and so on.",
		Args: takes("FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return exitf(exitFailed, "cannot make %s: %v", args[0], machine.Why(err))
			}
			if err := writeManuals(cmd.Root(), args[0]); err != nil {
				return exitf(exitFailed, "cannot write to %s: %v", args[0], machine.Why(err))
			}
			return nil
		},
	}
}

// unlisted are verbs that the help of tandem only names: its list is long enough.
func unlisted() []string { return []string{"audit", "bans", "completion", "debug", "man"} }

// verbs are a command and all that are below it, in the order of their names.
func verbs(root *cobra.Command) func(func(*cobra.Command) bool) {
	return func(yield func(*cobra.Command) bool) { walk(root, yield) }
}

func walk(cmd *cobra.Command, yield func(*cobra.Command) bool) bool {
	if !yield(cmd) {
		return false
	}
	below := slices.Clone(cmd.Commands())
	slices.SortFunc(below, func(a, b *cobra.Command) int { return strings.Compare(a.Name(), b.Name()) })
	for _, c := range below {
		if (c.IsAvailableCommand() || slices.Contains(unlisted(), c.Name())) && !walk(c, yield) {
			return false
		}
	}
	return true
}

// writeReference writes every verb with its flags and examples, in Markdown.
func writeReference(w io.Writer, root *cobra.Command) {
	fmt.Fprint(w, "# The command line\n\nWritten from the program itself; do not edit. `tandem VERB --help` says the same, `tandem man FOLDER` writes it as\n"+
		"manual pages, `tandem completion SHELL` lets a shell complete verbs, flags and live values.\n\n| exit code | means |\n|---|---|\n")
	for _, e := range exitCodes {
		fmt.Fprintf(w, "| %d | %s |\n", e.code, e.says)
	}
	fmt.Fprint(w, "\nVerbs that cannot be undone ask first on a terminal, unless `-y` is given. Tables are for people: with `-o wide` nothing in them is\n"+
		"shortened, and `--json`, which is `-o json`, is for programs, which then read errors\n"+
		"from the standard error as `{\"error\": \"...\", \"code\": 5}`. `--watch` shows a view anew each second.\n")
	for cmd := range verbs(root) {
		writeVerb(w, cmd)
	}
}

func writeVerb(w io.Writer, cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	text := cmd.Long
	if text == "" {
		text = strings.ToUpper(cmd.Short[:1]) + cmd.Short[1:] + "."
	}
	fmt.Fprintf(w, "\n## %s\n\n%s\n\n```text\n%s\n```\n", cmd.CommandPath(), escaped(text), cmd.UseLine())
	if cmd.Example != "" {
		fmt.Fprintf(w, "\n```text\n%s\n```\n", unindented(cmd.Example))
	}
	if flags := strings.TrimRight(cmd.NonInheritedFlags().FlagUsages(), "\n"); flags != "" {
		fmt.Fprintf(w, "\n```text\n%s\n```\n", unindented(flags))
	}
}

// escaped is a text in which Markdown sees no tags.
func escaped(s string) string { return strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(s) }

// unindented takes the two blanks off that examples begin with.
func unindented(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "  ")
	}
	return strings.Join(lines, "\n")
}
