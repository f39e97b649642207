package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/tandemgw/tandem/store/sql"
)

// maxTokens bounds the tokens that there may be.
const maxTokens = 1000

type (
	// Token lets a program use the API. The token itself is only told once.
	Token struct {
		ID      string    `json:"id"`
		Name    string    `json:"name"`
		Owner   string    `json:"owner,omitempty" doc:"who made it"`
		Role    string    `json:"role" enum:"viewer,operator,admin"`
		Created time.Time `json:"created"`
		Expires time.Time `json:"expires,omitzero"`
		Used    time.Time `json:"used,omitzero" doc:"last, to the minute"`
	}
	// Tokens are all tokens.
	Tokens struct {
		Tokens []Token `json:"tokens"`
	}
	// NewToken is what a token is to be.
	NewToken struct {
		Name string `json:"name" minLength:"1" maxLength:"64" doc:"what it is for"`
		Role string `json:"role" enum:"viewer,operator,admin"`
		Days int    `json:"days,omitempty" minimum:"0" maximum:"3650" doc:"how long it is good for; 0 means for ever"`
	}
	// MadeToken is a new token, with what is told only once.
	MadeToken struct {
		Token
		Secret string `json:"token" doc:"to be sent as Authorization: Bearer; it cannot be shown again"`
	}
)

func tokenView(t sql.Token) Token {
	return Token{t.ID, t.Name, t.Owner, t.Role, t.Created, t.Expires, t.Used}
}

func (a *API) tokenRoutes() {
	s := a.config.Store
	if s == nil {
		return
	}
	add(a, route{method: http.MethodGet, path: "/tokens", id: "list-tokens", tag: "access", summary: "The tokens, without what they are", role: Admin, errors: []int{503}},
		func(ctx context.Context, _ *nothing) (*body[Tokens], error) {
			all, err := s.Tokens(ctx)
			out := Tokens{[]Token{}}
			for _, t := range all {
				out.Tokens = append(out.Tokens, tokenView(t))
			}
			if err != nil {
				return nil, err
			}
			return answer(out)
		})
	add(a, route{method: http.MethodPost, path: "/tokens", id: "make-token", tag: "access", summary: "Make a token", role: Admin, status: http.StatusCreated, errors: []int{409, 503}},
		func(ctx context.Context, in *struct{ Body NewToken }) (*body[MadeToken], error) {
			return a.makeToken(ctx, in.Body)
		})
	add(a, route{method: http.MethodDelete, path: "/tokens/{id}", id: "remove-token", tag: "access", summary: "Take a token back", role: Admin, errors: []int{404, 503}},
		func(ctx context.Context, in *ByID) (*nothing, error) {
			return nil, found(s.RemoveToken(ctx, in.ID), "there is no token "+in.ID)
		})
}

func (a *API) makeToken(ctx context.Context, in NewToken) (*body[MadeToken], error) {
	all, err := a.config.Store.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) >= maxTokens {
		return nil, refuse(http.StatusConflict, "conflict", "there are %d tokens already: remove some", len(all))
	}
	now := time.Now().UTC().Truncate(time.Second)
	secret := tokenPrefix + strings.ToLower(rand.Text())
	t := sql.Token{ID: strings.ToLower(rand.Text()[:12]), Name: plain(in.Name), Owner: PrincipalOf(ctx).Name, Role: in.Role, Hash: HashOf(secret), Created: now}
	if in.Days > 0 {
		t.Expires = now.AddDate(0, 0, in.Days)
	}
	if err := a.config.Store.AddToken(ctx, t); err != nil {
		return nil, err
	}
	return answer(MadeToken{tokenView(t), secret})
}
