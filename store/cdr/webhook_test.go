package cdr

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAProgramIsToldOfEachRecordWithASignature(t *testing.T) {
	answers := make(chan int, 2)
	answers <- http.StatusServiceUnavailable
	answers <- http.StatusNoContent
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		field := r.Header.Get(SignatureField)
		stamp, _, _ := strings.Cut(strings.TrimPrefix(field, "t="), ",")
		at, wrong := strconv.ParseInt(stamp, 10, 64)
		if err != nil || wrong != nil || field != Sign("secret", time.Unix(at, 0), body) || r.Header.Get("Tandem-Delivery") != "k3v9x2mqa7" {
			t.Errorf("%q is not the signature of %s", field, body)
		}
		w.WriteHeader(<-answers)
	}))
	defer program.Close()
	w := NewWebhook(program.URL, "secret", nil)
	defer w.Close()
	records := []Record{{CallID: "k3v9x2mqa7"}}
	if err := w.Take(t.Context(), records); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a program that is not available gives %v", err)
	}
	if err := w.Take(t.Context(), records); err != nil {
		t.Error(err)
	}
}
