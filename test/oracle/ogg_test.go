package oracle

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// readOpus returns the packets of an Ogg Opus file (RFC 7845), without its two headers.
func readOpus(t *testing.T, b []byte) (packets [][]byte) {
	t.Helper()
	var packet []byte
	for len(b) > 27 {
		segments := int(b[26])
		if string(b[:4]) != "OggS" || len(b) < 27+segments {
			t.Fatal("no page of Ogg")
		}
		sizes, body := b[27:27+segments], b[27+segments:]
		for _, n := range sizes {
			packet = append(packet, body[:n]...)
			body = body[n:]
			if n < 255 {
				packets, packet = append(packets, packet), nil
			}
		}
		b = body
	}
	if len(packets) < 3 || !bytes.HasPrefix(packets[0], []byte("OpusHead")) {
		t.Fatal("no Ogg Opus")
	}
	return packets[2:]
}

// writeOpus makes an Ogg Opus file of packets, each on a page of its own; length returns
// how many samples at 48000 each has.
func writeOpus(packets [][]byte, channels byte, length func([]byte) int) []byte {
	var out []byte
	granule := uint64(0)
	page := func(number int, flags byte, packet []byte) {
		le := binary.LittleEndian
		b := append([]byte("OggS"), 0, flags)
		b = le.AppendUint64(b, granule)
		b = le.AppendUint32(b, 7)
		b = le.AppendUint32(b, uint32(number))
		b = le.AppendUint32(b, 0)
		b = append(b, byte(len(packet)/255+1))
		b = append(b, bytes.Repeat([]byte{255}, len(packet)/255)...)
		b = append(b, byte(len(packet)%255))
		b = append(b, packet...)
		le.PutUint32(b[22:], oggSum(b))
		out = append(out, b...)
	}
	page(0, 2, append([]byte("OpusHead"), 1, channels, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0))
	page(1, 0, append([]byte("OpusTags"), 1, 0, 0, 0, 'x', 0, 0, 0, 0))
	for i, p := range packets {
		granule += uint64(length(p))
		flags := byte(0)
		if i == len(packets)-1 {
			flags = 4
		}
		page(i+2, flags, p)
	}
	return out
}

// oggSum is the CRC of RFC 3533 §6.
func oggSum(b []byte) (crc uint32) {
	for _, c := range b {
		crc ^= uint32(c) << 24
		for range 8 {
			if crc&0x80000000 != 0 {
				crc = crc<<1 ^ 0x04c11db7
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
