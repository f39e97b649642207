package post

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/tandemgw/tandem/bridge/voicemail"
)

// patience is how long a server may take for one answer.
const patience = 30 * time.Second

// TLS says how the way to the server is encrypted.
type TLS string

// The ways.
const (
	StartTLS TLS = "starttls" // on the ordinary port; a server that does not offer it gets no mail
	Implicit TLS = "tls"      // from the beginning (RFC 8314)
	None     TLS = "none"     // not at all
)

// Config is what a Sender is made of.
type Config struct {
	Server string // host name or address. Required
	Port   int    // required
	TLS    TLS    // "" is StartTLS
	// Believed are the authorities of the server's certificate; nil for the system's.
	Believed *x509.CertPool
	// User and Password are our account there; empty for none. They are never sent
	// without TLS.
	User, Password string
	// From is the sender's address, Domain the host that we are. Both required.
	From, Domain string
	// Zone is the time zone of times in mails; nil means the machine's own.
	Zone *time.Location
}

// Sender sends mail through one server. It may be used from any goroutine.
type Sender struct{ c Config }

// New returns a Sender. Nothing is connected yet. The error is about the Config.
func New(c Config) (*Sender, error) {
	switch {
	case c.Server == "" || c.Port == 0 || c.From == "" || c.Domain == "":
		return nil, errors.New("mail: the server, its port, the sender or our domain is missing")
	case c.User != "" && c.TLS == None:
		return nil, errors.New("mail: no password without TLS")
	}
	if c.Zone == nil {
		c.Zone = time.Local
	}
	return &Sender{c}, nil
}

// Send sends one mail. The error says what the server has said, and holds no
// secret.
func (s *Sender) Send(ctx context.Context, m voicemail.Mail) error {
	letter, err := s.write(m)
	if err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	client, err := mail.NewClient(s.c.Server, s.options()...)
	if err != nil {
		return fmt.Errorf("mail to %s: %w", s.c.Server, err)
	}
	if err := client.DialAndSendWithContext(ctx, letter); err != nil {
		return fmt.Errorf("mail to %s: %w", s.c.Server, err)
	}
	return nil
}

func (s *Sender) options() []mail.Option {
	config := &tls.Config{ServerName: s.c.Server, RootCAs: s.c.Believed, MinVersion: tls.VersionTLS12}
	all := []mail.Option{mail.WithPort(s.c.Port), mail.WithTimeout(patience), mail.WithHELO(s.c.Domain), mail.WithTLSConfig(config), mail.WithoutNoop()}
	switch s.c.TLS {
	case Implicit:
		all = append(all, mail.WithSSL())
	case None:
		all = append(all, mail.WithTLSPolicy(mail.NoTLS))
	default:
		all = append(all, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.c.User != "" {
		all = append(all, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.c.User), mail.WithPassword(s.c.Password))
	}
	return all
}
