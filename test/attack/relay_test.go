package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"github.com/tandemgw/tandem/test/peers"
)

// relayUser is somebody whom the gateway's relay serves.
type relayUser struct{ name, password string }

// relayUser signs a user in as the web phone does, and returns what that is told.
func (h *house) relayUser(user string) relayUser {
	h.t.Helper()
	body, _ := json.Marshal(map[string]string{"user": user, "password": "pw-" + user})
	res, err := http.Post(h.HTTP+"/api/v1/phone/session", "application/json", bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		ICEServers []struct{ Username, Credential string } `json:"iceServers"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || len(answer.ICEServers) != 1 {
		h.t.Fatalf("the session has no relay: %v, %+v", err, answer)
	}
	return relayUser{answer.ICEServers[0].Username, answer.ICEServers[0].Credential}
}

// allocation is a request for one; without a nonce nobody signs it.
func allocation(t *testing.T, u relayUser, nonce stun.Nonce) []byte {
	t.Helper()
	all := []stun.Setter{
		stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest),
		stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}},
	}
	if nonce != nil {
		all = append(all, stun.NewUsername(u.name), stun.NewRealm("127.0.0.1"), nonce, stun.NewLongTermIntegrity(u.name, "127.0.0.1", u.password))
	}
	m, err := stun.Build(all...)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

// allocator is somebody at an address, with a port of its own.
type allocator struct {
	t *testing.T
	c *net.UDPConn
}

func allocatorAt(t *testing.T, from string, relay netip.AddrPort) *allocator {
	t.Helper()
	c, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.ParseIP(from)}, net.UDPAddrFromAddrPort(relay))
	if err != nil {
		t.Fatal(err)
	}
	return &allocator{t, c}
}

// asks sends a request and returns the answer; nil where none comes in time.
func (s *allocator) asks(b []byte) *stun.Message {
	_, _ = s.c.Write(b)
	_ = s.c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	m := &stun.Message{Raw: make([]byte, 2000)}
	n, err := s.c.Read(m.Raw)
	if m.Raw = m.Raw[:n]; err != nil || m.Decode() != nil {
		return nil
	}
	return m
}

// nonce asks for one, which is good for this address and port; nil where none comes.
func (s *allocator) nonce() stun.Nonce {
	s.t.Helper()
	var nonce stun.Nonce
	if m := s.asks(allocation(s.t, relayUser{}, nil)); m != nil {
		_ = nonce.GetFrom(m)
	}
	return nonce
}

// Ten thousand requests for allocations, and as many twice more, each from another five-tuple, of strangers and of
// users: these have their share of each, strangers have none, the memory is as it was, and
// whoever comes then is served.
func TestTenThousandRequestsForAllocationsLeaveTheMemory(t *testing.T) {
	port := peers.FreePort(t)
	h := openWith(t, peers.GatewayConfig{Listen: fmt.Sprintf("  turn = [\"127.0.0.1:%d/udp\"]", port)})
	relay := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
	users := []relayUser{h.relayUser("1001"), h.relayUser("1002")}
	last := h.relayUser("1003")
	seen := allocatorAt(t, "127.0.8.1", relay)
	defer seen.c.Close()
	nonce := seen.nonce()
	if nonce == nil {
		t.Fatal("no nonce")
	}
	const each, rounds = 10000, 3
	made, answered := 0, 0
	memory := []int{h.memory()}
	for i := range each * rounds {
		if i > 0 && i%each == 0 {
			memory = append(memory, h.memory())
		}
		u := users[i/5%len(users)]
		who := allocatorAt(t, fmt.Sprintf("127.0.9.%d", 1+i%250), relay)
		var n stun.Nonce
		switch i % 5 {
		case 0: // none
		case 1:
			u.password += "x"
			n = who.nonce()
		case 2:
			n = stun.NewNonce(fmt.Sprintf("%080x", i))
		case 3:
			n = nonce // that of another, seen on its way
		case 4:
			n = who.nonce()
		}
		m := who.asks(allocation(t, u, n))
		_ = who.c.Close()
		if m == nil {
			continue
		}
		answered++
		if m.Type.Class == stun.ClassSuccessResponse {
			if made++; i%5 != 4 {
				t.Errorf("request %d has an allocation", i)
			}
		}
	}
	memory = append(memory, h.memory())
	t.Logf("%d answers, %d allocations; %d MiB before, and after each %d", answered, made, memory, each)
	if made < 16 || made > 16*len(users) {
		t.Errorf("%d allocations of %d users", made, len(users))
	}
	// Garbage may gather for 48 MiB before it is collected, in whichever round that is.
	if memory[rounds] > memory[0]+mebibytes {
		t.Errorf("the memory has grown to %d MiB", memory)
	}
	if m := seen.asks(allocation(t, last, nonce)); m == nil || m.Type.Class != stun.ClassSuccessResponse {
		t.Errorf("another user is not served: %v", m)
	}
	h.recovers()
}
