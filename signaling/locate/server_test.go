package locate

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// serve runs a DNS server on loopback, over UDP and TCP on one port.
func serve(t *testing.T, h dns.HandlerFunc) netip.AddrPort {
	t.Helper()
	for range 20 {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		stream, err := net.Listen("tcp", packets.LocalAddr().String())
		if err != nil {
			_ = packets.Close()
			continue // somebody else has that port of TCP
		}
		for _, s := range []*dns.Server{{PacketConn: packets, Handler: h}, {Listener: stream, Handler: h}} {
			started := make(chan struct{})
			s.NotifyStartedFunc = func() { close(started) }
			done := make(chan struct{})
			go func() { defer close(done); _ = s.ActivateAndServe() }()
			<-started
			t.Cleanup(func() { _ = s.Shutdown(); <-done })
		}
		return netip.MustParseAddrPort(packets.LocalAddr().String())
	}
	t.Fatal("no port")
	return netip.AddrPort{}
}

// locator asks these servers.
func locator(t *testing.T, servers ...netip.AddrPort) *Locator {
	l := New(Config{Servers: servers, Hosts: map[string][]netip.Addr{}, Timeout: time.Second, Attempts: 2})
	t.Cleanup(l.Close)
	return l
}

func record(t *testing.T, text string) dns.RR {
	t.Helper()
	rr, err := dns.NewRR(text)
	if err != nil {
		t.Fatal(err)
	}
	return rr
}

func isTCP(w dns.ResponseWriter) bool { return w.RemoteAddr().Network() == "tcp" }

