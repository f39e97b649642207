package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
)

// newConfig is the verb whose verbs are about the file itself.
func newConfig(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "begin, show and explain the configuration", Args: takes(),
		Example: "  tandem config init\n  tandem config show --origin\n  tandem config explain trunk.register",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigInit(env), newConfigShow(env), newConfigExplain(env), newConfigSchema(env), newConfigJSON(env), newConfigDiff(env))
	return cmd
}

func newConfigExplain(env environment) *cobra.Command {
	return &cobra.Command{
		Use: "explain KEY", Short: "say what a block, an attribute, a step or a function is", Args: takes("KEY"),
		Example: "  tandem config explain trunk.register\n  tandem config explain dial",
		RunE: func(_ *cobra.Command, args []string) error {
			text, near := config.Explain(args[0])
			switch {
			case text != "":
				_, err := fmt.Fprint(env.out, text)
				return err
			case near != "":
				near = fmt.Sprintf("; did you mean %s?", near)
			}
			return exitf(exitNotFound, "nothing is called %q%s", args[0], near)
		},
	}
}

func newConfigSchema(env environment) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "print the JSON Schema of the configuration's JSON form, for editors", Args: takes(),
		Example: "  tandem config schema > tandem.schema.json",
		RunE: func(*cobra.Command, []string) error {
			_, err := env.out.Write(config.JSONSchema())
			return err
		},
	}
}

func newConfigShow(env environment) *cobra.Command {
	var path string
	var origin, asJSON bool
	cmd := &cobra.Command{
		Use:   "show [-c FILE or FOLDER]",
		Short: "print what is in force: the file, with its defaults, without its secrets",
		Example: "  tandem config show\n  tandem config show --origin   # with where each value comes from\n" +
			"  tandem config show --json",
		Args: takes(),
		RunE: func(*cobra.Command, []string) error {
			where, err := config.Find(path, env.getenv, machine.Exists)
			if err != nil {
				return nowhere(err)
			}
			blocks, found := config.Effective(where, rules.Reading())
			if found.HasErrors() {
				printFound(env, found)
				return exitf(exitConfig, "%s in %s", found.Summary(), where)
			}
			if asJSON {
				e := json.NewEncoder(env.out)
				e.SetEscapeHTML(false)
				e.SetIndent("", "  ")
				return e.Encode(blocks)
			}
			_, err = fmt.Fprint(env.out, config.WriteEffective(blocks, origin))
			return err
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().BoolVar(&origin, "origin", false, "say of each value where it comes from")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, origins included")
	return cmd
}

func newConfigJSON(env environment) *cobra.Command {
	return &cobra.Command{
		Use: "json FILE", Short: "print a file in its JSON form, without its comments", Args: takes("FILE"),
		Example: "  tandem config json tandem.hcl > tandem.hcl.json",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return exitf(exitConfig, "cannot read %s: %v", args[0], machine.Why(err))
			}
			out, found := config.ToJSON(config.Source{Name: args[0], Text: text})
			if out == nil {
				printFound(env, found)
				return exitf(exitConfig, "%s in %s", found.Summary(), args[0])
			}
			_, err = env.out.Write(out)
			return err
		},
	}
}
