package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// longAnswer lets an answer take longer than the server gives others.
func longAnswer(ctx huma.Context, d time.Duration) {
	_, w := humago.Unwrap(ctx)
	// A server that cannot do that has no limit, as in tests.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d))
}
