package turn

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v5"
)

// listen opens what l names, and adds it to the server's configuration.
func (s *Server) listen(l Listen, c *pion.ServerConfig, opened *[]interface{ Close() error }) error {
	if l.Network != "udp" {
		listener, err := net.Listen("tcp", hostPort(l.Addr))
		if err != nil {
			return fmt.Errorf("listen on %s: %w", l.Addr, err)
		}
		g := newGate(s, listener, l.TLS)
		s.gates = append(s.gates, g)
		*opened = append(*opened, g)
		kind := "tcp"
		if l.TLS != nil {
			kind = "tls"
		}
		s.bound = append(s.bound, Listening{addrPortOf(listener.Addr()).Port(), kind})
		c.ListenerConfigs = append(c.ListenerConfigs, pion.ListenerConfig{
			Listener: g, RelayAddressGenerator: generator{s}, PermissionHandler: s.permits,
		})
		return nil
	}
	port := l.Addr.Port()
	for i, a := range familiesOf(l.Addr.Addr()) {
		network := "udp4"
		if a.Is6() {
			network = "udp6"
		}
		conn, err := (&net.ListenConfig{}).ListenPacket(context.Background(), network, hostPort(netip.AddrPortFrom(a, port)))
		if err != nil && i > 0 {
			s.log.Info("relay without IPv6", "reason", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("listen on %s: %w", l.Addr, err)
		}
		u := newSieve(s, conn.(*net.UDPConn)) // ListenPacket on a UDP network returns nothing else
		port = u.near.Port()
		*opened = append(*opened, u)
		if i == 0 {
			s.bound = append(s.bound, Listening{port, "udp"})
		}
		c.PacketConnConfigs = append(c.PacketConnConfigs, pion.PacketConnConfig{
			PacketConn: u, RelayAddressGenerator: generator{s}, PermissionHandler: s.permits,
		})
	}
	return nil
}

// familiesOf are the addresses to bind for one that may mean all: a socket for
// each family, since answers are of the family of the question.
func familiesOf(a netip.Addr) []netip.Addr {
	if !a.IsValid() || a == netip.IPv6Unspecified() {
		return []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	}
	return []netip.Addr{a.Unmap()}
}

func hostPort(a netip.AddrPort) string {
	host := ""
	if a.Addr().IsValid() {
		host = a.Addr().String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(a.Port())))
}

// quiet gives what pion/turn has to say to slog, at debug level where it is a
// warning at least: most of it is about what strangers send.
type quiet struct{ log *slog.Logger }

var _ logging.LoggerFactory = quiet{}

// NewLogger implements logging.LoggerFactory.
func (q quiet) NewLogger(scope string) logging.LeveledLogger {
	return quietLog{q.log.With("library", scope)}
}

type quietLog struct{ log *slog.Logger }

func (q quietLog) say(format string, args ...any) {
	if q.log.Enabled(context.Background(), slog.LevelDebug) {
		q.log.Debug("relay library", "text", fmt.Sprintf(format, args...))
	}
}

func (q quietLog) Trace(string)                   {}
func (q quietLog) Tracef(string, ...any)          {}
func (q quietLog) Debug(string)                   {}
func (q quietLog) Debugf(string, ...any)          {}
func (q quietLog) Info(string)                    {}
func (q quietLog) Infof(string, ...any)           {}
func (q quietLog) Warn(msg string)                { q.say("%s", msg) }
func (q quietLog) Warnf(format string, a ...any)  { q.say(format, a...) }
func (q quietLog) Error(msg string)               { q.say("%s", msg) }
func (q quietLog) Errorf(format string, a ...any) { q.say(format, a...) }
