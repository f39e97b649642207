package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tandemgw/tandem/bridge/verdict"
)

// phoneStats is POST /api/v1/phone/stats[?as=USER]: a verdict.Phone, of the user whose
// browser it is and of nobody else. 204, or 404 where he has no such call.
func (h *handler) phoneStats(w http.ResponseWriter, r *http.Request) {
	var p verdict.Phone
	err := h.readStats(w, r, &p)
	if err != nil {
		h.refuse(w, err)
		return
	}
	as := r.URL.Query().Get("as")
	if !plain(as, 128) {
		h.refuse(w, refuseBody)
		return
	}
	c, ok := h.sessions.cookieOf(time.Now(), r, as)
	if !ok {
		h.refuse(w, refuseSignedOut)
		return
	}
	switch err := h.config.PhoneStats(c.user, p); {
	case errors.Is(err, ErrNotFound):
		h.refuse(w, refuseCall)
	case err != nil:
		h.refuse(w, refuseBody)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

var refuseCall = &refusal{http.StatusNotFound, "not_found", "There is no call of yours with that callId."}

// readStats reads a report. Fields that we do not know are left alone: the page may be
// newer than the gateway.
func (h *handler) readStats(w http.ResponseWriter, r *http.Request, p *verdict.Phone) error {
	if h.origin.Check(r) != nil {
		return refuseForeign
	}
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(strings.ToLower(t)) != "application/json" {
		return refuseType
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	if err := d.Decode(p); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return refuseTooLong
		}
		return refuseBody
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuseBody
	}
	return nil
}
