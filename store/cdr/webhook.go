package cdr

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
)

const (
	// webhookTime is how long a program may take for one record.
	webhookTime = 10 * time.Second
	// webhookAtOnce is how many records are on their way to it at a time.
	webhookAtOnce = 8
	// SignatureField holds "t=SECONDS,v1=HEX": HEX is HMAC-SHA256, by the secret, of
	// SECONDS, a full stop and the body.
	SignatureField = "Tandem-Signature"
)

// Webhook is a Sink that tells a program of every record, by POST: the same one again
// where it is not sure that it has come. Records may come in another order than that in
// which the calls ended.
type Webhook struct {
	url, secret string
	client      *http.Client
	log         *slog.Logger
	told        map[tandem.CallID]bool // of the batch that is under way; Take's goroutine only
}

// NewWebhook makes a Webhook. An empty secret means that nothing is signed. log may be
// nil.
func NewWebhook(to, secret string, log *slog.Logger) *Webhook {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Webhook{
		url: to, secret: secret, log: log, told: make(map[tandem.CallID]bool),
		client: &http.Client{
			Timeout:       webhookTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: webhookAtOnce, IdleConnTimeout: time.Minute},
		},
	}
}

// Name implements Sink.
func (w *Webhook) Name() string { return "webhook" }

// Close closes the connections that nobody uses.
func (w *Webhook) Close() error {
	w.client.CloseIdleConnections()
	return nil
}

// Take implements Sink.
func (w *Webhook) Take(ctx context.Context, records []Record) error {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex // guards told and fault
		fault error
	)
	places := make(chan struct{}, webhookAtOnce)
	for i := range records {
		r := &records[i]
		mu.Lock()
		skip := w.told[r.CallID] || fault != nil // one that fails is enough to wait
		mu.Unlock()
		if skip {
			continue
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			err := w.post(ctx, r)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				w.told[r.CallID] = true
			} else {
				fault = err
			}
		})
	}
	wg.Wait()
	if fault == nil {
		clear(w.told)
	}
	return fault
}

// post tells of one record. That the program can do nothing with it, as 400 and 422 say,
// is its affair: it would say the same the next time.
func (w *Webhook) post(ctx context.Context, r *Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return bare(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "tandem")
	req.Header.Set("Tandem-Delivery", string(r.CallID))
	if w.secret != "" {
		req.Header.Set(SignatureField, Sign(w.secret, time.Now(), body))
	}
	answer, err := w.client.Do(req)
	if err != nil {
		return bare(err)
	}
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // so that the connection can be used again
	_ = answer.Body.Close()
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusBadRequest, code == http.StatusUnprocessableEntity, code == http.StatusRequestEntityTooLarge:
		w.log.Error("a record of a call was refused by the program that is told of it, and is left out", "call", string(r.CallID), "status", code)
		return nil
	default:
		return fmt.Errorf("it answers %d %s", code, http.StatusText(code))
	}
}

// bare is an error of package http without the URL, which may hold a secret.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Sign is what the field SignatureField holds of a body that is sent at a time.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
