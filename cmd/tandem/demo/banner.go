package demo

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"rsc.io/qr"

	"github.com/tandemgw/tandem/cmd/tandem/gateway"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

// banner is what the demo says first: at most 24 lines of 80 columns, a QR code
// besides.
type banner struct {
	version   string
	why       string
	lan       bool
	color     bool // the terminal may be sent colors
	ports     ports
	notes     []string
	server    netip.Addr // what other devices reach us at
	links     [2]string
	console   string // the token of its link
	authority string // fingerprint of the local CA, "AB:CD:.." of 95 characters
	passwords []string
	took      time.Duration
}

// link is the address that opens a phone.
func (b banner) link(i int) string {
	return fmt.Sprintf("http://localhost:%d/p/%s", b.ports.http, b.links[i])
}

// print writes it all, at once, so that no line of the log comes between.
func (b banner) print(out io.Writer) {
	w := new(strings.Builder)
	mode := "demo"
	if b.why != "" {
		mode += " (" + b.why + ")"
	}
	fmt.Fprintf(w, "tandem %s  %s  ready in %.1f s\n\n", b.version, mode, b.took.Seconds())
	fmt.Fprintf(w, "  Web phone   %s\n              opens registered as 1001; the link works once, for 10 minutes\n", b.link(0))
	fmt.Fprintf(w, "              %s\n              in another tab or browser, registered as 1002\n", b.link(1))
	fmt.Fprintf(w, "  Try         press \"600 Echo\" to hear yourself, then call 1002 from 1001\n\n")
	fmt.Fprintf(w, "  Console     http://localhost:%d/console?token=%s\n              opens signed in; once, within 10 minutes\n", b.ports.http, b.console)
	fmt.Fprintf(w, "  Softphone   user 1003  password %s\n              server %s (UDP or TCP, TLS :%d)\n",
		b.passwords[2], net.JoinHostPort(b.server.String(), strconv.Itoa(b.ports.sip)), b.ports.sips)
	// By http: over https a browser would warn of the page that says how to end the
	// warnings. What it gives away is public, and to be compared with what we print.
	page := "http://" + net.JoinHostPort(b.server.String(), strconv.Itoa(b.ports.http)) + "/trust"
	if b.lan {
		fmt.Fprintf(w, "  Devices     %s   (the code below)\n", page)
		fmt.Fprintf(w, "              trust this gateway there, then sign in as 1002, %s\n", b.passwords[1])
		fmt.Fprintf(w, "  SHA-256     %s:\n              %s\n", b.authority[:47], b.authority[48:])
	} else {
		fmt.Fprintf(w, "              reached from this machine only; other devices: tandem demo --lan\n")
	}
	for _, n := range b.notes {
		fmt.Fprintf(w, "  Note  %s\n", n)
	}
	if b.lan {
		w.WriteString(qrCode(page, b.color))
	}
	fmt.Fprintf(w, "\nCtrl-C stops. The log follows; -v adds the SIP messages.\n\n")
	_, _ = io.WriteString(out, w.String()) // nobody reads: the gateway runs on
}

// warnings are what will not work on this machine.
func (b banner) warnings(g *gateway.Gateway) []string {
	var out []string
	if !machine.LANAddr().IsValid() {
		out = append(out, "no network address but loopback: Firefox will have no sound,", "Chrome and Chromium will; --lan reaches nobody")
	}
	if b.lan && !g.Proves(b.server.String()) {
		out = append(out, "the kept certificate does not name "+b.server.String()+";", "tandem demo --lan --reset makes one that does")
	}
	return out
}

// quietZone is how many light dots are left around a QR code (ISO/IEC 18004).
const quietZone = 4

// qrCode draws text, two dots of the code in each character. Light is drawn as the
// foreground: right on the dark background that most terminals have; where colors
// may be used, they make it right on a light one too.
func qrCode(text string, color bool) string {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "" // the address is printed as well
	}
	before, after := "    ", "\n"
	if color {
		before, after = "    \x1b[38;5;231;48;5;16m", "\x1b[0m\n" // white on black
	}
	var b strings.Builder
	b.WriteByte('\n')
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		b.WriteString(before)
		for x := -quietZone; x < code.Size+quietZone; x++ {
			b.WriteRune(half(code.Black(x, y), code.Black(x, y+1)))
		}
		b.WriteString(after)
	}
	return b.String()
}

// half draws two dots of a QR code, one above the other.
func half(upperDark, lowerDark bool) rune {
	switch {
	case upperDark && lowerDark:
		return ' '
	case upperDark:
		return '▄'
	case lowerDark:
		return '▀'
	}
	return '█'
}
