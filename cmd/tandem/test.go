package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/dialplan"
)

func newTest(env environment) *cobra.Command {
	var a asking
	var coverage bool
	cmd := &cobra.Command{
		Use:   "test [-c FILE or FOLDER]",
		Short: "run the test blocks of the dialplan",
		Long: "test routes the calls of the test blocks as the gateway would, and says what went\n" +
			"otherwise than they expect. With --coverage it also names the rows, sides of\n" +
			"conditions and keys of menus that no test reaches.",
		Example: "  tandem test -c tandem.hcl\n  tandem test --coverage",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			file, _, err := load(env, a.path)
			if err != nil {
				return err
			}
			return runTests(env, file.Plan, a.asJSON, coverage)
		},
	}
	configFlag(cmd, &a.path)
	a.jsonFlags(cmd)
	cmd.Flags().BoolVar(&coverage, "coverage", false, "name what no test reaches")
	return cmd
}

// testView is a test for programs.
type testView struct {
	Name       string               `json:"name"`
	File       string               `json:"file"`
	Line       int                  `json:"line"`
	Passed     bool                 `json:"passed"`
	Want       []string             `json:"want,omitempty"`
	Got        []string             `json:"got"`
	Final      int                  `json:"final"`                // status that the caller gets; 0 while there is none
	Difference []string             `json:"difference,omitempty"` // where it failed
	Why        dialplan.Explanation `json:"why"`
}

// runTests runs the tests of a plan and writes what became of them.
func runTests(env environment, plan *dialplan.Plan, asJSON, coverage bool) error {
	results := plan.RunTests()
	views := make([]testView, 0, len(results))
	failed := 0
	for _, r := range results {
		v := testView{
			Name: r.Name, File: r.File, Line: r.Line, Passed: r.Passed(), Want: r.Want, Got: r.Got, Final: r.GotFinal, Why: r.Decision.Explanation(),
		}
		if !v.Passed {
			failed++
			v.Difference = r.Difference()
		}
		views = append(views, v)
	}
	if asJSON {
		all := map[string]any{"tests": views}
		if coverage {
			all["coverage"] = plan.Coverage(results)
		}
		if err := writeJSON(env, all); err != nil {
			return err
		}
	} else {
		for _, r := range results {
			fmt.Fprintln(env.out, r)
		}
		if coverage {
			writeCoverage(env, plan.Coverage(results))
		}
	}
	switch {
	case failed > 0:
		return exitf(exitExpectation, "%d of %s failed", failed, wording.Count(len(results), "test"))
	case asJSON:
	case len(results) == 0:
		fmt.Fprintln(env.err, "the dialplan has no test blocks")
	default:
		fmt.Fprintf(env.out, "%s passed\n", wording.Count(len(results), "test"))
	}
	return nil
}

// writeCoverage names what no test reaches.
func writeCoverage(env environment, c dialplan.Coverage) {
	for _, p := range c.Missed {
		fmt.Fprintf(env.out, "%s:%d: no test reaches %s\n", p.File, p.Line, p.What)
	}
	fmt.Fprintf(env.out, "tests reach %d of %d rows, sides of conditions and keys\n", c.Reached, c.Total)
}
