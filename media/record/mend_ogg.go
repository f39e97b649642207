package record

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"time"
)

const (
	oggHead    = 27                // octets before the segment table of a page
	oggLargest = oggHead + 255*256 // of a page
	oggLast    = 4                 // the flag of the last page
)

// mendOgg lets the file end with the last page that is whole, and makes that the last of
// its stream (RFC 3533 §6: header_type_flag).
func mendOgg(f *os.File, size int64) (time.Duration, error) {
	var last []byte
	var end, begin int64
	in := bufio.NewReaderSize(io.NewSectionReader(f, 0, size), oggLargest)
	for number := uint32(0); ; number++ {
		page, ok := wholePage(in, number)
		if !ok {
			break
		}
		begin, end = end, end+int64(len(page))
		last = append(last[:0], page...)
		if _, err := in.Discard(len(page)); err != nil {
			return 0, err
		}
	}
	if last == nil {
		return 0, errNothing
	}
	le := binary.LittleEndian
	if last[5]&oggLast == 0 {
		last[5] |= oggLast
		le.PutUint32(last[22:], 0)
		le.PutUint32(last[22:], oggChecksum(last))
		if _, err := f.WriteAt(last, begin); err != nil {
			return 0, err
		}
	}
	if end != size {
		if err := f.Truncate(end); err != nil {
			return 0, err
		}
	}
	granule := max(int64(le.Uint64(last[6:]))-oggPreSkip, 0)
	return time.Duration(granule) * time.Second / oggRate, nil
}

// wholePage returns the page that is next, where it is there whole and has a number. It is
// good until the next octet is read.
func wholePage(in *bufio.Reader, number uint32) (page []byte, ok bool) {
	head, err := in.Peek(oggHead)
	if err != nil || string(head[:5]) != "OggS\x00" || binary.LittleEndian.Uint32(head[18:]) != number {
		return nil, false
	}
	segments := int(head[26])
	if head, err = in.Peek(oggHead + segments); err != nil {
		return nil, false
	}
	size := len(head)
	for _, n := range head[oggHead:] {
		size += int(n)
	}
	if page, err = in.Peek(size); err != nil {
		return nil, false
	}
	// The sum is made with zeros in its own place.
	sum := binary.LittleEndian.Uint32(page[22:])
	whole := oggChecksum(page[:22], []byte{0, 0, 0, 0}, page[26:]) == sum
	return page, whole
}
