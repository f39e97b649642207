package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// apiPrefix is what the paths of the API begin with.
const apiPrefix = "/api/v1/"

// maxView bounds an answer of the gateway: 100000 registrations of a long kind.
const maxView = 128 << 20

// ErrNotFound says that there is no such trunk, user or call.
var ErrNotFound = errors.New("not found")

// ErrConflict says that a call is not as it would have to be.
var ErrConflict = errors.New("not now")

// ErrInput says that what was asked for makes no sense.
var ErrInput = errors.New("not understood")

// ErrDenied says that who asks may not.
var ErrDenied = errors.New("not permitted")

// ErrRefused says that the gateway could not do it.
var ErrRefused = errors.New("the gateway refused")

// Client asks a running gateway over its control socket, or over the network. Errors
// are those of the connection, or ErrNotFound, ErrConflict, ErrInput, ErrDenied or
// ErrRefused with the gateway's words.
type Client struct {
	http  *http.Client
	base  string // of all addresses, with a slash at its end; immutable
	token string // empty on the socket; immutable
}

// NewClient returns a Client of the gateway that listens on a socket. Nothing is
// connected yet.
func NewClient(path string) *Client {
	return &Client{base: "http://tandem" + apiPrefix, http: &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return DialControl(ctx, path) },
	}}}
}

// Status returns the gateway as a whole.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	err = c.get(ctx, "status", &s)
	return s, err
}

// Trunks returns all trunks.
func (c *Client) Trunks(ctx context.Context) ([]Trunk, error) {
	var v struct{ Trunks []Trunk }
	err := c.get(ctx, "trunks", &v)
	return v.Trunks, err
}

// Trunk returns one trunk.
func (c *Client) Trunk(ctx context.Context, name string) (t Trunk, err error) {
	err = c.get(ctx, "trunks/"+url.PathEscape(name), &t)
	return t, err
}

// Registrations returns the devices of a user, or of all where user is "".
func (c *Client) Registrations(ctx context.Context, user string) ([]Registration, error) {
	var v struct{ Registrations []Registration }
	err := c.get(ctx, "registrations?user="+url.QueryEscape(user), &v)
	return v.Registrations, err
}

// Users returns all users.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	var v struct{ Users []User }
	err := c.get(ctx, "users", &v)
	return v.Users, err
}

// Calls returns all calls.
func (c *Client) Calls(ctx context.Context) ([]Call, error) {
	var v struct{ Calls []Call }
	err := c.get(ctx, "calls", &v)
	return v.Calls, err
}

// Rooms returns all rooms.
func (c *Client) Rooms(ctx context.Context) ([]Room, error) {
	var v struct{ Rooms []Room }
	err := c.get(ctx, "rooms", &v)
	return v.Rooms, err
}

// Room returns one room.
func (c *Client) Room(ctx context.Context, name string) (r Room, err error) {
	err = c.get(ctx, "rooms/"+url.PathEscape(name), &r)
	return r, err
}

// ActOnRoom does something to a room ("lock", "unlock"), or to a member of it
// ("mute", "unmute", "kick").
func (c *Client) ActOnRoom(ctx context.Context, name, member, act string) error {
	path := "rooms/" + url.PathEscape(name)
	if member != "" {
		path += "/members/" + url.PathEscape(member)
	}
	return c.do(ctx, http.MethodPost, path+"/"+url.PathEscape(act), nil)
}

// Hangup ends a call.
func (c *Client) Hangup(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "calls/"+url.PathEscape(id), nil)
}

// Record begins ("on"), pauses ("pause") or ends ("off") the recording of a call.
func (c *Client) Record(ctx context.Context, id, state string) error {
	return c.do(ctx, http.MethodPut, "calls/"+url.PathEscape(id)+"/recording/"+url.PathEscape(state), nil)
}

// Reload has the gateway read its configuration again.
func (c *Client) Reload(ctx context.Context) (r Reload, err error) {
	err = c.do(ctx, http.MethodPost, "reload", &r)
	return r, err
}

// Drain has the gateway take no more calls, and end once there is none, or wait is
// over.
func (c *Client) Drain(ctx context.Context, wait time.Duration) (s Status, err error) {
	err = c.do(ctx, http.MethodPost, "drain?wait="+url.QueryEscape(wait.String()), &s)
	return s, err
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, into)
}

func (c *Client) do(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, http.NoBody)
	if err != nil {
		return err
	}
	return c.send(req, path, into)
}

// send sends a request and reads the answer.
func (c *Client) send(req *http.Request, path string, into any) error {
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer := io.LimitReader(res.Body, maxView)
	if res.StatusCode/100 != 2 {
		return refusalOf(res.StatusCode, answer, path)
	}
	if into == nil {
		return nil
	}
	if to, is := into.(io.Writer); is {
		_, err := io.Copy(to, answer)
		return err
	}
	if err := json.NewDecoder(answer).Decode(into); err != nil {
		return fmt.Errorf("the gateway's answer cannot be read: %w", err)
	}
	return nil
}

// refusalOf reads why there is no answer.
func refusalOf(status int, answer io.Reader, path string) error {
	kind, words := ErrRefused, fmt.Sprintf("it answered %d %s", status, http.StatusText(status))
	switch status {
	case http.StatusNotFound:
		kind, words = ErrNotFound, "the gateway does not know "+path
	case http.StatusConflict:
		kind, words = ErrConflict, "that cannot be now"
	case http.StatusBadRequest:
		kind, words = ErrInput, "the gateway does not understand it"
	case http.StatusUnauthorized, http.StatusForbidden:
		kind, words = ErrDenied, "the gateway does not let us"
	}
	var e refusalView
	if err := json.NewDecoder(answer).Decode(&e); err == nil && e.Words != "" {
		words = e.Words
	}
	return fmt.Errorf("%w: %s", kind, words)
}
