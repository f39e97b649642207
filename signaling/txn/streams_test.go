package txn

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// openStream runs a listener for a layer.
func openStream(t *testing.T, l *Layer, cfg *tls.Config) *flow.StreamSocket {
	t.Helper()
	s, err := flow.ListenStream(flow.StreamConfig{Listen: netip.MustParseAddrPort("127.0.0.1:0"), TLS: cfg}, l)
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- s.Run(context.Background()) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return s
}

// selfSigned returns a certificate for 127.0.0.1, and who believes it.
func selfSigned(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}, pool
}

func TestRequestsBothWaysOverRealTCPAndTLS(t *testing.T) {
	serving, roots := selfSigned(t)
	for kind, cfg := range map[flow.Kind]*tls.Config{flow.TCP: nil, flow.TLS: serving} {
		t.Run(kind.String(), func(t *testing.T) {
			acked, accepted := make(chan *sip.Request, 1), make(chan *flow.Flow, 1)
			callee := New(Config{}, &user{
				request: func(s *Server, _ *sip.Request) {
					for _, status := range []int{180, 200} {
						if err := s.Respond(s.Answer(status, "")); err != nil {
							t.Error(err)
						}
					}
					accepted <- s.Flow()
				},
				ack: func(_ *flow.Flow, req *sip.Request) { acked <- req },
			})
			caller := New(Config{}, &user{request: func(s *Server, _ *sip.Request) {
				if err := s.Respond(s.Answer(200, "")); err != nil {
					t.Error(err)
				}
			}})
			t.Cleanup(func() { caller.Close(); callee.Close() })
			to := openStream(t, callee, cfg)
			k := flow.NewConnector(flow.ConnectorConfig{}, caller)
			t.Cleanup(func() { k.Close() })
			toward := flow.Toward{Kind: kind, Remote: to.Addr(), Roots: roots}
			if cfg != nil {
				toward.Certificate = &cfg.Certificates[0]
			}
			f, err := k.Flow(toward)
			if err != nil {
				t.Fatal(err)
			}
			got := make(chan int, 10)
			if _, err := caller.Send(f, outgoing(sip.INVITE), func(res *sip.Response) { got <- res.StatusCode }, nil); err != nil {
				t.Fatal(err)
			}
			for _, want := range []int{180, 200} {
				if status := <-got; status != want {
					t.Errorf("got %d, want %d", status, want)
				}
			}
			ack := outgoing(sip.ACK)
			if err := caller.Write(f, ack); err != nil {
				t.Fatal(err)
			}
			req := <-acked
			if _, alias := sipmsg.Param(req.Via().Params, "alias"); req.Via().Transport != kind.ViaToken() || alias != (kind == flow.TLS) {
				t.Errorf("ACK came as %v", req.Via())
			}
			// The connection serves requests the other way.
			done := make(chan error, 1)
			if _, err := callee.Send(<-accepted, outgoing(sip.OPTIONS), nil, func(err error) { done <- err }); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestARequestToWhereNobodyListensEndsWithTheReason(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	layer := New(Config{}, &user{})
	k := flow.NewConnector(flow.ConnectorConfig{}, layer)
	t.Cleanup(func() { k.Close(); layer.Close() })
	f, err := k.Flow(flow.Toward{Kind: flow.TCP, Remote: dead})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	if _, err := layer.Send(f, outgoing(sip.OPTIONS), nil, func(err error) { done <- err }); err == nil {
		err = <-done
		if !errors.Is(err, ErrFlowGone) || !strings.Contains(err.Error(), "refused") {
			t.Errorf("ended with %v", err)
		}
	} else if !errors.Is(err, ErrFlowGone) && !errors.Is(err, flow.ErrClosed) {
		t.Errorf("not sent: %v", err) // connecting had failed before
	}
}

// differently are the torture messages of which a stream makes something else.
var differently = map[string]string{
	"clerr.dat":   "",          // waits for the body that was announced
	"dblreq.dat":  "200 200 .", // there are two; the second one's body is longer than announced
	"inv2543.dat": "400 .",     // has a body and no Content-Length
	"mcl01.dat":   "400 .",
	"ncl.dat":     "400 .",
}

// TestTortureMessagesOverTCP sends each message of RFC 4475 on a connection of
// its own, with an OPTIONS behind it: the answers are those over UDP, and where
// nobody can know where the message ends the connection is closed.
func TestTortureMessagesOverTCP(t *testing.T) {
	files, err := filepath.Glob("../sipmsg/testdata/torture/*.dat")
	if err != nil || len(files) == 0 {
		t.Fatal("no torture messages", err)
	}
	layer := New(Config{}, &user{request: func(s *Server, req *sip.Request) {
		_ = s.RespondOnce(s.Answer(200, ""))
	}})
	s := openStream(t, layer, nil)
	t.Cleanup(func() { layer.Close() })
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		datagram := ""
		layer.Message(flow.New(flow.Way{
			Kind: flow.UDP, Socket: flow.NextSocket(), Remote: netip.MustParseAddrPort("192.0.2.2:5060"),
			Send: func(b []byte) error { datagram += status(string(b)); return nil },
		}), raw)
		want := datagram + "+"
		if other, ok := differently[filepath.Base(name)]; ok {
			want = other
		}
		patience := 20 * time.Second
		if want == "" {
			patience = time.Second // in which nothing comes
		}
		stream := exchange(t, s.Addr(), string(raw), patience)
		if stream != want {
			t.Errorf("%s: UDP %q, TCP %q, want %q", filepath.Base(name), datagram, stream, want)
		}
	}
	if n := layer.Counters(); n.Panics != 0 {
		t.Errorf("%+v", n)
	}
}

// TestATooLongMessageIsRefusedAsThat, and others whose length nobody can believe as
// malformed; where nobody knows where the next message begins the connection is closed.
func TestATooLongMessageIsRefusedAsThat(t *testing.T) {
	layer := New(Config{}, &user{request: func(s *Server, _ *sip.Request) { _ = s.RespondOnce(s.Answer(200, "")) }})
	s := openStream(t, layer, nil)
	t.Cleanup(func() { layer.Close() })
	length := func(l string) string {
		return strings.Replace(request("OPTIONS", "long", "Content-Type: text/plain"), "Content-Length: 0", l, 1)
	}
	for name, c := range map[string]struct{ raw, want string }{
		"the longest":             {length("l: 60000") + strings.Repeat("x", 60000), "200 +"},
		"too long":                {length("l: 70000") + strings.Repeat("x", 70000), "413 +"},
		"too long, with no Via":   {strings.Replace(length("l: 70000"), "Via:", "X-Via:", 1) + strings.Repeat("x", 70000), "+"},
		"beyond all":              {length("l: 2000000000"), "413 ."},
		"beyond what is a number": {length("l: 99999999999"), "400 ."},
		"negative":                {length("l: -1"), "400 ."},
		"two":                     {length("l: 5\r\nContent-Length: 70000"), "400 ."},
		"none":                    {length("X: 0"), "400 ."},
	} {
		if got := exchange(t, s.Addr(), c.raw, 20*time.Second); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func status(answer string) string {
	_, rest, _ := strings.Cut(answer, " ")
	word, _, _ := strings.Cut(rest, " ")
	return word + " "
}

// exchange sends raw and an OPTIONS over a new connection, and returns the
// statuses that come back: "+" for that of the OPTIONS, "." for the end. Patience is how
// long it waits for each.
func exchange(t *testing.T, to netip.AddrPort, raw string, patience time.Duration) (got string) {
	t.Helper()
	c, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !strings.Contains(raw, "\r\n\r\n") {
		raw += "\r\n" // a datagram has an end without
	}
	if _, err := io.WriteString(c, raw+request("OPTIONS", "probe")); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for err == nil && !strings.Contains(string(all), "probe") {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		var n int
		b := make([]byte, 4096)
		n, err = c.Read(b)
		all = append(all, b[:n]...)
	}
	for _, answer := range strings.SplitAfter(string(all), "\r\n\r\n") {
		switch {
		case strings.Contains(answer, "probe"):
			got += "+"
		case answer != "":
			got += status(answer)
		}
	}
	if errors.Is(err, io.EOF) {
		got += "."
	}
	return got
}
