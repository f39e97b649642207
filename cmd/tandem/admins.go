package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin/api"
)

func newAdmins(env environment) *cobra.Command {
	cmd := &cobra.Command{Use: "admins", Short: "make the password hashes of admin blocks", Example: "  tandem admins hash < password.txt", Args: takes()}
	cmd.AddCommand(&cobra.Command{
		Use: "hash", Short: "read a password from standard input, print its hash", Args: takes(),
		Example: "  tandem admins hash < password.txt",
		RunE: func(*cobra.Command, []string) error {
			line, err := bufio.NewReader(env.in).ReadString('\n')
			if err != nil && line == "" {
				return exitf(exitUsage, "write the password to standard input")
			}
			hash, err := api.HashPassword(strings.TrimRight(line, "\r\n"))
			if err != nil {
				return exitf(exitUsage, "%v", err)
			}
			_, err = fmt.Fprintln(env.out, hash)
			return err
		},
	})
	return cmd
}
