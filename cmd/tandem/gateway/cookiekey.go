package gateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// cookieKeySize is the length of the key that signs the phones' cookies, in
// octets.
const cookieKeySize = 32

// cookieKey returns the key of a state folder, made at the first start and kept,
// so that browsers stay signed in over a restart.
func cookieKey(state string) ([]byte, error) {
	path := filepath.Join(state, "cookie.key")
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) == cookieKeySize:
		return key, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("cookie key: %w", err)
	}
	key = make([]byte, cookieKeySize)
	rand.Read(key) // never fails: crypto/rand.Read's documentation
	if err := os.WriteFile(path, key, 0o600); err != nil {
		return nil, fmt.Errorf("cookie key: %w", err)
	}
	return key, nil
}
