package api

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reference/openapi.json")

// TestDescriptionIsCommitted compares what is served with the file of the
// documentation: `go test ./admin/api -run Description -update` writes it.
func TestDescriptionIsCommitted(t *testing.T) {
	a, _ := newAPI(t)
	const path = "../../docs/reference/openapi.json"
	if *update {
		if err := os.WriteFile(path, a.OpenAPI(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, a.OpenAPI()) {
		t.Errorf("%s is stale: run `go test ./admin/api -run Description -update`", path)
	}
	if w := as(Nobody, a, "GET", "/api/v1/openapi.json", ""); w.Code != 200 || !bytes.Equal(w.Body.Bytes(), committed) {
		t.Errorf("served: %d, and another description than the committed one", w.Code)
	}
	if !bytes.Contains(committed, []byte(`"openapi": "3.1.0"`)) {
		t.Error("it is no OpenAPI 3.1")
	}
}
