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
			"copy is sound. A running gateway goes on; where there is no configuration, it is\n" +
			"the demo that runs here. To restore, stop the gateway, put the copy in the place\n" +
			"of tandem.db, and remove tandem.db-wal and tandem.db-shm.",
		Example: "  tandem backup /srv/backup/tandem.db", Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			copied := func(ctx context.Context, _ *config.File, db *sql.DB) error {
				if err := db.Backup(ctx, args[0]); err != nil {
					return exitf(exitFailed, "%v", err)
				}
				_, err := fmt.Fprintf(env.out, "copied %s to %s\n", db.Name(), args[0])
				return err
			}
			switch demo, runs, err := runningDemo(cmd.Context(), env, path); {
			case err != nil:
				return err
			case runs:
				return withStoreOf(cmd.Context(), &config.File{}, demo, copied)
			}
			return withStore(cmd.Context(), env, path, copied)
		},
	}
	configFlag(cmd, &path)
	return cmd
}
