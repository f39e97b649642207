package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Origination is a call that the gateway is to make; see bridge.Origination.
type Origination struct {
	From           string `json:"from"`
	To             string `json:"to"`
	As             string `json:"as,omitempty"`
	Caller         string `json:"caller,omitempty"`
	CallerName     string `json:"callerName,omitempty"`
	TimeoutSeconds int    `json:"timeoutSeconds,omitempty"`
	AutoAnswer     bool   `json:"autoAnswer,omitempty"`
}

// Originate has the gateway make a call, and returns its ID.
func (c *Client) Originate(ctx context.Context, o Origination) (id string, err error) {
	var made struct{ ID string }
	err = c.post(ctx, "calls", o, &made)
	return made.ID, err
}

// Hold takes a leg out of its talk ("hold"), or brings it back ("resume").
func (c *Client) Hold(ctx context.Context, call, leg, act string) error {
	return c.post(ctx, legPath(call, leg, act), nil, nil)
}

// Transfer sends the other party of a leg on to a number.
func (c *Client) Transfer(ctx context.Context, call, leg, to string) error {
	return c.post(ctx, legPath(call, leg, "transfer"), map[string]string{"to": to}, nil)
}

// Press presses digits toward a leg.
func (c *Client) Press(ctx context.Context, call, leg, digits string) error {
	return c.post(ctx, legPath(call, leg, "dtmf"), map[string]string{"digits": digits}, nil)
}

// Play lets a leg, or with "all" both, hear a sound.
func (c *Client) Play(ctx context.Context, call, leg, sound string) error {
	return c.post(ctx, legPath(call, leg, "play"), map[string]string{"sound": sound}, nil)
}

func legPath(call, leg, act string) string {
	return "calls/" + url.PathEscape(call) + "/legs/" + url.PathEscape(leg) + "/" + act
}

// operatorTime bounds how long an act may take.
const operatorTime = 10 * time.Second

// post sends v, nil for nothing.
func (c *Client) post(ctx context.Context, path string, v, into any) error {
	ctx, cancel := context.WithTimeout(ctx, operatorTime)
	defer cancel()
	return c.Ask(ctx, http.MethodPost, path, v, into)
}

// Ask is any operation of the API: path is what follows /api/v1/, in what is sent as
// JSON, nil for nothing, and into where the answer goes: a pointer, an io.Writer that
// takes it as it comes, or nil.
func (c *Client) Ask(ctx context.Context, method, path string, in, into any) error {
	if in == nil {
		return c.do(ctx, method, path, into)
	}
	text, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("ask the gateway: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return c.send(req, path, into)
}

// Profile writes a profile of the gateway's process to w, such as "heap"; only the
// control socket has them.
func (c *Client) Profile(ctx context.Context, what string, w io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.base, apiPrefix)+"/debug/pprof/"+what, http.NoBody)
	if err != nil {
		return err
	}
	return c.send(req, "the profile "+what, w)
}
