package codecs

// opusDuration returns the samples at rate r of an Opus packet, from its
// table-of-contents octet and frame count (RFC 6716 §3.1, §3.2); 0 when it is
// malformed or longer than 120 ms.
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	| config  |s| c |
//	+-+-+-+-+-+-+-+-+
func opusDuration(b []byte, r Rate) int {
	if len(b) == 0 {
		return 0
	}
	frames := 0
	switch b[0] & 3 {
	case 0:
		frames = 1
	case 1, 2:
		frames = 2
	case 3:
		if len(b) < 2 {
			return 0
		}
		frames = int(b[1] & 0x3f)
	}
	n := frames * opusFrame(b[0]>>3, r)
	if n > r.MaxFrame() {
		return 0
	}
	return n
}

// opusFrame returns the samples of one frame by its configuration number (RFC
// 6716 §3.1, table 2).
func opusFrame(config byte, r Rate) int {
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		return []int{int(r) / 100, int(r) / 50, int(r) / 25, int(r) * 3 / 50}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		return int(r) / 100 << (config & 1)
	}
	return int(r) / 400 << (config & 3) // CELT: 2.5, 5, 10, 20 ms
}
