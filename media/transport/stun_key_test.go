package transport

import (
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
)

// What is signed without the library is what the library reads.
func TestAnswersAreWhatSTUNSays(t *testing.T) {
	const password = "thepasswordofthesession"
	k := newSTUNKey(password)
	for _, from := range []string{"192.0.2.7:40001", "[2001:db8::7]:65535", "[::ffff:192.0.2.7]:1"} {
		a := netip.MustParseAddrPort(from)
		request, err := stun.Build(stun.BindingRequest, stun.TransactionID)
		if err != nil {
			t.Fatal(err)
		}
		var room [maxSTUN]byte
		b := k.success(&room, transactionID(request.TransactionID), a)
		m, err := verifySTUN(append([]byte(nil), b...), password)
		if err != nil {
			t.Fatalf("%s: %v", from, err)
		}
		var mapped stun.XORMappedAddress
		if err := mapped.GetFrom(m); err != nil {
			t.Fatal(err)
		}
		got, _ := netip.AddrFromSlice(mapped.IP)
		if netip.AddrPortFrom(got.Unmap(), uint16(mapped.Port)) != unmap(a) {
			t.Errorf("%s is told that it is %s", from, mapped)
		}
		if err := stun.Fingerprint.Check(m); err != nil || m.Type != stun.BindingSuccess || m.TransactionID != request.TransactionID {
			t.Errorf("%s: %s, %v", from, m, err)
		}
		if want, err := answerSTUN(request, a, password); err != nil || string(want) != string(b) {
			t.Errorf("%s:\n%x, the library writes\n%x (%v)", from, b, want, err)
		}
	}
}

func TestSignaturesAreVerified(t *testing.T) {
	const password = "thepasswordofthesession"
	m, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername("ours:theirs"),
		stun.NewShortTermIntegrity(password), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	k := newSTUNKey(password)
	p, ok := peekSTUN(m.Raw)
	if !ok || !k.verify(m.Raw, p) {
		t.Fatal("a good message is refused")
	}
	if k := newSTUNKey(password + "x"); k.verify(m.Raw, p) {
		t.Error("another password is taken")
	}
	for i := range p.seal + stunIntegrity { // every octet that is signed, and the signature
		if i == 2 || i == 3 {
			continue // the length, which peekSTUN holds against the datagram
		}
		b := append([]byte(nil), m.Raw...)
		b[i] ^= 1
		if p, ok := peekSTUN(b); ok && k.verify(b, p) {
			t.Errorf("octet %d may be changed", i)
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		var room [maxSTUN]byte
		if !k.verify(m.Raw, p) || len(k.success(&room, p.id, netip.MustParseAddrPort("192.0.2.7:1"))) == 0 {
			t.Error("refused")
		}
	}); n > 1 { // the room, where it is the caller's
		t.Errorf("%v allocations", n)
	}
}

// What stands behind MESSAGE-INTEGRITY is signed by nobody, and read by nobody (RFC 8489 §14.5).
func TestNothingBehindTheSignatureIsRead(t *testing.T) {
	m, err := stun.Build(stun.BindingRequest, stun.TransactionID,
		stun.NewShortTermIntegrity("thepasswordofthesession"), stun.NewUsername("ours:theirs"),
		stun.RawAttribute{Type: attrControlled, Value: make([]byte, 8)})
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := peekSTUN(m.Raw); !ok || !p.signed || p.username != nil || p.as.role != 0 {
		t.Errorf("%v %+v", ok, p)
	}
}

// FuzzSignature: nothing is taken for signed that the library does not take for that.
func FuzzSignature(f *testing.F) {
	const password = "thepasswordofthesession"
	for _, more := range [][]stun.Setter{
		{stun.NewUsername("ours:theirs")},
		{stun.RawAttribute{Type: attrControlling, Value: make([]byte, 8)}, stun.RawAttribute{Type: attrUseCandidate}},
	} {
		all := append([]stun.Setter{stun.BindingRequest, stun.TransactionID}, more...)
		m, err := stun.Build(append(all, stun.NewShortTermIntegrity(password), stun.Fingerprint)...)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(m.Raw)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := peekSTUN(b)
		if !ok || !newSTUNKey(password).verify(b, p) {
			return
		}
		if _, err := verifySTUN(append([]byte(nil), b...), password); err != nil {
			t.Errorf("taken for signed: %x: %v", b, err)
		}
	})
}
