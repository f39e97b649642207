package transport

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"slices"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/ciphersuite"
	"github.com/pion/dtls/v3/pkg/crypto/prf"
	"github.com/pion/dtls/v3/pkg/protocol"
	"github.com/pion/dtls/v3/pkg/protocol/recordlayer"

	"github.com/tandemgw/tandem/media/sdp"
)

// sealer makes records as the far end of an association makes them, whatever they hold.
func sealer(t *testing.T, conn *dtls.Conn) func(kind byte, body []byte) []byte {
	t.Helper()
	state, ok := conn.ConnectionState()
	raw, err := state.MarshalBinary()
	if !ok || err != nil {
		t.Fatal(err)
	}
	var s struct {
		LocalRandom, RemoteRandom [32]byte
		MasterSecret              []byte
		IsClient                  bool
	}
	if err := gob.NewDecoder(bytes.NewReader(raw)).Decode(&s); err != nil {
		t.Fatal(err)
	}
	client, server := s.LocalRandom, s.RemoteRandom
	if !s.IsClient {
		client, server = server, client
	}
	k, err := prf.GenerateEncryptionKeys(s.MasterSecret, client[:], server[:], 0, 16, 4, sha256.New)
	if err != nil {
		t.Fatal(err)
	}
	if !s.IsClient {
		k.ClientWriteKey, k.ClientWriteIV, k.ServerWriteKey, k.ServerWriteIV = k.ServerWriteKey, k.ServerWriteIV, k.ClientWriteKey, k.ClientWriteIV
	}
	gcm, err := ciphersuite.NewGCM(k.ClientWriteKey, k.ClientWriteIV, k.ServerWriteKey, k.ServerWriteIV)
	if err != nil {
		t.Fatal(err)
	}
	number := uint64(100)
	return func(kind byte, body []byte) []byte {
		number++
		h := recordlayer.Header{
			ContentType: protocol.ContentType(kind), ContentLen: uint16(len(body)), Version: protocol.Version1_2, Epoch: 1, SequenceNumber: number,
		}
		head, err := h.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		out, err := gcm.Encrypt(&recordlayer.RecordLayer{Header: h}, append(head, body...))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// heard is how many datagrams have come.
func (f *farDTLS) heard() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.come
}

// talks fails unless sound of the far end is heard under the keys that were agreed.
func (f *farDTLS) talks(t *testing.T, k *keys, leg *Plain, e *ear, seq uint16) {
	t.Helper()
	before, _ := e.heard()
	b, err := k.sealRTP(spare(rtpPacket(0, seq, 7)))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.UDPConn.WriteTo(b, f.to)
	eventually(t, "sound of the far end", func() bool { n, _ := e.heard(); return n == before+1 })
	out := leg.Counters().PacketsOut
	if err := leg.WriteRTP(spare(rtpPacket(0, seq, 9)), nil); err != nil || leg.Counters().PacketsOut != out+1 {
		t.Errorf("nothing is sent to it any more: %v", err)
	}
}

// longMessage is a handshake message of 1000 octets, whole.
func longMessage(kind byte, sequence int) []byte {
	h := []byte{kind, 0, 3, 232, 0, 0, 0, 0, 0, 0, 3, 232}
	binary.BigEndian.PutUint16(h[4:], uint16(sequence))
	return slices.Concat(h, make([]byte, 1000))
}

// TestWhatAnAssociationHasNoUseForIsDropped: a far end that has proven itself goes on with
// handshakes, data and warnings under the keys. Nothing of it is kept, hardly anything
// answered, and the sound goes on.
func TestWhatAnAssociationHasNoUseForIsDropped(t *testing.T) {
	const each = 1100 // more than the errors that are borne
	for name, ours := range dtlsRoles {
		for what, say := range map[string]func(i int) (byte, []byte){
			"handshakes":        func(i int) (byte, []byte) { return 22, longMessage(1, i+6) },
			"changes of cipher": func(int) (byte, []byte) { return 20, []byte{1} },
			"data":              func(int) (byte, []byte) { return 23, make([]byte, 300) },
			"warnings":          func(int) (byte, []byte) { return 21, []byte{1, 90} },
			"halves of alerts":  func(int) (byte, []byte) { return 21, []byte{1} },
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				f := &farDTLS{}
				conn, leg, e, err := f.open(t, ours, certificate(t), dtls.WithCipherSuites(dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256))
				if err != nil {
					t.Fatal(err)
				}
				defer leg.Close()
				defer conn.Close()
				k, err := newKeys(conn, ours == sdp.Passive)
				if err != nil {
					t.Fatal(err)
				}
				f.talks(t, k, leg, e, 1)
				seal, answers := sealer(t, conn), f.heard()
				for i := range each {
					_, _ = f.UDPConn.WriteTo(seal(say(i)), f.to)
					if i%50 == 0 {
						f.talks(t, k, leg, e, uint16(i+2))
					}
				}
				eventually(t, "most of it counted", func() bool { return leg.Counters().Malformed >= each*9/10 })
				f.talks(t, k, leg, e, each+2)
				if n := f.heard() - answers - int(leg.Counters().PacketsOut); n > 2*maxRepeats {
					t.Errorf("%d answers", n)
				}
			})
		}
	}
}

