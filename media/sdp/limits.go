package sdp

// Limits on what is accepted from outside. They are far above what browsers
// and phones send (a Chromium offer with video is about 8 KiB and 250 lines)
// and keep the cost of a hostile body small.
const (
	// MaxSize is the largest description accepted, in bytes.
	MaxSize = 64 << 10
	// MaxLines is the largest number of lines accepted.
	MaxLines = 4096
	// MaxLineLength is the longest line accepted, in bytes.
	MaxLineLength = 8 << 10
	// MaxMedia is the largest number of m-lines accepted.
	MaxMedia = 32
	// MaxFormats is the largest number of formats accepted in one m-line.
	MaxFormats = 256
)

// Bounds on what is collected for a Remote; what exceeds them is left out.
const (
	maxCandidates   = 64
	maxFingerprints = 8
	maxSSRCs        = 32
	maxCodecs       = 128
)
