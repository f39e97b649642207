package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
)

// bundled are the files of a bundle, and what of the API each is.
var bundled = [...]struct{ file, path string }{
	{"status.json", "status"},
	{"overview.json", "overview"},
	{"doctor.json", "doctor"},
	{"config.json", "config"},
	{"trunks.json", "trunks"},
	{"registrations.json", "registrations"},
	{"calls.json", "calls?media=true"},
	{"traces.json", "traces?limit=200"},
	{"records.json", "cdrs?limit=100"},
	{"certificates.json", "certificates"},
	{"security.json", "security"},
}

// profiled are those that only the control socket has.
var profiled = [...]struct{ file, path string }{
	{"goroutines.txt", "goroutine?debug=2"},
	{"heap.pprof", "heap"},
}

func newDebug(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "debug", Hidden: true, Short: "gather what helps to find a fault", Args: takes(), Example: "  tandem debug bundle",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBundle(env))
	return cmd
}

func newBundle(env environment) *cobra.Command {
	var at place
	cmd := &cobra.Command{
		Use: "bundle [FILE]", Short: "write how the running gateway is to a file, for whoever helps",
		Long: "bundle writes a tar.gz of what the running gateway tells of itself: how it is, what\n" +
			"doctor finds, the configuration without its secrets, trunks, devices, the last calls,\n" +
			"goroutines and memory. There are names, numbers and addresses in it, but no password.",
		Example: "  tandem debug bundle\n  tandem debug bundle tandem-debug.tar.gz", Args: takesUpTo("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := at.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			if _, err := client.Status(cmd.Context()); err != nil {
				return asked(err)
			}
			path := cmp.Or(strings.Join(args, ""), "tandem-debug-"+time.Now().UTC().Format("20060102-150405")+".tar.gz")
			if err := export(path, func(w io.Writer) error { return writeBundle(cmd.Context(), w, client) }); err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.out, printable(path))
			return err
		},
	}
	at.placeFlags(cmd)
	return cmd
}

// writeBundle writes all of it; what cannot be had is told of in missing.txt.
func writeBundle(ctx context.Context, to io.Writer, client *admin.Client) error {
	zipped := gzip.NewWriter(to)
	var missing bytes.Buffer
	add := func(name string, get func(io.Writer) error) error {
		var b bytes.Buffer
		if err := get(&b); err != nil {
			fmt.Fprintf(&missing, "%s: %v\n", name, err)
			return nil
		}
		head := tarHeader("tandem-debug/"+name, b.Len(), time.Now())
		b.Write(make([]byte, -b.Len()&511)) // blocks are of 512 octets
		_, err := zipped.Write(append(head, b.Bytes()...))
		return err
	}
	for _, one := range bundled {
		if err := add(one.file, func(w io.Writer) error { return client.Ask(ctx, http.MethodGet, one.path, nil, w) }); err != nil {
			return err
		}
	}
	for _, one := range profiled {
		if err := add(one.file, func(w io.Writer) error { return client.Profile(ctx, one.path, w) }); err != nil {
			return err
		}
	}
	if err := add("version.txt", func(w io.Writer) error { return printVersion(environment{out: w, getenv: os.Getenv}) }); err != nil {
		return err
	}
	if missing.Len() > 0 {
		if err := add("missing.txt", func(w io.Writer) error { _, err := w.Write(missing.Bytes()); return err }); err != nil {
			return err
		}
	}
	if _, err := zipped.Write(make([]byte, 1024)); err != nil { // the end of an archive
		return err
	}
	return zipped.Close()
}

// tarHeader is the head of a file in an archive (POSIX ustar); archive/tar, which also
// knows all others, would be 80 KB of the program.
func tarHeader(name string, size int, at time.Time) []byte {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], fmt.Sprintf("%07o\x00%07o\x00%07o\x00%011o\x00%011o\x00        0", 0o600, 0, 0, size, at.Unix()))
	copy(h[257:], "ustar\x0000")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}
