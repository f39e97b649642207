package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

// operations are the verbs below `tandem calls` that do something to a call.
func operations(env environment) []*cobra.Command {
	return []*cobra.Command{
		newShowCall(env), newOriginate(env),
		newOperation(env, operation{
			use: "transfer ID LEG TO", short: "send the other party of a leg on to a number",
			example: "  tandem calls transfer k3v9x2mqa7 b 1003     # whoever talks with b talks with 1003; b leaves",
			do: func(ctx context.Context, c *admin.Client, at callLeg, more []string) error {
				return c.Transfer(ctx, at.call, at.leg, more[0])
			},
		}),
		newOperation(env, operation{
			use: "hold ID LEG", short: "let a party hear music in place of the other",
			example: "  tandem calls hold k3v9x2mqa7 b",
			do: func(ctx context.Context, c *admin.Client, at callLeg, _ []string) error {
				return c.Hold(ctx, at.call, at.leg, "hold")
			},
		}),
		newOperation(env, operation{
			use: "resume ID LEG", short: "bring a party back from hold",
			example: "  tandem calls resume k3v9x2mqa7 b",
			do: func(ctx context.Context, c *admin.Client, at callLeg, _ []string) error {
				return c.Hold(ctx, at.call, at.leg, "resume")
			},
		}),
		newOperation(env, operation{
			use: "press ID LEG DIGITS", short: "press digits toward a party, as it takes them",
			example: "  tandem calls press k3v9x2mqa7 b 1,42#     # a comma waits a second",
			do: func(ctx context.Context, c *admin.Client, at callLeg, more []string) error {
				return c.Press(ctx, at.call, at.leg, strings.ToUpper(more[0]))
			},
		}),
		newOperation(env, operation{
			use: "play ID LEG SOUND", short: "let a party, or all of them, hear a sound in place of the other",
			example: "  tandem calls play k3v9x2mqa7 all closed.wav\n  tandem calls play k3v9x2mqa7 a welcome.wav",
			do: func(ctx context.Context, c *admin.Client, at callLeg, more []string) error {
				return c.Play(ctx, at.call, at.leg, more[0])
			},
		}),
	}
}

// operation is a verb that does something to a leg of a call.
type operation struct {
	use, short, example string
	do                  func(ctx context.Context, c *admin.Client, at callLeg, more []string) error
}

// callLeg names a leg of a call.
type callLeg struct{ call, leg string }

// readLeg reads a leg: its letter, its whole name, or "all".
func readLeg(call, text string) callLeg {
	if text == "all" || strings.HasPrefix(text, call+"-") {
		return callLeg{call, text}
	}
	return callLeg{call, call + "-" + text}
}

// callNamed is the ID of a call, also of that which is named "last".
func callNamed(ctx context.Context, c *admin.Client, id string) (string, error) {
	if id != "last" {
		return id, nil
	}
	d, err := c.Call(ctx, id)
	return d.ID, asked(err)
}

func newOperation(env environment, o operation) *cobra.Command {
	var a asking
	words := strings.Fields(o.use)
	cmd := &cobra.Command{
		Use: o.use, Short: o.short, Example: o.example, Args: ofACall(takes(words[1:]...)), ValidArgsFunction: completeLegs(env, &a),
		Long: o.short + ". ID and LEG are as `tandem calls --media` names\nthem; of a leg its last letter will do, and \"last\" is the call that began last.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			id, err := callNamed(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			return asked(o.do(cmd.Context(), client, readLeg(id, args[1]), args[2:]))
		},
	}
	a.flags(cmd, false)
	return cmd
}

func newOriginate(env environment) *cobra.Command {
	var a asking
	var o admin.Origination
	var ring time.Duration
	cmd := &cobra.Command{
		Use: "originate FROM TO", Short: "ring somebody, and then call a number for him",
		Long: "originate rings FROM (a user, trunk:NAME/NUMBER, or a SIP URI), and when it is\nanswered, calls TO as the dialplan says for that user. It prints the call's ID.",
		Example: "  tandem calls originate 201 +442071234567\n" +
			"  tandem calls originate user:201 600 --auto-answer\n" +
			"  tandem calls originate trunk:alpha/+4917012345 202 --as user:202",
		Args: takes("FROM", "TO"), ValidArgsFunction: completeUsers(env, &a),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			o.From, o.To, o.TimeoutSeconds = args[0], args[1], int(ring.Round(time.Second)/time.Second)
			id, err := client.Originate(cmd.Context(), o)
			if err != nil {
				return asked(err)
			}
			if a.asJSON {
				return writeJSON(env, map[string]string{"id": id})
			}
			_, err = fmt.Fprintln(env.out, wording.Printable(id))
			return err
		},
	}
	a.jsonFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.As, "as", "", "as `WHOSE` call TO is called: user:NAME or trunk:NAME")
	f.StringVar(&o.Caller, "caller", "", "`NUMBER` that TO is shown")
	f.StringVar(&o.CallerName, "caller-name", "", "`NAME` that TO is shown beside it")
	f.DurationVar(&ring, "ring", 0, "how `LONG` FROM may ring (30s)")
	f.BoolVar(&o.AutoAnswer, "auto-answer", false, "ask the telephone of FROM to answer by itself")
	return cmd
}

func newShowCall(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "show ID", Short: "show one call with its parties and how their media goes, also one that is over",
		Example: "  tandem calls show last\n  tandem calls show k3v9x2mqa7 --watch",
		Args:    ofACall(takes("ID")), ValidArgsFunction: completeCalls(env, &a),
		RunE: func(cmd *cobra.Command, args []string) error { return showCall(cmd, env, a, args[0]) },
	}
	a.watchFlags(cmd)
	return cmd
}

func showCall(cmd *cobra.Command, env environment, a asking, id string) error {
	return show(cmd, env, a, func(c *admin.Client) (admin.CallDetail, error) { return c.Call(cmd.Context(), id) },
		func(d admin.CallDetail, now time.Time) error { return writeCalls(env, []admin.Call{d.Call}, now, true) })
}
