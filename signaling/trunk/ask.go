package trunk

import (
	"context"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/uac"
)

// Sender sends requests; *uac.Client is one.
type Sender interface {
	Send(r uac.Request) *uac.Call
}

// answer is what a request has come to.
type answer struct {
	res  *sip.Response // the final one
	flow *flow.Flow    // the way it came
	took time.Duration // from the last attempt to it
}

// ask sends a request and waits for its final answer, or for the end of ctx.
func ask(ctx context.Context, s Sender, req uac.Request) (answer, error) {
	type end struct {
		answer
		err error
	}
	var got answer
	var sent time.Time
	over := make(chan end, 1)
	build := req.Build
	req.Build = func(f *flow.Flow) *sip.Request {
		sent = time.Now()
		return build(f)
	}
	req.On = func(res *sip.Response) {
		if !res.IsProvisional() {
			got.res, got.took = res, time.Since(sent)
		}
	}
	req.Done = func(err error) { over <- end{got, err} }
	k := s.Send(req)
	stop := context.AfterFunc(ctx, func() { k.Cancel() })
	defer stop()
	e := <-over
	if e.res == nil {
		if e.err == nil {
			e.err = uac.ErrNoTarget
		}
		return answer{}, e.err
	}
	e.flow = k.FlowOf(e.res)
	if e.flow == nil {
		e.flow = k.Flow()
	}
	return e.answer, nil
}