// TestAGoodbyeOnAPlainLegLeavesItsSound: some telephones close DTLS once they have the
// keys. A call ends by SIP, or in silence.
func TestAGoodbyeOnAPlainLegLeavesItsSound(t *testing.T) {
	for name, ours := range dtlsRoles {
		t.Run(name, func(t *testing.T) {
			f := &farDTLS{}
			conn, leg, e, err := f.open(t, ours, certificate(t))
			if err != nil {
				t.Fatal(err)
			}
			defer leg.Close()
			k, err := newKeys(conn, ours == sdp.Passive)
			if err != nil {
				t.Fatal(err)
			}
			f.talks(t, k, leg, e, 1)
			_ = conn.Close()
			f.talks(t, k, leg, e, 2)
		})
	}
}

// TestATelephoneElsewhereShakesHandsAnew: a re-INVITE, or the answer of another branch of
// a fork, names another address with the certificate of before, as a gateway has it that
// shows one for all its telephones.
func TestATelephoneElsewhereShakesHandsAnew(t *testing.T) {
	for name, moving := range map[string]int{"we are the client": 1, "we are the server": 0} {
		for muxed, mux := range map[string]bool{"": true, ", RTCP on its own port": false} {
			t.Run(name+muxed, func(t *testing.T) {
				p := newPlainPair(t)
				p.connect(t, mux)
				p.secured(t)
				p.reported(t)
				p.talk(t, 10)
				former := p.legs[moving]
				ports := newTestPorts(t, PortsConfig{Certificate: p.certs[moving], Min: 25000, Max: 25499})
				e := &ear{}
				leg, err := ports.Open(PlainConfig{Sink: e, OnSecured: func(ok bool) { p.told[moving] <- ok }})
				if err != nil {
					t.Fatal(err)
				}
				p.legs[moving], p.ears[moving] = leg, e
				p.connect(t, mux)
				p.secured(t)
				p.reported(t)
				p.talk(t, 20)
				_ = former.Close()
				p.talk(t, 21)
			})
		}
	}
}

// TestAFarEndThatWantsAnotherAssociation: nothing else is another one (RFC 8842 §4). The keys
// of before are used until there are new ones.
func TestAFarEndThatWantsAnotherAssociation(t *testing.T) {
	for muxed, mux := range map[string]bool{"one port": true, "RTCP on its own port": false} {
		t.Run(muxed, func(t *testing.T) {
			p := newPlainPair(t)
			p.connect(t, mux)
			p.secured(t)
			p.reported(t)
			p.talk(t, 10)
			for n := range 2 {
				var before [2]*keys
				for i, l := range p.legs {
					before[i] = l.guard.Load().rtp.keys.Load()
					l.mu.Lock()
					r := l.latch.remote
					l.mu.Unlock()
					r.Security.Association = n + 1
					if err := l.SetRemote(r); err != nil {
						t.Fatal(err)
					}
					if l.guard.Load().rtp.keys.Load() == nil {
						t.Error("no keys meanwhile")
					}
				}
				p.secured(t)
				p.reported(t)
				for i, l := range p.legs {
					if l.guard.Load().rtp.keys.Load() == before[i] {
						t.Errorf("leg %d has the keys of before", i)
					}
				}
				p.talk(t, uint16(20+n))
			}
		})
	}
}

// secured waits until both legs have shaken hands.
func (p *plainPair) secured(t *testing.T) {
	t.Helper()
	for i := range p.told {
		select {
		case ok := <-p.told[i]:
			if !ok {
				t.Fatalf("the handshake of leg %d has failed", i)
			}
		case <-time.After(patience):
			t.Fatalf("leg %d has not shaken hands", i)
		}
	}
}

// reported waits until RTCP has keys too.
func (p *plainPair) reported(t *testing.T) {
	t.Helper()
	eventually(t, "RTCP's own keys", func() bool {
		for _, l := range p.legs {
			if l.guard.Load().keysOut(true) == nil || l.guard.Load().rtcp != nil && !l.guard.Load().rtcp.pipe.Load().done.Load() {
				return false
			}
		}
		return true
	})
}

// TestATelephoneThatMovesMayKeepItsKeys: it has another address, and the association of
// before (RFC 8842 §3.1).
func TestATelephoneThatMovesMayKeepItsKeys(t *testing.T) {
	p := newPlainPair(t)
	p.connect(t, true)
	p.secured(t)
	p.talk(t, 10)
	k := p.legs[1].guard.Load().rtp.keys.Load()
	for range 3 { // it moves on before anybody has noticed
		moved := socket(t)
		r := PlainRemote{RTP: addrOf(moved), Mux: true, Signaling: loopback, Security: p.legs[0].guard.Load().security}
		r.PayloadTypes[0] = true
		if err := p.legs[0].SetRemote(r); err != nil {
			t.Fatal(err)
		}
		before, _ := p.ears[0].heard()
		b, err := k.sealRTP(spare(rtpPacket(0, uint16(20+before), 7)))
		if err != nil {
			t.Fatal(err)
		}
		to, _ := plainAddr(p.legs[0])
		_, _ = moved.WriteToUDPAddrPort(b, to)
		eventually(t, "sound from elsewhere", func() bool { n, _ := p.ears[0].heard(); return n == before+1 })
		if err := p.legs[0].WriteRTP(spare(rtpPacket(0, uint16(20+before), 9)), nil); err != nil {
			t.Fatal(err)
		}
		for {
			b, _ := receive(t, moved)
			if classify(b) == kindDTLS {
				continue // its hello
			}
			if _, err := k.openRTP(b); err != nil {
				t.Error(err)
			}
			break
		}
	}
	if len(p.told[0]) > 0 {
		t.Error("told of another handshake")
	}
}
