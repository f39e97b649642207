package main

import (
	"archive/tar"
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
	"github.com/tandemgw/tandem/cmd/tandem/wording"
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
			_, err = fmt.Fprintln(env.out, wording.Printable(path))
			return err
		},
	}
	at.placeFlags(cmd)
	return cmd
}

// writeBundle writes all of it; what cannot be had is told of in missing.txt.
func writeBundle(ctx context.Context, to io.Writer, client *admin.Client) error {
	zipped := gzip.NewWriter(to)
	files := tar.NewWriter(zipped)
	var missing bytes.Buffer
	add := func(name string, get func(io.Writer) error) error {
		var b bytes.Buffer
		if err := get(&b); err != nil {
			fmt.Fprintf(&missing, "%s: %v\n", name, err)
			return nil
		}
		if err := files.WriteHeader(&tar.Header{Name: "tandem-debug/" + name, Mode: 0o600, Size: int64(b.Len()), ModTime: time.Now()}); err != nil {
			return err
		}
		_, err := files.Write(b.Bytes())
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
	if err := files.Close(); err != nil {
		return err
	}
	return zipped.Close()
}
