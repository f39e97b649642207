package transport

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"

	"github.com/tandemgw/tandem/media/sdp"
)

// farDTLS is the far end of a plain leg's DTLS on a socket of its own: what goes out
// of it, and what comes, passes through functions that may lose, cut or turn it round.
type farDTLS struct {
	*net.UDPConn
	to   net.Addr
	send func([]byte) [][]byte // what is sent of a datagram; nil: just that
	lose func(out bool, n int) bool

	mu        sync.Mutex
	out, come int // datagrams so far; guarded by mu
}

// passes counts a datagram, and says whether it gets through.
func (f *farDTLS) passes(out bool, count *int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	*count++
	return f.lose == nil || !f.lose(out, *count-1)
}

func (f *farDTLS) WriteTo(b []byte, _ net.Addr) (int, error) {
	all := [][]byte{b}
	if f.send != nil {
		all = f.send(b)
	}
	for _, d := range all {
		if f.passes(true, &f.out) {
			_, _ = f.UDPConn.WriteTo(d, f.to)
		}
	}
	return len(b), nil
}

// Close leaves the socket to the test.
func (f *farDTLS) Close() error { return nil }

func (f *farDTLS) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := f.UDPConn.ReadFrom(b)
		if err != nil || f.passes(false, &f.come) {
			return n, from, err
		}
	}
}

// shake has a plain leg and a far end of pion's shake hands, and returns how long it took.
func (f *farDTLS) shake(t *testing.T, ours sdp.Setup, cert tls.Certificate, more ...dtls.Option) (time.Duration, error) {
	t.Helper()
	begin := time.Now()
	conn, leg, _, err := f.open(t, ours, cert, more...)
	took := time.Since(begin)
	_ = conn.Close()
	_ = leg.Close()
	return took, err
}

// open is shake that ends nothing.
func (f *farDTLS) open(t *testing.T, ours sdp.Setup, cert tls.Certificate, more ...dtls.Option) (*dtls.Conn, *Plain, *ear, error) {
	t.Helper()
	f.UDPConn = socket(t)
	told, e := make(chan bool, 8), &ear{}
	ports := newTestPorts(t, PortsConfig{Certificate: certificate(t), Min: 26000, Max: 26999})
	leg, err := ports.Open(PlainConfig{Sink: e, OnSecured: func(ok bool) { told <- ok }})
	if err != nil {
		t.Fatal(err)
	}
	at, _ := plainAddr(leg)
	f.to = net.UDPAddrFromAddrPort(at)
	r := PlainRemote{RTP: addrOf(f.UDPConn), RTCP: addrOf(f.UDPConn), Mux: true, Signaling: netip.MustParseAddr("127.0.0.5"), Security: PlainSecurity{
		Keying: sdp.DTLS, Setup: ours, Fingerprints: []string{fingerprintOf(cert.Certificate[0])},
	}}
	r.PayloadTypes[0] = true
	if err := leg.SetRemote(r); err != nil {
		t.Fatal(err)
	}
	options := append([]dtls.Option{
		dtls.WithCertificates(cert), dtls.WithInsecureSkipVerify(true), dtls.WithSRTPProtectionProfiles(srtpProfiles...),
		dtls.WithFlightInterval(flightInterval), dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
	}, more...)
	var conn *dtls.Conn
	if ours == sdp.Passive {
		all := make([]dtls.ClientOption, len(options))
		for i, o := range options {
			all[i] = o
		}
		conn, err = dtls.ClientWithOptions(f, f.to, all...)
	} else {
		all := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, o := range options {
			all = append(all, o)
		}
		conn, err = dtls.ServerWithOptions(f, f.to, all...)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err = conn.HandshakeContext(ctx); err == nil && !<-told {
		t.Error("the handshake has failed at our side")
	}
	return conn, leg, e, err
}

var dtlsRoles = map[string]sdp.Setup{"we are the client": sdp.Active, "we are the server": sdp.Passive}

// TestAHandshakeThatLosesADatagramGoesOn loses each datagram of a handshake once, of
// either side.
func TestAHandshakeThatLosesADatagramGoesOn(t *testing.T) {
	for name, setup := range dtlsRoles {
		t.Run(name, func(t *testing.T) {
			cert, slowest := certificate(t), time.Duration(0)
			for _, out := range []bool{true, false} {
				for n := range 10 {
					lost := false
					f := &farDTLS{lose: func(o bool, i int) bool { lost = lost || o == out && i == n; return o == out && i == n }}
					took, err := f.shake(t, setup, cert)
					if err != nil {
						t.Fatalf("datagram %d lost, of the far end's %v: %v", n, out, err)
					}
					slowest = max(slowest, took)
					if !lost {
						break
					}
				}
			}
			t.Logf("at most %v", slowest)
		})
	}
}

// chained is an RSA certificate with a chain of n that is long.
func chained(t *testing.T, bits, n int) tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Certificate{PrivateKey: key}
	for range n {
		x := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			Subject: pkix.Name{CommonName: strings.Repeat("long ", 400)},
		}
		der, err := x509.CreateCertificate(rand.Reader, x, x, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		c.Certificate = append(c.Certificate, der)
	}
	return c
}

