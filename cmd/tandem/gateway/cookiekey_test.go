package gateway

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestCookieKeyIsKeptAndPrivate(t *testing.T) {
	state := t.TempDir()
	first, err := cookieKey(state)
	if err != nil {
		t.Fatal(err)
	}
	second, err := cookieKey(state)
	if err != nil || !bytes.Equal(first, second) || len(first) != cookieKeySize {
		t.Errorf("the key changed from one start to the next: %v", err)
	}
	info, err := os.Stat(filepath.Join(state, "cookie.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the key: %v, %v", info, err)
	}
	if other, _ := cookieKey(t.TempDir()); bytes.Equal(first, other) {
		t.Error("two gateways have the same key")
	}
}
