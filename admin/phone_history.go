package admin

import (
	"net/http"
	"strconv"
	"time"
)

// PastCall is a call of a user that is over, as his phone lists it.
type PastCall struct {
	At        time.Time `json:"at"`
	Number    string    `json:"number"`
	Name      string    `json:"name,omitempty"`
	Direction string    `json:"direction"` // "in" or "out", as he sees it
	Answered  bool      `json:"answered"`
	Seconds   int64     `json:"seconds"`          // talked
	Status    int       `json:"status,omitempty"` // SIP status that a call of his was refused with; 0 where it was answered, or was not his
}

// maxPast bounds the calls of one answer.
const maxPast = 200

// phoneHistory is GET /api/v1/phone/history[?as=USER][&limit=N]: the last calls of the
// user whose browser it is, the newest first.
func (h *handler) phoneHistory(w http.ResponseWriter, r *http.Request) {
	as, limit := r.URL.Query().Get("as"), maxPast/2
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && n > 0 {
		limit = min(n, maxPast)
	}
	if !plain(as, 128) {
		h.refuse(w, refuseBody)
		return
	}
	c, ok := h.sessions.cookieOf(time.Now(), r, as)
	if ok {
		_, ok = h.config.Lookup(c.user) // he may be gone since
	}
	if !ok {
		h.refuse(w, refuseSignedOut)
		return
	}
	calls, err := h.config.PhoneHistory(r.Context(), c.user, limit)
	if err != nil {
		h.log.Warn("a phone's history cannot be read", "user", c.user, "reason", err)
		h.refuse(w, refuseHistory)
		return
	}
	if calls == nil {
		calls = []PastCall{}
	}
	writeJSON(w, http.StatusOK, map[string][]PastCall{"calls": calls})
}

var refuseHistory = &refusal{http.StatusServiceUnavailable, "unavailable", "The calls of before cannot be read at the moment."}
