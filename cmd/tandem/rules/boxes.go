package rules

import (
	"crypto/x509"
	"fmt"
	"os"

	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/bridge/voicemail/post"
	"github.com/tandemgw/tandem/config"
)

// Boxes are the boxes of a configuration.
func Boxes(f *config.File) []voicemail.Box {
	rules := make([]voicemail.Box, 0, len(f.Boxes))
	for _, b := range f.Boxes {
		if f.Mail.Server == "" {
			b.Email = ""
		}
		rules = append(rules, voicemail.Box{
			Name: b.Name, DisplayName: b.DisplayName, PIN: string(b.PIN), SkipPIN: b.SkipPIN, Users: b.Users, Greeting: b.Greeting,
			Max: b.Max, Length: b.Length, Total: b.Total, Keep: max(b.Keep, 0), Zone: f.Zone, Email: b.Email, Attach: b.Attach, DeleteAfterMail: b.DeleteAfterMail,
		})
	}
	return rules
}

// Mail returns what sends mail; nil where a configuration has no mail block. The
// error is about its ca.
func Mail(f *config.File) (*post.Sender, error) {
	m := f.Mail
	if m.Server == "" {
		return nil, nil
	}
	c := post.Config{
		Server: m.Server, Port: m.Port, TLS: post.TLS(m.TLS), User: m.User, Password: string(m.Password), From: m.From, Domain: f.Domain, Zone: f.Zone,
	}
	if m.CA != "" {
		pem, err := os.ReadFile(m.CA)
		if err != nil {
			return nil, fmt.Errorf("read the ca of mail: %w", err)
		}
		c.Believed = x509.NewCertPool()
		if !c.Believed.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: no certificates in PEM", m.CA)
		}
	}
	return post.New(c)
}
