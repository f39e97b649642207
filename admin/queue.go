package admin

import (
	"context"
	"net/url"
	"time"
)

// Queue is a queue as it stands.
type Queue struct {
	Name      string        `json:"name"`
	Strategy  string        `json:"strategy"`
	Max       int           `json:"max"`       // callers that may wait
	Answered  int           `json:"answered"`  // by a member, since the gateway began
	Abandoned int           `json:"abandoned"` // hung up
	Left      int           `json:"left"`      // went on to the next step
	Waiting   []Waiting     `json:"waiting"`   // the one that is served next first
	Members   []QueueMember `json:"members"`
}

// Waiting is a caller who waits in a queue.
type Waiting struct {
	Call     string    `json:"call"`
	Party    string    `json:"party"`
	Priority int       `json:"priority,omitempty"`
	Ringing  bool      `json:"ringing,omitempty"` // members are rung for it
	Since    time.Time `json:"since"`
}

// QueueMember is somebody who answers callers of a queue.
type QueueMember struct {
	Target string    `json:"target"`         // "user:201"
	State  string    `json:"state"`          // idle, ringing, talking, resting, busy or away
	Call   string    `json:"call,omitempty"` // that rings or is talked in
	Since  time.Time `json:"since,omitzero"` // in this state
	Until  time.Time `json:"until,omitzero"` // resting
}

// Queues returns all queues.
func (c *Client) Queues(ctx context.Context) ([]Queue, error) {
	var v struct{ Queues []Queue }
	err := c.get(ctx, "queues", &v)
	return v.Queues, err
}

// Queue returns one queue.
func (c *Client) Queue(ctx context.Context, name string) (q Queue, err error) {
	err = c.get(ctx, "queues/"+url.PathEscape(name), &q)
	return q, err
}
