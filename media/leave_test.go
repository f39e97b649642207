package media

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// TestThousandCallsLeaveNothing holds a thousand calls one after the other, a
// hundred of them with a browser, over real sockets: no descriptor, no goroutine
// and no memory to speak of is left behind.
func TestThousandCallsLeaveNothing(t *testing.T) {
	e := newNetwork(t)
	held := func(i int) {
		o := Options{Call: strconv.Itoa(i)}
		a, err := e.NewPlain(o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := e.NewPlain(o)
		if i%10 == 0 {
			b.Close()
			b, err = e.NewPeer(o)
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
		if b.plain != nil {
			for _, ep := range []*Endpoint{a, b} {
				if err := ep.Apply(testStream(formatPCMU)); err != nil {
					t.Fatal(err)
				}
			}
		}
		Join(a, b)
		a.Close()
		b.Close()
	}
	for i := range 50 { // what is made once is made
		held(i)
	}
	files, goroutines, heap := openFiles(t), runtime.NumGoroutine(), heldHeap()
	for i := range 1000 {
		held(i)
	}
	eventually(t, fmt.Sprintf("no more descriptors than the %d before", files), func() bool { return openFiles(t) <= files+2 })
	eventually(t, fmt.Sprintf("no more goroutines than the %d before", goroutines), func() bool { return runtime.NumGoroutine() <= goroutines+5 })
	if grown := int64(heldHeap()) - int64(heap); grown > 1<<20 {
		t.Errorf("%d KiB are left", grown>>10)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc here")
	}
	return len(all)
}

func heldHeap() uint64 {
	var m runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
