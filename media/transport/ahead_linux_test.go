package transport

import (
	"net/netip"
	"slices"
	"testing"
	"unsafe"

	"github.com/pion/srtp/v3"
)

// scout is an ear that notes in which order it is asked.
type scout struct {
	ear
	said []int // steps, and heard for a packet
}

const heard = -1

func (s *scout) FetchIn(step int) { s.said = append(s.said, step) }

func (s *scout) RTP(b []byte, at int64, q *Batch) {
	s.said = append(s.said, heard)
	s.ear.RTP(b, at, q)
}

// fill puts datagrams into the slots of a receiver, as the system call does.
func fill(t *testing.T, r *receiver, from []netip.AddrPort, all ...[]byte) {
	t.Helper()
	for i, b := range all {
		r.headers[i].Len = uint32(copy(r.buffers[i][:], b))
		if err := r.names[i].set(from[i], false); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMemoryIsAskedForBeforeAnyPacketIsTaken: each step for all packets of one moment,
// and only then the first of them; who is not known and what is no RTP is taken as ever.
func TestMemoryIsAskedForBeforeAnyPacketIsTaken(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	s := &scout{}
	p, err := m.NewPeer(PeerConfig{Sink: s})
	if err != nil {
		t.Fatal(err)
	}
	far := newFarEnd(t, m, p, srtp.ProtectionProfileAeadAes128Gcm)
	me, stranger := addrOf(far.conn), netip.MustParseAddrPort("127.0.0.1:9")
	var sent [][]byte
	for range 3 {
		sent = append(sent, slices.Clone(far.next()))
	}
	r := newReceiver()
	fill(t, r, []netip.AddrPort{me, stranger, me, me, me}, sent[0], sent[1], []byte{1}, sent[1], sent[2])
	before := m.Counters()
	m.takeAll(m.v4[0], r, 5, &Batch{})
	var want []int
	for step := range stepsAhead - 1 {
		want = append(want, step, step, step)
	}
	if want = append(want, heard, heard, heard); !slices.Equal(s.said, want) {
		t.Errorf("asked in the order of %v, want %v", s.said, want)
	}
	now := m.Counters()
	if now.MediaStranger-before.MediaStranger != 1 || now.Unclassified-before.Unclassified != 1 {
		t.Errorf("what else came is counted as %+v", now)
	}
	s.said = nil
	if n := testing.AllocsPerRun(100, func() { m.ahead(r, 5); s.said = s.said[:0] }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestMemoryIsAskedForWhateverTheStateOfALeg: without keys, without an address, closed.
func TestMemoryIsAskedForWhateverTheStateOfALeg(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	p, err := m.NewPeer(PeerConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	pl, err := newTestPorts(t, PortsConfig{}).Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*keys{nil, {}} {
		p.keys.Store(k)
		for step := range stepsAhead {
			p.fetchIn(step)
			p.FetchOut(step)
			pl.fetchIn(step)
			pl.FetchOut(step)
		}
	}
	_, _ = p.Close(), pl.Close()
	for step := range stepsAhead {
		p.FetchOut(step)
		pl.fetchIn(step)
	}
}

// TestPrefetchDoesNothingThatIsSeen, not even where there is no memory.
func TestPrefetchDoesNothingThatIsSeen(t *testing.T) {
	b := make([]byte, 4096)
	for _, size := range []uintptr{0, 1, 63, 64, 65, 4096, 1 << 16} {
		Prefetch(nil, size)
		Prefetch(unsafe.Pointer(&b[4095]), size)
	}
	if slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) {
		t.Error("it has written something")
	}
}
