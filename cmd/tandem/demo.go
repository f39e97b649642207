package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/config"
)

type demoOptions struct {
	lan, reset, open, verbose bool
	portBase                  int
	why                       string // why the demo runs, where nobody asked for it
}

func newDemo(env environment) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "run the whole gateway with nothing set up",
		Long: "demo runs a gateway on this machine only: users 1001, 1002 and 1003 with random\n" +
			"passwords, test numbers, a web phone. It prints links that open the phone.",
		Example: "  tandem demo\n  tandem demo --lan            # for other devices in the local network",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), env, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.lan, "lan", false, "listen on all addresses, for other devices")
	f.BoolVar(&o.reset, "reset", false, "forget the demo's passwords and certificates first")
	f.BoolVar(&o.open, "open", false, "open the first link in a browser")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log every SIP message")
	f.IntVar(&o.portBase, "port-base", 0, "use the ports from `N` on, instead of 5060, 8080 and 8443")
	return cmd
}

// demo runs the gateway of a configuration made up on the spot.
func demo(ctx context.Context, env environment, o demoOptions) error {
	began := time.Now()
	state := demoState(env.getenv)
	if o.reset {
		if err := os.RemoveAll(state); err != nil {
			return exitf(exitFailed, "%v", err)
		}
	}
	if err := os.MkdirAll(state, 0o700); err != nil {
		return exitf(exitFailed, "%v", err)
	}
	passwords, err := demoPasswords(filepath.Join(state, "passwords"))
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	ports, stepped, err := demoPorts(o)
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	file, found := config.Check(state, []config.Source{{Name: "demo.hcl", Text: []byte(demoFile(o, state, ports, passwords))}}, config.Options{Sounds: soundNames()})
	if found.HasErrors() {
		return exitf(exitFailed, "the demo's own configuration is wrong:\n%s", found)
	}
	log := newLog(env, o.verbose)
	g, err := open(file, gatewayOptions{state: state, numbers: phoneNumbers(file), trace: tracer(log, o.verbose), log: log})
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	b := banner{why: o.why, lan: o.lan, ports: ports, stepped: stepped, password: passwords[2], took: time.Since(began)}
	b.links = [2]string{g.sessions.Issue("1001"), g.sessions.Issue("1002")}
	b.print(env.out)
	if o.open {
		_ = exec.CommandContext(ctx, "xdg-open", b.link(0)).Start() // a convenience: the link is printed
	}
	if err := g.Run(ctx); err != nil {
		return exitf(exitFailed, "%v", err)
	}
	return nil
}

func demoState(getenv func(string) string) string { return filepath.Join(stateHome(getenv), "demo") }

// demoPasswords are those of 1001, 1002 and 1003, random and kept, so that a
// softphone's settings stay good.
func demoPasswords(path string) ([]string, error) {
	if b, err := os.ReadFile(path); err == nil {
		if words := strings.Fields(string(b)); len(words) == 3 {
			return words, nil
		}
	}
	words := []string{newPassword(), newPassword(), newPassword()}
	return words, os.WriteFile(path, []byte(strings.Join(words, "\n")+"\n"), 0o600)
}

// newPassword is easy to type on a phone: 12 letters and figures without those
// that look alike, 59 bits, in three groups.
func newPassword() string {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz" // 31
	var b []byte
	for len(b) < 14 {
		if len(b) == 4 || len(b) == 9 {
			b = append(b, '-')
		}
		var r [1]byte
		rand.Read(r[:]) // never fails: crypto/rand.Read's documentation
		if int(r[0]) < 256/len(letters)*len(letters) {
			b = append(b, letters[int(r[0])%len(letters)])
		}
	}
	return string(b)
}

// ports are where the demo listens.
type ports struct{ sip, http, https, media, rtp int }

// demoPorts takes the usual ports, and the next free ones where those are taken;
// stepped says so in words.
func demoPorts(o demoOptions) (p ports, stepped []string, err error) {
	p = ports{sip: 5060, http: 8080, https: 8443, media: 8443, rtp: 10000}
	if o.portBase > 0 {
		p = ports{sip: o.portBase, http: o.portBase + 1, https: o.portBase + 2, media: o.portBase + 2, rtp: (o.portBase + 11) &^ 1}
	}
	host := "127.0.0.1"
	if o.lan {
		host = ""
	}
	for _, w := range []struct {
		port    *int
		network string
		host    string
		what    string
	}{{&p.sip, "udp", host, "SIP"}, {&p.http, "tcp", host, "web"}, {&p.https, "tcp", host, "web"}, {&p.media, "udp", "", "media"}} {
		wanted := *w.port
		for !isFree(w.network, net.JoinHostPort(w.host, strconv.Itoa(*w.port))) {
			if *w.port++; *w.port > wanted+100 || *w.port > 65535 {
				return p, nil, fmt.Errorf("no free %s port for %s from %d on", w.network, w.what, wanted)
			}
			if *w.port == p.https && w.port == &p.http {
				*w.port++
			}
		}
		if *w.port != wanted {
			who := owner(w.network, uint16(wanted))
			if who == "" {
				who = "something else"
			}
			stepped = append(stepped, fmt.Sprintf("port %d/%s is used by %s; using %d", wanted, w.network, who, *w.port))
		}
	}
	return p, stepped, nil
}

// demoFile is the configuration of the demo.
func demoFile(o demoOptions, state string, p ports, passwords []string) string {
	host := "127.0.0.1"
	if o.lan {
		host = ""
	}
	return fmt.Sprintf(`domain = %q
state  = %q
listen {
  sip   = ["%[3]s:%[4]d/udp"]
  web   = ["%[3]s:%[5]d/http", "%[3]s:%[6]d/https"]
  media = [":%[7]d/udp"]
  rtp   = "%[8]s%[9]d-%[10]d"
}
user "1001" {
  password = %[11]q
}
user "1002" {
  password = %[12]q
}
user "1003" {
  password = %[13]q
}
include_test_numbers = true
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "60s")]
  }
}
`, demoDomain(o), state, host, p.sip, p.http, p.https, p.media, rtpHost(host), p.rtp, p.rtp+199, passwords[0], passwords[1], passwords[2])
}

func rtpHost(host string) string {
	if host == "" {
		return ""
	}
	return host + ":"
}

// demoDomain is what softphones are given as their domain or server.
func demoDomain(o demoOptions) string {
	if o.lan {
		if a := lanAddr(); a.IsValid() {
			return a.String()
		}
	}
	return "127.0.0.1"
}

// lanAddr is the address that others in the local network reach us at.
func lanAddr() netip.Addr {
	for _, a := range localAddrs() {
		if a.Is4() && !a.IsLoopback() {
			return a
		}
	}
	return netip.Addr{}
}
