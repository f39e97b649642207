package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/store/sql"
)

func newBackup(env environment) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "copy the database, while the gateway runs or not",
		Long: "backup writes a whole copy of the SQLite database to a file and looks whether the\n" +
			"copy is sound. A running gateway goes on. To restore, stop the gateway, put the\n" +
			"copy in the place of tandem.db, and remove tandem.db-wal and tandem.db-shm.",
		Example: "  tandem backup /srv/backup/tandem.db", Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd.Context(), env, path, func(ctx context.Context, _ *config.File, db *sql.DB) error {
				if err := db.Backup(ctx, args[0]); err != nil {
					return exitf(exitFailed, "%v", err)
				}
				_, err := fmt.Fprintf(env.out, "copied %s to %s\n", db.Name(), args[0])
				return err
			})
		},
	}
	configFlag(cmd, &path)
	return cmd
}
