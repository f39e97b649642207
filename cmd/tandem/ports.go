package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// taken names the owner of a port in an error of binding it.
func taken(err error, wanted []netip.AddrPort) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	for _, a := range wanted {
		for _, network := range []string{"udp", "tcp"} {
			if who := owner(network, a.Port()); who != "" {
				return fmt.Errorf("%w: port %d/%s is used by %s", err, a.Port(), network, who)
			}
		}
	}
	return err
}

// isFree says whether a port can be bound on an address.
func isFree(network, address string) bool {
	if network == "udp" {
		c, err := net.ListenPacket("udp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}
	l, err := net.Listen("tcp", address)
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

// owner finds the process that has a port bound, as "asterisk (pid 812)"; ""
// where /proc does not tell.
func owner(network string, port uint16) string {
	inodes := make(map[string]bool)
	for _, table := range []string{network, network + "6"} {
		readInodes("/proc/net/"+table, network, port, inodes)
	}
	if len(inodes) == 0 {
		return ""
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/fd")
	for _, dir := range processes {
		files, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, f := range files {
			link, err := os.Readlink(filepath.Join(dir, f.Name()))
			if err != nil || !inodes[link] {
				continue
			}
			pid := strings.Split(dir, "/")[2]
			name, err := os.ReadFile(filepath.Join("/proc", pid, "comm"))
			if err != nil {
				continue
			}
			return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
		}
	}
	return "another user's process"
}

// readInodes collects the sockets of a port from a table of /proc/net, as the
// links in /proc/PID/fd name them.
//
//	sl  local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
//	 0: 0100007F:13C4 00000000:0000 07 ...
func readInodes(path, network string, port uint16, into map[string]bool) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	const listening = "0A"
	for s := bufio.NewScanner(f); s.Scan(); {
		field := strings.Fields(s.Text())
		if len(field) < 10 || network == "tcp" && field[3] != listening {
			continue
		}
		_, hex, _ := strings.Cut(field[1], ":")
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && uint16(n) == port {
			into["socket:["+field[9]+"]"] = true
		}
	}
}
