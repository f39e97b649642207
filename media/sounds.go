package media

// SoundNames returns the names of the built-in sounds, sorted, e.g. "1.wav".
func SoundNames() []string { return nil }

// Sound returns a built-in sound by its name, with or without ".wav".
func Sound(name string) (*Clip, bool) { return nil, false }
