package admin

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// authority is the local CA as it is offered to people.
type authority struct {
	file        []byte // PEM
	Name        string
	Fingerprint string // SHA-256, in pairs
	Until       string
}

// readAuthority takes PEM or DER.
func readAuthority(b []byte) (*authority, error) {
	der := b
	if block, _ := pem.Decode(b); block != nil {
		der = block.Bytes
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if !cert.IsCA {
		return nil, errors.New("the certificate is not an authority's")
	}
	sum := sha256.Sum256(cert.Raw)
	pairs := strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
	return &authority{
		file:        pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}),
		Name:        cert.Subject.CommonName,
		Fingerprint: pairs,
		Until:       cert.NotAfter.UTC().Format(time.DateOnly),
	}, nil
}

// trust explains how a device learns to trust this gateway.
func (h *handler) trust(w http.ResponseWriter, r *http.Request) {
	if h.ca == nil {
		h.say(w, r, http.StatusNotFound, "Nothing to trust here",
			"This gateway's certificate comes from an authority that browsers know, or that its operator installed.")
		return
	}
	h.page(w, r, http.StatusOK, trustPage, map[string]string{
		"title": "Trust this gateway", "name": h.ca.Name, "until": h.ca.Until, "fingerprint": h.ca.Fingerprint,
	})
}

// caFile is the CA in the form that iOS, Android, Windows and macOS open by themselves.
func (h *handler) caFile(w http.ResponseWriter, r *http.Request) {
	if h.ca == nil {
		h.say(w, r, http.StatusNotFound, "Nothing to trust here", "This gateway has no certificate authority of its own.")
		return
	}
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `attachment; filename="tandem-ca.crt"`)
	w.Header().Set("Cache-Control", "no-cache")
	send(w, r, h.ca.file)
}
