//go:build !linux

package machine

import (
	"errors"
	"fmt"
)

// Realtime is not known here.
func Realtime() error { return fmt.Errorf("real-time priority: %w", errors.ErrUnsupported) }

// Cores is 0: who may not go ahead need not know.
func Cores() int { return 0 }
