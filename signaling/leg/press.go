package leg

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
)

// The length of a digit that comes by INFO, where it says none and at the most.
const (
	defaultPress = 160 * time.Millisecond
	maxPress     = 5 * time.Second
)

var errNoDigit = errors.New("the body is no DTMF digit")

// parsePress reads the body of an INFO that carries a digit:
//
//	application/dtmf-relay   "Signal=5\r\nDuration=160\r\n"  (ms)
//	application/dtmf         "5"
func parsePress(contentType string, body []byte) (bridge.Press, error) {
	if len(body) > 512 {
		return bridge.Press{}, errNoDigit
	}
	press := bridge.Press{Length: defaultPress}
	signal := ""
	switch contentType {
	case dtmfType:
		signal = strings.TrimSpace(string(body))
	case relayType:
		for line := range bytes.Lines(body) {
			name, value, _ := strings.Cut(string(line), "=")
			value = strings.TrimSpace(value)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "signal":
				signal = value
			case "duration":
				if ms, err := strconv.Atoi(value); err == nil && ms > 0 {
					press.Length = time.Duration(min(ms, int(maxPress/time.Millisecond))) * time.Millisecond
				}
			}
		}
	default:
		return press, errors.New("the body is neither application/dtmf-relay nor application/dtmf")
	}
	var ok bool
	if press.Digit, ok = media.ParseDigit(signal); !ok {
		return press, errNoDigit
	}
	return press, nil
}
