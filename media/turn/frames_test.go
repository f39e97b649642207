package turn

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
)

// TestLengthsBeyondAFrameTakeNoProcessor: a length that wraps to nothing in 16 bits
// must not be read again and again.
func TestLengthsBeyondAFrameTakeNoProcessor(t *testing.T) {
	h := open(t)
	for name, b := range map[string][]byte{
		"STUN":    append([]byte{0, 3, 0xff, 0xec, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...),
		"channel": append(append([]byte{0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...), 0x40, 0, 0xff, 0xfc, 1, 2, 3, 4, 5, 6, 7, 8),
	} {
		c, err := net.Dial("tcp", h.tcp)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = c.Write(b)
		begin, used := time.Now(), processorTime()
		_ = c.SetReadDeadline(begin.Add(500 * time.Millisecond))
		for err = nil; err == nil; {
			_, err = c.Read(make([]byte, 2000))
		}
		if took, all := processorTime()-used, time.Since(begin); all >= 400*time.Millisecond && took > all/5 {
			t.Errorf("%s: %v of the processor in %v", name, took, all)
		}
	}
}

// FuzzReadFrame: whatever comes in a connection is read on, or ends it.
func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{0, 3, 0, 4, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 6, 0, 0, 0x40, 0, 0, 1, 5, 0, 0, 0})
	f.Add([]byte{0, 3, 0xff, 0xec, 0x21, 0x12, 0xa4, 0x42})
	f.Add([]byte{0x40, 0, 0xff, 0xfc, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, buf, read := bufio.NewReaderSize(bytes.NewReader(b), inboundMTU), make([]byte, inboundMTU), 0
		for {
			n, err := readFrame(r, buf)
			if err != nil {
				return
			}
			if n < 4 || n >= inboundMTU || !bytes.Equal(buf[:n], b[read:read+n]) {
				t.Fatalf("a frame of %d octets at %d of %x", n, read, b)
			}
			read += n
		}
	})
}

func TestFramesAreReadOneByOne(t *testing.T) {
	message := append([]byte{0, 3, 0, 4, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 16)...)
	data := []byte{0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0}
	var all []byte
	for range 50 {
		all = append(append(all, message...), data...)
	}
	r, b := bufio.NewReaderSize(iotest.OneByteReader(bytes.NewReader(all)), inboundMTU), make([]byte, inboundMTU)
	for i := range 100 {
		want := [][]byte{message, data}[i%2]
		if n, err := readFrame(r, b); err != nil || !bytes.Equal(b[:n], want) {
			t.Fatalf("frame %d: %x, %v", i, b[:n], err)
		}
	}
	if _, err := readFrame(r, b); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