// TestCertificatesThatAreLong: RSA, with chains of 9 and of 27 KiB, in pieces of 500 octets.
func TestCertificatesThatAreLong(t *testing.T) {
	long := chained(t, 2048, 6)
	short := long
	short.Certificate = long.Certificate[:2]
	for name, setup := range dtlsRoles {
		for length, cert := range map[string]tls.Certificate{"9 KiB": short, "27 KiB": long} {
			t.Run(name+", "+length, func(t *testing.T) {
				f := &farDTLS{}
				took, err := f.shake(t, setup, cert, dtls.WithMTU(500))
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%v, %d datagrams", took, f.out)
			})
		}
	}
}

// TestTheLongestFlightWaitsWhole for a handshake that has no processor yet, and no more
// than that.
func TestTheLongestFlightWaitsWhole(t *testing.T) {
	for _, piece := range []int{256, 500, 1200} {
		q, sent := newDTLSQueue(dtlsQueue), 0
		for at := 0; at < maxMessage; at += piece {
			if !q.put(datagram{b: make([]byte, recordHeader+handshakeHeader+min(piece, maxMessage-at))}) {
				t.Fatalf("piece %d of %d octets is lost", sent, piece)
			}
			sent++
		}
		for range 4 { // the messages behind it
			if !q.put(datagram{b: make([]byte, 400)}) {
				t.Fatal("what comes behind the message is lost")
			}
			sent++
		}
		for q.put(datagram{b: make([]byte, maxPacket)}) {
			if sent++; sent > 1000 {
				t.Fatal("there is no bound")
			}
		}
		if q.octets > dtlsOctets {
			t.Errorf("%d octets wait", q.octets)
		}
		for range sent {
			if _, err := q.get(); err != nil {
				t.Fatal(err)
			}
		}
		if q.octets != 0 || !q.put(datagram{b: make([]byte, maxPacket)}) {
			t.Error("an empty queue is full")
		}
	}
	q := newDTLSQueue(dtlsQueue)
	for range 10 * dtlsQueue {
		q.put(datagram{b: make([]byte, recordHeader)})
	}
	if len(q.items) != dtlsQueue {
		t.Errorf("%d datagrams wait", len(q.items))
	}
}

// TestAHelloInPieces: a ClientHello comes in pieces, out of order, that overlap and
// repeat; in several records of one datagram, or in several datagrams.
func TestAHelloInPieces(t *testing.T) {
	number := uint16(0) // of records in the clear: as many more as there are pieces
	pieces := func(b []byte) (all [][]byte) {
		for rest := b; len(rest) > 0; { // those that are no pieces follow those that are
			n := recordHeader + int(binary.BigEndian.Uint16(rest[11:]))
			if binary.BigEndian.Uint16(rest[3:]) == 0 {
				number++
				binary.BigEndian.PutUint16(rest[9:], number)
			}
			rest = rest[n:]
		}
		if b[0] != recordHandshake || b[13] != 1 {
			return [][]byte{b}
		}
		for body, at := b[recordHeader+handshakeHeader:], 0; at < len(body); at += 30 {
			p := body[at:min(at+50, len(body))]
			number++
			h := slices.Concat([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, byte(number >> 8), byte(number), 0, byte(handshakeHeader + len(p)), 1},
				b[14:19], []byte{0, byte(at >> 8), byte(at), 0, 0, byte(len(p))}, p)
			all = append(all, h)
		}
		slices.Reverse(all)
		return append(all, all[0])
	}
	for name, send := range map[string]func([]byte) [][]byte{
		"in several datagrams": pieces,
		"in several records":   func(b []byte) [][]byte { return [][]byte{slices.Concat(pieces(b)...)} },
	} {
		t.Run(name, func(t *testing.T) {
			took, err := (&farDTLS{send: send}).shake(t, sdp.Passive, certificate(t))
			t.Log(took, err)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAPieceOfAHandshakeHoldsNothingUp: somebody at the far end's host sends a piece
// of a message that never comes whole, before the far end has said a word.
func TestAPieceOfAHandshakeHoldsNothingUp(t *testing.T) {
	for name, setup := range dtlsRoles {
		t.Run(name, func(t *testing.T) {
			foe := socket(t)
			f := &farDTLS{}
			f.send = func(b []byte) [][]byte {
				if f.out == 0 {
					for _, kind := range []byte{1, 2, 3} {
						for seq := range byte(3) {
							_, _ = foe.WriteTo(record(22, 9, part(kind, seq, 7, 4, 99, 1, 2, 3, 4)...), f.to)
						}
					}
				}
				return [][]byte{b}
			}
			took, err := f.shake(t, setup, certificate(t))
			t.Log(took, err)
			if err != nil || took > patience/4 {
				t.Errorf("the handshake took %v: %v", took, err)
			}
		})
	}
}
