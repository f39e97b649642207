package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/store/sql"
)

// Refusal is why there is no answer: a code for programs, words for people.
type Refusal struct {
	status int
	Code   string `json:"code" doc:"what is wrong, for programs: not_found, conflict, bad_request, ..."`
	Words  string `json:"error" doc:"what is wrong, for people"`
}

// Error implements error.
func (r *Refusal) Error() string { return r.Words }

// GetStatus implements huma.StatusError.
func (r *Refusal) GetStatus() int { return r.status }

func refuse(status int, code, format string, args ...any) *Refusal {
	return &Refusal{status, code, fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return refuse(http.StatusNotFound, "not_found", format, args...)
}

// codeOf is the code of a refusal that has none of its own.
func codeOf(status int) string {
	code := map[int]string{
		http.StatusBadRequest: "bad_request", http.StatusUnauthorized: "signed_out", http.StatusForbidden: "forbidden",
		http.StatusNotFound: "not_found", http.StatusConflict: "conflict", http.StatusRequestEntityTooLarge: "too_long",
		http.StatusUnsupportedMediaType: "bad_type", http.StatusTooManyRequests: "too_many", http.StatusServiceUnavailable: "unavailable",
		http.StatusRequestTimeout: "too_slow", http.StatusNotAcceptable: "bad_type",
	}[status]
	if code == "" {
		return "internal"
	}
	return code
}

// refusal makes a Refusal of what huma has found wrong with a request.
func refusal(status int, words string, errs ...error) huma.StatusError {
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	code := codeOf(status)
	if status >= http.StatusInternalServerError && code == "internal" {
		return &Refusal{status, code, "something went wrong here"} // what, is the log's to say
	}
	var all []string
	for _, err := range errs {
		if err != nil {
			all = append(all, err.Error())
		}
	}
	if len(all) > 0 {
		words = strings.Join(all, "; ")
	}
	return &Refusal{status, code, words}
}

// shapes has huma refuse in our shape: it knows one for the whole program only.
var shapes sync.Once

func useOurShape() {
	shapes.Do(func() {
		huma.DefaultArrayNullable = false // a list of none is []
		huma.NewError = refusal
		huma.NewErrorWithContext = func(_ huma.Context, status int, words string, errs ...error) huma.StatusError {
			return refusal(status, words, errs...)
		}
	})
}

// refused gives an error of a source the status that it has here. Words of other
// errors are shown: sources write them for people.
func refused(err error) error {
	var r *Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return r
	case errors.Is(err, bridge.ErrInput), errors.Is(err, admin.ErrInput):
		return refuse(http.StatusBadRequest, "bad_request", "%s", strings.TrimPrefix(err.Error(), admin.ErrInput.Error()+": "))
	case errors.Is(err, sql.ErrAway):
		return refuse(http.StatusServiceUnavailable, "unavailable", "%s", sql.ErrAway) // why, is on the overview and in the log
	case errors.Is(err, sql.ErrCursor):
		return refuse(http.StatusBadRequest, "bad_request", "%s", sql.ErrCursor)
	case errors.Is(err, admin.ErrNotFound), errors.Is(err, bridge.ErrNotFound):
		return refuse(http.StatusNotFound, "not_found", "%s", strings.TrimPrefix(err.Error(), admin.ErrNotFound.Error()+": "))
	}
	return refuse(http.StatusConflict, "conflict", "%s", strings.TrimPrefix(err.Error(), admin.ErrConflict.Error()+": "))
}

// found gives the store's ErrNotFound words.
func found(err error, words string) error {
	if errors.Is(err, sql.ErrNotFound) {
		return notFound("%s", words)
	}
	return err
}
