package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/doctor"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
)

// checking is what check was asked for.
type checking struct {
	path           string
	strict, online bool
	answer         asking
}

func newCheck(env environment) *cobra.Command {
	var o checking
	cmd := &cobra.Command{
		Use:   "check [-c FILE or FOLDER]",
		Short: "say everything that is wrong with a configuration, at once",
		Long: "check reads a configuration and says all that is wrong with it, and what works but\n" +
			"may not be meant: what nothing uses, secrets that others may read. It opens no\n" +
			"socket. With --online it also asks the network: whether trunks are found and answer,\n" +
			"whether certificates hold, whether the ports are free.",
		SuggestFor: []string{"validate", "lint"},
		Example: "  tandem check -c tandem.hcl\n  tandem check --strict        # warnings count as errors\n" +
			"  tandem check --online        # also trunks, certificates and ports",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, env) },
	}
	configFlag(cmd, &o.path)
	cmd.Flags().BoolVar(&o.strict, "strict", false, "count warnings as errors")
	cmd.Flags().BoolVar(&o.online, "online", false, "ask the network too")
	o.answer.jsonFlags(cmd)
	return cmd
}

// checked is what check --json writes.
type checked struct {
	OK       bool            `json:"ok"`
	Findings []foundFinding  `json:"findings"`
	Online   []doctor.Result `json:"online,omitempty"`
}

// foundFinding is one finding as editors want it; lines and columns are from 1, columns in characters.
type foundFinding struct {
	Severity  string `json:"severity"` // error, warning
	File      string `json:"file,omitempty"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	EndLine   int    `json:"endLine,omitempty"`
	EndColumn int    `json:"endColumn,omitempty"`
	Message   string `json:"message"`
	Hint      string `json:"hint,omitempty"`
}

func (o checking) run(cmd *cobra.Command, env environment) error {
	path, err := find(env, o.path)
	if err != nil {
		return err
	}
	file, found := config.Load(path, rules.ReadingThoroughly())
	var results []doctor.Result
	if o.online && !found.HasErrors() {
		results = doctor.NewOnline(env.getenv, file).Check(cmd.Context())
	}
	verdict := o.verdict(path, found, results)
	if o.answer.asJSON {
		all := checked{OK: verdict == nil, Findings: []foundFinding{}, Online: results}
		for _, d := range found {
			f := foundFinding{"error", d.File, d.Line, d.Column, d.EndLine, d.EndColumn, d.Message, d.Hint}
			if d.Warning {
				f.Severity = "warning"
			}
			all.Findings = append(all.Findings, f)
		}
		if err := writeJSON(env, all); err != nil {
			return err
		}
		if e, ok := verdict.(*exit); ok {
			return &exit{code: e.code} // the findings have said it
		}
		return verdict
	}
	printFound(env, found)
	for _, r := range results {
		fmt.Fprintln(env.out, r)
	}
	if verdict != nil {
		return verdict
	}
	fmt.Fprintf(env.out, "ok: %s, %s, %s\n", wording.Count(len(file.Users), "user"), wording.Count(len(file.Trunks), "trunk"), wording.Count(file.Plan.Tests(), "test"))
	return nil
}

// verdict is nil where the configuration is fit to be used.
func (o checking) verdict(path string, found config.Diagnostics, results []doctor.Result) error {
	failed, warned := 0, len(found)
	for _, r := range results {
		switch r.Severity {
		case "error":
			failed++
		case "warning":
			warned++
		}
	}
	switch {
	case found.HasErrors():
		return exitf(exitConfig, "%s in %s", found.Summary(), path)
	case failed > 0:
		return exitf(exitFailed, "%s of the network failed", wording.Count(failed, "check"))
	case o.strict && warned > 0:
		return exitf(exitConfig, "%s, and --strict was given", wording.Count(warned, "warning"))
	}
	return nil
}

func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", "", "configuration `FILE or FOLDER` ($TANDEM_CONFIG, ./tandem.hcl, /etc/tandem/tandem.hcl)")
}
