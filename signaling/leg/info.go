package leg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// What an INFO may bring.
const (
	relayType   = "application/dtmf-relay"
	dtmfType    = "application/dtmf"
	flashType   = "application/hook-flash"
	controlType = "application/media_control+xml" // RFC 5168
)

// informed is an INFO in the old manner, by the type of its body (RFC 6086 §4.2.4):
// digits in the two spellings that are about, a hook flash, or the wish for a new
// picture. JsSIP sends digits so unless it is told otherwise.
func (l *leg) informed(tx *txn.Server, req *sip.Request) {
	if name := sipmsg.Value(req, "Info-Package"); name != "" {
		res := respond(tx, 469, "Bad Info Package") // §4.2.2; an empty Recv-Info says that we take none
		res.AppendHeader(sip.NewHeader("Recv-Info", ""))
		sipmsg.Warning(res, "no Info-Package is taken here, only DTMF and media control by their body")
		_ = tx.Respond(res)
		return
	}
	kind, body := sipmsg.MediaType(req), req.Body()
	press, pressed, err := bridge.Press{}, false, error(nil)
	switch {
	case kind == flashType:
		press, pressed = bridge.Press{Digit: media.Flash, Length: defaultPress}, true
	case len(body) == 0:
	case kind == controlType:
		err = parseControl(body)
	default:
		press, err = parsePress(kind, body)
		pressed = err == nil
	}
	if err != nil {
		res := respond(tx, 415, "Unsupported Media Type")
		res.AppendHeader(sip.NewHeader("Accept", strings.Join([]string{relayType, dtmfType, flashType, controlType}, ", ")))
		sipmsg.Warning(res, err.Error())
		_ = tx.Respond(res)
		return
	}
	_ = tx.Respond(respond(tx, 200, "OK"))
	if kind == controlType && l.media != nil && l.state == confirmed {
		l.media.KeyFrame()
	}
	if pressed && l.state == confirmed {
		l.byInfo(press, kind)
	}
}

var errNoControl = errors.New("the body asks for no picture_fast_update")

// parseControl reads the body of RFC 5168 §4, by which a far end asks for a whole
// picture. It only says whether it is one: a call without video has no picture to
// send, and answers all the same.
func parseControl(body []byte) error {
	if len(body) > 4096 {
		return errNoControl
	}
	for d := xml.NewDecoder(bytes.NewReader(body)); ; {
		token, err := d.Token()
		if err != nil {
			return errNoControl
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "picture_fast_update" {
			return nil
		}
	}
}
