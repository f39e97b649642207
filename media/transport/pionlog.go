package transport

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLog gives what the libraries have to say to slog, at debug level: most
// of their warnings are about what strangers send.
type pionLog struct{ log *slog.Logger }

var (
	_ logging.LoggerFactory = pionLog{}
	_ logging.LeveledLogger = pionLog{}
)

func (p pionLog) NewLogger(scope string) logging.LeveledLogger {
	return pionLog{p.log.With("library", scope)}
}

func (p pionLog) say(format string, args []any) {
	if !p.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	p.log.Debug("media library", "text", fmt.Sprintf(format, args...))
}

func (p pionLog) Trace(string)                   {}
func (p pionLog) Tracef(string, ...any)          {}
func (p pionLog) Debug(string)                   {}
func (p pionLog) Debugf(string, ...any)          {}
func (p pionLog) Info(msg string)                { p.say("%s", []any{msg}) }
func (p pionLog) Infof(format string, a ...any)  { p.say(format, a) }
func (p pionLog) Warn(msg string)                { p.say("%s", []any{msg}) }
func (p pionLog) Warnf(format string, a ...any)  { p.say(format, a) }
func (p pionLog) Error(msg string)               { p.say("%s", []any{msg}) }
func (p pionLog) Errorf(format string, a ...any) { p.say(format, a) }
