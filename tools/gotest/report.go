package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is what `go test -json` writes, one a line (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string // empty: of the package
	Output  string
}

// test is one test of a package while the package runs.
type test struct {
	name   string
	output []string // its lines; the last may be without its end
	action string   // pass, fail or skip; empty: not over
}

// running is a package that runs.
type running struct {
	own    test // what belongs to no test
	tests  []*test
	byName map[string]*test
}

// skip is a test that was skipped.
type skip struct{ pkg, test, why string }

// report writes what go test would have written, and remembers who was skipped.
type report struct {
	out      *bufio.Writer
	packages map[string]*running
	skips    []skip
	failed   bool
}

func newReport(out *bufio.Writer) *report {
	return &report{out: out, packages: map[string]*running{}}
}

// read takes all events. What is none, such as a line of the go command itself, is written
// as it is.
func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil || e.Action == "" {
				_, _ = r.out.Write(line)
			} else {
				r.take(e)
			}
			if err := r.out.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	if e.Package == "" { // of the compiler
		_, _ = r.out.WriteString(e.Output)
		return
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &running{byName: map[string]*test{}}
		r.packages[e.Package] = p
	}
	t := p.test(e.Test)
	switch e.Action {
	case "output":
		t.output = append(t.output, e.Output)
	case "pass", "fail", "skip":
		t.action = e.Action
		if e.Test == "" {
			delete(r.packages, e.Package)
			r.over(e.Package, p)
		}
	}
}

// test returns the test of a name, and a new one where nobody has heard of it; without a
// name it is what belongs to no test.
func (p *running) test(name string) *test {
	if name == "" {
		return &p.own
	}
	t := p.byName[name]
	if t == nil {
		t = &test{name: name}
		p.byName[name] = t
		p.tests = append(p.tests, t)
	}
	return t
}

// over writes of a package what go test does: the last line where all is well, and
// otherwise what the failed tests have said too.
func (r *report) over(pkg string, p *running) {
	for _, t := range p.tests {
		if t.action == "skip" && !input(t.name) {
			r.skips = append(r.skips, skip{pkg: pkg, test: t.name, why: why(t)})
		}
	}
	if p.own.action != "fail" {
		for _, line := range p.own.lines() {
			if strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "?   \t") {
				_, _ = r.out.WriteString(line)
			}
		}
		return
	}
	r.failed = true
	for _, t := range p.tests {
		t.write(r.out)
	}
	p.own.write(r.out)
}

// end writes of packages that never came to their end what they have said, and then who
// was skipped.
func (r *report) end() {
	for pkg, p := range r.packages {
		p.own.action = "fail"
		r.over(pkg, p)
	}
	if r.failed {
		fmt.Fprintln(r.out, "FAIL")
	}
	if len(r.skips) == 0 {
		return
	}
	fmt.Fprintf(r.out, "\n%d skipped, and why:\n", len(r.skips))
	for len(r.skips) > 0 {
		first := r.skips[0]
		var names []string
		r.skips = slices.DeleteFunc(r.skips, func(s skip) bool {
			same := s.pkg == first.pkg && s.why == first.why
			if same {
				names = append(names, s.test)
			}
			return same
		})
		fmt.Fprintf(r.out, "  %s: %s: %s\n", strings.TrimPrefix(first.pkg, "github.com/tandemgw/tandem/"), strings.Join(names, ", "), first.why)
	}
}

// input says that a test is one input of a fuzz target: those that do not fit are no
// tests that somebody has left out.
func input(name string) bool { return strings.HasPrefix(name, "Fuzz") && strings.Contains(name, "/") }

var (
	// marks are what -v adds, which go test without it does not write.
	marks = regexp.MustCompile(`^=== (RUN|PAUSE|CONT|NAME|ATTR) `)
	// verdict is how a test has ended.
	verdict = regexp.MustCompile(`^ *--- (PASS|FAIL|SKIP|BENCH): `)
	// logged is what a test says by t.Log and the like, the first line of it.
	logged = regexp.MustCompile(`^ +\S+\.go:\d+: `)
)

// lines returns what it has said, line by line, with an empty one at the end.
func (t *test) lines() []string {
	said := strings.Join(t.output, "")
	if said == "" {
		return nil
	}
	return strings.SplitAfter(strings.TrimSuffix(said, "\n")+"\n", "\n")
}

// why is what a test says last before it is skipped, without the line of the file.
func why(t *test) string {
	var said []string
	for _, line := range t.lines() {
		switch at := logged.FindString(line); {
		case at != "":
			said = []string{strings.TrimSpace(line[len(at):])}
		case len(said) > 0 && strings.HasPrefix(line, "        ") && !verdict.MatchString(line):
			said = append(said, strings.TrimSpace(line))
		}
	}
	if len(said) == 0 || said[0] == "" {
		return "it does not say"
	}
	return strings.Join(said, " ")
}

// write writes what a test of a failed package has said: all of it where it failed or is
// not over, its verdict first. Of one that has passed, what it has not said by t.Log: it
// may be the race detector's, which speaks in the middle of anybody.
func (t *test) write(out *bufio.Writer) {
	failed := t.action == "fail" || t.action == ""
	indent := strings.Repeat("    ", strings.Count(t.name, "/"))
	var verdicts, said []string
	logging := false
	for _, line := range t.lines() {
		if line == "" || marks.MatchString(line) {
			continue
		}
		if verdict.MatchString(line) {
			verdicts = append(verdicts, indent+strings.TrimLeft(line, " "))
			continue
		}
		logging = logged.MatchString(line) || logging && strings.HasPrefix(line, "        ")
		if failed || !logging {
			said = append(said, indent+line)
		}
	}
	if failed {
		_, _ = out.WriteString(strings.Join(verdicts, ""))
	}
	_, _ = out.WriteString(strings.Join(said, ""))
}
