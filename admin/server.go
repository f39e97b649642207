package admin

import (
	"log/slog"
	"net/http"
	"time"
)

// Limits of every HTTP connection. An upgraded one leaves them behind and obeys
// the WebSocket's.
const (
	// ReadHeaderTimeout ends a client that trickles its header (slow loris).
	ReadHeaderTimeout = 5 * time.Second
	// ReadTimeout bounds a whole request; bodies are small.
	ReadTimeout = 15 * time.Second
	// WriteTimeout bounds an answer; the largest is some 100 KiB.
	WriteTimeout = 60 * time.Second
	// IdleTimeout keeps a connection for the next request.
	IdleTimeout = 90 * time.Second
	// MaxHeaderBytes bounds a header, cookies included.
	MaxHeaderBytes = 16 << 10
)

// Server returns an http.Server with these limits around h. What the server
// itself has to say, mostly failed TLS handshakes, goes to log at debug level;
// nil discards it.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: ReadHeaderTimeout,
		ReadTimeout:       ReadTimeout,
		WriteTimeout:      WriteTimeout,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
