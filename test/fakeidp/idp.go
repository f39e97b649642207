package fakeidp

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// IDP is a sign-in service.
type IDP struct {
	URL          string // its issuer
	ClientID     string
	ClientSecret string
	// Redirect is where alone it sends people back to; empty takes any.
	Redirect string

	key   *rsa.PrivateKey
	mu    sync.Mutex
	codes map[string]issued           // guarded by mu
	says  map[string]any              // claims; guarded by mu
	spoil func(claims map[string]any) // guarded by mu; nil for none
	deny  string                      // an error in place of a code; guarded by mu
	other *rsa.PrivateKey             // signs in place of key; guarded by mu
}

// issued is what a code stands for.
type issued struct{ nonce, challenge, redirect string }

// Start runs a service until the test ends.
func Start(t *testing.T) *IDP {
	t.Helper()
	p := &IDP{ClientID: "tandem", ClientSecret: "client secret", codes: map[string]issued{}, says: map[string]any{"sub": "f3a1", "preferred_username": "ann"}}
	var err error
	if p.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discover)
	mux.HandleFunc("GET /auth", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /keys", p.keys)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Say sets the claims of whoever signs in next, beside those of the protocol.
func (p *IDP) Say(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.says = claims
}

// Spoil changes each identity token before it is signed; nil ends that.
func (p *IDP) Spoil(f func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoil = f
}

// Deny sends people back with an error (RFC 6749 §4.1.2.1); empty ends that.
func (p *IDP) Deny(word string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deny = word
}

// Forge signs with a key that nobody was told of.
func (p *IDP) Forge() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.other = key
	return err
}

func (p *IDP) discover(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

// authorize gives a code for whoever comes.
func (p *IDP) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case err != nil || q.Get("client_id") != p.ClientID || p.Redirect != "" && q.Get("redirect_uri") != p.Redirect:
		http.Error(w, "unknown client or redirect_uri", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("nonce") == "" || q.Get("state") == "":
		http.Error(w, "want the code flow with PKCE, state and nonce", http.StatusBadRequest)
		return
	}
	out := url.Values{"state": {q.Get("state")}, "iss": {p.URL}}
	p.mu.Lock()
	if p.deny != "" {
		out.Set("error", p.deny)
	} else {
		code := rand.Text()
		p.codes[code] = issued{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
		out.Set("code", code)
	}
	p.mu.Unlock()
	back.RawQuery = out.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// token takes a code, once.
func (p *IDP) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	} else { // RFC 6749 §2.3.1
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	}
	if id != p.ClientID || secret != p.ClientSecret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	p.mu.Lock()
	defer p.mu.Unlock()
	was, ok := p.codes[code]
	delete(p.codes, code)
	if !ok || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("redirect_uri") != was.redirect || b64(sum[:]) != was.challenge {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	now := time.Now().Unix()
	claims := map[string]any{"iss": p.URL, "aud": p.ClientID, "iat": now, "exp": now + 300, "nonce": was.nonce}
	maps.Copy(claims, p.says)
	if p.spoil != nil {
		p.spoil(claims)
	}
	signed, err := p.signLocked(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": signed})
}

// signLocked makes a JSON Web Token (RFC 7519) by RS256.
func (p *IDP) signLocked(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	key := p.key
	if p.other != nil {
		key = p.other
	}
	text := b64([]byte(`{"alg":"RS256","kid":"1","typ":"JWT"}`)) + "." + b64(payload)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return text + "." + b64(signature), err
}

func (p *IDP) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"keys": []map[string]any{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1",
		"n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the test has gone away
}
