package certs

import (
	"bytes"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLeafIsRenewedAtTwoThirdsOfItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config("")
		c.Interval = time.Hour
		l := mustLocal(t, c)
		done := start(t, l)
		first := l.leaf.Load().Leaf
		time.Sleep(59 * 24 * time.Hour)
		if !l.leaf.Load().Leaf.Equal(first) {
			t.Errorf("the leaf was renewed within 59 days")
		}
		time.Sleep(2 * 24 * time.Hour)
		synctest.Wait()
		second := l.leaf.Load().Leaf
		if second.Equal(first) {
			t.Errorf("the leaf was not renewed after 61 days")
		}
		if err := second.CheckSignatureFrom(l.ca); err != nil {
			t.Errorf("the new leaf: %v", err)
		}
		done()
	})
}

func TestCANearItsEndIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(t.TempDir())
		c.Interval = 24 * time.Hour
		l := mustLocal(t, c)
		first := l.ExportCA()
		time.Sleep(time.Until(first.NotAfter.Add(-caMargin + time.Hour)))
		again := mustLocal(t, c).ExportCA()
		if again.Fingerprint == first.Fingerprint {
			t.Errorf("a CA that ends on %v still signs on %v", first.NotAfter, time.Now())
		}
		l.refresh(time.Now())
		if got := l.ExportCA().Fingerprint; got != again.Fingerprint {
			t.Errorf("the running process keeps the CA that another replaced")
		}
	})
}

func TestNewAddressGivesANewLeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now := addresses("192.168.1.20")()
		c := config("")
		c.Addresses = func() []netip.Addr {
			mu.Lock()
			defer mu.Unlock()
			return now
		}
		set := func(texts ...string) *x509.Certificate {
			mu.Lock()
			now = addresses(texts...)()
			mu.Unlock()
			time.Sleep(11 * time.Second)
			synctest.Wait()
			return nil
		}
		l := mustLocal(t, c)
		done := start(t, l)
		first := l.leaf.Load().Leaf
		set("192.168.1.20", "10.1.2.3")
		second := l.leaf.Load().Leaf
		if err := second.VerifyHostname("10.1.2.3"); err != nil {
			t.Errorf("new address: %v", err)
		}
		if second.Equal(first) {
			t.Errorf("the leaf did not change with the address")
		}
		set("10.1.2.3")
		if !l.leaf.Load().Leaf.Equal(second) {
			t.Errorf("the leaf changed because an address went")
		}
		done()
	})
}

func TestFailureToRenewKeepsTheLeafAndIsSaidOnce(t *testing.T) {
	var text bytes.Buffer
	c := config(t.TempDir())
	c.Logger = slog.New(slog.NewTextHandler(&text, nil))
	l := mustLocal(t, c)
	first := l.leaf.Load()
	if err := os.Truncate(l.store.path(caKeyFile), 10); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		l.refresh(time.Now())
	}
	if l.leaf.Load() != first {
		t.Errorf("the leaf changed")
	}
	if n := strings.Count(text.String(), "not renewed"); n != 1 {
		t.Errorf("warned %d times, want once: %s", n, text.String())
	}
}

func TestNegativeIntervalIsRefused(t *testing.T) {
	if _, err := Local(LocalConfig{Interval: -1}); err == nil {
		t.Errorf("Local takes a negative interval")
	}
}
