package main

import (
	"os"
	"strings"
	"testing"
)

// The doctor says of a file what check says, also while its gateway runs.
func TestTheDoctorReadsTheFileThoroughlyWhileItRuns(t *testing.T) {
	o := newOffice(t, "user \"201\" {\n  password = \"a-long-one-for-201\"\n}\n")
	if err := os.Chmod(o.file, 0o644); err != nil {
		t.Fatal(err)
	}
	_, out, errs := o.do("doctor")
	if !strings.Contains(out, "the gateway runs") || !strings.Contains(out, "everybody on this machine may read it") {
		t.Errorf("the doctor says\n%s%s", out, errs)
	}
}
