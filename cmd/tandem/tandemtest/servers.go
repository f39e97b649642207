package tandemtest

import (
	"bufio"
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Answering is a SIP server that answers every request with 200, over UDP, or over TLS with a certificate.
func Answering(t *testing.T, certificate *tls.Certificate) (port int) {
	t.Helper()
	if certificate == nil {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		go func() {
			b := make([]byte, 4096)
			for {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				if strings.HasPrefix(string(b[:n]), "OPTIONS sip:") && strings.HasSuffix(string(b[:n]), "\r\n\r\n") {
					_, _ = c.WriteTo([]byte("SIP/2.0 200 Fine\r\n\r\n"), from)
				}
			}
		}()
		return c.LocalAddr().(*net.UDPAddr).Port
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*certificate}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if line, err := bufio.NewReader(c).ReadString('\n'); err == nil && strings.HasPrefix(line, "OPTIONS") {
					_, _ = c.Write([]byte("SIP/2.0 405 Not here\r\n\r\n"))
				}
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// ClosedPort gives a TCP port of 127.0.0.1 that nobody listens on, nor can while the test
// runs: it is bound.
func ClosedPort(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return at.(*unix.SockaddrInet4).Port
}
