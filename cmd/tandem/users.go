package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/people"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/store/sql"
)

// storeTime bounds what a verb waits for the database.
const storeTime = 15 * time.Second

func newUsers(env environment) *cobra.Command {
	var a asking
	list := func(cmd *cobra.Command, _ []string) error {
		return show(cmd, env, a, func(c *admin.Client) ([]admin.User, error) { return c.Users(cmd.Context()) },
			func(all []admin.User, _ time.Time) error { return writeUsers(env, all) })
	}
	cmd := &cobra.Command{
		Use: "users", Short: "list the users and how many devices each has; add and remove some",
		Long: "users lists the users of the running gateway, and how many devices of each are\n" +
			"registered. Its verbs change the users of the store, who are there beside those of\n" +
			"the configuration; a running gateway knows of it within seconds. Passwords are\n" +
			"asked for, or read from the standard input; only digests of them are kept, which\n" +
			"fit the domain of the configuration alone.",
		Example: "  tandem users\n  tandem users add 203 --name \"Cat\"\n  tandem users passwd 203 < password", Args: takes(), RunE: list,
	}
	a.watchFlags(cmd)
	verbs := &cobra.Command{Use: "list", Short: "list the users of the running gateway", Example: "  tandem users list", Args: takes(), RunE: list}
	a.flags(verbs, true)
	cmd.AddCommand(verbs, newUsersAdd(env), newUsersPasswd(env), newUsersRemove(env), newKick(env))
	return cmd
}

func newUsersAdd(env environment) *cobra.Command {
	var at place
	var name string
	cmd := &cobra.Command{
		Use: "add USER", Short: "add a user to the store", Args: takes("USER"), Example: "  tandem users add 203 --name \"Cat\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			if at.asksRunning(cmd.Context(), env) {
				return changeUser(cmd.Context(), env, at, args[0], func(ctx context.Context, c *admin.Client, password string) error {
					return c.Ask(ctx, http.MethodPost, "users", api.NewUser{Name: args[0], Password: password, DisplayName: name}, nil)
				})
			}
			return withStore(cmd.Context(), env, at.path, func(ctx context.Context, file *config.File, db *sql.DB) error {
				if err := newName(file, args[0]); err != nil {
					return err
				}
				password, err := askPassword(env, args[0])
				if err != nil {
					return err
				}
				return db.AddUser(ctx, sql.User{Name: args[0], DisplayName: name, Digests: people.DigestsOf(args[0], file.Domain, password)})
			})
		},
	}
	at.placeFlags(cmd)
	cmd.Flags().StringVar(&name, "name", "", "the `NAME` that others see")
	return cmd
}

func newUsersPasswd(env environment) *cobra.Command {
	var at place
	cmd := &cobra.Command{
		Use: "passwd USER", Short: "give a user of the store another password", Args: takes("USER"), Example: "  tandem users passwd 203",
		RunE: func(cmd *cobra.Command, args []string) error {
			if at.asksRunning(cmd.Context(), env) {
				return changeUser(cmd.Context(), env, at, args[0], func(ctx context.Context, c *admin.Client, password string) error {
					return c.Ask(ctx, http.MethodPatch, "users/"+url.PathEscape(args[0]), map[string]string{"password": password}, nil)
				})
			}
			return withStore(cmd.Context(), env, at.path, func(ctx context.Context, file *config.File, db *sql.DB) error {
				u, err := db.User(ctx, args[0])
				if err != nil {
					return err
				}
				password, err := askPassword(env, u.Name)
				if err != nil {
					return err
				}
				digests := people.DigestsOf(u.Name, file.Domain, password)
				return db.ChangeUser(ctx, u.Name, sql.UserChange{Digests: &digests})
			})
		},
	}
	at.placeFlags(cmd)
	return cmd
}

func newUsersRemove(env environment) *cobra.Command {
	var at place
	cmd := &cobra.Command{
		SuggestFor: []string{"remove", "delete"},
		Use:        "rm USER", Short: "remove a user from the store; calls go on", Args: takes("USER"), Example: "  tandem users rm 203",
		RunE: func(cmd *cobra.Command, args []string) error {
			if at.asksRunning(cmd.Context(), env) {
				client, err := at.reach(cmd.Context(), env)
				if err != nil {
					return err
				}
				return asked(client.Ask(cmd.Context(), http.MethodDelete, "users/"+url.PathEscape(args[0]), nil, nil))
			}
			return withStore(cmd.Context(), env, at.path, func(ctx context.Context, _ *config.File, db *sql.DB) error {
				return db.RemoveUser(ctx, args[0])
			})
		},
	}
	at.placeFlags(cmd)
	return cmd
}

// changeUser asks a gateway elsewhere for what needs a password.
func changeUser(ctx context.Context, env environment, at place, name string, f func(context.Context, *admin.Client, string) error) error {
	client, err := at.reach(ctx, env)
	if err != nil {
		return err
	}
	password, err := askPassword(env, name)
	if err != nil {
		return err
	}
	return asked(f(ctx, client, password))
}

// withStore opens the store of a configuration for a verb.
func withStore(ctx context.Context, env environment, path string, f func(context.Context, *config.File, *sql.DB) error) error {
	file, _, err := load(env, path)
	if err != nil {
		return err
	}
	state, err := machine.StateOf(file, env.getenv)
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	return withStoreOf(ctx, file, state, f)
}

// withStoreOf is withStore where the file and the state folder are known.
func withStoreOf(ctx context.Context, file *config.File, state string, f func(context.Context, *config.File, *sql.DB) error) error {
	if file.Store.URL == "" {
		if err := machine.MakeState(state); err != nil {
			return err
		}
	}
	opening, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	db, err := sql.Open(opening, rules.DatabaseURL(file, state))
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	defer db.Close()
	switch err := f(ctx, file, db); {
	case errors.Is(err, sql.ErrNotFound):
		return exitf(exitNotFound, "%v in the store", err)
	case errors.Is(err, sql.ErrExists):
		return exitf(exitFailed, "%v", err)
	default:
		return err
	}
}

// newName says what is wrong with the name of a user who is to be added.
func newName(file *config.File, name string) error {
	if !config.IsName(name) {
		return exitf(exitUsage, "a name has 1 to 64 letters, digits and . - _ + * #, which %q does not", name)
	}
	for _, u := range file.Users {
		if strings.EqualFold(u.Name, name) {
			return exitf(exitFailed, "user %q is in the configuration already, which would count", u.Name)
		}
	}
	return nil
}

// askPassword reads a password: from whom sits at the terminal, who does not see it,
// else the first line of what comes in.
func askPassword(env environment, user string) (string, error) {
	shown := func() {}
	if in, is := env.in.(*os.File); is {
		restore, terminal, err := hideTyping(in)
		if err != nil {
			return "", exitf(exitFailed, "the terminal shows what is typed: %v", err)
		}
		if terminal {
			fmt.Fprintf(env.err, "password of %s: ", user)
			shown = func() {
				restore()
				fmt.Fprintln(env.err)
			}
		}
	}
	password, err := firstLine(env.in)
	shown()
	if err != nil {
		return "", exitf(exitFailed, "no password was given")
	}
	if err := people.FitPassword(password); err != nil {
		return "", exitf(exitUsage, "%v", err)
	}
	return password, nil
}

// firstLine reads a line without its end.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" && err == nil {
		err = io.ErrUnexpectedEOF
	}
	if line != "" {
		err = nil
	}
	return line, err
}
