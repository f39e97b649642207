package event

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tandemgw/tandem"
)

// The bounds of a document that somebody publishes.
const (
	maxDocument = 16 << 10 // octets
	maxDepth    = 16
	maxElements = 1000
	maxTuples   = 8
	maxNotes    = 4
)

// presence is what is understood of a presence document (RFC 3863): whatever else
// it says is not passed on.
type presence struct {
	tuples     []tuple
	activities []string // of RFC 4480 §3.2, by their element names
	notes      []string
}

// tuple is one way to reach somebody.
type tuple struct {
	open bool
	note string
}

// known are the activities of RFC 4480 §3.2 that are passed on.
func known(activity string) bool {
	switch activity {
	case "appointment", "away", "breakfast", "busy", "dinner", "holiday", "in-transit", "looking-for-work", "lunch", "meal", "meeting",
		"on-the-phone", "performance", "permanent-absence", "playing", "presentation", "shopping", "sleeping", "spectator", "steering",
		"travel", "tv", "vacation", "working", "worship":
		return true
	}
	return false
}

var (
	errNoPresence = errors.New("the document is no presence document")
	errTooMuch    = errors.New("the document has too many parts")
	errDTD        = errors.New("the document has a declaration of types")
)

// parsePIDF reads a presence document. Entities other than XML's own five are an
// error, so is a DTD: nothing in it can grow.
func parsePIDF(b []byte) (presence, error) {
	r := pidfReader{}
	if len(b) > maxDocument {
		return r.p, errTooMuch
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = true
	for {
		t, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && r.seen:
			return r.p, nil
		case errors.Is(err, io.EOF):
			return r.p, errNoPresence
		case err != nil:
			return r.p, fmt.Errorf("not well-formed XML: %w", err)
		}
		if err := r.take(t); err != nil {
			return r.p, err
		}
	}
}

// pidfReader walks over a document.
type pidfReader struct {
	p     presence
	path  []string // local names of the open elements
	text  strings.Builder
	count int
	seen  bool // the root was there
}

func (r *pidfReader) take(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		return errDTD
	case xml.StartElement:
		return r.open(t)
	case xml.CharData:
		if r.text.Len()+len(t) <= 4*maxText {
			r.text.Write(t)
		}
	case xml.EndElement:
		r.close()
	}
	return nil
}

func (r *pidfReader) open(t xml.StartElement) error {
	r.count++
	if r.count > maxElements || len(r.path) >= maxDepth {
		return errTooMuch
	}
	if len(r.path) == 0 {
		if r.seen || t.Name.Local != "presence" || t.Name.Space != "urn:ietf:params:xml:ns:pidf" {
			return errNoPresence
		}
		r.seen = true
	}
	r.path = append(r.path, t.Name.Local)
	r.text.Reset()
	if r.within("presence/tuple") {
		if len(r.p.tuples) >= maxTuples {
			return errTooMuch
		}
		r.p.tuples = append(r.p.tuples, tuple{})
	}
	return nil
}

// within says whether the open elements are just these.
func (r *pidfReader) within(path string) bool { return strings.Join(r.path, "/") == path }

// close takes an element that is complete.
func (r *pidfReader) close() {
	text := strings.TrimSpace(tandem.Clean(r.text.String(), maxText))
	name := r.path[len(r.path)-1]
	switch {
	case r.within("presence/tuple/status/basic"):
		r.p.tuples[len(r.p.tuples)-1].open = strings.EqualFold(text, "open")
	case r.within("presence/tuple/note"):
		r.p.tuples[len(r.p.tuples)-1].note = text
	case r.within("presence/note"), r.within("presence/person/note"), r.within("presence/person/activities/note"):
		if text != "" && len(r.p.notes) < maxNotes {
			r.p.notes = append(r.p.notes, text)
		}
	case len(r.path) > 1 && r.path[len(r.path)-2] == "activities" && known(name) && !slices.Contains(r.p.activities, name):
		r.p.activities = append(r.p.activities, name)
	}
	r.path = r.path[:len(r.path)-1]
	r.text.Reset()
}
