package gateway

import (
	"log/slog"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

// MessageKey is the attribute that holds a whole SIP message.
const MessageKey = "sip_message"

// tracer logs every SIP message, with credentials blotted out; nil unless asked
// for.
func tracer(log *slog.Logger, verbose bool) messageTracer {
	if !verbose {
		return nil
	}
	return func(f *flow.Flow, dir txn.Direction, raw []byte) {
		way := "received"
		if dir == txn.Out {
			way = "sent"
		}
		log.Debug(way, "path", f.Kind().String(), "remote", f.Remote().String(), MessageKey, withoutSecrets(string(raw)))
	}
}
