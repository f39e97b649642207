package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/doctor"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
)

func newDoctor(env environment) *cobra.Command {
	var a asking
	var network bool
	cmd := &cobra.Command{
		Use:   "doctor [-c FILE or FOLDER]",
		Short: "look for what keeps calls from working, and say the cure",
		Long: "doctor looks at the configuration, the ports, addresses, certificates, the clock, the\n" +
			"limits of the system and what the running gateway has seen, and says of each whether\n" +
			"it is ok, and else what to do. It takes 5 seconds at most, and works without a running\n" +
			"gateway too. With --online it also asks trunks and the DNS: which address they see,\n" +
			"what time they have, whether something on the way writes into SIP.",
		SuggestFor: []string{"diagnose", "netcheck"},
		Example:    "  tandem doctor\n  tandem doctor --online\n  tandem doctor --json",
		Args:       takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			checkup, err := examine(cmd.Context(), env, a.place, network)
			if err != nil {
				return err
			}
			return writeCheckup(env, a, checkup)
		},
	}
	a.flags(cmd, true)
	cmd.Flags().BoolVar(&network, "online", false, "ask trunks and the DNS too")
	return cmd
}

// examine asks the running gateway; where there is none on this machine, it looks
// itself.
func examine(ctx context.Context, env environment, at place, network bool) (admin.Checkup, error) {
	ctx, cancel := context.WithTimeout(ctx, doctor.Patience+400*time.Millisecond)
	defer cancel()
	client, err := at.reach(ctx, env)
	if err == nil {
		checkup, err := client.Doctor(ctx, network)
		if err != nil {
			return checkup, asked(err)
		}
		return checkup, nil
	}
	if e, ok := errors.AsType[*exit](err); ok && e.code == exitDenied || at.remote(env) != "" {
		return admin.Checkup{}, err
	}
	path, err := find(env, at.path)
	if err != nil {
		return admin.Checkup{}, err
	}
	file, found := config.Load(path, rules.ReadingThoroughly())
	p := &doctor.Patient{File: file, Found: found, Network: network}
	if !found.HasErrors() {
		if p.State, err = machine.StateOf(file, env.getenv); err != nil {
			return admin.Checkup{}, exitf(exitFailed, "%v", err)
		}
	}
	return p.Examine(ctx), nil
}

// writeCheckup writes it for people or programs. A check that failed is exit code 6.
func writeCheckup(env environment, a asking, c admin.Checkup) error {
	failed, warned := 0, 0
	for _, one := range c.Checks {
		switch one.Status {
		case doctor.Fail:
			failed++
		case doctor.Warn:
			warned++
		}
	}
	if a.asJSON {
		if err := writeJSON(env, c); err != nil {
			return err
		}
	} else {
		for _, one := range c.Checks {
			fmt.Fprintln(env.out, checkLine(one))
		}
		running := "no gateway is running"
		if c.Running {
			running = "the gateway runs"
		}
		fmt.Fprintf(env.out, "%s, %s, %s; %s\n", wording.Count(len(c.Checks), "check"), wording.Count(warned, "warning"), wording.Count(failed, "failure"), running)
	}
	if failed > 0 {
		return &exit{code: exitExpectation}
	}
	return nil
}

// checkLine gives "FAIL  certificate: expired yesterday -> renew it".
func checkLine(c admin.DoctorCheck) string {
	status := c.Status
	if status == doctor.Fail {
		status = "FAIL"
	}
	line := fmt.Sprintf("%-5s %s: %s", status, c.Name, c.Text)
	if c.Cure != "" {
		line += " -> " + c.Cure
	}
	return wording.Printable(line)
}
