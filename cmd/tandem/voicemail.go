package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
)

func newVoicemail(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "voicemail [BOX [ID delete|export [FILE]]]",
		Short: "list the voicemail of the running gateway, delete it, or write it to a file",
		Long: "voicemail asks the running gateway for its boxes, or for the messages of one; and\n" +
			"deletes a message, or writes it as WAV to FILE, or to ID.wav.",
		Example: "  tandem voicemail\n  tandem voicemail 202\n  tandem voicemail 202 187a2c9d3f4e5a60 export bob.wav\n" +
			"  tandem voicemail 202 187a2c9d3f4e5a60 delete\n  tandem voicemail 202 --json",
		Args: takesUpTo("BOX", "ID", "delete|export", "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return show(cmd, env, a, func(c *admin.Client) ([]admin.Box, error) { return c.Boxes(cmd.Context()) },
					func(all []admin.Box, _ time.Time) error { return writeBoxes(env, all) })
			case 1:
				return show(cmd, env, a, func(c *admin.Client) (admin.BoxMessages, error) { return c.Box(cmd.Context(), args[0]) },
					func(b admin.BoxMessages, now time.Time) error { return writeBox(env, b, now) })
			case 2:
				return usagef(cmd, "missing: delete|export")
			}
			return actOnVoicemail(cmd, env, a, args)
		},
	}
	a.watchFlags(cmd)
	a.askFlags(cmd)
	return cmd
}

// actOnVoicemail does what BOX ID ACT [FILE] says.
func actOnVoicemail(cmd *cobra.Command, env environment, a asking, args []string) error {
	box, id, act := args[0], args[1], args[2]
	switch {
	case act != "delete" && act != "export":
		return usagef(cmd, "voicemail is not told to %q", act)
	case act == "delete" && len(args) > 3:
		return usagef(cmd, "%q is too much", args[3])
	}
	client, err := a.reach(cmd.Context(), env)
	if err != nil {
		return err
	}
	if act == "delete" {
		if err := a.confirm(env, "Delete message %s of box %s?", id, box); err != nil {
			return err
		}
		return asked(client.DeleteVoiceMessage(cmd.Context(), box, id))
	}
	path := id + ".wav"
	if len(args) > 3 {
		path = args[3]
	}
	return export(path, func(to io.Writer) error { return asked(client.VoiceMessageSound(cmd.Context(), box, id, to)) })
}

// export writes a file that must not be there yet, readable by its owner alone.
func export(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return exitf(exitFailed, "%s cannot be written: %v", path, errors.Unwrap(err))
	}
	err = write(f)
	if e := f.Close(); err == nil && e != nil {
		err = exitf(exitFailed, "%s cannot be written: %v", path, errors.Unwrap(e))
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}

// writeBoxes writes all boxes, one a line.
func writeBoxes(env environment, all []admin.Box) error {
	t := table{head: []string{"BOX", "NEW", "SAVED", "OF", "MAIL TO", "STATE"}, most: []int{20, 0, 0, 30, 30}}
	for _, b := range all {
		state := ""
		switch {
		case b.Locked:
			state = "locked"
		case b.New+b.Saved >= b.Max:
			state = "full"
		}
		t.add(nil, b.Name, fmt.Sprint(b.New), fmt.Sprint(b.Saved), strings.Join(b.Users, " "), b.Email, state)
	}
	return t.write(env.out, "The configuration has no boxes.")
}

// writeBox writes the messages of a box, one a line.
func writeBox(env environment, b admin.BoxMessages, now time.Time) error {
	t := table{head: []string{"MESSAGE", "FROM", "AGO", "LENGTH", "STATE"}, most: []int{0, 36}}
	for _, m := range b.Messages {
		from := m.From
		if m.FromName != "" {
			from = m.FromName + " <" + m.From + ">"
		}
		state := m.Folder
		switch {
		case m.MailError != "":
			state += ", mail failing"
		case m.Mail != "":
			state += ", mail waiting"
		}
		t.add(nil, m.ID, from, ago(now, m.At), (time.Duration(m.Seconds*10+0.5) * time.Second / 10).String(), state)
	}
	return t.write(env.out, "Box "+b.Name+" is empty.")
}
