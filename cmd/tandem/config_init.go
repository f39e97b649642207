package main

import (
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/people"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
)

// maxFirst is how many users a first file has.
const maxFirst = 8

// first is what a first file is made of.
type first struct {
	domain string
	users  []string
	trunk  string // host; empty for none
	as     string // the account there; empty where it is known by its address
}

func newConfigInit(env environment) *cobra.Command {
	f := first{}
	cmd := &cobra.Command{
		Use:   "init [FILE]",
		Short: "write a first configuration, with comments",
		Long: "init writes a configuration of two users that passes `tandem check` and `tandem\n" +
			"test`, to ./tandem.hcl where no FILE is given. A file that is there stays as it is.",
		Example: "  tandem config init --domain pbx.example.com\n" +
			"  tandem config init --user 201 --user 202 --trunk sip.example.com --trunk-user acme1",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef(cmd, "%q is too much", args[1])
			}
			path := "tandem.hcl"
			if len(args) == 1 {
				path = args[0]
			}
			return f.write(env, path)
		},
	}
	cmd.Flags().StringVar(&f.domain, "domain", "", "`NAME` that telephones and browsers register at (the name of this machine)")
	cmd.Flags().StringSliceVar(&f.users, "user", []string{"201", "202"}, "`NAME` of a user; may be given several times")
	cmd.Flags().StringVar(&f.trunk, "trunk", "", "`HOST` of a carrier")
	cmd.Flags().StringVar(&f.as, "trunk-user", "", "`NAME` of the account there, where the carrier wants a registration")
	return cmd
}

// write writes the file, unless there is one.
func (f first) write(env environment, path string) error {
	if f.domain == "" {
		f.domain = "pbx.example.com"
		if name, err := os.Hostname(); err == nil && dialplan.IsHostName(name) && strings.Contains(name, ".") {
			f.domain = name
		}
	}
	if f.as != "" && f.trunk == "" {
		return exitf(exitUsage, "--trunk-user wants a --trunk")
	}
	if n := len(f.users); n == 0 || n > maxFirst {
		return exitf(exitUsage, "a first configuration has 1 to %d users, not %d", maxFirst, n)
	}
	text, _ := config.Format(config.Source{Name: path, Text: []byte(f.text())})
	if _, found := config.Check(".", []config.Source{{Name: path, Text: text}}, rules.Reading()); text == nil || found.HasErrors() {
		return exitf(exitUsage, "no configuration can be made of this: %s", found[0].Message)
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case os.IsExist(err):
		return exitf(exitFailed, "%s is there already, and stays as it is", path)
	case err != nil:
		return exitf(exitFailed, "cannot write %s: %v", path, machine.Why(err))
	}
	_, err = out.Write(text)
	if closing := out.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return exitf(exitFailed, "cannot write %s: %v", path, machine.Why(err))
	}
	fmt.Fprintf(env.out, "wrote %s: %s with passwords of their own\nnext:  tandem check -c %[1]s && tandem serve -c %[1]s\n", path, wording.Count(len(f.users), "user"))
	return nil
}

// text is the file.
func (f first) text() string {
	var b strings.Builder
	last := f.users[len(f.users)-1]
	fmt.Fprintf(&b, `# The configuration of a tandem gateway. What is wrong with it: tandem check. What a word of it means: tandem config explain WORD.
# Where a call would go: tandem route user:%s %s. All that is in force: tandem config show --origin.

domain = %q # telephones and browsers register at it; the name in certificates

# Behind a NAT, name the address that others reach this machine at:
# public_ip = "203.0.113.5"

# ---- people: telephones and the web phone prove themselves by these passwords
`, f.users[0], last, f.domain)
	for _, u := range f.users {
		fmt.Fprintf(&b, "user %q { password = %q }\n", u, people.NewPassword())
	}
	if f.trunk != "" {
		b.WriteString(f.trunkText())
	}
	b.WriteString("\n# ---- where calls go: the first row that matches wins. X is a digit, N 2-9, . one or more of anything\nfrom \"users\" {\n  calls = {\n")
	for _, u := range f.users {
		fmt.Fprintf(&b, "    %q = [dial(\"user:%s\", \"30s\")]\n", u, u)
	}
	if f.trunk != "" {
		b.WriteString("    \"9.\" = [dial(\"trunk:carrier/${trimprefix(to, \"9\")}\")] # 9 and a number: out\n")
	}
	b.WriteString("  }\n}\n")
	ring := make([]string, len(f.users))
	for i, u := range f.users {
		ring[i] = fmt.Sprintf("\"user:%s\"", u)
	}
	if f.trunk != "" {
		fmt.Fprintf(&b, "from \"trunks\" {\n  calls = {\n    \".\" = [ring([%s], \"30s\")] # whatever number was called: all ring\n  }\n}\n", strings.Join(ring, ", "))
	}
	b.WriteString("\n# ---- proof, by tandem test\n")
	fmt.Fprintf(&b, "test \"a colleague is called\" {\n  call = { from = \"user:%s\", to = %q }\n  expect = [\"ring user:%s\", \"answered\"]\n}\n", f.users[0], last, last)
	if f.trunk != "" {
		fmt.Fprintf(&b, "test \"9 leads out\" {\n  call = { from = \"user:%s\", to = \"90301234\" }\n  expect = [\"dial trunk:carrier 0301234\", \"answered\"]\n}\n", f.users[0])
	}
	return b.String()
}

// trunkText is the carrier: by registration, or by the addresses that it calls from.
func (f first) trunkText() string {
	account := ""
	_, noAddress := netip.ParseAddr(f.trunk)
	switch {
	case f.as != "":
		account = fmt.Sprintf("  register = { user = %q, password = \"write here what the carrier gave you\" }\n", f.as)
	case noAddress != nil:
		account = "  # Calls from it are known by its addresses:\n  # allow = [\"203.0.113.0/28\"]\n"
	}
	return fmt.Sprintf("\n# ---- the carrier\ntrunk \"carrier\" {\n  host = %q\n%s}\n", f.trunk, account)
}
