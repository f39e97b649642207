package trace

import (
	"bufio"
	"encoding/binary"
	"io"
	"time"
)

// pcapngFile writes the blocks of a capture (draft-ietf-opsawg-pcapng): one section of
// one Ethernet interface, whose times are in nanoseconds. The first error sticks; flush
// returns it.
type pcapngFile struct{ out *bufio.Writer }

// Types of blocks (§4), and codes of options (§3.5, §4.1, §4.2).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6

	optEnd         = 0
	optComment     = 1
	optName        = 2
	optApplication = 4
	optResolution  = 9

	linkEthernet = 1
	snapLength   = 256 << 10
)

// beginCapture writes what stands before the packets.
func beginCapture(w io.Writer, comment string) *pcapngFile {
	f := &pcapngFile{bufio.NewWriter(w)}
	section := binary.LittleEndian.AppendUint32(nil, 0x1a2b3c4d) // the order of octets
	section = append(section, 1, 0, 0, 0)                        // version 1.0
	section = binary.LittleEndian.AppendUint64(section, ^uint64(0))
	section = appendOption(section, optComment, comment)
	section = appendOption(section, optApplication, "tandem")
	f.block(blockSection, appendOption(section, optEnd, ""))

	face := []byte{linkEthernet, 0, 0, 0}
	face = binary.LittleEndian.AppendUint32(face, snapLength)
	face = appendOption(face, optName, "tandem")
	face = appendOption(face, optResolution, "\x09") // 10^-9 s
	f.block(blockInterface, appendOption(face, optEnd, ""))
	return f
}

// packet writes a frame, of which known is the beginning.
func (f *pcapngFile) packet(at time.Time, known []byte, size int, comments []string) {
	ns := uint64(at.UnixNano())
	b := make([]byte, 4, 64+len(known)) // of the first interface
	b = binary.LittleEndian.AppendUint32(b, uint32(ns>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(ns))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(known)))
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = pad(append(b, known...))
	for _, c := range comments {
		b = appendOption(b, optComment, c)
	}
	if len(comments) > 0 {
		b = appendOption(b, optEnd, "")
	}
	f.block(blockPacket, b)
}

// block writes one; its length stands on both sides.
func (f *pcapngFile) block(kind uint32, body []byte) {
	length := binary.LittleEndian.AppendUint32(nil, uint32(12+len(body)))
	_, _ = f.out.Write(binary.LittleEndian.AppendUint32(nil, kind))
	_, _ = f.out.Write(length)
	_, _ = f.out.Write(body)
	_, _ = f.out.Write(length) // its error is that of flush
}

func (f *pcapngFile) flush() error { return f.out.Flush() }

// maxOption bounds an option: its length has 16 bits.
const maxOption = 1<<16 - 1

func appendOption(b []byte, code uint16, value string) []byte {
	value = value[:min(len(value), maxOption)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

// pad fills up to 32 bits, which everything in a block begins at.
func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
