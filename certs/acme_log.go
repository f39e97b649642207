package certs

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// zapTo lets certmagic log where we do. What it says at each step is for who looks
// for a fault: it goes one level down, and ACMESource.event tells how it ended.
func zapTo(l *slog.Logger) *zap.Logger { return zap.New(zapCore{log: l}) }

type zapCore struct{ log *slog.Logger }

func levelOf(l zapcore.Level) slog.Level {
	switch {
	case l >= zapcore.ErrorLevel:
		return slog.LevelWarn
	case l == zapcore.WarnLevel:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// Enabled is part of zapcore.Core.
func (c zapCore) Enabled(l zapcore.Level) bool {
	return c.log.Enabled(context.Background(), levelOf(l))
}

// With is part of zapcore.Core.
func (c zapCore) With(fields []zapcore.Field) zapcore.Core {
	return zapCore{c.log.With(attrs(fields)...)}
}

// Check is part of zapcore.Core.
func (c zapCore) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return checked.AddCore(e, c)
	}
	return checked
}

// Write is part of zapcore.Core.
func (c zapCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	c.log.Log(context.Background(), levelOf(e.Level), "acme: "+e.Message, attrs(fields)...)
	return nil
}

// Sync is part of zapcore.Core.
func (zapCore) Sync() error { return nil }

func attrs(fields []zapcore.Field) []any {
	into := zapcore.NewMapObjectEncoder()
	var all []any
	for _, f := range fields {
		f.AddTo(into)
		if v, ok := into.Fields[f.Key]; ok {
			all = append(all, slog.Any(f.Key, v))
		}
	}
	return all
}
