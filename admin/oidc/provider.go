package oidc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	patience   = 10 * time.Second // for the service, in all
	maxAnswer  = 1 << 20          // octets of an answer of the service
	maxAtOnce  = 4                // codes that are redeemed at a time
	retryAfter = 5 * time.Second  // after the service could not be asked what it is
)

var (
	// ErrUnreachable says that the service does not answer, or not as it should.
	ErrUnreachable = errors.New("the sign-in service cannot be reached")
	// ErrProof says that what came back proves nothing.
	ErrProof = errors.New("the sign-in service vouches for nobody")
	// ErrBusy says that too many sign in at once.
	ErrBusy = errors.New("too many people sign in at once")
)

// Config is what is known of a service. It must not be changed afterwards.
type Config struct {
	// Issuer is its address; required, as is the ClientID, which it knows us by.
	Issuer, ClientID string
	// ClientSecret proves that we are it; empty where the service gave us none.
	ClientSecret string
	// Scopes are asked for beside openid, profile and email.
	Scopes []string
	// Roots are the authorities to believe; nil means those of the system.
	Roots *x509.CertPool
	// Rules give roles to people.
	Rules Rules
}

// Secrets tie what comes back to the browser that was sent: none is guessed, and none
// told to others.
type Secrets struct {
	State    string // comes back beside the code (RFC 6749 §10.12)
	Nonce    string // stands in the identity token (OpenID Connect Core 1.0 §15.5.2)
	Verifier string // of PKCE, 43 to 128 characters (RFC 7636 §4.1)
}

// Provider is a sign-in service. Its methods may be called at the same time.
type Provider struct {
	config Config
	client *http.Client
	busy   chan struct{} // holds one while a code is redeemed

	mu    sync.Mutex     // held while the service is asked what it is
	known *oidc.Provider // nil until it has said so; guarded by mu
	tried time.Time      // when it was last asked in vain; guarded by mu
}

// New returns the Provider of a service. Nothing is connected yet.
func New(c Config) *Provider {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots},
		DisableKeepAlives: true, ResponseHeaderTimeout: patience, TLSHandshakeTimeout: patience,
	}
	return &Provider{config: c, client: &http.Client{Transport: bounded{t}, Timeout: patience}, busy: make(chan struct{}, maxAtOnce)}
}

// bounded bounds the answers of a service.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// provider asks the service what it is (OpenID Connect Discovery 1.0 §4), once.
func (p *Provider) provider(ctx context.Context, now time.Time) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.known != nil:
		return p.known, nil
	case now.Sub(p.tried) < retryAfter:
		return nil, ErrUnreachable
	}
	// Who asks may go away; what is learned is everybody's.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	known, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		p.tried = now
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	p.known = known
	return known, nil
}

// flow is what the code flow is made of.
func (p *Provider) flow(at *oidc.Provider, redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: at.Endpoint(), RedirectURL: redirect,
		Scopes: append([]string{oidc.ScopeOpenID, "profile", "email"}, p.config.Scopes...),
	}
}

// Begin returns where to send a browser, which comes back to redirect. The error is
// ErrUnreachable.
func (p *Provider) Begin(ctx context.Context, redirect string, s Secrets) (string, error) {
	at, err := p.provider(ctx, time.Now())
	if err != nil {
		return "", err
	}
	return p.flow(at, redirect).AuthCodeURL(s.State, oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)), nil
}

// Issuer is who answers name as their issuer (RFC 9207).
func (p *Provider) Issuer() string { return p.config.Issuer }

// Finish redeems the code that a browser has brought to redirect. Its errors are
// ErrUnreachable, ErrProof, ErrBusy, and ErrNoRole where no rule fits, with the Identity
// nevertheless.
func (p *Provider) Finish(ctx context.Context, redirect, code string, s Secrets) (Identity, error) {
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	default:
		return Identity{}, ErrBusy
	}
	at, err := p.provider(ctx, time.Now())
	if err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), patience)
	defer cancel()
	got, err := p.flow(at, redirect).Exchange(ctx, code, oauth2.VerifierOption(s.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError:
		return Identity{}, fmt.Errorf("%w: it refuses the code: %s", ErrProof, refused.ErrorCode)
	case err != nil:
		return Identity{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return p.identify(ctx, at, got, s.Nonce)
}

// identify reads the identity token, once it is proved (OpenID Connect Core 1.0
// §3.1.3.7).
func (p *Provider) identify(ctx context.Context, at *oidc.Provider, got *oauth2.Token, nonce string) (Identity, error) {
	raw, ok := got.Extra("id_token").(string)
	if !ok {
		return Identity{}, fmt.Errorf("%w: there is no id_token in its answer", ErrProof)
	}
	token, err := at.VerifierContext(ctx, &oidc.Config{ClientID: p.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if nonce == "" || token.Nonce != nonce {
		return Identity{}, fmt.Errorf("%w: the nonce is another", ErrProof)
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return Identity{}, fmt.Errorf("%w: its claims cannot be read", ErrProof)
	}
	// One of several audiences must be named as who asked for it.
	if azp, is := claims["azp"].(string); is && azp != p.config.ClientID || !is && len(token.Audience) > 1 {
		return Identity{}, fmt.Errorf("%w: the token is for another client", ErrProof)
	}
	who, err := p.config.Rules.identify(claims)
	if !verified(claims) { // what he calls himself is not to look like a name of ours, or like somebody's address
		who.Name += "@" + p.Host()
	}
	return who, err
}

// Host is that of the service.
func (p *Provider) Host() string {
	u, err := url.Parse(p.config.Issuer)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
