package machine

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// CannotListen says in words why an address could not be had, and who has it.
func CannotListen(err error, network string, at netip.AddrPort) error {
	where := fmt.Sprintf("%s/%s", at, network)
	if at.Addr() == netip.IPv6Unspecified() {
		where = fmt.Sprintf(":%d/%s", at.Port(), network)
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("cannot listen on %s: it is used by %s (%w); end that, or name another port in `listen`", where, Owner(network, at), syscall.EADDRINUSE)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot listen on %s: not permitted; ports below 1024 need root or CAP_NET_BIND_SERVICE", where)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("cannot listen on %s: this machine does not have that address; correct it in `listen`", where)
	}
	return fmt.Errorf("cannot listen on %s: %w", where, err)
}

// Has says whether something can be bound on an address of this machine; of one that is none in particular it can.
func Has(a netip.Addr) bool {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
	if err == nil {
		_ = c.Close()
	}
	return !errors.Is(err, syscall.EADDRNOTAVAIL)
}

// IsFree says whether a port can be bound on an address.
func IsFree(network string, at netip.AddrPort) bool {
	if network == "udp" {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

// Holds says whether one of a process's descriptors is one of the sockets.
func Holds(dir string, inodes map[string]bool) bool {
	files, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, f := range files {
		if link, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil && inodes[link] {
			return true
		}
	}
	return false
}

// Socket is a line of /proc/net/udp, tcp, udp6 or tcp6.
type Socket struct {
	Local     netip.AddrPort
	Listening bool // TCP only
	Inode     string
}

// bars says whether the socket keeps others from an address.
func (s Socket) bars(at netip.AddrPort) bool {
	if s.Local.Port() != at.Port() {
		return false
	}
	ours, theirs := at.Addr().Unmap(), s.Local.Addr().Unmap()
	return ours == theirs || ours == netip.IPv6Unspecified() || theirs == netip.IPv6Unspecified() ||
		ours.Is4() == theirs.Is4() && (ours.IsUnspecified() || theirs.IsUnspecified())
}

// SocketTable reads a table of /proc/net; nothing where there is none.
//
//	sl  local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
//	 0: 0100007F:13C4 00000000:0000 07 ...
func SocketTable(path string) []Socket {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []Socket
	for s := bufio.NewScanner(f); s.Scan(); {
		field := strings.Fields(s.Text())
		if len(field) < 10 {
			continue
		}
		if local, ok := parseLocal(field[1]); ok {
			out = append(out, Socket{local, field[3] == "0A", field[9]})
		}
	}
	return out
}

// parseLocal reads an address as the kernel writes it: words of four octets, each a
// number in the machine's own order.
func parseLocal(s string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	if err != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	ip, ok := netip.AddrFromSlice(b)
	n, err := strconv.ParseUint(port, 16, 16)
	return netip.AddrPortFrom(ip, uint16(n)), ok && err == nil
}

// UDPDrops adds up the last column of /proc/net/udp and udp6 for some ports.
func UDPDrops(of func(port uint16) bool) (sum uint64) {
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

// Owner finds the process that keeps us from an address, as "asterisk (pid 812)".
func Owner(network string, at netip.AddrPort) string {
	inodes := socketsAt(network, at)
	if len(inodes) == 0 {
		return "something else"
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/fd")
	for _, dir := range processes {
		if !Holds(dir, inodes) {
			continue
		}
		pid := strings.Split(dir, "/")[2]
		if name, err := os.ReadFile(filepath.Join("/proc", pid, "comm")); err == nil {
			return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
		}
	}
	return "another user's process"
}

// OthersAt are the other processes that have a socket which takes what comes to an
// address, as "asterisk (pid 812)".
func OthersAt(network string, at netip.AddrPort, own int) []string {
	inodes := socketsAt(network, at)
	if len(inodes) < 2 { // our own
		return nil
	}
	var others []string
	processes, _ := filepath.Glob("/proc/[0-9]*/fd")
	for _, dir := range processes {
		pid := strings.Split(dir, "/")[2]
		if pid == strconv.Itoa(own) || !Holds(dir, inodes) {
			continue
		}
		if name, err := os.ReadFile(filepath.Join("/proc", pid, "comm")); err == nil {
			others = append(others, fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid))
		}
	}
	return others
}

// socketsAt are the descriptors of the sockets, by the names that they have in /proc, that
// take what comes to an address.
func socketsAt(network string, at netip.AddrPort) map[string]bool {
	inodes := make(map[string]bool)
	for _, table := range []string{network, network + "6"} {
		for _, s := range SocketTable("/proc/net/" + table) {
			if s.bars(at) && (network != "tcp" || s.Listening) {
				inodes["socket:["+s.Inode+"]"] = true
			}
		}
	}
	return inodes
}
