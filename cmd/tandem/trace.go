package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/signaling/trace"
)

// followEvery is how often a call that is followed is asked for.
const followEvery = 300 * time.Millisecond

// tracing is what `tandem trace` was asked.
type tracing struct {
	asking
	call, user, format         string
	follow, problems, unmasked bool
}

func newTrace(env environment) *cobra.Command {
	var t tracing
	cmd := &cobra.Command{
		Use: "trace [ID]", Short: "show the ladder of a call: the messages of all its legs, and what its media did",
		Long: "trace shows a call as a ladder: the messages of all its legs, and what its media did. ID is as\n`tandem calls` names it, or \"last\". Without one it lists the calls that there is a ladder of:\n" +
			"those that go on, those that ended lately, and those that are kept on disk since something\nwas wrong with them.",
		Example: "  tandem trace\n  tandem trace last\n  tandem trace k3v9x2mqa7\n  tandem trace k3v9x2mqa7 --follow\n  tandem trace --user 1001 --follow\n" +
			"  tandem trace k3v9x2mqa7 --format mermaid\n  tandem trace --problems",
		Args: takesUpTo("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				t.call = args[0]
			}
			return t.run(cmd, env)
		},
	}
	t.flags(cmd, true)
	cmd.Flags().StringVar(&t.call, "call", "", "the `CALL`, as ID names it")
	cmd.Flags().StringVar(&t.user, "user", "", "only calls from or to `WHOM`, a user or a number")
	cmd.Flags().BoolVarP(&t.follow, "follow", "f", false, "go on with what happens, until the call is over or Ctrl-C")
	cmd.Flags().BoolVar(&t.problems, "problems", false, "calls only that failed, were one-way, short or bad")
	cmd.Flags().BoolVar(&t.unmasked, "secrets", false, "also show digests, keys and digits")
	cmd.Flags().StringVar(&t.format, "format", "text", "`FORM` of the ladder: text, mermaid or json")
	return cmd
}

func (t *tracing) run(cmd *cobra.Command, env environment) error {
	if t.asJSON {
		t.format = "json"
	}
	switch t.format {
	case "text", "mermaid", "json":
	default:
		return exitf(exitUsage, "a trace is text, mermaid or json, not %q; a capture is written by `tandem pcap`", t.format)
	}
	client, err := t.reach(cmd.Context(), env)
	if err != nil {
		return err
	}
	if t.follow {
		if t.call, err = callNamed(cmd.Context(), client, t.call); err != nil {
			return err
		}
		if t.call != "" { // one that there is not never begins
			if err := client.Trace(cmd.Context(), admin.TraceAsk{Call: t.call, Format: "json"}, io.Discard); err != nil {
				return asked(err)
			}
		}
	}
	switch {
	case t.follow:
		return t.followCalls(cmd.Context(), env.out, client)
	case t.call == "":
		return t.list(cmd.Context(), env, client)
	}
	return asked(client.Trace(cmd.Context(), admin.TraceAsk{Call: t.call, Format: t.format, Secrets: t.unmasked}, env.out))
}

// list shows which calls there are ladders of.
func (t *tracing) list(ctx context.Context, env environment, client *admin.Client) error {
	all, err := client.Traces(ctx, admin.TracesQuery{User: t.user, Problems: t.problems, Limit: 200})
	if err != nil {
		return asked(err)
	}
	if t.format == "json" {
		return writeJSON(env, all)
	}
	rows := table{head: []string{"CALL", "BEGAN", "FROM", "TO", "LASTED", "MESSAGES", "ENDED", "PROBLEMS"}, most: []int{0, 0, 28, 20, 0, 0, 30}}
	for _, c := range all {
		lasted, messages := "", ""
		if !c.End.IsZero() {
			lasted = shortDuration(c.End.Sub(c.Start))
		} else if !c.Kept {
			lasted = "goes on"
		}
		if c.Messages > 0 {
			messages = fmt.Sprint(c.Messages)
		}
		rows.add(nil, c.Call, c.Start.Local().Format("01-02 15:04:05"), c.From, c.To, lasted, messages, c.Cause, joined(c.Problems))
	}
	return rows.write(env.out, "There is no ladder of any call.")
}

func joined(words []string) string {
	var b bytes.Buffer
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(w)
	}
	return b.String()
}

// followed is a call that is being shown.
type followed struct {
	octets int
	last   time.Time
	legs   int
	over   bool
}

