package media

// Source is sound that Play sends. It belongs to the worker that plays it.
type Source interface {
	// Rate is the rate at which the source sounds best, in samples a second:
	// 8000 or 16000. A leg that cannot carry 16000 plays it at 8000.
	Rate() int
	// Frame fills pcm with the next mono samples at rate (8000 or 16000),
	// 10 to 60 ms of them, and returns how many it wrote. Fewer than len(pcm)
	// means that the source has ended.
	Frame(pcm []int16, rate int) int
}
