package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/dialplan"
)

// takes is a check that a verb was given exactly these arguments, in words.
func takes(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > 0 && len(names) == 0 && cmd.HasAvailableSubCommands():
			return noSuchVerb(cmd, args[0])
		case len(args) > len(names):
			hint := ""
			if over := args[len(names)]; cmd.Flags().Lookup("config") != nil && (strings.HasSuffix(over, ".hcl") || machine.Exists(over)) {
				hint = ": a file is named with -c"
			}
			return usagef(cmd, "%q is too much%s", args[len(names)], hint)
		case len(args) < len(names):
			return usagef(cmd, "missing: %s", listed(names[len(args):]))
		}
		return nil
	}
}

// ofACall is a check of arguments, the first of which is the ID of a call: who leaves it out
// is told where it comes from.
func ofACall(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err != nil && len(args) == 0 {
			return exitf(exitUsage, "%s\n%s names a call: `tandem calls` lists those that there are by their IDs, `tandem trace` also those that are over;\n"+
				"the log has it as call=..., the console below who calls whom. \"last\" is the call that began last.", err, strings.Fields(cmd.Use)[1])
		}
		return err
	}
}

// listed writes names as a sentence does: A, B and C.
func listed(names []string) string {
	if n := len(names) - 1; n > 1 {
		names = []string{strings.Join(names[:n], ", "), names[n]}
	}
	return strings.Join(names, " and ")
}

// usagef says what is wrong with a command line, and how it goes.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	return exitf(exitUsage, "%s\nusage: %s", fmt.Sprintf(format, args...), cmd.UseLine())
}

// unknownVerb errs where the first word is no verb; before the flags are read, so
// that a mistyped verb is not taken for a wrong flag.
func unknownVerb(root *cobra.Command, args []string) error {
	for i, a := range args {
		switch {
		case strings.HasPrefix(a, "-"), i > 0 && (args[i-1] == "-c" || args[i-1] == "--config"):
			continue
		case a == "help" || a == "completion" || strings.HasPrefix(a, "__complete"):
			return nil // cobra's own
		}
		for _, c := range root.Commands() {
			if c.Name() == a {
				return nil
			}
		}
		return noSuchVerb(root, a)
	}
	return nil
}

func noSuchVerb(cmd *cobra.Command, word string) error {
	return exitf(exitUsage, "there is no verb %q%s\nsee `%s --help`", word, didYouMean(nearVerb(cmd, word)), cmd.CommandPath())
}

// didYouMean asks whether a near word was meant; empty for none.
func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

// nearVerb is the verb below a command that a word may be meant for; empty for none.
func nearVerb(cmd *cobra.Command, word string) string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || slices.Contains(unlisted(), c.Name()) {
			names = append(names, c.Name())
		}
	}
	if near := dialplan.Suggest(word, names); near != "" {
		return near
	}
	if s := cmd.SuggestionsFor(word); len(s) > 0 {
		return s[0]
	}
	return ""
}

// flagError says what is wrong with a flag; the library's own words name functions
// of Go.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	quoted := func() string { // what stands between the first two quotation marks
		_, rest, _ := strings.Cut(text, `"`)
		word, _, _ := strings.Cut(rest, `"`)
		return word
	}
	switch {
	case strings.HasPrefix(text, "unknown flag: "):
		name := strings.TrimPrefix(text, "unknown flag: ")
		near := dialplan.Suggest(name, flagNames(cmd))
		if near != "" {
			near = "; did you mean " + near + "?"
		}
		return usagef(cmd, "there is no flag %s%s", name, near)
	case strings.HasPrefix(text, "unknown shorthand flag: "):
		_, in, _ := strings.Cut(text, " in ")
		return usagef(cmd, "there is no flag %s", in)
	case strings.HasPrefix(text, "flag needs an argument: "):
		name := strings.TrimPrefix(text, "flag needs an argument: ")
		if _, in, ok := strings.Cut(name, " in "); ok {
			name = in
		}
		return usagef(cmd, "%s needs a value", name)
	case strings.HasPrefix(text, "invalid argument "):
		_, flag, _ := strings.Cut(text, ` for "`)
		flag, reason, _ := strings.Cut(flag, `" flag: `)
		if strings.HasPrefix(reason, "it is ") { // our own words, not Go's
			return usagef(cmd, "%q cannot be the value of %s: %s", quoted(), flag, reason)
		}
		if strings.Contains(reason, "time: ") {
			return usagef(cmd, "%q cannot be the value of %s: a time is written 90s, 10m or 1h", quoted(), flag)
		}
		if strings.Contains(reason, "strconv.ParseInt") || strings.Contains(reason, "strconv.ParseUint") || strings.Contains(reason, "strconv.Atoi") {
			return usagef(cmd, "%q cannot be the value of %s: it is a number", quoted(), flag)
		}
		return usagef(cmd, "%q cannot be the value of %s", quoted(), flag)
	}
	return usagef(cmd, "%s", text)
}

// flagNames are the flags of a verb as they are written.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	for _, line := range strings.Split(cmd.Flags().FlagUsages(), "\n") {
		if _, name, ok := strings.Cut(line, "--"); ok {
			name, _, _ = strings.Cut(name, " ")
			names = append(names, "--"+name)
		}
	}
	return names
}

// newHelp is `tandem help VERB`, which errs on what is no verb.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [VERB]", Short: "say more about a verb", Example: "  tandem help demo",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd := root
			for _, word := range args {
				next, _, err := cmd.Find([]string{word})
				if err != nil || next == cmd {
					return noSuchVerb(cmd, word)
				}
				cmd = next
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}