func TestARealServerIsAsked(t *testing.T) {
	zone := map[question]string{
		{"real.example.", dns.TypeNAPTR}:          `real.example. 60 IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.real.example.`,
		{"_sip._tcp.real.example.", dns.TypeSRV}:  `_sip._tcp.real.example. 60 IN SRV 1 1 5077 host.real.example.`,
		{"host.real.example.", dns.TypeA}:         `host.real.example. 60 IN A 192.0.2.7`,
		{"host.real.example.", dns.TypeAAAA}:      `host.real.example. 60 IN AAAA 2001:db8::7`,
		{"_sips._tcp.real.example.", dns.TypeSRV}: `_sips._tcp.real.example. 60 IN SRV 1 1 5078 host.real.example.`,
	}
	at := serve(t, func(w dns.ResponseWriter, m *dns.Msg) {
		r := new(dns.Msg).SetReply(m)
		if text, ok := zone[question{strings.ToLower(m.Question[0].Name), m.Question[0].Qtype}]; ok {
			r.Answer = append(r.Answer, record(t, text))
		}
		_ = w.WriteMsg(r)
	})
	targets, err := locator(t, at).Find(t.Context(), Query{Host: "real.example"})
	if got := words(targets); err != nil || got != "tcp:192.0.2.7:5077 tcp:[2001:db8::7]:5077" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestACutAnswerIsAskedForOverTCP(t *testing.T) {
	at := serve(t, func(w dns.ResponseWriter, m *dns.Msg) {
		r := new(dns.Msg).SetReply(m)
		r.Truncated = !isTCP(w)
		if m.Question[0].Qtype == dns.TypeA && isTCP(w) {
			for range 2000 {
				r.Answer = append(r.Answer, record(t, "big.example. 60 IN A 192.0.2.8"))
			}
		}
		_ = w.WriteMsg(r)
	})
	targets, err := locator(t, at).Find(t.Context(), Query{Host: "big.example", Port: 5060})
	if got := words(targets); err != nil || got != "udp:192.0.2.8:5060" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestForgedAnswersAreNotTaken(t *testing.T) {
	at := serve(t, func(w dns.ResponseWriter, m *dns.Msg) {
		forge := func(change func(r *dns.Msg)) {
			r := new(dns.Msg).SetReply(m)
			r.Answer = []dns.RR{record(t, "x.example. 60 IN A 203.0.113.66")}
			change(r)
			_ = w.WriteMsg(r)
		}
		for range 100 {
			forge(func(r *dns.Msg) { r.Id++ })
		}
		right := new(dns.Msg).SetReply(m)
		if m.Question[0].Qtype == dns.TypeA {
			right.Answer = []dns.RR{
				record(t, "y.example. 60 IN A 203.0.113.67"), record(t, "x.example. 60 IN A 192.0.2.9"), record(t, "x.example. 60 IN TXT hello"),
			}
		}
		_ = w.WriteMsg(right)
	})
	targets, err := locator(t, at).Find(t.Context(), Query{Host: "x.example", Port: 5060})
	if got := words(targets); err != nil || got != "udp:192.0.2.9:5060" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestAnAnswerToAnotherQuestionIsNotTaken(t *testing.T) {
	var wrong, right atomic.Int32
	bad := serve(t, func(w dns.ResponseWriter, m *dns.Msg) {
		wrong.Add(1)
		r := new(dns.Msg).SetReply(m)
		r.Question[0].Name = "y.example."
		r.Answer = []dns.RR{record(t, "x.example. 60 IN A 203.0.113.66")}
		_ = w.WriteMsg(r)
	})
	good := serve(t, func(w dns.ResponseWriter, m *dns.Msg) {
		right.Add(1)
		r := new(dns.Msg).SetReply(m)
		if m.Question[0].Qtype == dns.TypeA {
			r.Answer = []dns.RR{record(t, "x.example. 60 IN A 192.0.2.9")}
		}
		_ = w.WriteMsg(r)
	})
	targets, err := locator(t, bad, good).Find(t.Context(), Query{Host: "x.example", Port: 5060})
	if got := words(targets); err != nil || got != "udp:192.0.2.9:5060" || wrong.Load() == 0 || right.Load() == 0 {
		t.Errorf("%s, %v; %d and %d questions", got, err, wrong.Load(), right.Load())
	}
}

func TestTheNextServerIsAskedWhenOneFails(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  dns.HandlerFunc
	}{
		{"it is silent", func(dns.ResponseWriter, *dns.Msg) {}},
		{"it fails", func(w dns.ResponseWriter, m *dns.Msg) {
			_ = w.WriteMsg(new(dns.Msg).SetRcode(m, dns.RcodeServerFailure))
		}},
		{"it refuses", func(w dns.ResponseWriter, m *dns.Msg) { _ = w.WriteMsg(new(dns.Msg).SetRcode(m, dns.RcodeRefused)) }},
		{"it talks rubbish", func(w dns.ResponseWriter, _ *dns.Msg) { _, _ = w.Write([]byte("rubbish")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			good := serve(t, func(w dns.ResponseWriter, m *dns.Msg) {
				r := new(dns.Msg).SetReply(m)
				if m.Question[0].Qtype == dns.TypeA {
					r.Answer = []dns.RR{record(t, "x.example. 60 IN A 192.0.2.9")}
				}
				_ = w.WriteMsg(r)
			})
			l := locator(t, serve(t, c.bad), good)
			l.cfg.Timeout = 200 * time.Millisecond
			targets, err := l.Find(t.Context(), Query{Host: "x.example", Port: 5060})
			if got := words(targets); err != nil || got != "udp:192.0.2.9:5060" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

func TestHostsFileIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	text := "127.0.0.1 localhost\n192.0.2.3 PBX pbx.lan. # comment\n\n::1 ip6\n2001:db8::3 pbx\nnonsense here\n0.0.0.0 blocked.example\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got := readHosts(path)
	if len(got["pbx."]) != 2 || len(got["pbx.lan."]) != 1 || got["blocked.example."] != nil || len(got["ip6."]) != 1 {
		t.Errorf("read %v", got)
	}
}

func TestSingleLabelsAreSearchedFor(t *testing.T) {
	s := &system{servers: []netip.AddrPort{{}}, conf: &dns.ClientConfig{Search: []string{"lan.example", "local"}}, looked: time.Now()}
	if got := strings.Join(s.candidates("pbx."), " "); got != "pbx.lan.example. pbx." {
		t.Errorf("candidates are %s", got)
	}
	if got := strings.Join(s.candidates("pbx.b."), " "); got != "pbx.b. pbx.b.lan.example." {
		t.Errorf("candidates are %s", got)
	}
}

// FuzzRead has read judge any message that a server may send.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"x.example. 60 IN A 192.0.2.9", "x.example. 60 IN CNAME x.example.", `x.example. 60 IN NAPTR 1 1 "s" "SIP+D2U" "" y.example.`} {
		rr, err := dns.NewRR(text)
		if err != nil {
			f.Fatal(err)
		}
		m := new(dns.Msg).SetQuestion("x.example.", rr.Header().Rrtype)
		m.Answer = []dns.RR{rr}
		raw, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, rr.Header().Rrtype)
	}
	f.Fuzz(func(t *testing.T, raw []byte, kind uint16) {
		m := new(dns.Msg)
		if m.Unpack(raw) != nil {
			return
		}
		a, ttl, next := read(question{"x.example.", kind}, m)
		if max(len(a.naptr), len(a.srv), len(a.addrs)) > maxRecords || ttl < 0 {
			t.Errorf("too much: %v for %v", a, ttl)
		}
		if _, err := nameOf(next); next != "" && err != nil {
			t.Errorf("leads to %q", next)
		}
		negative(m)
		weighted(a.srv, func(n int) int { return n - 1 })
	})
}
