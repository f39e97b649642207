package gateway

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

func TestQuietLowersAllButWarnings(t *testing.T) {
	var b bytes.Buffer
	inner := slog.NewTextHandler(&b, nil)
	log := slog.New(quiet{inner}).With("a", 1).WithGroup("g")
	log.Info("certificate issued")
	log.Warn("certificate expires", "soon", true)
	if got := b.String(); strings.Contains(got, "issued") || !strings.Contains(got, "expires") || !strings.Contains(got, "g.soon=true") {
		t.Errorf("log is %s", got)
	}
	if slog.New(quiet{inner}).Enabled(context.Background(), slog.LevelInfo) {
		t.Error("info is enabled")
	}
}
