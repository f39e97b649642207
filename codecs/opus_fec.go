package codecs

import "time"

// OpusFEC returns how long the frame is of which the packet carries what was lost right
// before it (in-band FEC, RFC 6716 §2.1.7): 10 to 60 ms, that of its own first frame; 0
// where it carries none.
//
// The first octet of a frame of SILK begins with a flag of voice for each 20 ms and one
// that says whether FEC follows, of either channel (§4.2.3, §4.2.4):
//
//	 0   1   2   3   4   5   6   7
//	+---+---+---+---+---+---+---+---+
//	|VAD|FEC|                           10 and 20 ms
//	|VAD|VAD|FEC|                       40 ms
//	|VAD|VAD|VAD|FEC|                   60 ms; of stereo all of it again
//	+---+---+---+---+---+---+---+---+
func OpusFEC(packet []byte) time.Duration {
	if OpusDuration(packet) == 0 || packet[0]>>3 >= 16 { // CELT has none
		return 0
	}
	first, ok := firstFrame(packet)
	if !ok || len(first) == 0 {
		return 0
	}
	frame := frameDuration(packet[0])
	flags := max(1, int(frame/(20*time.Millisecond)))
	mask := byte(0x80) >> flags
	if packet[0]&4 != 0 { // stereo
		mask |= mask >> (flags + 1)
	}
	if first[0]&mask == 0 {
		return 0
	}
	return frame
}

// firstFrame returns what a well-formed packet has from its first frame on.
func firstFrame(packet []byte) (b []byte, ok bool) {
	b = packet[1:]
	switch packet[0] & 3 {
	case 2:
		_, b, ok = frameSize(b)
		return b, ok
	case 3:
		head := b[0]
		b = b[1:]
		if head&0x40 != 0 {
			if b, ok = cutPadding(b); !ok {
				return nil, false
			}
		}
		if head&0x80 != 0 {
			for range int(head&0x3f) - 1 {
				if _, b, ok = frameSize(b); !ok {
					return nil, false
				}
			}
		}
	}
	return b, true
}
