package post

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/test/sound"
)

// server is a mail server that keeps what it gets, from who proves himself.
type server struct {
	smtp *smtp.Server
	port int
	pool *x509.CertPool

	mu    sync.Mutex
	mails []string
	from  string
	to    []string
}

// session is one connection.
type session struct {
	s  *server
	ok bool
}

func (x *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (x *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "tandem" || password != "let-me-in" {
			return errors.New("wrong")
		}
		x.ok = true
		return nil
	}), nil
}

func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if !x.ok {
		return smtp.ErrAuthRequired
	}
	x.s.from = from
	return nil
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.to = append(x.s.to, to)
	return nil
}

func (x *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.mails = append(x.s.mails, string(b))
	return err
}

func (x *session) Reset()        {}
func (x *session) Logout() error { return nil }

// serve runs a server until the test ends; implicit says that it speaks TLS from the
// beginning, plain that it has none.
func serve(t *testing.T, implicit, plain bool) *server {
	t.Helper()
	s := &server{pool: x509.NewCertPool()}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{s: s, ok: plain}, nil }))
	s.smtp.Domain, s.smtp.ErrorLog = "mail.test", quiet{}
	var l net.Listener
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if !plain {
		s.smtp.TLSConfig = &tls.Config{Certificates: []tls.Certificate{s.certificate(t)}}
	}
	if implicit {
		l = tls.NewListener(l, s.smtp.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.smtp.Serve(l) }()
	t.Cleanup(func() { _ = s.smtp.Close(); <-done })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (s *server) certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.pool.AddCert(c)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (s *server) config(way TLS) Config {
	return Config{
		Server: "127.0.0.1", Port: s.port, TLS: way, Believed: s.pool, User: "tandem", Password: "let-me-in", From: "voicemail@pbx.example.com",
		Domain: "pbx.example.com", Zone: time.UTC,
	}
}

func send(t *testing.T, c Config, m voicemail.Mail) error {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return s.Send(ctx, m)
}

func aMail(name string, wav []byte) voicemail.Mail {
	return voicemail.Mail{
		Box: voicemail.Box{Name: "202", DisplayName: "Bob", Email: "bob@example.com"},
		Message: voicemail.Message{
			ID: "187a2c9d3f4e5a60", Box: "202", To: "300", From: tandem.Address{Name: name, User: "+442079460000"},
			At: time.Date(2026, 11, 21, 9, 5, 0, 0, time.UTC), Length: 2 * time.Second,
		},
		Sound: wav,
	}
}

// taken takes a mail apart: its header, its text, and what is attached.
func taken(t *testing.T, raw string) (h mail.Header, text string, attached []byte) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		b, _ := io.ReadAll(m.Body)
		return m.Header, string(b), nil
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextPart()
		if err != nil {
			return m.Header, text, attached
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "audio/wav") && strings.HasSuffix(p.FileName(), ".wav") {
			if attached, err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(b))); err != nil {
				t.Fatal(err)
			}
		} else {
			text = string(b)
		}
	}
}

// A server over TLS, with an account, gets the mail; what is attached sounds as what
// was recorded.
func TestMailArrivesWithItsSound(t *testing.T) {
	path := t.TempDir() + "/a.wav"
	if err := sound.WriteWAV(path, sound.Low().PCM(8000, 2*time.Second), 8000); err != nil {
		t.Fatal(err)
	}
	wav := mustRead(t, path)
	for _, way := range []TLS{StartTLS, Implicit} {
		t.Run(string(way), func(t *testing.T) {
			s := serve(t, way == Implicit, false)
			if err := send(t, s.config(way), aMail("Ann Müller", wav)); err != nil {
				t.Fatal(err)
			}
			if len(s.mails) != 1 || s.from != "voicemail@pbx.example.com" || strings.Join(s.to, " ") != "bob@example.com" {
				t.Fatalf("%d mails, from %q to %q", len(s.mails), s.from, s.to)
			}
			h, text, attached := taken(t, s.mails[0])
			subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
			if err != nil || subject != "Voicemail from Ann Müller <+442079460000> (0:02)" {
				t.Errorf("subject %q, %v", subject, err)
			}
			for _, want := range []string{"Dialed: 300", "Saturday, 21 November 2026, 09:05 UTC", "Length: 0:02", "box 202"} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in %q", want, text)
				}
			}
			if h.Get("Message-ID") != "<voicemail-187a2c9d3f4e5a60@pbx.example.com>" || h.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("header %v", h)
			}
			if err := writeFile(path, attached); err != nil {
				t.Fatal(err)
			}
			pcm, rate, err := sound.ReadWAV(path)
			if err != nil {
				t.Fatal(err)
			}
			if heard := sound.Low().Find(pcm, rate); heard.Longest < 1500*time.Millisecond || heard.Breaks != 0 {
				t.Errorf("what is attached is %v", heard)
			}
		})
	}
}

// What a caller calls himself cannot become a header field, nor another address.
func TestMailOfACallerWithAnOddName(t *testing.T) {
	s := serve(t, false, false)
	m := aMail("Eve\r\nBcc: all@example.com\r\n\r\nBuy!\x00\u202e", nil)
	m.Message.From.User = "1\r\nX-Odd: 1"
	m.Message.To = "300\nX-Odd: 2"
	m.Box.DisplayName = "Bob\r\nCc: eve@example.com"
	if err := send(t, s.config(StartTLS), m); err != nil {
		t.Fatal(err)
	}
	h, _, _ := taken(t, s.mails[0])
	if h.Get("Bcc") != "" || h.Get("X-Odd") != "" || h.Get("Cc") != "" || strings.Join(s.to, " ") != "bob@example.com" {
		t.Errorf("header %v to %q", h, s.to)
	}
}

func TestMailIsNotSentWhereItIsNotSafe(t *testing.T) {
	for name, c := range map[string]struct {
		plain bool
		spoil func(*Config)
	}{
		"no TLS at the server":   {true, func(*Config) {}},
		"an unknown certificate": {false, func(c *Config) { c.Believed = x509.NewCertPool() }},
		"a wrong password":       {false, func(c *Config) { c.Password = "guess" }},
		"another name":           {false, func(c *Config) { c.Server = "localhost" }},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, false, c.plain)
			config := s.config(StartTLS)
			c.spoil(&config)
			err := send(t, config, aMail("Ann", nil))
			if err == nil || len(s.mails) != 0 {
				t.Errorf("%d mails, error %v", len(s.mails), err)
			}
			if err != nil && (strings.Contains(err.Error(), "let-me-in") || strings.Contains(err.Error(), "guess")) {
				t.Errorf("the password is in %v", err)
			}
		})
	}
	if _, err := New(Config{Server: "x", Port: 25, TLS: None, User: "u", Password: "p", From: "a@b", Domain: "b"}); err == nil {
		t.Error("a password without TLS is taken")
	}
}

func TestMailWithoutTLSWhereThatIsWanted(t *testing.T) {
	s := serve(t, false, true)
	c := s.config(None)
	c.User, c.Password = "", ""
	if err := send(t, c, aMail("Ann", nil)); err != nil || len(s.mails) != 1 {
		t.Errorf("%d mails, error %v", len(s.mails), err)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("Ann\r\nBcc: x")
	f.Add("\xff\u2028 x")
	f.Fuzz(func(t *testing.T, s string) {
		if got := line(s); strings.ContainsAny(got, "\r\n\x00") || len([]rune(got)) > maxName {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(path string, b []byte) error { return os.WriteFile(path, b, 0o600) }
