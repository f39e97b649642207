package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tandemgw/tandem/admin"
)

// Limits of the machine that are warned of.
const (
	fewFiles      = 4096
	littleBuffer  = 2 << 20
	littleDisk    = 1 << 30
	noDisk        = 64 << 20
	clockUnsynced = 5 // TIME_ERROR of adjtimex(2)
)

// clock looks whether something keeps the clock right.
func (p *patient) clock(context.Context) []admin.DoctorCheck {
	kept, err := clockKept()
	switch {
	case err != nil:
		return one("clock", checkWarn, "Let chrony or systemd-timesyncd keep it.", "whether something keeps it right is not known")
	case !kept:
		return one("clock", checkWarn, "timedatectl set-ntp true; `tandem doctor --online` compares it with the trunks'.", "nothing keeps it right: certificates and passwords fail when it is wrong")
	}
	return one("clock", checkOK, "", "the system keeps it right")
}

// clockKept asks the kernel whether something keeps the clock right.
func clockKept() (bool, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return state != clockUnsynced, err
}

// openFiles compares the bound of open files with what calls need.
func (p *patient) openFiles(context.Context) []admin.DoctorCheck {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return one("open files", checkWarn, "", "the bound is not known")
	}
	if most := max(r.Cur, r.Max); most < fewFiles { // the runtime raises the soft one
		return one("open files", checkWarn, "LimitNOFILE=65536 in the unit, or `ulimit -n 65536`.", "%d at most; a call of two telephones takes four", most)
	}
	return one("open files", checkOK, "", "%d at most", max(r.Cur, r.Max))
}

// buffers looks at the kernel's bound of UDP buffers.
func (p *patient) buffers(context.Context) []admin.DoctorCheck {
	small := map[string]int{}
	for _, name := range []string{"rmem_max", "wmem_max"} {
		text, err := os.ReadFile("/proc/sys/net/core/" + name)
		n, bad := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || bad != nil {
			return one("udp buffers", checkOK, "", "this system does not say how large they may be")
		}
		if n < littleBuffer {
			small[name] = n
		}
	}
	if len(small) == 0 {
		return one("udp buffers", checkOK, "", "they may be as large as is wanted")
	}
	return one("udp buffers", checkWarn, "sysctl -w net.core.rmem_max=8388608 net.core.wmem_max=8388608 (and in /etc/sysctl.d)",
		"%d octets at most for what comes in: bursts of many browsers are lost", max(small["rmem_max"], small["wmem_max"]))
}

// drops looks at what the kernel has thrown away of the gateway's, as buffers were full.
func (p *patient) drops(context.Context) []admin.DoctorCheck {
	if p.gateway == nil {
		return one("udp drops", checkOK, "", "no gateway is running that could lose any")
	}
	ports := map[uint16]bool{}
	for _, l := range slices.Concat(p.file.Listen.SIP, p.file.Listen.Media) {
		ports[l.Port] = l.Transport == "udp"
	}
	rtp := p.file.Listen.RTP
	n := udpDrops(func(port uint16) bool { return ports[port] || port >= rtp.Min && port <= rtp.Max })
	if n == 0 {
		return one("udp drops", checkOK, "", "the kernel has dropped nothing of what its open sockets were sent")
	}
	return one("udp drops", checkWarn, "Give UDP larger buffers, and the gateway more of the processor; it matters when the number grows.",
		"the kernel has dropped %d datagrams for its open sockets, as they were full", n)
}

// udpDrops adds up the last column of /proc/net/udp and udp6 for some ports.
func udpDrops(of func(port uint16) bool) (sum uint64) {
	for _, table := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) < 13 {
				continue
			}
			local, ok := parseLocal(f[1])
			if n, err := strconv.ParseUint(f[len(f)-1], 10, 64); ok && err == nil && of(local.Port()) {
				sum += n
			}
		}
	}
	return sum
}

// disk looks at the space where the state is kept.
func (p *patient) disk(context.Context) []admin.DoctorCheck {
	folder := p.state
	for folder != "" && !exists(folder) {
		if i := strings.LastIndexByte(folder, '/'); i > 0 {
			folder = folder[:i]
			continue
		}
		folder = "/"
	}
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return one("disk", checkWarn, "", "the space of %s is not known", p.state)
	}
	left := s.Bavail * uint64(s.Bsize)
	text := fmt.Sprintf("%s are left for %s", inBytes(left), p.state)
	switch {
	case left < noDisk:
		return one("disk", checkFail, "Make space: recordings, voicemail and records of calls cannot be kept.", "%s", text)
	case left < littleDisk:
		return one("disk", checkWarn, "Make space before recordings and voicemail fill it.", "%s", text)
	}
	return one("disk", checkOK, "", "%s", text)
}

func inBytes(n uint64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	default:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
}

// keepsClock says that the system is known to keep the clock right.
func keepsClock() bool {
	kept, err := clockKept()
	return err == nil && kept
}
