package doctor

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

// Limits of the machine that are warned of.
const (
	fewFiles     = 4096
	littleBuffer = 2 << 20
	littleDisk   = 1 << 30
	noDisk       = 64 << 20
)

// clock looks whether something keeps the clock right.
func (p *Patient) clock(context.Context) []admin.DoctorCheck {
	kept, err := machine.ClockKept()
	switch {
	case err != nil:
		return one("clock", Warn, "Let chrony or systemd-timesyncd keep it.", "whether something keeps it right is not known")
	case !kept:
		return one("clock", Warn, "timedatectl set-ntp true; `tandem doctor --online` compares it with the trunks'.", "nothing keeps it right: certificates and passwords fail when it is wrong")
	}
	return one("clock", OK, "", "the system keeps it right")
}

// openFiles compares the bound of open files with what calls need.
func (p *Patient) openFiles(context.Context) []admin.DoctorCheck {
	soft, hard, err := machine.OpenFiles()
	if err != nil {
		return one("open files", Warn, "", "the bound is not known")
	}
	if most := max(soft, hard); most < fewFiles { // the runtime raises the soft one
		return one("open files", Warn, "LimitNOFILE=65536 in the unit, or `ulimit -n 65536`.", "%d at most; a call of two telephones takes four", most)
	}
	return one("open files", OK, "", "%d at most", max(soft, hard))
}

// buffers looks at the kernel's bound of UDP buffers.
func (p *Patient) buffers(context.Context) []admin.DoctorCheck {
	small := map[string]int{}
	for _, name := range []string{"rmem_max", "wmem_max"} {
		text, err := os.ReadFile("/proc/sys/net/core/" + name)
		n, bad := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || bad != nil {
			return one("udp buffers", OK, "", "this system does not say how large they may be")
		}
		if n < littleBuffer {
			small[name] = n
		}
	}
	if len(small) == 0 {
		return one("udp buffers", OK, "", "they may be as large as is wanted")
	}
	return one("udp buffers", Warn, "sysctl -w net.core.rmem_max=8388608 net.core.wmem_max=8388608 (and in /etc/sysctl.d)",
		"%d octets at most for what comes in: bursts of many browsers are lost", max(small["rmem_max"], small["wmem_max"]))
}

// drops looks at what the kernel has thrown away of the gateway's, as buffers were full.
func (p *Patient) drops(context.Context) []admin.DoctorCheck {
	if p.Gateway == nil {
		return one("udp drops", OK, "", "no gateway is running that could lose any")
	}
	ports := map[uint16]bool{}
	for _, l := range slices.Concat(p.File.Listen.SIP, p.File.Listen.Media) {
		ports[l.Port] = l.Transport == "udp"
	}
	rtp := p.File.Listen.RTP
	n := machine.UDPDrops(func(port uint16) bool { return ports[port] || port >= rtp.Min && port <= rtp.Max })
	if n == 0 {
		return one("udp drops", OK, "", "the kernel has dropped nothing of what its open sockets were sent")
	}
	return one("udp drops", Warn, "Give UDP larger buffers, and the gateway more of the processor; it matters when the number grows.",
		"the kernel has dropped %d datagrams for its open sockets, as they were full", n)
}

// disk looks at the space where the state is kept.
func (p *Patient) disk(context.Context) []admin.DoctorCheck {
	folder := p.State
	for folder != "" && !machine.Exists(folder) {
		if i := strings.LastIndexByte(folder, '/'); i > 0 {
			folder = folder[:i]
			continue
		}
		folder = "/"
	}
	left, ok := machine.DiskLeft(folder)
	if !ok {
		return one("disk", Warn, "", "the space of %s is not known", p.State)
	}
	text := fmt.Sprintf("%s are left for %s", inBytes(left), p.State)
	switch {
	case left < noDisk:
		return one("disk", Fail, "Make space: recordings, voicemail and records of calls cannot be kept.", "%s", text)
	case left < littleDisk:
		return one("disk", Warn, "Make space before recordings and voicemail fill it.", "%s", text)
	}
	return one("disk", OK, "", "%s", text)
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
	kept, err := machine.ClockKept()
	return err == nil && kept
}
