package trace

// Archive keeps traces on disk.
type Archive struct{}
