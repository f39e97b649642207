// Package ask puts a call's question to a program over HTTP, for the step ask() of
// the dialplan.
//
// A Client posts JSON and takes JSON. It is bounded in every way: time, the answer's
// octets (dialplan.MaxReply), questions at one time (MaxAsking). It follows no
// redirection, uses no proxy, and speaks to one address of the file. It has no
// goroutine of its own beside those of net/http, which end with Close.
//
// # Signature
//
// A question whose step has a secret carries
//
//	Tandem-Signature: t=1790000000,v1=HEX
//
// t being seconds since 1970 and HEX the HMAC-SHA-256 with the secret over t, a dot
// and the body. The program checks both, and that t is of this minute.
package ask

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tandemgw/tandem/dialplan"
)

// MaxAsking is how many questions may be open at one time; more are not put.
const MaxAsking = 256

// SignatureHeader carries the signature.
const SignatureHeader = "Tandem-Signature"

var errTooMany = errors.New("too many questions are open")

// Client puts questions.
type Client struct {
	http  *http.Client
	slots chan struct{} // capacity MaxAsking
}

// New returns a client; Close frees its connections.
func New() *Client {
	return &Client{
		slots: make(chan struct{}, MaxAsking),
		http: &http.Client{
			Transport: &http.Transport{
				DialContext:            (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext,
				MaxIdleConnsPerHost:    16,
				MaxConnsPerHost:        MaxAsking,
				IdleConnTimeout:        time.Minute,
				MaxResponseHeaderBytes: 16 << 10,
				ForceAttemptHTTP2:      true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Close frees the connections that nobody uses.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Ask posts a question and returns the answer's body: at most dialplan.MaxReply
// octets of JSON with status 200. It ends with ctx. Errors say in words what was
// wrong, and hold no secret.
func (c *Client) Ask(ctx context.Context, step dialplan.AskStep, question []byte) ([]byte, error) {
	select {
	case c.slots <- struct{}{}:
	default:
		return nil, errTooMany
	}
	defer func() { <-c.slots }()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, step.URL, bytes.NewReader(question))
	if err != nil {
		return nil, plain(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "tandem")
	if step.Secret() != "" {
		r.Header.Set(SignatureHeader, sign(step.Secret(), time.Now(), question))
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, plain(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered with status %d", answer.StatusCode)
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != "application/json" {
		return nil, fmt.Errorf("it answered with %q, not application/json", kind)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, dialplan.MaxReply+1))
	if err != nil {
		return nil, plain(err)
	}
	if len(text) > dialplan.MaxReply {
		return nil, fmt.Errorf("it answered with more than %d octets", dialplan.MaxReply)
	}
	return text, nil
}

// sign gives the value of SignatureHeader.
func sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// plain leaves the address, which may hold a secret, out of an error.
func plain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("it did not answer in time")
	}
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
