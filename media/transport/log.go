package transport

import "log/slog"

// logOf returns l, or one that discards.
func logOf(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
