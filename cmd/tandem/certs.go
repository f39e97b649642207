package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

func newCerts(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "certs", Short: "the certificates of the gateway", Args: takes(), Example: "  tandem certs export-ca > tandem-ca.crt",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newExportCA(env), newCertsList(env))
	return cmd
}

func newExportCA(env environment) *cobra.Command {
	var path, state, out string
	var forDemo bool
	cmd := &cobra.Command{
		Use:   "export-ca",
		Short: "write the certificate of the local CA, to be trusted by other devices",
		Long: "export-ca writes the certificate of the gateway's own certificate authority, which\n" +
			"other devices have to trust once: of the configuration's gateway, running or not,\n" +
			"and of the demo that runs here where there is no configuration.",
		Example: "  tandem certs export-ca -o tandem-ca.crt\n  tandem certs export-ca --demo > demo-ca.crt",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := exportFrom(cmd.Context(), env, path, state, forDemo)
			if err != nil {
				return err
			}
			ca, err := certs.ExportCA(dir)
			if errors.Is(err, fs.ErrNotExist) {
				return exitf(exitNotFound, "there is no local CA in %s yet: it is made when the gateway first starts", dir)
			} else if err != nil {
				return exitf(exitFailed, "%v", err)
			}
			fmt.Fprintf(env.err, "%s, valid until %s\nSHA-256 %s\n", ca.Name, ca.NotAfter.Format("2006-01-02"), ca.Fingerprint)
			if out != "" {
				if err := os.WriteFile(out, ca.PEM, 0o644); err != nil {
					return exitf(exitFailed, "cannot write %s: %v", out, machine.Why(err))
				}
				return nil
			}
			_, err = env.out.Write(ca.PEM)
			return err
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&state, "state", "", "state `FOLDER`, instead of the configuration's")
	cmd.Flags().BoolVar(&forDemo, "demo", false, "the CA of the demo")
	cmd.Flags().StringVarP(&out, "output", "o", "", "`FILE` to write (standard output)")
	return cmd
}

// exportFrom is the state folder that export-ca reads.
func exportFrom(ctx context.Context, env environment, path, state string, forDemo bool) (string, error) {
	switch {
	case state != "":
		return state, nil
	case forDemo:
		return machine.DemoState(env.getenv)
	}
	if demo, runs, err := runningDemo(ctx, env, path); runs || err != nil {
		return demo, err
	}
	file, _, err := load(env, path)
	if err != nil {
		return "", err
	}
	return machine.StateOf(file, env.getenv)
}
