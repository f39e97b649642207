package certs

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// LocalConfig says where a LocalCA is kept and what it is for.
type LocalConfig struct {
	// StateDir is the state directory; the files lie in its folder "certs".
	// Empty keeps nothing: the CA lives as long as the process.
	StateDir string

	// Names are further DNS names and addresses that the listeners are reached
	// by, such as the configured domain and public address. A text that is
	// neither is ignored.
	Names []string

	// Hostname is the name of this machine; empty asks the system.
	Hostname string

	// Addresses returns the present addresses of this machine; nil asks the
	// system. Run calls it on its own goroutine.
	Addresses func() []netip.Addr

	// Interval is how often Run looks for changed addresses and for the time to
	// renew; zero is 10 s.
	Interval time.Duration

	// Logger takes warnings and one line for each certificate issued; nil
	// discards. No key is ever logged.
	Logger *slog.Logger
}

// Validate reports what is impossible in c.
func (c LocalConfig) Validate() error {
	if c.Interval < 0 {
		return fmt.Errorf("certificate interval %v is negative", c.Interval)
	}
	return nil
}

// LocalCA is a certificate authority of this machine's own and the leaf it signs
// for the listeners. The CA is ECDSA P-256 and lasts 10 years; the leaf lasts 90
// days and is renewed after 60, or as soon as it lacks a name or address.
type LocalCA struct {
	cfg   LocalConfig
	store store
	log   *slog.Logger

	leaf atomic.Pointer[tls.Certificate]

	mu    sync.Mutex // held while issuing
	ca    *x509.Certificate
	caKey *ecdsa.PrivateKey

	warned    string // guarded by mu: the names last warned of
	complaint string // guarded by mu: the failure last warned of
}

// Local opens the local CA of the state directory, or makes one, and issues a leaf
// where the kept one will not do. It errs where the directory cannot be used, where
// the CA's file is damaged, and with ErrPermissions where others could have read
// its key: a CA is never replaced without being asked, since devices trust it. The
// exception is one that has, or nearly has, expired.
func Local(c LocalConfig) (*LocalCA, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Hostname == "" {
		c.Hostname = hostname()
	}
	if c.Addresses == nil {
		c.Addresses = localAddresses
	}
	if c.Interval == 0 {
		c.Interval = 10 * time.Second
	}
	st, err := openStore(c.StateDir)
	if err != nil {
		return nil, err
	}
	l := &LocalCA{cfg: c, store: st, log: loggerOr(c.Logger)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.openLocked(time.Now()); err != nil {
		return nil, err
	}
	l.readLeafLocked()
	if err := l.freshenLocked(time.Now()); err != nil {
		return nil, err
	}
	return l, nil
}

// TLSConfig implements Source.
func (l *LocalCA) TLSConfig() *tls.Config { return serverConfig(l.leaf.Load) }

// Run implements Source.
func (l *LocalCA) Run(ctx context.Context) error {
	tick := time.NewTicker(l.cfg.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			l.refresh(now)
		}
	}
}

// refresh takes up a CA that another process has put in place, renews this one near
// its end, and issues a leaf where one is due. A failure is warned of once.
func (l *LocalCA) refresh(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.openLocked(now)
	if err == nil {
		err = l.freshenLocked(now)
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != l.complaint {
		l.log.Warn("certificate not renewed, the old one stays", "reason", text, "not_after", l.leaf.Load().Leaf.NotAfter)
	}
	l.complaint = text
}

// openLocked makes l.ca what the file says, and the file where there is none.
func (l *LocalCA) openLocked(now time.Time) error {
	if !l.store.keeps() && l.ca != nil && !nearEnd(l.ca, now) {
		return nil
	}
	ca, key, err := l.readCA()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return l.makeLocked(now, l.store.create)
	case err != nil:
		return err
	case nearEnd(ca, now):
		l.log.Warn("the local CA ends and is replaced: every device must trust the new one", "not_after", ca.NotAfter)
		return l.makeLocked(now, l.store.replace)
	}
	l.ca, l.caKey = ca, key
	return l.publishLocked()
}

// makeLocked makes a CA and puts it in place by put, or takes the one of another
// process that was first.
func (l *LocalCA) makeLocked(now time.Time, put func(string, []byte, fs.FileMode) error) error {
	ca, key, text, err := newCA(l.cfg, now)
	if err != nil {
		return fmt.Errorf("make the local CA: %w", err)
	}
	if l.store.keeps() {
		err = put(caKeyFile, text, 0o600)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if ca, key, err = l.readCA(); err != nil {
			return err
		}
	}
	l.ca, l.caKey = ca, key
	l.log.Info("local CA ready", "name", ca.Subject.CommonName, "sha256", fingerprint(ca.Raw), "not_after", ca.NotAfter)
	return l.publishLocked()
}

func (l *LocalCA) readCA() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	text, err := l.store.readKey(caKeyFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read the local CA: %w", err)
	}
	pair, key, err := parsePair(text)
	if err == nil && !pair.Leaf.IsCA {
		err = errors.New("its certificate is not that of an authority")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the local CA %s is damaged (%w): restore it, or remove it and let every device trust the new one",
			l.store.path(caKeyFile), reason(err))
	}
	return pair.Leaf, key, nil
}

// publishLocked keeps ca.pem, which people copy, what the CA is.
func (l *LocalCA) publishLocked() error {
	if !l.store.keeps() {
		return nil
	}
	want := encodeCert(l.ca.Raw)
	if have, _, err := readBounded(l.store.path(caFile)); err == nil && string(have) == string(want) {
		return nil
	}
	return l.store.replace(caFile, want, 0o644)
}

// readLeafLocked takes up the kept leaf, if it can be used at all: a browser that
// was told to accept this very certificate need not be told again. Whether it is
// still good freshenLocked decides.
func (l *LocalCA) readLeafLocked() {
	text, err := l.store.readKey(leafFile)
	if err != nil {
		return
	}
	if pair, _, err := parsePair(text); err == nil {
		l.leaf.Store(&pair)
	}
}

// freshenLocked issues a leaf unless the present one is of this CA, young, and
// names all that it should.
func (l *LocalCA) freshenLocked(now time.Time) error {
	want, out := l.cfg.wanted().inside(l.ca)
	l.warnOutside(out)
	if have := l.leaf.Load(); have != nil {
		leaf := have.Leaf
		if leaf.CheckSignatureFrom(l.ca) == nil && !now.Before(leaf.NotBefore) &&
			now.Before(renewAt(leaf)) && want.covers(leaf) {
			return nil
		}
	}
	pair, text, err := newLeaf(signer{l.ca, l.caKey}, l.cfg.Hostname, want, now)
	if err != nil {
		return fmt.Errorf("issue a certificate: %w", err)
	}
	l.leaf.Store(pair)
	l.log.Info("certificate issued", "names", pair.Leaf.DNSNames, "addresses", pair.Leaf.IPAddresses, "not_after", pair.Leaf.NotAfter)
	if !l.store.keeps() {
		return nil
	}
	return l.store.replace(leafFile, text, 0o600)
}
