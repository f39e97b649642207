package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/config"
)

// overUDP says whether a transport of SIP is served so far.
func overUDP(transport string) bool { return transport == "udp" || transport == "" }

// notServed says in words what a configuration asks for and will not get. The
// listeners that are there because the file names none are not spoken of.
func notServed(file *config.File) []string {
	var out, listeners []string
	usual := len(file.Listen.SIP) == 3
	for _, l := range file.Listen.SIP {
		usual = usual && slices.Contains([]string{":5060/udp", ":5060/tcp", ":5061/tls"}, l.String())
		if !overUDP(l.Transport) {
			listeners = append(listeners, l.String())
		}
	}
	if len(listeners) > 0 && !usual {
		out = append(out, fmt.Sprintf("SIP over TCP and TLS is not served yet: nothing listens on %s", strings.Join(listeners, " and ")))
	}
	for _, t := range file.Trunks {
		if !overUDP(t.Transport) {
			out = append(out, fmt.Sprintf("trunk %q: SIP over %s is not served yet, so it can neither call nor be called", t.Name, strings.ToUpper(t.Transport)))
		}
	}
	return out
}
