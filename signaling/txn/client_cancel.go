package txn

import (
	"errors"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Cancel cancels an INVITE (RFC 3261 §9.1): at once if a provisional response
// has come, otherwise as soon as one comes, and never after a final one. The
// reasons become Reason fields (RFC 3326). If the INVITE is not answered within
// 32 s of the CANCEL, it ends with ErrTimeout. A 2xx may still cross: on gets it,
// and its dialog has to be acknowledged and ended. Further calls do nothing.
func (c *Client) Cancel(reasons ...string) error {
	if !c.req.IsInvite() {
		return errors.New("only an INVITE can be canceled")
	}
	c.mu.Lock()
	if c.final != 0 || c.canceling || c.gone {
		c.mu.Unlock()
		return nil
	}
	c.canceling = true
	now := c.proceeding
	if !now {
		c.cancel = append([]string{}, reasons...)
	}
	c.mu.Unlock()
	if now {
		return c.sendCancel(reasons)
	}
	return nil
}

// sendCancel sends the CANCEL as a transaction of its own.
func (c *Client) sendCancel(reasons []string) error {
	c.mu.Lock()
	if c.final != 0 || c.gone {
		c.mu.Unlock()
		return nil
	}
	c.boundLocked()
	c.mu.Unlock()
	_, err := c.l.start(c.f, cancelOf(c.req, reasons), nil, nil)
	return err
}

// boundLocked gives an INVITE that has no end of its own any more 32 s to be
// answered in.
func (c *Client) boundLocked() {
	if c.timer != nil {
		c.timer.Stop()
	}
	c.timer = time.AfterFunc(sixtyFourT1, func() {
		c.mu.Lock()
		answered := c.final != 0 || c.gone
		c.mu.Unlock()
		if !answered {
			c.terminate(ErrTimeout)
		}
	})
}

// cancelOf builds the CANCEL of an INVITE: its Request-URI, top Via, Route,
// From, To, Call-ID and CSeq number (RFC 3261 §9.1).
func cancelOf(invite *sip.Request, reasons []string) *sip.Request {
	req := within(invite, sip.CANCEL)
	for _, r := range reasons {
		if r = strings.TrimSpace(r); r != "" {
			req.AppendHeader(sip.NewHeader("Reason", r))
		}
	}
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	return req
}
