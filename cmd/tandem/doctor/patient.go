package doctor

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge/casebook"
	"github.com/tandemgw/tandem/config"
)

// Patience bounds all checks of doctor together; what has not come to an end then
// says so.
const Patience = 4500 * time.Millisecond

// What a check comes to.
const (
	OK   = "ok"
	Warn = "warn"
	Fail = "fail"
)

// Patient is what doctor looks at.
type Patient struct {
	File    *config.File // nil where it has errors
	Found   config.Diagnostics
	State   string
	Network bool     // the network is asked too
	Gateway *Running // nil where none runs

	now  func() time.Time
	kept func() bool // says that the system keeps the clock right; nil: not known
}

// examination is one thing that is looked at.
type examination struct {
	name string
	look func(context.Context) []admin.DoctorCheck
}

// Examine does all examinations at once and lists what they came to in their order.
func (p *Patient) Examine(ctx context.Context) admin.Checkup {
	if p.now == nil {
		p.now, p.kept = time.Now, keepsClock
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	all := []examination{{"configuration", p.configuration}}
	if p.File != nil && (p.Gateway != nil || !p.Found.HasErrors()) {
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
				results[i] = []admin.DoctorCheck{{Name: e.name, Status: Warn, Text: "did not come to an end in time", Cure: "Ask again; where it stays so, the network or the disk does not answer."}}
			}
		})
	}
	wg.Wait()
	c := admin.Checkup{OK: true, Running: p.Gateway != nil, Checks: slices.Concat(results...)}
	for _, one := range c.Checks {
		c.OK = c.OK && one.Status != Fail
	}
	return c
}

// examinations are those that need a configuration that can be used.
func (p *Patient) examinations() []examination {
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
	if p.Gateway != nil {
		all = append(all, examination{"trunks", p.trunks}, examination{"recent calls", p.recent})
	}
	if p.Network {
		all = append(all, examination{"online", p.online})
	}
	return all
}

// one is one check as a list.
func one(name, status, cure, format string, args ...any) []admin.DoctorCheck {
	return []admin.DoctorCheck{{Name: name, Status: status, Text: fmt.Sprintf(format, args...), Cure: cure}}
}

// configuration says what is wrong with the file.
func (p *Patient) configuration(context.Context) []admin.DoctorCheck {
	if len(p.Found) == 0 {
		return one("configuration", OK, "", "nothing is wrong with it")
	}
	d := p.Found[0]
	for _, other := range p.Found {
		if !other.Warning {
			d = other
			break
		}
	}
	status, cure := Fail, "`tandem check` shows all of it, with the lines."
	if !p.Found.HasErrors() {
		status = Warn
	} else if p.Gateway != nil {
		cure = "The gateway goes on with the one before and takes no reload; " + cure
	}
	return one("configuration", status, cure, "%s; the first: %s:%d: %s", p.Found.Summary(), d.File, d.Line, d.Message)
}

// pid is that of the gateway; 0 where none runs.
func (p *Patient) pid() int {
	if p.Gateway == nil {
		return 0
	}
	return os.Getpid()
}

// Running is what doctor asks a gateway that runs.
type Running struct {
	Places func() []string             // where it listens, as "127.0.0.1:5060/udp"
	Trunks func() []admin.Trunk        // as they stand
	Recent func(n int) []casebook.Case // the last calls that are over
}
