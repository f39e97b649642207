package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/caller"
)

// callWhom finds the server and the user of a call: those that the flags name, else
// those of the running gateway.
func (o callOptions) callWhom(ctx context.Context, env environment, s *caller.Script) error {
	s.Server.Transport = o.transport
	if o.server != "" {
		if err := parseServer(o.server, &s.Server); err != nil {
			return err
		}
	}
	own, err := ownGateway(env, o.path)
	if o.server == "" {
		if err != nil {
			return err
		}
		if err := o.callOwn(ctx, env, s, own); err != nil {
			return err
		}
	}
	if err := o.callAs(s, own); err != nil {
		return err
	}
	return o.believe(s, own)
}

// parseServer reads udp:HOST:PORT and the like, the URL of a WebSocket, or HOST:PORT
// alone, whose transport is s's already.
func parseServer(text string, s *caller.Server) error {
	bad := exitf(exitUsage, "--server %s: it is written HOST:PORT, udp:HOST:PORT, tcp:, tls:, or wss://HOST/ws", wording.Printable(text))
	if u, err := url.Parse(text); err == nil && (u.Scheme == "ws" || u.Scheme == "wss") {
		if u.Hostname() == "" {
			return bad
		}
		s.Transport, s.URL, s.Host = u.Scheme, text, u.Hostname()
		return nil
	}
	kind, at, ok := strings.Cut(text, ":")
	switch {
	case ok && (kind == "udp" || kind == "tcp" || kind == "tls"):
		s.Transport = kind
	default:
		at = text
	}
	s.Host = strings.Trim(at, "[]")
	if host, port, err := net.SplitHostPort(at); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return bad
		}
		s.Host, s.Port = host, uint16(n)
	}
	if s.Host == "" || strings.ContainsAny(s.Host, "/@ ") || strings.Contains(s.Host, ":") && net.ParseIP(s.Host) == nil {
		return bad
	}
	if s.Transport == "ws" || s.Transport == "wss" {
		s.URL = s.Transport + "://" + at + "/ws"
	}
	return nil
}

// gatewayFacts are what is known of a gateway of this machine from its files.
type gatewayFacts struct {
	state string // its folder
	users []config.User
}

// ownGateway finds the gateway of this machine: by its configuration, or the demo.
func ownGateway(env environment, flag string) (f gatewayFacts, err error) {
	path, err := config.Find(flag, env.getenv, machine.Exists)
	if err != nil {
		if flag != "" {
			return f, exitf(exitConfig, "%v", err)
		}
		if f.state, err = machine.DemoState(env.getenv); err != nil {
			return f, exitf(exitFailed, "%v", err)
		}
		text, err := os.ReadFile(filepath.Join(f.state, "passwords"))
		if err != nil { // no demo has run
			return f, nil
		}
		for i, word := range strings.Fields(string(text)) {
			f.users = append(f.users, config.User{Name: strconv.Itoa(1001 + i), Password: config.Secret(word)})
		}
		return f, nil
	}
	file, _, err := loadFrom(env, path)
	if err != nil {
		return f, err
	}
	f.users = file.Users
	f.state, err = machine.StateOf(file, env.getenv)
	return f, err
}

// callOwn takes the running gateway as the server.
func (o callOptions) callOwn(ctx context.Context, env environment, s *caller.Script, own gatewayFacts) error {
	client, err := o.reach(ctx, env)
	if err != nil {
		return err
	}
	status, err := client.Status(ctx)
	if err != nil {
		return asked(err)
	}
	s.Server.Domain = status.Domain
	host, err := o.host(env)
	if err != nil {
		return err
	}
	return listensFor(s, status, host)
}

// listensFor finds where the running gateway, which is at a host, listens for a
// transport.
func listensFor(s *caller.Script, status admin.Status, at string) error {
	kind := map[string]string{"ws": "http", "wss": "https"}[s.Server.Transport]
	if kind == "" {
		kind = s.Server.Transport
	}
	for _, place := range status.Listening {
		local, transport, _ := strings.Cut(place, "/")
		host, port, err := net.SplitHostPort(local)
		n, convErr := strconv.ParseUint(port, 10, 16)
		if transport != kind || err != nil || convErr != nil {
			continue
		}
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = at
		}
		s.Server.Host, s.Server.Port = host, uint16(n)
		if kind == "http" || kind == "https" {
			s.Server.URL = s.Server.Transport + "://" + net.JoinHostPort(host, port) + "/ws"
		}
		return nil
	}
	return exitf(exitFailed, "the gateway does not listen for %s: it does on %s", s.Server.Transport, strings.Join(status.Listening, ", "))
}

// callAs finds who calls, and the password.
func (o callOptions) callAs(s *caller.Script, own gatewayFacts) error {
	for _, u := range own.users {
		if s.User == "" && u.Password != "" || s.User == u.Name {
			s.User = u.Name
			if s.Password == "" {
				s.Password = string(u.Password)
			}
			break
		}
	}
	switch {
	case s.User == "":
		return exitf(exitUsage, "whose call is it? Give --user and --password")
	case s.Password == "" && o.server == "":
		return exitf(exitUsage, "the password of %s is not known here: %v", s.User, errNoPassword)
	}
	return nil
}

// believe chooses whose certificates are believed: the local CA's beside the
// system's, where nothing else is said.
func (o callOptions) believe(s *caller.Script, own gatewayFacts) error {
	if s.Server.Transport != "tls" && s.Server.Transport != "wss" {
		return nil
	}
	if o.insecure {
		s.Server.TLS = caller.InsecureTLS()
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	switch {
	case o.ca != "":
		text, err := os.ReadFile(o.ca)
		if err != nil {
			return exitf(exitFailed, "cannot read %s: %v", o.ca, machine.Why(err))
		}
		if !pool.AppendCertsFromPEM(text) {
			return exitf(exitFailed, "there is no certificate in %s", o.ca)
		}
	default:
		if ca, err := certs.ExportCA(own.state); err == nil {
			pool.AppendCertsFromPEM(ca.PEM)
		}
	}
	s.Server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
	return nil
}
