package metrics

import (
	"bytes"
	"os"
	"strconv"
	"sync"
)

// machine remembers what the kernel had counted at the start.
type machine struct {
	mu    sync.Mutex // a leaf
	known bool
	first uint64
}

// resident is the memory of the process that is in RAM, in octets; 0 where the system
// does not say.
func resident() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

// udpDrops are the datagrams that were dropped since it was first asked.
func (m *machine) udpDrops() uint64 {
	now, ok := receiveErrors()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !ok || !m.known {
		m.first, m.known = now, ok
		return 0
	}
	return now - min(now, m.first)
}

// receiveErrors are the datagrams that found a full buffer, over IPv4 and IPv6; false
// where the system does not say.
func receiveErrors() (uint64, bool) {
	four, ok4 := snmp("/proc/net/snmp")
	six, ok6 := snmp6("/proc/net/snmp6")
	return four + six, ok4 || ok6
}

// snmp reads a table of two lines for each protocol: names, then values.
func snmp(path string) (uint64, bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	var names [][]byte
	for line := range bytes.Lines(b) {
		if !bytes.HasPrefix(line, []byte("Udp: ")) {
			continue
		}
		if names == nil {
			names = bytes.Fields(line)
			continue
		}
		for i, v := range bytes.Fields(line) {
			if i < len(names) && string(names[i]) == "RcvbufErrors" {
				n, err := strconv.ParseUint(string(v), 10, 64)
				return n, err == nil
			}
		}
	}
	return 0, false
}

// snmp6 reads a table of a name and a value a line.
func snmp6(path string) (uint64, bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(b) {
		if f := bytes.Fields(line); len(f) == 2 && string(f[0]) == "Udp6RcvbufErrors" {
			n, err := strconv.ParseUint(string(f[1]), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