// followCalls shows what happens as it happens.
func (t *tracing) followCalls(ctx context.Context, out io.Writer, client *admin.Client) error {
	seen, shown := map[string]*followed{}, ""
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for first := true; ; first = false {
		all, err := t.changed(ctx, client, seen, first)
		if err != nil {
			return asked(err)
		}
		for _, id := range all {
			if shown, err = t.showNew(ctx, out, client, id, seen[id], shown); err != nil && !errors.Is(err, admin.ErrNotFound) {
				return asked(err)
			}
		}
		if t.call != "" && seen[t.call].over {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// changed names the calls that something may have happened in. Calls that were over
// when it began are not followed.
func (t *tracing) changed(ctx context.Context, client *admin.Client, seen map[string]*followed, first bool) ([]string, error) {
	if t.call != "" {
		if seen[t.call] == nil {
			seen[t.call] = &followed{}
		}
		return []string{t.call}, nil
	}
	all, err := client.Traces(ctx, admin.TracesQuery{User: t.user, Problems: t.problems, Limit: 200})
	var ids []string
	for _, c := range all {
		f := seen[c.Call]
		if f == nil {
			f = &followed{}
			seen[c.Call] = f
			if first && !c.End.IsZero() || c.Kept { // over before it was seen
				f.octets = c.Octets
			}
		}
		if f.octets != c.Octets {
			f.octets = c.Octets
			ids = append(ids, c.Call)
		}
	}
	return ids, err
}

// showNew shows what is new of a call, below its head where another one was shown
// before. It returns which call was shown last.
func (t *tracing) showNew(ctx context.Context, out io.Writer, client *admin.Client, id string, f *followed, shown string) (string, error) {
	var buf bytes.Buffer
	if err := client.Trace(ctx, admin.TraceAsk{Call: id, Format: "json", Secrets: t.unmasked}, &buf); err != nil {
		if f.last.IsZero() {
			return shown, err
		}
		f.over = true
		return shown, nil
	}
	if t.format == "json" {
		f.over = true
	}
	var v trace.View
	if err := json.Unmarshal(buf.Bytes(), &v); err != nil {
		return shown, err
	}
	f.over = !v.End.IsZero() && time.Since(v.End) > time.Second
	whole := v.Trace()
	ladder := trace.NewLadder(whole)
	for n := range whole.Items {
		i := &whole.Items[n]
		if !i.At.After(f.last) {
			continue
		}
		f.last = i.At
		if t.format == "json" {
			if err := json.NewEncoder(out).Encode(v.Items[n]); err != nil {
				return shown, err
			}
			continue
		}
		if shown != id || f.legs != len(whole.Legs) {
			shown, f.legs = id, len(whole.Legs)
			fmt.Fprintf(out, "\ncall %s  %s -> %s\n%s", id, whole.From, whole.To, ladder.Head())
		}
		if _, err := io.WriteString(out, ladder.Line(i)); err != nil {
			return shown, err
		}
	}
	return shown, nil
}

func newPCAP(env environment) *cobra.Command {
	var a asking
	var path string
	var secrets bool
	cmd := &cobra.Command{
		Use: "pcap ID", Short: "write the messages of a call as a capture, which Wireshark, tshark and sngrep open",
		Long:    "pcap writes the messages of a call as a pcapng, which Wireshark, tshark and sngrep open. ID is as\n`tandem calls` names it, or \"last\". Messages of every transport are in the clear, with the\naddresses and ports that they had; of RTP there are the headers of the last minute, and with\n--secrets the sound of what `tandem capture` has kept.",
		Example: "  tandem pcap last -w call.pcapng\n  tandem pcap k3v9x2mqa7 | tshark -r -",
		Args:    ofACall(takes("ID")),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			if path == "" && isTerminal(env.out) {
				return exitf(exitUsage, "a capture is nothing for a terminal: write it to a file with -w FILE")
			}
			var capture bytes.Buffer
			if err := client.Trace(cmd.Context(), admin.TraceAsk{Call: args[0], Format: "pcapng", Secrets: secrets}, &capture); err != nil {
				return asked(err)
			}
			if path == "" || path == "-" {
				_, err = env.out.Write(capture.Bytes())
				return err
			}
			if err := os.WriteFile(path, capture.Bytes(), 0o600); err != nil {
				return exitf(exitFailed, "cannot write %s: %v", path, machine.Why(err))
			}
			return nil
		},
	}
	a.flags(cmd, false)
	cmd.Flags().StringVarP(&path, "write", "w", "", "write it to `FILE`, not to where the output goes")
	cmd.Flags().BoolVar(&secrets, "secrets", false, "also with digests and keys, and the sound that was kept in the clear")
	return cmd
}
