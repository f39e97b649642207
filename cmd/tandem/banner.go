package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"rsc.io/qr"
)

// banner is what the demo says first: at most 24 lines of 80 columns.
type banner struct {
	why      string
	lan      bool
	ports    ports
	stepped  []string
	links    [2]string
	password string
	took     time.Duration
}

// link is the address that opens a phone.
func (b banner) link(i int) string {
	return fmt.Sprintf("http://localhost:%d/p/%s", b.ports.http, b.links[i])
}

func (b banner) print(w io.Writer) {
	mode := "demo"
	if b.why != "" {
		mode += " (" + b.why + ")"
	}
	fmt.Fprintf(w, "tandem %s  %s  ready in %.1f s\n\n", version, mode, b.took.Seconds())
	fmt.Fprintf(w, "  Web phone   %s\n              opens registered as 1001; the link works once, for 10 minutes\n", b.link(0))
	fmt.Fprintf(w, "              %s\n              in another tab or browser, registered as 1002\n", b.link(1))
	fmt.Fprintf(w, "  Try         press \"600 Echo\" to hear yourself, then call 1002 from 1001\n\n")
	server := "127.0.0.1"
	if a := lanAddr(); b.lan && a.IsValid() {
		server = a.String()
	}
	fmt.Fprintf(w, "  Softphone   user 1003  password %s\n              server %s:%d (UDP)\n", b.password, server, b.ports.sip)
	if b.lan {
		b.printLAN(w, server)
	} else {
		fmt.Fprintf(w, "              reached from this machine only; other devices: tandem demo --lan\n")
	}
	for _, s := range b.stepped {
		fmt.Fprintf(w, "  Note        %s\n", s)
	}
	fmt.Fprintf(w, "\nCtrl-C stops. The log follows; -v adds the SIP messages.\n\n")
}

// printLAN tells how another device gets to its phone: by https, whose
// certificate it must be told to trust.
func (b banner) printLAN(w io.Writer, host string) {
	address := fmt.Sprintf("https://%s:%d/trust", host, b.ports.https)
	fmt.Fprintf(w, "  Devices     %s\n              how to trust this gateway and open a phone there\n", address)
	code, err := qr.Encode(address, qr.L)
	if err != nil {
		return
	}
	fmt.Fprintln(w)
	for y := -1; y < code.Size+1; y += 2 {
		var line strings.Builder
		line.WriteString("    ")
		for x := -1; x < code.Size+1; x++ {
			line.WriteString(halves[[2]bool{code.Black(x, y), code.Black(x, y+1)}])
		}
		fmt.Fprintln(w, line.String())
	}
}

// halves draws two dots of a QR code, one above the other, light on dark.
var halves = map[[2]bool]string{
	{false, false}: "█", {false, true}: "▀", {true, false}: "▄", {true, true}: " ",
}
