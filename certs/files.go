package certs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// filesInterval is how often the PEM files are looked at.
	filesInterval = 5 * time.Second

	// expirySoon is how long before its end a certificate is complained of, once
	// a day, in case whoever should renew it has stopped.
	expirySoon = 7 * 24 * time.Hour
)

// FilesSource serves a PEM chain and key that somebody else renews.
type FilesSource struct {
	certPath, keyPath string
	log               *slog.Logger
	interval          time.Duration // filesInterval, but for a test
	current           atomic.Pointer[tls.Certificate]

	// Run only.
	good, refused [sha256.Size]byte // what the files held when taken, and when last refused
	complained    time.Time         // when the expiry was last warned of
}

// Files reads a PEM certificate chain (leaf first) and its private key, and errs
// where they cannot be read or do not belong together. A private key that every
// user of the machine can read, and a certificate that is expired or soon will be,
// are taken with a warning: the owner of the files is the operator, who may have
// reasons. A nil logger means silence.
func Files(cert, key string, log *slog.Logger) (*FilesSource, error) {
	f := &FilesSource{certPath: cert, keyPath: key, log: loggerOr(log), interval: filesInterval}
	pair, sum, err := f.read()
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", cert, key, err)
	}
	f.good = sum
	f.current.Store(pair)
	f.complain(time.Now())
	return f, nil
}

// TLSConfig implements Source.
func (f *FilesSource) TLSConfig() *tls.Config { return serverConfig(f.current.Load) }

// Run implements Source. Every 5 s it reads the files again, rather than trusting
// modification times, which survive neither a copy with times kept nor the symlink
// swap of a mounted secret.
func (f *FilesSource) Run(ctx context.Context) error {
	tick := time.NewTicker(f.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			f.reload()
			f.complain(now)
		}
	}
}

// reload takes a changed pair, or keeps the old one and says why, once for each
// different content.
func (f *FilesSource) reload() {
	pair, sum, err := f.read()
	switch {
	case err == nil && sum == f.good:
		f.refused = [sha256.Size]byte{}
	case err == nil:
		f.good, f.refused = sum, [sha256.Size]byte{}
		f.complained = time.Time{}
		f.current.Store(pair)
		f.log.Info("certificate reloaded", "file", f.certPath, "not_after", pair.Leaf.NotAfter)
	case sum != f.refused:
		f.refused = sum
		f.log.Warn("new certificate refused, the old one stays", "file", f.certPath, "key_file", f.keyPath, "reason", err.Error())
	}
}

// read returns the pair and a sum of what was read: of the contents, or of the
// error where there are none.
func (f *FilesSource) read() (*tls.Certificate, [sha256.Size]byte, error) {
	cert, _, err := readBounded(f.certPath)
	if err != nil {
		return nil, sha256.Sum256([]byte(err.Error())), err
	}
	key, mode, err := readBounded(f.keyPath)
	if err != nil {
		return nil, sha256.Sum256([]byte(err.Error())), err
	}
	sum := sha256.Sum256(bytes.Join([][]byte{cert, key}, []byte{0}))
	if sum == f.good {
		return f.current.Load(), sum, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, sum, reason(err)
	}
	f.checkMode(mode)
	return &pair, sum, nil
}

func (f *FilesSource) checkMode(mode fs.FileMode) {
	if posixModes() && mode.Perm()&0o004 != 0 {
		f.log.Warn("private key can be read by every user of this machine", "file", f.keyPath, "mode", fmt.Sprintf("%04o", mode.Perm()))
	}
}

// complain warns of a certificate near its end, at most once a day.
func (f *FilesSource) complain(now time.Time) {
	end := f.current.Load().Leaf.NotAfter
	if end.Sub(now) > expirySoon || now.Sub(f.complained) < 24*time.Hour {
		return
	}
	f.complained = now
	if end.Before(now) {
		f.log.Warn("certificate has expired: browsers will refuse it", "file", f.certPath, "not_after", end)
		return
	}
	f.log.Warn("certificate expires soon and nobody has renewed it", "file", f.certPath, "not_after", end)
}

// reason drops the package prefix of the standard library's texts.
func reason(err error) error {
	if s, ok := bytes.CutPrefix([]byte(err.Error()), []byte("tls: ")); ok {
		return errors.New(string(s))
	}
	return err
}
