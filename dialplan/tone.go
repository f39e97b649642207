package dialplan

// Tones gives the names that tone() takes, in the order that messages list them.
func Tones() []string {
	return []string{"ringback", "busy", "congestion", "dial", "info", "test"}
}
