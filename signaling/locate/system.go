package locate

import (
	"bufio"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	resolvConf = "/etc/resolv.conf"
	hostsFile  = "/etc/hosts"
	lookAgain  = 5 * time.Second // how often the files are looked at
	maxServers = 4
	maxSearch  = 6
	maxHosts   = 65536 // octets of /etc/hosts that are read, times 16
)

// system is what this machine says of the DNS: its servers, and the names that it
// knows by itself.
type system struct {
	servers []netip.AddrPort        // in place of resolv.conf's; immutable
	hosts   map[string][]netip.Addr // in place of /etc/hosts; immutable

	mu      sync.Mutex // a leaf: guards what follows
	looked  time.Time
	resolv  watched
	listed  watched
	conf    *dns.ClientConfig
	entries map[string][]netip.Addr
}

// watched is a file that is read again when it has changed.
type watched struct {
	size    int64
	changed time.Time
}

// differs says whether the file is another one than before.
func (w *watched) differs(path string) bool {
	now := watched{}
	if info, err := os.Stat(path); err == nil {
		now = watched{info.Size(), info.ModTime()}
	}
	if *w == now {
		return false
	}
	*w = now
	return true
}

// refreshLocked reads the files where they have changed.
func (s *system) refreshLocked() {
	now := time.Now()
	if s.conf != nil && now.Sub(s.looked) < lookAgain && now.After(s.looked) {
		return
	}
	s.looked = now
	if s.conf == nil || s.servers == nil && s.resolv.differs(resolvConf) {
		s.conf = readConf(s.servers == nil)
	}
	if s.hosts == nil && s.listed.differs(hostsFile) {
		s.entries = readHosts(hostsFile)
	}
}

func readConf(system bool) *dns.ClientConfig {
	if system {
		if c, err := dns.ClientConfigFromFile(resolvConf); err == nil {
			return c
		}
	}
	return &dns.ClientConfig{Timeout: 2, Attempts: 2}
}

// readHosts reads a file in the manner of hosts(5).
func readHosts(path string) map[string][]netip.Addr {
	out := make(map[string][]netip.Addr)
	f, err := os.Open(path)
	if err != nil {
		return out
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan() && n < maxHosts; n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(words[0])
		if err != nil || !sendable(addr.Unmap()) {
			continue
		}
		for _, w := range words[1:] {
			name := strings.ToLower(strings.TrimSuffix(w, ".")) + "."
			if len(out[name]) < maxRecords {
				out[name] = append(out[name], addr.Unmap())
			}
		}
	}
	return out
}

// lookup returns what the machine itself says of a name, and whether it knows it.
func (s *system) lookup(name string) ([]netip.Addr, bool) {
	if s.hosts != nil {
		if addrs, ok := s.hosts[strings.TrimSuffix(name, ".")]; ok {
			return addrs, true
		}
	} else {
		s.mu.Lock()
		s.refreshLocked()
		addrs, ok := s.entries[name]
		s.mu.Unlock()
		if ok {
			return addrs, true
		}
	}
	if name == "localhost." || strings.HasSuffix(name, ".localhost.") { // RFC 6761 §6.3
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}, true
	}
	return nil, false
}

// resolver returns the servers, how long each is waited for, and how often it is
// asked.
func (s *system) resolver() (servers []string, timeout time.Duration, attempts int) {
	s.mu.Lock()
	s.refreshLocked()
	conf := s.conf
	s.mu.Unlock()
	for _, a := range s.servers {
		servers = append(servers, a.String())
	}
	if s.servers == nil {
		for _, host := range conf.Servers[:min(len(conf.Servers), maxServers)] {
			servers = append(servers, net.JoinHostPort(host, conf.Port))
		}
		if len(servers) == 0 {
			servers = []string{"127.0.0.1:53"} // resolv.conf(5)
		}
	}
	return servers, time.Duration(max(conf.Timeout, 1)) * time.Second, max(conf.Attempts, 1)
}

// candidates are the names that a host may stand for: as it is written, and with
// the search list of resolv.conf behind it, which goes first for a single label.
func (s *system) candidates(host string) []string {
	s.mu.Lock()
	s.refreshLocked()
	search := s.conf.Search
	s.mu.Unlock()
	var out []string
	for _, suffix := range search[:min(len(search), maxSearch)] {
		if name, err := nameOf(host + suffix); err == nil && askable(name) == nil {
			out = append(out, name)
		}
	}
	if strings.Count(host, ".") > 1 {
		return append([]string{host}, out...)
	}
	return append(out, host)
}
