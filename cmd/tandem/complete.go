package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/dialplan"
)

// completeTime bounds what a completion may take: a shell waits for it.
const completeTime = 200 * time.Millisecond

// completion is what cobra asks for the words that an argument may be.
type completion = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// completing asks the running gateway for what an argument may be; where there is
// none, or it does not answer in time, nothing is said.
func completing(env environment, a *asking, words func(ctx context.Context, c *admin.Client, args []string) []string) completion {
	return func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.Background(), completeTime)
		defer cancel()
		quiet := env
		quiet.err = nothing{}
		client, err := a.reach(ctx, quiet)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var fit []string
		for _, w := range words(ctx, client, args) {
			if strings.HasPrefix(w, typed) {
				word, text, _ := strings.Cut(w, "\t")
				fit = append(fit, described(wording.Printable(word), wording.Printable(text)))
			}
		}
		return fit, cobra.ShellCompDirectiveNoFileComp
	}
}

// nothing is where words go that nobody wants.
type nothing struct{}

func (nothing) Write(b []byte) (int, error) { return len(b), nil }

// completeCalls completes the first argument with a call.
func completeCalls(env environment, a *asking, then ...string) completion {
	return completing(env, a, func(ctx context.Context, c *admin.Client, args []string) []string {
		if len(args) == 0 {
			return callWords(ctx, c)
		}
		if len(args) == 1 {
			return then
		}
		return nil
	})
}

// completeLegs completes a call, and then one of its legs.
func completeLegs(env environment, a *asking) completion {
	return completing(env, a, func(ctx context.Context, c *admin.Client, args []string) (words []string) {
		switch len(args) {
		case 0:
			return callWords(ctx, c)
		case 1:
			call, err := c.Call(ctx, args[0])
			if err != nil {
				return nil
			}
			for _, l := range call.Legs {
				words = append(words, described(strings.TrimPrefix(l.ID, call.ID+"-"), l.Party))
			}
		}
		return words
	})
}

// callWords are the calls that there are.
func callWords(ctx context.Context, c *admin.Client) (words []string) {
	all, err := c.Calls(ctx)
	if err != nil {
		return nil
	}
	for _, call := range all {
		words = append(words, described(call.ID, call.From+" to "+call.To+", "+call.State))
	}
	return words
}

// described is a word with what a shell may show beside it.
func described(word, text string) string { return word + "\t" + text }

// completeUsers completes the first argument with a user.
func completeUsers(env environment, a *asking) completion {
	return completing(env, a, func(ctx context.Context, c *admin.Client, args []string) (words []string) {
		if len(args) > 0 {
			return nil
		}
		all, err := c.Users(ctx)
		if err != nil {
			return nil
		}
		for _, u := range all {
			words = append(words, described(u.Name, u.DisplayName))
		}
		return words
	})
}

// completeTrunks completes the first argument with a trunk.
func completeTrunks(env environment, a *asking) completion {
	return completing(env, a, func(ctx context.Context, c *admin.Client, args []string) (words []string) {
		if len(args) > 0 {
			return nil
		}
		all, err := c.Trunks(ctx)
		if err != nil {
			return nil
		}
		for _, t := range all {
			words = append(words, described(t.Name, t.State))
		}
		return words
	})
}

// completeRooms completes a room, what is done to it, and to whom.
func completeRooms(env environment, a *asking) completion {
	return completing(env, a, func(ctx context.Context, c *admin.Client, args []string) (words []string) {
		switch len(args) {
		case 0:
			all, err := c.Rooms(ctx)
			if err != nil {
				return nil
			}
			for _, r := range all {
				words = append(words, r.Name)
			}
		case 1:
			return []string{"lock", "unlock", "mute", "unmute", "kick"}
		case 2:
			r, err := c.Room(ctx, args[0])
			if err != nil {
				return nil
			}
			for _, m := range r.Members {
				words = append(words, described(m.ID, m.Party))
			}
		}
		return words
	})
}

// newCompletion is `tandem completion SHELL`.
func newCompletion(env environment) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Hidden: true, // the list of verbs is long enough
		Short: "write what lets a shell complete verbs, flags and live values",
		Long:  "completion writes a script for a shell. With it, Tab completes verbs and flags, and\nfrom the running gateway calls, legs, users, trunks and rooms.",
		Example: "  tandem completion zsh > \"${fpath[1]}/_tandem\"\n  source <(tandem completion bash)\n" +
			"  tandem completion fish > ~/.config/fish/completions/tandem.fish",
		Args: takes("SHELL"), ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(env.out, true)
			case "zsh":
				return root.GenZshCompletion(env.out)
			case "fish":
				return root.GenFishCompletion(env.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(env.out)
			}
			return usagef(cmd, "there is no completion for %q%s", args[0], didYouMean(dialplan.Suggest(args[0], shells)))
		},
	}
}
