package codecs

import "time"

// opusUnit is the shortest Opus frame; all others are multiples of it.
const opusUnit = 2500 * time.Microsecond

// opusFrameMax is the most bytes that one Opus frame has (RFC 6716 §3.2.1, R2).
const opusFrameMax = 1275

// OpusDuration returns how long the Opus packet lasts, 2.5 to 120 ms, by its TOC
// and frame count. It is 0 when the packet breaks one of the rules R1 to R7 of
// RFC 6716 §3.4.
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	| config  |s| c |   TOC, RFC 6716 §3.1
//	+-+-+-+-+-+-+-+-+
func OpusDuration(packet []byte) time.Duration {
	if len(packet) == 0 { // R1
		return 0
	}
	frame, rest := frameDuration(packet[0]), packet[1:]
	switch packet[0] & 3 {
	case 0: // one frame
		if len(rest) > opusFrameMax {
			return 0
		}
		return frame
	case 1: // two frames of one size
		if len(rest)%2 != 0 || len(rest)/2 > opusFrameMax { // R3
			return 0
		}
		return 2 * frame
	case 2: // two frames, the first with its size
		size, rest, ok := frameSize(rest)
		if !ok || size > len(rest) || len(rest)-size > opusFrameMax { // R4
			return 0
		}
		return 2 * frame
	default:
		n := time.Duration(countFrames(rest))
		if n*frame > maxFrameDuration { // R5
			return 0
		}
		return n * frame
	}
}

// frameDuration returns how long a frame lasts by the config of its TOC.
func frameDuration(toc byte) time.Duration {
	config := toc >> 3
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		if config%4 == 3 {
			return 24 * opusUnit
		}
		return 4 * opusUnit << (config % 4)
	case config < 16: // hybrid: 10, 20 ms
		return 4 * opusUnit << (config % 2)
	default: // CELT: 2.5, 5, 10, 20 ms
		return opusUnit << (config % 4)
	}
}

// frameSize reads a size of one or two bytes (RFC 6716 §3.2.1) and returns what
// follows it.
func frameSize(b []byte) (size int, rest []byte, ok bool) {
	switch {
	case len(b) > 0 && b[0] < 252:
		return int(b[0]), b[1:], true
	case len(b) > 1:
		return int(b[1])*4 + int(b[0]), b[2:], true
	}
	return 0, nil, false
}

// countFrames returns how many frames a packet of code 3 holds, whose TOC is cut
// off, or 0 when they do not fit it (RFC 6716 §3.2.5, R6 and R7).
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	|v|p|     M     |   v: frames of their own sizes, p: padding
//	+-+-+-+-+-+-+-+-+
func countFrames(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	head, b := b[0], b[1:]
	n := int(head & 0x3f)
	if n == 0 {
		return 0
	}
	if head&0x40 != 0 {
		var ok bool
		if b, ok = cutPadding(b); !ok {
			return 0
		}
	}
	if head&0x80 == 0 {
		if len(b)%n != 0 || len(b)/n > opusFrameMax {
			return 0
		}
		return n
	}
	sizes := 0
	for range n - 1 {
		size, rest, ok := frameSize(b)
		if !ok {
			return 0
		}
		sizes, b = sizes+size, rest
	}
	if last := len(b) - sizes; last < 0 || last > opusFrameMax {
		return 0
	}
	return n
}

// cutPadding cuts the size of the padding off the front and the padding off the
// end: each byte of 255 stands for 254 and goes on.
func cutPadding(b []byte) ([]byte, bool) {
	padding := 0
	for {
		if len(b) == 0 {
			return nil, false
		}
		size := int(b[0])
		b = b[1:]
		if size < 255 {
			padding += size
			break
		}
		padding += 254
	}
	if padding > len(b) {
		return nil, false
	}
	return b[:len(b)-padding], true
}
