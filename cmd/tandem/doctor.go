package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
)

// doctorTime bounds all checks of doctor together; what has not come to an end then
// says so.
const doctorTime = 4500 * time.Millisecond

// What a check comes to.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "fail"
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
	ctx, cancel := context.WithTimeout(ctx, doctorTime+400*time.Millisecond)
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
	file, found := config.Load(path, config.Options{Sounds: soundNames(), Playable: playable, Thorough: true})
	p := &patient{file: file, found: found, now: time.Now, kept: keepsClock, network: network}
	if !found.HasErrors() {
		if p.state, err = stateOf(file, env.getenv); err != nil {
			return admin.Checkup{}, exitf(exitFailed, "%v", err)
		}
	}
	return p.examine(ctx), nil
}

// doctor examines the running gateway.
func (g *gateway) doctor(ctx context.Context, network bool) (admin.Checkup, error) {
	p := &patient{file: g.file(), state: g.options.state, now: time.Now, kept: keepsClock, network: network, gateway: g}
	if g.options.load != nil {
		if file, found := g.options.load(); found.HasErrors() || file != nil {
			p.found = found
		}
	}
	return p.examine(ctx), nil
}

// patient is what doctor looks at.
type patient struct {
	file    *config.File // nil where it has errors
	found   config.Diagnostics
	state   string
	now     func() time.Time
	kept    func() bool // says that the system keeps the clock right; nil: not known
	network bool        // the network is asked too
	gateway *gateway    // nil where none runs
}

// examination is one thing that is looked at.
type examination struct {
	name string
	look func(context.Context) []admin.DoctorCheck
}

// examine does all examinations at once and lists what they came to in their order.
func (p *patient) examine(ctx context.Context) admin.Checkup {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	all := []examination{{"configuration", p.configuration}}
	if p.file != nil && (p.gateway != nil || !p.found.HasErrors()) {
		all = append(all, p.examinations()...)
	}
	all = append(all, examination{"clock", p.clock}, examination{"open files", p.openFiles}, examination{"udp buffers", p.buffers}, examination{"udp drops", p.drops})
	results := make([][]admin.DoctorCheck, len(all))
	var wg sync.WaitGroup
	for i, e := range all {
		done := make(chan []admin.DoctorCheck, 1) // room for the one that comes too late
		go func() { done <- e.look(ctx) }()
		wg.Go(func() {
			select {
			case results[i] = <-done:
			case <-ctx.Done():
				results[i] = []admin.DoctorCheck{{Name: e.name, Status: checkWarn, Text: "did not come to an end in time", Cure: "Ask again; where it stays so, the network or the disk does not answer."}}
			}
		})
	}
	wg.Wait()
	c := admin.Checkup{OK: true, Running: p.gateway != nil, Checks: slices.Concat(results...)}
	for _, one := range c.Checks {
		c.OK = c.OK && one.Status != checkFail
	}
	return c
}

// examinations are those that need a configuration that can be used.
func (p *patient) examinations() []examination {
	all := []examination{
		{"ports", p.ports},
		{"duplicate listeners", p.duplicates},
		{"public address", p.addresses},
		{"rtp range", p.rtpRange},
		{"certificate", p.certificate},
		{"secure page", p.securePage},
		{"passwords", p.passwords},
		{"open to all", p.openness},
		{"disk", p.disk},
	}
	if p.gateway != nil {
		all = append(all, examination{"trunks", p.trunks}, examination{"recent calls", p.recent})
	}
	if p.network {
		all = append(all, examination{"online", p.online})
	}
	return all
}

// one is one check as a list.
func one(name, status, cure, format string, args ...any) []admin.DoctorCheck {
	return []admin.DoctorCheck{{Name: name, Status: status, Text: fmt.Sprintf(format, args...), Cure: cure}}
}

// configuration says what is wrong with the file.
func (p *patient) configuration(context.Context) []admin.DoctorCheck {
	if len(p.found) == 0 {
		return one("configuration", checkOK, "", "nothing is wrong with it")
	}
	d := p.found[0]
	for _, other := range p.found {
		if !other.Warning {
			d = other
			break
		}
	}
	status, cure := checkFail, "`tandem check` shows all of it, with the lines."
	if !p.found.HasErrors() {
		status = checkWarn
	} else if p.gateway != nil {
		cure = "The gateway goes on with the one before and takes no reload; " + cure
	}
	return one("configuration", status, cure, "%s; the first: %s:%d: %s", p.found.Summary(), d.File, d.Line, d.Message)
}

// writeCheckup writes it for people or programs. A check that failed is exit code 6.
func writeCheckup(env environment, a asking, c admin.Checkup) error {
	failed, warned := 0, 0
	for _, one := range c.Checks {
		switch one.Status {
		case checkFail:
			failed++
		case checkWarn:
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
		fmt.Fprintf(env.out, "%s, %s, %s; %s\n", count(len(c.Checks), "check"), count(warned, "warning"), count(failed, "failure"), running)
	}
	if failed > 0 {
		return &exit{code: exitExpectation}
	}
	return nil
}

// checkLine gives "FAIL  certificate: expired yesterday -> renew it".
func checkLine(c admin.DoctorCheck) string {
	status := c.Status
	if status == checkFail {
		status = "FAIL"
	}
	line := fmt.Sprintf("%-5s %s: %s", status, c.Name, c.Text)
	if c.Cure != "" {
		line += " -> " + c.Cure
	}
	return printable(line)
}

// pid is that of the gateway; 0 where none runs.
func (p *patient) pid() int {
	if p.gateway == nil {
		return 0
	}
	return os.Getpid()
}
