package attack

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
)

// roots are whom one believes who trusts the gateway's local authority.
func (h *house) roots() *x509.CertPool {
	h.t.Helper()
	ca, err := exec.Command(peers.Binary(h.t), "certs", "export-ca", "--state", h.State).Output()
	if err != nil {
		h.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		h.t.Fatal("the gateway has no local authority")
	}
	return pool
}

// stream opens a connection to where SIP is spoken over TCP, or over TLS with roots.
func (h *house) stream(roots *x509.CertPool) net.Conn {
	h.t.Helper()
	at := h.SIP
	if roots != nil {
		at = h.SIPS
	}
	c, err := net.DialTimeout("tcp4", at, patience)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	if roots == nil {
		return c
	}
	return tls.Client(c, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
}

// connected is a user agent on a connection of its own, over TCP or TLS.
func (h *house) connected(user string, roots *x509.CertPool) *fakeua.UA {
	h.t.Helper()
	s, to := &socket{}, flow.Toward{Kind: flow.TCP, Remote: h.addr}
	if roots != nil {
		to = flow.Toward{Kind: flow.TLS, Remote: netip.MustParseAddrPort(h.SIPS), Roots: roots}
	}
	k := flow.NewConnector(flow.ConnectorConfig{}, s)
	f, err := k.Flow(to)
	if err != nil {
		h.t.Fatal(err)
	}
	u := fakeua.On(h.t, user, f)
	u.Domain, u.Patience = "127.0.0.1", patience
	s.attach(u)
	h.t.Cleanup(func() { _ = k.Close() })
	return u
}

func TestTortureMessagesGetAnAllowedAnswerOverTCPAndTLS(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, roots := range map[string]*x509.CertPool{"TCP": nil, "TLS": h.roots()} {
		h.during(func() {
			for message, raw := range torture(t) {
				c := h.stream(roots)
				_, _ = c.Write(raw)
				all := strings.Join(answers(t, c, 30*time.Millisecond), "")
				for _, a := range strings.SplitAfter(strings.TrimSuffix(all, "\r\n\r\n"), "\r\n\r\n") {
					switch {
					case a == "":
					case !strings.HasPrefix(a, "SIP/2.0 "), strings.HasPrefix(a, "SIP/2.0 2") && strings.Contains(a, " INVITE\r\n"),
						strings.HasPrefix(a, "SIP/2.0 5") && !strings.HasPrefix(a, "SIP/2.0 505"):
						t.Errorf("%s over %s is answered with\n%s", message, name, a)
					}
				}
				_ = c.Close()
			}
		})
	}
}

func TestMutatedStreamsLeaveTheGatewayServing(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i, roots := range []*x509.CertPool{nil, h.roots()} {
		h.during(func() {
			r, seeds := rand.New(rand.NewPCG(7, uint64(i))), h.seeds()
			for range 60 {
				c := h.stream(roots)
				_ = c.SetWriteDeadline(time.Now().Add(patience))
				for range 30 {
					if _, err := c.Write(mutate(r, seeds[r.IntN(len(seeds))])); err != nil {
						break
					}
				}
				answers(t, c, 10*time.Millisecond)
				_ = c.Close()
			}
		})
	}
}

func TestSlowIdleAndEndlessStreamsAreCutOffWhileOthersAreServed(t *testing.T) {
	t.Parallel()
	h := open(t)
	roots := h.roots()
	h.during(func() {
		begin := time.Now()
		var slow []net.Conn
		for range 100 {
			c := h.stream(nil)
			_, _ = io.WriteString(c, "OPTIONS sip:127.0.0.1 SIP/2.0\r\nX-")
			slow = append(slow, c)
			h.stream(nil)                             // says nothing
			_ = h.stream(roots).(*tls.Conn).NetConn() // nor shakes hands
		}
		for name, line := range map[string]string{
			"an endless header": "X-Endless: " + strings.Repeat("a", 1000) + "\r\n", "an endless line": strings.Repeat("a", 1000), "zeroes": strings.Repeat("\x00", 1000),
		} {
			c := h.stream(nil)
			_ = c.SetWriteDeadline(time.Now().Add(patience))
			sent := 0
			_, err := io.WriteString(c, "OPTIONS sip:127.0.0.1 SIP/2.0\r\n")
			for err == nil && sent < 8<<20 {
				var n int
				n, err = io.WriteString(c, line)
				sent += n
			}
			if err == nil {
				t.Errorf("%s is read for 8 MiB", name)
			}
			t.Logf("%s is cut off after %d KiB, the kernel's buffers included", name, sent>>10)
		}
		h.options(h.connected("1001", nil))
		h.options(h.connected("1001", roots))
		each(3*time.Second, 200*time.Millisecond, func(int) {
			for _, c := range slow {
				_, _ = c.Write([]byte("a"))
			}
		})
		for _, c := range slow {
			_ = c.SetReadDeadline(begin.Add(32*time.Second + served))
			var timeout net.Error
			if _, err := io.Copy(io.Discard, c); errors.As(err, &timeout) && timeout.Timeout() {
				t.Fatal("a slow header is not cut off within 32 s")
			}
		}
	})
}

func TestABurstOfInvitesOverAStreamAndASuddenCloseLeaveNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	before, n := h.sockets(), 0
	roots := []*x509.CertPool{nil, h.roots()}
	h.during(func() {
		for i := range 10 {
			u := h.connected("1001", roots[i%2]).Online()
			for range 30 {
				n++
				u.Send(request{
					method: "INVITE", id: fmt.Sprintf("burst%d", n), via: u.Flow().Kind().ViaToken(), to: "700",
					fields: []string{"Content-Type: application/sdp"}, body: plainSDP("127.0.0.1", 40000, ""),
				}.String())
			}
			u.Flow().Close("")
		}
	})
	if h.Said("incoming") == 0 {
		t.Errorf("no call has begun:\n%s", h.Log())
	}
	peers.Await(t, 5*patience, "the connections and ports are closed", func() bool { return h.sockets() <= before+4 })
}

func TestAFloodOverStreamsLeavesTheGatewayServing(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, roots := range []*x509.CertPool{nil, h.roots()} {
		h.during(func() {
			ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
			defer stop()
			var all []net.Conn
			for range 8 {
				c := h.stream(roots)
				all = append(all, c)
				go func() { _, _ = io.Copy(io.Discard, c) }()
			}
			for i := 0; ctx.Err() == nil; i++ {
				c := all[i%len(all)]
				_ = c.SetWriteDeadline(time.Now().Add(patience))
				_, _ = io.WriteString(c, request{
					method: []string{"INVITE", "REGISTER", "OPTIONS"}[i%3], id: fmt.Sprintf("s%d", i), via: "TCP",
				}.String())
			}
			for _, c := range all {
				_ = c.Close()
			}
		})
	}
}

func TestAFarEndOfAStreamThatDoesNotReadHarmsNobody(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.during(func() {
		c := h.stream(nil)
		_ = c.(*net.TCPConn).SetReadBuffer(4096)
		_ = c.SetWriteDeadline(time.Now().Add(20 * time.Second))
		each(2*time.Second, 500*time.Microsecond, func(i int) {
			_, _ = io.WriteString(c, request{method: "OPTIONS", id: fmt.Sprintf("deaf%d", i), via: "TCP"}.String())
		})
	})
}
